/**
 * # The same heatmaps in another order: never hold W_pose
 *
 * W_pose of 25,000 Gaussians is 64 million numbers, used once. But it comes from Φ by one affine map, and so do
 * the logits from W_pose: the product can be taken the other way round,
 *
 * ```
 * logits(g, cell, j) = Σ_l [f(cell), 1]_l · Σ_k [Φ(g), 1]_k · M[k, l, j]
 *                    = Σ_k [Φ(g), 1]_k · F'[k, j, cell]          F'[k, j, cell] = Σ_l M[k, l, j]·[f(cell), 1]_l
 * ```
 *
 * F' is made once for a picture; each Gaussian then costs K+1 products a logit, whatever L is, and nothing larger than
 * one chunk of logits is ever held. The numbers are those of the direct evaluation up to rounding (≤ 1e-4).
 *
 * Several maps of one crop (from its mirror image, say) are asked at once; their logits are averaged.
 *
 * The three kinds of logits come from three products, so that none has to be cut out of another, and soft-argmax is a
 * product with the cells' places.
 *
 * Source: DESIGN decision 3.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { withOne } from "../field/weight_network.ts";
import { matMul } from "../tensor/mat_mul.ts";
import { expectShape } from "../tensor/shape.ts";
import type { Assignment } from "./heatmaps.ts";
import { localMean } from "./local_mean.ts";
import { meanLogits } from "./seen_maps.ts";
import { unitGrid2d, unitSteps } from "./soft_argmax.ts";

/** F' of one feature map, and the places of its cells; the caller disposes of all. */
export interface ReorderedHead {
  /** F' for U [K+1, h·w] */
  readonly uncertainty: tf.Tensor2D;
  /** F' for channel 1 [K+1, h·w] */
  readonly plane: tf.Tensor2D;
  /** F' for channels 2.. [K+1, d·h·w], depth slowest */
  readonly volume: tf.Tensor2D;
  /** Rows and columns. */
  readonly grid: readonly [h: number, w: number];
  /** (x, y) of each cell on the unit grid [h·w, 2] */
  readonly places2d: tf.Tensor2D;
  /** (x, y, z) of each cell of the volume on the unit grid [d·h·w, 3] */
  readonly places3d: tf.Tensor2D;
}

/**
 * F' = [f, 1]·M.
 *
 * @param features [h, w, L]: the linked features.
 * @param readout M [K+1, (L+1)·J] of the field.
 * @param channels J.
 * @throws {TypeError} if the features have another width than the field expects.
 */
export function reorderHead(features: tf.Tensor3D, readout: tf.Tensor2D, channels: number): ReorderedHead {
  const { h, w, L } = expectShape("reorderHead", { features }, "h w L");
  const [rows, columns] = readout.shape, d = channels - 2;
  if (columns !== (L + 1) * channels) {
    throw new TypeError(
      `reorderHead: the field's readout [${rows}, ${columns}] is for features of width ${
        columns / channels - 1
      }: got ${L}`,
    );
  }
  return tf.tidy(() => {
    const M = tf.transpose(readout.reshape<tf.Tensor3D>([rows, L + 1, channels]), [2, 0, 1]); // [J, K+1, L+1]
    const cells = tf.transpose(withOne(features.reshape([h * w, L]))); // [L+1, h·w]
    const all = matMul(M.reshape([channels * rows, L + 1]), cells).reshape<tf.Tensor3D>([channels, rows, h * w]);
    const [uncertainty, plane, volume] = tf.split(all, [1, 1, d], 0) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
    const places2d = unitGrid2d(h, w);
    const depth = tf.tile(unitSteps(d).reshape([d, 1, 1]), [1, h * w, 1]);
    return {
      uncertainty: uncertainty.reshape<tf.Tensor2D>([rows, h * w]),
      plane: plane.reshape<tf.Tensor2D>([rows, h * w]),
      volume: tf.transpose(volume, [1, 0, 2]).reshape<tf.Tensor2D>([rows, d * h * w]),
      grid: [h, w] as const,
      places2d,
      places3d: tf.concat([tf.tile(places2d.expandDims(0), [d, 1, 1]), depth], 2).reshape<tf.Tensor2D>([d * h * w, 3]),
    };
  });
}

/** Points before one map: Φ [n, K], and F' of the map. */
export interface HiddenBefore {
  /** Φ [n, K] of the points as this map is asked for them. */
  readonly hidden: tf.Tensor2D;
  /** F' of the map. */
  readonly head: ReorderedHead;
}

/** How logits are read. */
export interface ReadOptions {
  /** What the channels mean. */
  readonly assignment: Assignment;
  /** Cells around the peak of H_2D that p'_2D is the mean of, an odd number; 0: all cells. */
  readonly window: number;
}

/**
 * Heatmaps, soft-argmax and expected uncertainty of one chunk at once.
 *
 * @param before The same points before one map or several of the same grid; `"nlf"` reads one.
 * @returns [n, 6]: x, y of p'_2D; x, y, z of p'_3D, all on the unit grid; Σ U·P. The caller disposes of it.
 */
export function locateHidden(before: readonly HiddenBefore[], { assignment, window }: ReadOptions): tf.Tensor2D {
  const [{ hidden, head: { places2d, places3d, grid } }] = before as [HiddenBefore];
  const { n } = expectShape("locateHidden", { hidden }, "n K");
  return tf.tidy(() => {
    const asked = before.map(({ hidden, head }) => ({ phi: withOne(hidden), head }));
    const mean = (part: "uncertainty" | "plane" | "volume") =>
      meanLogits(asked.map(({ phi, head }) => matMul(phi, head[part])));
    const U = mean("uncertainty"), onPlane = tf.softmax(mean("plane")); // [n, h·w]
    const inVolume = tf.softmax(mean("volume")); // [n, d·h·w]
    const spatial = matMul(inVolume, places3d);
    if (assignment === "nlf-gs") {
      const found = window === 0 ? matMul(onPlane, places2d) : localMean(onPlane, grid, window);
      return tf.concat([found, spatial, U.mul(onPlane).sum(1, true)], 1) as tf.Tensor2D;
    }
    const cells = places2d.shape[0];
    const marginal = inVolume.reshape([n, inVolume.shape[1] / cells, cells]).sum<tf.Tensor2D>(1); // over depth: [n, h·w]
    const [xy, z] = tf.split(spatial, [2, 1], 1) as [tf.Tensor2D, tf.Tensor2D];
    const found = window === 0 ? xy : localMean(marginal, grid, window), planar = matMul(onPlane, places2d);
    return tf.concat([found, planar, z, U.mul(marginal).sum(1, true)], 1) as tf.Tensor2D;
  });
}
