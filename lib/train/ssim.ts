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
 * The Gaussian is separable, and a convolution along one axis is a product with a banded matrix, taken block by block along the
 * band. The window is symmetric, so the gradient is the same convolution of the padded incoming gradient. Products of matrices
 * are what every backend has (gradients of convolutions lack on wasm): SSIM serves as a loss as it stands.
 *
 * Source: Wang et al., *Image Quality Assessment: From Error Visibility to Structural Similarity*, 2004.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { times } from "../tensor/mat_mul.ts";
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
    const blurred = blur(tf.concat([a, b, a.square(), b.square(), a.mul(b)], 2) as tf.Tensor3D);
    const [x, y, xx, yy, xy] = tf.split(blurred, 5, 2) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
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

/** g∗picture where the window fits: rows, then columns. [H, W, C] → [H − 10, W − 10, C] */
function blur(picture: tf.Tensor3D): tf.Tensor3D {
  const [H, W, C] = picture.shape, h = H - SSIM_WINDOW + 1, w = W - SSIM_WINDOW + 1;
  const rows = blurRows(picture.reshape([H, W * C])).reshape([h, W, C]);
  const columns = blurRows(rows.transpose([1, 0, 2]).reshape([W, h * C])).reshape([w, h, C]);
  return columns.transpose([1, 0, 2]);
}

/** g along the first axis: [n, m] → [n − 10, m]; with a gradient. */
const blurRows = tf.customGrad((x) => ({
  value: correlate(x as tf.Tensor2D),
  gradFunc: (dy: tf.Tensor) => correlate(tf.pad2d(dy as tf.Tensor2D, [[SSIM_WINDOW - 1, SSIM_WINDOW - 1], [0, 0]])),
})) as (x: tf.Tensor2D) => tf.Tensor2D;

const BLOCK = 32; // rows of the result that one product makes

function correlate(x: tf.Tensor2D): tf.Tensor2D {
  const [n, m] = x.shape, total = n - SSIM_WINDOW + 1;
  return tf.tidy(() => {
    const blocks: tf.Tensor2D[] = [];
    for (let start = 0; start < total; start += BLOCK) {
      const rows = Math.min(BLOCK, total - start), from = rows + SSIM_WINDOW - 1;
      blocks.push(times(band(rows), x.slice([start, 0], [from, m])));
    }
    return tf.concat(blocks, 0);
  });
}

/** [rows, rows + 10]: row i holds the window from column i on. */
function band(rows: number): tf.Tensor2D {
  const columns = rows + SSIM_WINDOW - 1, matrix = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) matrix.set(WINDOW, i * columns + i);
  return tf.tensor2d(matrix, [rows, columns]);
}
