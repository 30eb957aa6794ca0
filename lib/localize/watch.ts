/**
 * # Watching a few Gaussians in full
 *
 * `locate` throws away the tensors that would not fit for all Gaussians: their encodings, weights and heatmaps. For the few
 * that one wants to look at they are computed once more, by the equations as they stand:
 *
 * ```
 * γ → Φ → (W_pose, b_pose) → (H_2D, H_3D, U)
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Field } from "../field/field.ts";
import { readWeights } from "../field/weight_network.ts";
import { type Assignment, type Heatmaps, heatmaps } from "./heatmaps.ts";

/** The large tensors of the watched points, row i belonging to `indices[i]`; the caller disposes of them. */
export interface Watched extends Heatmaps {
  /** The points' numbers, as they were named. */
  readonly indices: Int32Array;
  /** γ [m, E] */
  readonly encoding: tf.Tensor2D;
  /** Φ [m, K] */
  readonly hidden: tf.Tensor2D;
  /** W_pose [m, L, J] */
  readonly weights: tf.Tensor3D;
  /** b_pose [m, J] */
  readonly bias: tf.Tensor2D;
}

/**
 * Computes everything about some points.
 *
 * @param map The linked features [h, w, L].
 * @param places [n, 3] canonical metres of all points.
 * @param watch The numbers of the points to watch.
 * @throws {RangeError} if a number is none of 0..n−1.
 */
export function watchPoints(
  map: tf.Tensor3D,
  field: Field,
  places: Float32Array,
  watch: ArrayLike<number>,
  assignment: Assignment,
): Watched {
  const n = places.length / 3, wanted = Array.from(watch);
  for (const index of wanted) {
    if (!Number.isInteger(index) || index < 0 || index >= n) {
      throw new RangeError(`locate: watch must name points from 0 to ${n - 1}: got ${index}`);
    }
  }
  const tensors = tf.tidy(() => {
    const positions = wanted.flatMap((index) => [...places.subarray(3 * index, 3 * index + 3)]);
    const points = tf.tensor2d(positions, [wanted.length, 3]);
    const encoding = field.encode(points), hidden = field.hidden(points);
    const pose = readWeights(hidden, field.readout, field.channels);
    return { encoding, hidden, ...pose, ...heatmaps(map, pose, { assignment }) };
  });
  return { ...tensors, indices: Int32Array.from(wanted) };
}
