/**
 * # The local mean: a position beside the heatmap's peak
 *
 * The mean of a distribution with two peaks lies between them, where nothing is. A local soft-argmax takes the mean of the cells
 * around the largest one alone:
 *
 * ```
 * c* = argmax P(c)          W = cells at most ⌊window/2⌋ from c* along x and along y
 * p  = Σ_{c ∈ W} P(c)·c / Σ_{c ∈ W} P(c)
 * ```
 *
 * It decides for one of two places, which is right more often and further off when wrong: shares of points found within a radius
 * rise and the mean error hardly changes. On a map of one narrow peak it is the soft-argmax. It has the gradient of the mean over W,
 * as if W were fixed; training asks for the mean over all cells.
 *
 * Which cells lie in W is said by two bands, one along each axis: W(y, x) = band_h[y*, y]·band_w[x*, x], so that nothing larger
 * than P is held.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { matMul } from "../tensor/mat_mul.ts";
import { expectInteger } from "../tensor/options.ts";
import { expectShape } from "../tensor/shape.ts";
import { unitGrid2d } from "./soft_argmax.ts";

/**
 * The mean position around each distribution's largest cell.
 *
 * @param probability [n, h·w], row by row; rows need not sum to one.
 * @param grid Rows and columns.
 * @param window How many cells the window is wide and high: an odd number.
 * @returns [n, 2]: x (right) and y (down) on the unit grid; the caller disposes of it.
 * @throws {TypeError} if the shape does not fit the grid.
 * @throws {RangeError} if the window is no odd number.
 */
export function localMean(
  probability: tf.Tensor2D,
  [h, w]: readonly [h: number, w: number],
  window: number,
): tf.Tensor2D {
  expectShape("localMean", { probability }, `n ${h * w}`);
  expectWindow("localMean", window);
  return tf.tidy(() => {
    const inside = tf.mul<tf.Tensor2D>(probability, around(probability, [h, w], (window - 1) / 2)); // [n, h·w]
    return tf.div<tf.Tensor2D>(matMul(inside, unitGrid2d(h, w)), tf.sum(inside, 1, true));
  });
}

/**
 * Checks a window.
 *
 * @throws {RangeError} if it is no odd number of cells.
 */
export function expectWindow(caller: string, window: number): void {
  expectInteger(caller, "window", window, 1);
  if (window % 2 === 0) throw new RangeError(`${caller}: window must be an odd number of cells: got ${window}`);
}

/** 1 for the cells at most `reach` from the largest, else 0: [n, h·w]; without gradient. */
function around(probability: tf.Tensor2D, [h, w]: readonly [number, number], reach: number): tf.Tensor2D {
  return tf.customGrad((...args) => {
    const [P] = args as unknown as [tf.Tensor2D], peak = tf.argMax(P, 1); // [n]
    const row = tf.floorDiv(peak, w), column = tf.sub(peak, tf.mul(row, w));
    const rows = tf.gather(band(h, reach, (cell) => Math.floor(cell / w), h * w), tf.cast(row, "int32"));
    const columns = tf.gather(band(w, reach, (cell) => cell % w, h * w), tf.cast(column, "int32"));
    return { value: tf.mul(rows, columns), gradFunc: (dy: tf.Tensor) => [tf.zerosLike(dy)] };
  })(probability) as tf.Tensor2D;
}

/** band[i, cell] = 1 where the cell's place along an axis is at most `reach` from i: [size, cells]. */
function band(size: number, reach: number, along: (cell: number) => number, cells: number): tf.Tensor2D {
  const values = Float32Array.from({ length: size * cells }, (_, i) => {
    return Math.abs(along(i % cells) - Math.floor(i / cells)) <= reach ? 1 : 0;
  });
  return tf.tensor2d(values, [size, cells]);
}
