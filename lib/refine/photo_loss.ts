/**
 * # How far a picture of the avatar is from the photo
 *
 * ```
 * L = Σ c·|x − y|₁/(3·Σ c) + w_s·(1 − SSIM(c·x, c·y)) + w_i·Σ m·(1 − A)/Σ m + w_o·Σ (1 − m)·b·A/Σ m
 * x: the avatar on black, coverage A      y: the photo      m: the foreground mask, c: its core      b: a band around the mask
 * ```
 *
 * Colours count on the person alone, and only where no wall is near: a photo is blurred, a mask is off by pixels, and the edge of a person has the
 * colour of what is behind. The core lacks the outermost eight pixels of the crop: else a dark person before a bright wall gets a
 * bright rim, to be seen from all sides. The third term asks for coverage where the person
 * is. The last keeps coverage from leaving the outline; it counts in a band of twenty pixels of the crop only, because farther off
 * there are things that stand before the person, and photos end.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { CROP } from "../encoder/encoder.ts";
import { resampleSquare } from "../image/resample.ts";
import { colourAndCoverage } from "../splat/splat_gaussians.ts";
import { ssim } from "../train/ssim.ts";

/** What the loss compares with. (A type, so that `tf.tidy` may return it.) */
export type PhotoTarget = {
  /** c·y [size, size, 3] */
  readonly colours: tf.Tensor3D;
  /** c [size, size, 1] */
  readonly core: tf.Tensor3D;
  /** m [size, size, 1] */
  readonly mask: tf.Tensor3D;
  /** (1 − m)·b [size, size, 1] */
  readonly band: tf.Tensor3D;
  /** 1/Σ m, and 1/Σ c */
  readonly perPixel: tf.Scalar;
  readonly perCore: tf.Scalar;
};

/** Weights of the terms beside that of colours. */
export interface PhotoLossWeights {
  /** w_s */
  readonly structure: number;
  /** w_i */
  readonly inside: number;
  /** w_o */
  readonly outline: number;
}

const RIM = 64; // a core's rim is a 64th of the picture wide
const COARSE = 128, BAND = 5; // the band is five cells of a coarse grid wide

/**
 * The target at a picture size; the caller disposes of it.
 *
 * @param crop [512, 512, 3], colours 0..1.
 * @param mask [512, 512], 0..1.
 */
export function photoTarget(crop: tf.Tensor3D, mask: tf.Tensor2D, size: number): PhotoTarget {
  return tf.tidy(() => {
    const whole = { x: 0, y: 0, size: CROP }, m = resampleSquare(mask.expandDims<tf.Tensor3D>(2), whole, size);
    const near = tf.maxPool(tf.image.resizeBilinear(m, [COARSE, COARSE]), 2 * BAND + 1, 1, "same");
    const rim = 2 * Math.max(1, Math.round(size / RIM)) + 1; // cells of the window that must be all person
    const core = tf.sub<tf.Tensor3D>(1, tf.maxPool(tf.sub<tf.Tensor3D>(1, m), rim, 1, "same"));
    return {
      colours: resampleSquare(crop, whole, size).mul<tf.Tensor3D>(core),
      core,
      mask: m,
      band: tf.sub(1, m).mul<tf.Tensor3D>(tf.image.resizeBilinear(near, [size, size])),
      perPixel: tf.div<tf.Scalar>(1, m.sum().maximum(1)),
      perCore: tf.div<tf.Scalar>(1, core.sum().maximum(1)),
    };
  });
}

/**
 * The target with what lies farther from the avatar than it may move left out: a mask may hold the chair under a person, too, or what stands
 * before one. The caller disposes of it; the target stays the caller's.
 *
 * @param coverage A [size, size, 1] of the avatar as it is.
 * @param reach Pixels.
 */
export function withinReach(target: PhotoTarget, coverage: tf.Tensor3D, reach: number): PhotoTarget {
  return tf.tidy(() => {
    const near = tf.maxPool(coverage, 2 * reach + 1, 1, "same"), { perPixel, perCore } = target;
    return {
      colours: target.colours.mul<tf.Tensor3D>(near),
      core: target.core.mul<tf.Tensor3D>(near),
      mask: target.mask.mul<tf.Tensor3D>(near),
      band: target.band.clone(),
      perPixel: perPixel.clone(),
      perCore: perCore.clone(),
    };
  });
}

/**
 * The loss of a picture; differentiable.
 *
 * @param image [size, size, 4], on black.
 * @returns L; the caller disposes of it.
 */
export function photoLoss(image: tf.Tensor3D, target: PhotoTarget, weights: PhotoLossWeights): tf.Scalar {
  return tf.tidy(() => {
    const { colours, core, mask, band, perPixel, perCore } = target, { colour, coverage } = colourAndCoverage(image);
    const shown = colour.mul<tf.Tensor3D>(core);
    const apart = shown.sub(colours).abs().sum().mul(perCore).div(3);
    const inside = tf.sub(1, coverage).mul(mask).sum().mul(weights.inside);
    const outline = coverage.mul(band).sum().mul(weights.outline);
    const onPixels = tf.add(inside, outline).mul(perPixel).add<tf.Scalar>(apart);
    if (weights.structure === 0) return onPixels;
    return onPixels.add<tf.Scalar>(tf.sub(1, ssim(shown, colours)).mul(weights.structure));
  });
}
