/**
 * # Soft-argmax: from a heatmap to a position
 *
 * A heatmap says *where a Gaussian might be*; its soft-argmax says *where it is*, as the mean of the distribution
 * that the heatmap's logits define:
 *
 * ```
 * P = softmax(H)             over all cells of the grid
 * p = Σ_cells P(cell)·c(cell)
 * ```
 *
 * with c(cell) ∈ [0,1]² (or [0,1]³) the cell's place on a grid whose first and last cells are 0 and 1. Unlike argmax it
 * has a gradient and lands between cells, which is how a 12×12 map gives positions finer than its 32-pixel stride. When P
 * has two peaks, p lies between them, where the Gaussian is *not*: look at `probability` before you believe `position`, or ask for the
 * mean around the highest peak alone ({@link ./local_mean.ts}).
 *
 * The mean over all cells is one matrix product, p = P·C with the cells' places as the rows of C. In two and in three
 * dimensions alike: a 3D heatmap is [n, h, w, d], its last axis the depth bins from near to far.
 *
 * Source: NLF, section 3.2 (p'_2D, p'_3D); Sun et al., *Integral Human Pose Regression*, 2018.
 *
 * @example A sharp peak in the middle column
 * ```ts
 * import { softArgmax2d } from "./soft_argmax.ts";
 * import * as tf from "@tensorflow/tfjs";
 *
 * const logits = tf.tensor3d([[[0, 50, 0], [0, 0, 0], [0, 0, 0]]]); // [n=1, h=3, w=3]
 * const { position } = softArgmax2d(logits);
 * console.log(await position.array()); // ≈ [[0.5, 0]]
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { matMul } from "../tensor/mat_mul.ts";
import { expectShape } from "../tensor/shape.ts";

/** Position and the distribution it is the mean of. */
export interface Located2d {
  /** [n, 2]: x (right) and y (down) on the unit grid. */
  readonly position: tf.Tensor2D;
  /** [n, h, w]: softmax of the logits; sums to 1 for each of the n maps. */
  readonly probability: tf.Tensor3D;
}

/** Position in depth too, and the distribution it is the mean of. */
export interface Located3d {
  /** [n, 3]: x (right), y (down) and z (away from the camera) on the unit grid. */
  readonly position: tf.Tensor2D;
  /** [n, h, w, d]: softmax of the logits; sums to 1 for each of the n maps. */
  readonly probability: tf.Tensor4D;
}

/**
 * The mean position under each heatmap.
 *
 * @param logits [n, h, w]: unnormalised log-probabilities, one map a Gaussian.
 * @returns position [n, 2] and probability [n, h, w]; the caller disposes of both.
 * @throws {TypeError} if `logits` is not of rank 3.
 */
export function softArgmax2d(logits: tf.Tensor3D): Located2d {
  const { n, h, w } = expectShape("softArgmax2d", { logits }, "n h w");
  return tf.tidy(() => {
    const probability = tf.softmax(logits.reshape<tf.Tensor2D>([n, h * w]));
    return {
      position: matMul(probability, unitGrid2d(h, w)),
      probability: probability.reshape<tf.Tensor3D>([n, h, w]),
    };
  });
}

/**
 * The mean position under each volumetric heatmap.
 *
 * @param logits [n, h, w, d]: unnormalised log-probabilities, one volume a Gaussian.
 * @returns position [n, 3] and probability [n, h, w, d]; the caller disposes of both.
 * @throws {TypeError} if `logits` is not of rank 4.
 */
export function softArgmax3d(logits: tf.Tensor4D): Located3d {
  const { n, h, w, d } = expectShape("softArgmax3d", { logits }, "n h w d");
  return tf.tidy(() => {
    const probability = tf.softmax(logits.reshape<tf.Tensor2D>([n, h * w * d]));
    return {
      position: matMul(probability, unitGrid3d(h, w, d)),
      probability: probability.reshape<tf.Tensor4D>([n, h, w, d]),
    };
  });
}

/** The places (x, y) of an h×w grid's cells, row by row: [h·w, 2]. */
export function unitGrid2d(h: number, w: number): tf.Tensor2D {
  return tf.tidy(() => {
    const x = tf.tile(unitSteps(w).reshape([1, w]), [h, 1]);
    const y = tf.tile(unitSteps(h).reshape([h, 1]), [1, w]);
    return tf.stack([x, y], 2).reshape([h * w, 2]);
  });
}

/** The places (x, y, z) of an h×w×d grid's cells, depth fastest: [h·w·d, 3]. */
export function unitGrid3d(h: number, w: number, d: number): tf.Tensor2D {
  return tf.tidy(() => {
    const xy = tf.tile(unitGrid2d(h, w).reshape([h * w, 1, 2]), [1, d, 1]);
    const z = tf.tile(unitSteps(d).reshape([1, d, 1]), [h * w, 1, 1]);
    return tf.concat([xy, z], 2).reshape([h * w * d, 3]);
  });
}

/** Equal steps from 0 to 1; a single cell is at 0 (where WebGPU's `linspace` says NaN): [size]. */
export function unitSteps(size: number): tf.Tensor1D {
  return size === 1 ? tf.zeros([1]) : tf.linspace(0, 1, size);
}
