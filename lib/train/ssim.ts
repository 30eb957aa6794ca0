/**
 * # SSIM: how alike two pictures are in structure
 *
 * ```
 * SSIM(p) = (2·μ_x·μ_y + C₁)·(2·σ_xy + C₂) / ((μ_x² + μ_y² + C₁)·(σ_x² + σ_y² + C₂))        C₁ = 0.01², C₂ = 0.03²
 * μ_x = g∗x        σ_x² = g∗x² − μ_x²        σ_xy = g∗(x·y) − μ_x·μ_y
 * ```
 *
 * g is a Gaussian of deviation 1.5 in a window of 11 × 11 pixels. Places whose window would leave the picture do not count,
 * so the map is ten pixels smaller on either axis. Colours are channels of their own; SSIM is the mean over places and channels.
 *
 * The Gaussian is separable: each channel is convolved along one axis, then along the other. The window is symmetric, so the
 * gradient is the same convolution of the padded incoming gradient: SSIM serves as a loss on wasm too, which has no gradients of
 * convolutions.
 *
 * Source: Wang et al., *Image Quality Assessment: From Error Visibility to Structural Similarity*, 2004.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectShape } from "../tensor/shape.ts";

/** Pixels a side of the window. */
export const SSIM_WINDOW = 11;
const DEVIATION = 1.5, C1 = 0.01 ** 2, C2 = 0.03 ** 2;

/** The window along one axis; sums to one. */
const WINDOW: readonly number[] = (() => {
  const bell = Array.from({ length: SSIM_WINDOW }, (_, i) => Math.exp(-0.5 * ((i - 5) / DEVIATION) ** 2));
  const sum = bell.reduce((all, part) => all + part, 0);
  return bell.map((part) => part / sum);
})();

/**
 * SSIM at every place; differentiable.
 *
 * @param a [H, W, C], colours 0..1.
 * @param b [H, W, C]
 * @returns [H − 10, W − 10, C], −1..1; the caller disposes of it.
 * @throws {TypeError} if the pictures' shapes differ.
 * @throws {RangeError} if they are smaller than the window.
 */
export function ssimMap(a: tf.Tensor3D, b: tf.Tensor3D): tf.Tensor3D {
  const { H, W } = expectShape("ssimMap", { a, b }, { a: "H W C", b: "H W C" });
  if (H < SSIM_WINDOW || W < SSIM_WINDOW) {
    throw new RangeError(`ssimMap: pictures must have ${SSIM_WINDOW} pixels a side at least: got ${W}×${H}`);
  }
  return tf.tidy(() => {
    const parts = [a, b, a.square<tf.Tensor3D>(), b.square<tf.Tensor3D>(), a.mul<tf.Tensor3D>(b)] as const;
    const [x, y, xx, yy, xy] = parts.map((part) => blur(part)) as unknown as typeof parts;
    const product = x.mul(y), squares = x.square().add(y.square()); // μ_x·μ_y, μ_x² + μ_y²
    const above = product.mul(2).add(C1).mul(xy.sub(product).mul(2).add(C2));
    const below = squares.add(C1).mul(xx.add(yy).sub(squares).add(C2));
    return above.div<tf.Tensor3D>(below);
  });
}

/**
 * Mean SSIM of two pictures; differentiable.
 *
 * @param a [H, W, C], colours 0..1.
 * @param b [H, W, C]
 * @returns a scalar, 1 for equal pictures; the caller disposes of it.
 * @throws {TypeError} if the pictures' shapes differ.
 * @throws {RangeError} if they are smaller than the window.
 */
export function ssim(a: tf.Tensor3D, b: tf.Tensor3D): tf.Scalar {
  return tf.tidy(() => ssimMap(a, b).mean<tf.Scalar>());
}

/** g∗picture where the window fits: [H, W, C] → [H − 10, W − 10, C]; with a gradient. */
const blur = tf.customGrad((picture) => ({
  value: alongBoth(picture as tf.Tensor3D),
  gradFunc: (dy: tf.Tensor) => alongBoth(tf.pad3d(dy as tf.Tensor3D, [MARGIN, MARGIN, [0, 0]])),
})) as (picture: tf.Tensor3D) => tf.Tensor3D;

const MARGIN: [number, number] = [SSIM_WINDOW - 1, SSIM_WINDOW - 1];

function alongBoth(picture: tf.Tensor3D): tf.Tensor3D {
  const [, , C] = picture.shape;
  return tf.tidy(() => {
    const window = tf.tile(tf.tensor1d([...WINDOW]).reshape([SSIM_WINDOW, 1]), [1, C]); // the same for every channel
    const rows = tf.depthwiseConv2d(picture, window.reshape([SSIM_WINDOW, 1, C, 1]), 1, "valid");
    return tf.depthwiseConv2d(rows, window.reshape([1, SSIM_WINDOW, C, 1]), 1, "valid");
  });
}
