/**
 * # Gaussians: what is drawn and exported
 *
 * ```
 * G(x) = opacity·exp(−½·(x − mean)ᵀ·Σ⁻¹·(x − mean))        Σ = R·S·Sᵀ·Rᵀ, R from `rotations`, S = diag(`scales`)
 * colour(d) = max(0, ½ + Σ sh·Y(F⁻¹·d))                     F from `frames`, d from the camera to the Gaussian
 * ```
 *
 * The record that driving an avatar returns, the renderer draws, and a .ply holds: one row each Gaussian, in the world.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { expectShape } from "../tensor/shape.ts";
import { shDegree } from "./spherical_harmonics.ts";

/** Gaussians in the world. */
export interface Gaussians {
  /** [n, 3], metres. */
  readonly means: tf.Tensor2D;
  /** [n, 4]: quaternions wxyz. */
  readonly rotations: tf.Tensor2D;
  /** [n, 3]: standard deviations along the Gaussian's own axes, metres. */
  readonly scales: tf.Tensor2D;
  /** [n], 0..1 */
  readonly opacity: tf.Tensor1D;
  /** [n, (L+1)², 3]: spherical harmonics, red, green, blue last. */
  readonly sh: tf.Tensor3D;
  /** [n, 4]: quaternions wxyz of the frames in which the harmonics are written; the world's own if absent. */
  readonly frames?: tf.Tensor2D;
}

/**
 * Checks that the rows belong together.
 *
 * @returns how many Gaussians there are, and the degree L of their harmonics.
 * @throws {TypeError} if a shape does not fit.
 * @throws {RangeError} if there are not (L+1)² harmonics.
 */
export function expectGaussians(caller: string, gaussians: Gaussians): { readonly n: number; readonly degree: number } {
  const { means, rotations, scales, opacity, sh, frames } = gaussians;
  const { n, k } = expectShape(caller, { means, rotations, scales, opacity, sh, frames: frames ?? rotations }, {
    means: "n 3",
    rotations: "n 4",
    scales: "n 3",
    opacity: "n",
    sh: "n k 3",
    frames: "n 4",
  });
  return { n, degree: shDegree(caller, k) };
}
