/**
 * # How a rendered picture differs from the true one
 *
 * ```
 * L = w_1·Σ|C − C*|/3A + w_s·Σ(1 − SSIM(C, C*))/A + w_m·Σ|α − m|/A          A = max(Σ m, a twentieth of the picture)
 * ```
 *
 * C and C* are over black, α is the rendered coverage, m the true mask. Sums are divided by the person's area A, so that a small
 * person counts as a large one. SSIM is that of {@link ../ssim.ts}.
 *
 * Source: Kerbl et al., *3D Gaussian Splatting*, 2023, section 5, for L1 + SSIM.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { colourAndCoverage } from "../../splat/splat_gaussians.ts";
import { expectShape } from "../../tensor/shape.ts";
import { ssimMap } from "../ssim.ts";

/** Weights of the terms. */
export interface ImageLossConfig {
  /** w_1 */
  readonly colour: number;
  /** w_s */
  readonly structure: number;
  /** w_m */
  readonly mask: number;
}

/**
 * The loss of one picture.
 *
 * @param rendered [H, W, 4]: colour over black, and coverage.
 * @param truth [H, W, 4]: the same of the true picture.
 * @returns a scalar, differentiable in `rendered`; the caller disposes of it.
 * @throws {TypeError} if the shapes differ.
 */
export function imageLoss(rendered: tf.Tensor3D, truth: tf.Tensor3D, weights: ImageLossConfig): tf.Scalar {
  const { h, w } = expectShape("imageLoss", { rendered, truth }, "h w 4");
  return tf.tidy(() => {
    const { colour, coverage } = colourAndCoverage(rendered);
    const { colour: trueColour, coverage: mask } = colourAndCoverage(truth);
    const area = mask.sum().maximum(h * w / 20);
    return tf.addN([
      colour.sub(trueColour).abs().sum().mul(weights.colour / 3),
      tf.sub(1, ssimMap(colour, trueColour)).sum().mul(weights.structure / 3),
      coverage.sub(mask).abs().sum().mul(weights.mask),
    ]).div<tf.Scalar>(area);
  });
}
