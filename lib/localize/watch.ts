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
import { hiddenLayer, readWeights } from "../field/weight_network.ts";
import { type Intercept, passThrough } from "../tensor/intercept.ts";
import { type Assignment, type Heatmaps, heatmaps } from "./heatmaps.ts";

/** The large tensors of some points, a row each; the caller disposes of them. */
export interface InFull extends Heatmaps {
  /** γ [m, E] */
  readonly encoding: tf.Tensor2D;
  /** Φ [m, K] */
  readonly hidden: tf.Tensor2D;
  /** W_pose [m, L, J] */
  readonly weights: tf.Tensor3D;
  /** b_pose [m, J] */
  readonly bias: tf.Tensor2D;
}

/** The large tensors of the watched points, row i belonging to `indices[i]`; the caller disposes of them. */
export interface Watched extends InFull {
  /** The points' numbers, as they were named. */
  readonly indices: Int32Array;
}

/** How the large tensors are made. */
export interface InFullOptions {
  /** What the head's channels mean. */
  readonly assignment: Assignment;
  /** Sees and may replace each tensor before the next is made from it. */
  readonly intercept?: Intercept | undefined;
}

/**
 * The equations as they stand, for the points of one chunk. Call it inside `tf.tidy`.
 *
 * @param map The linked features [h, w, L].
 * @param points [m, 3] canonical metres.
 * @param rows The points' numbers, for `intercept`.
 */
export function inFull(
  map: tf.Tensor3D,
  field: Field,
  points: tf.Tensor2D,
  rows: Int32Array,
  { assignment, intercept = passThrough }: InFullOptions,
): InFull {
  const encoding = intercept("field.encoding", field.encode(points), rows);
  const hidden = intercept("field.hidden", hiddenLayer(encoding, field.parameters), rows);
  const pose = readWeights(hidden, field.readout, field.channels);
  const weights = intercept("field.weights", pose.weights, rows);
  const bias = intercept("field.bias", pose.bias, rows);
  const maps = heatmaps(map, { weights, bias }, { assignment });
  return {
    encoding,
    hidden,
    weights,
    bias,
    heatmap2d: intercept("localize.heatmap2d", maps.heatmap2d, rows),
    heatmap3d: intercept("localize.heatmap3d", maps.heatmap3d, rows),
    uncertaintyMap: intercept("localize.uncertaintyMap", maps.uncertaintyMap, rows),
  };
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
  options: InFullOptions,
): Watched {
  const n = places.length / 3, wanted = Array.from(watch);
  for (const index of wanted) {
    if (!Number.isInteger(index) || index < 0 || index >= n) {
      throw new RangeError(`locate: watch must name points from 0 to ${n - 1}: got ${index}`);
    }
  }
  const indices = Int32Array.from(wanted);
  const tensors = tf.tidy(() => {
    const positions = wanted.flatMap((index) => [...places.subarray(3 * index, 3 * index + 3)]);
    return { ...inFull(map, field, tf.tensor2d(positions, [wanted.length, 3]), indices, options) };
  });
  return { ...tensors, indices };
}
