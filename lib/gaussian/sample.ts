/**
 * # Sampling: what the photo shows where a Gaussian was found
 *
 * ```
 * feature_g = Sample(f_I; p'_2D)          cell = (p'_2D − origin) / stride, clamped to the grid
 *           = (1−a)(1−b)·f[i, j] + a(1−b)·f[i, j+1] + (1−a)b·f[i+1, j] + ab·f[i+1, j+1]
 * ```
 *
 * with (j, i) the cell's whole part and (a, b) its fraction along x and y. Several maps (f_I and its pyramid) are
 * sampled at the same place and laid side by side, coarse meaning next to fine detail. On a map that covers the crop
 * this is PyTorch's `grid_sample(bilinear, padding_mode="border", align_corners=False)`.
 *
 * With a coarse map alone, hundreds of Gaussians fall into one cell and their features are mixtures of the same four
 * vectors: whatever is decoded from them is as smooth as the map. Pass the pyramid as well.
 *
 * One `cropAndResize` of 1×1 boxes does the whole interpolation: it is a single kernel on every backend, eight times
 * faster on wasm than four gathers. It has no gradient on wasm, so the gradients are written here, for maps and
 * positions; a position that was clamped has none.
 *
 * Source: the method's Sample(f_I; p'_2D); Jaderberg et al., *Spatial Transformer Networks*, 2015.
 *
 * @example The middle of two cells is their mean
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { coveringMap } from "../encoder/encoder.ts";
 * import { sampleFeatures } from "./sample.ts";
 *
 * const map = coveringMap(tf.tensor3d([[[0], [1]], [[0], [1]]])); // [2, 2, 1]: cells centred at 128 and 384 pixels
 * console.log(await sampleFeatures(map, tf.tensor2d([[256, 200]])).data()); // [0.5]
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { FeatureMap } from "../encoder/encoder.ts";
import { expectShape } from "../tensor/shape.ts";

/**
 * Features at the Gaussians' places, bilinear between cells and constant beyond the border cells.
 *
 * @param maps One map [h, w, C], or several of any sizes, which are sampled alike and concatenated in that order.
 * @param position2d [n, 2]: x (right) and y (down) in crop pixels. Where one is NaN, the feature is NaN.
 * @returns [n, ΣC]; the caller disposes of it.
 * @throws {TypeError} if a map is not of rank 3 or the positions are not [n, 2].
 * @throws {RangeError} if there is no map, or a map's origin or stride is no usable number.
 */
export function sampleFeatures(maps: FeatureMap | readonly FeatureMap[], position2d: tf.Tensor2D): tf.Tensor2D {
  const levels: readonly FeatureMap[] = Array.isArray(maps) ? maps : [maps];
  if (levels.length === 0) throw new RangeError("sampleFeatures: no map to sample: pass at least one");
  expectShape("sampleFeatures", { position2d }, "n 2");
  for (const { map, origin, stride } of levels) {
    expectShape("sampleFeatures", { map }, "h w c");
    if (!Number.isFinite(origin) || !(stride > 0) || stride === Infinity) {
      throw new RangeError(
        `sampleFeatures: a map needs a finite origin and a positive stride: got ${origin} and ${stride}`,
      );
    }
  }
  return tf.tidy(() => {
    const sampled = levels.map(({ map, origin, stride }) => sampleCells(map, position2d.sub(origin).div(stride)) // crop pixels → cells
    );
    return sampled.length === 1 ? sampled[0]! : tf.concat2d(sampled, 1);
  });
}

/** Bilinear sampling of map [h, w, C] at cells [n, 2] (x, y), with gradients to both. */
const sampleCells = tf.customGrad((...args) => {
  const [map, cell, save] = args as unknown as [tf.Tensor3D, tf.Tensor2D, tf.GradSaveFunc];
  save([map, cell]);
  return {
    value: interpolate(map, cell),
    gradFunc: (dFeature: tf.Tensor, saved: tf.Tensor[]) => {
      const [map, cell] = saved as [tf.Tensor3D, tf.Tensor2D];
      return [mapGradient(map, cell, dFeature as tf.Tensor2D), cellGradient(map, cell, dFeature as tf.Tensor2D)];
    },
  };
}) as (map: tf.Tensor3D, cell: tf.Tensor2D) => tf.Tensor2D;

/** The interpolation alone: [h, w, C], [n, 2] → [n, C]. */
function interpolate(map: tf.Tensor3D, cell: tf.Tensor2D): tf.Tensor2D {
  const [h, w, channels] = map.shape;
  const n = cell.shape[0];
  if (n === 0) return tf.zeros([0, channels]);
  const { position, valid } = clamp(cell, h, w);
  const unit = position.div<tf.Tensor2D>(last(h, w)).reverse(1); // (x, y) in cells → (y, x) in 0..1
  const corner = tf.where(valid, unit, tf.fill([n, 2], -1)); // outside: filled with NaN below
  const boxes = tf.concat2d([corner, corner], 1); // boxes of size 0: one sample at their corner
  const feature = tf.image.cropAndResize(
    map.expandDims<tf.Tensor4D>(0),
    boxes,
    tf.zeros([n], "int32"),
    [1, 1],
    "bilinear",
    NaN,
  );
  return feature.reshape([n, channels]);
}

/** ∂map: each feature's gradient is dealt to its four cells by their weights. */
function mapGradient(map: tf.Tensor3D, cell: tf.Tensor2D, dFeature: tf.Tensor2D): tf.Tensor3D {
  const [h, w, channels] = map.shape;
  const { position, valid } = clamp(cell, h, w);
  const low = position.floor();
  const [a, b] = tf.split(position.sub(low), 2, 1) as [tf.Tensor2D, tf.Tensor2D]; // fractions, [n, 1]
  const [x0, y0] = tf.split(low, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  const x1 = x0.add(1).minimum(w - 1), y1 = y0.add(1).minimum(h - 1); // a = 0 at the last cell, so its twin adds 0
  const given = tf.where(valid.slice([0, 0], [-1, 1]), dFeature, tf.zerosLike(dFeature));
  const corners: [tf.Tensor, tf.Tensor, tf.Tensor][] = [
    [y0, x0, tf.mul(tf.sub(1, b), tf.sub(1, a))],
    [y0, x1, tf.mul(tf.sub(1, b), a)],
    [y1, x0, tf.mul(b, tf.sub(1, a))],
    [y1, x1, tf.mul(b, a)],
  ];
  const dealt = corners.map(([y, x, weight]) =>
    tf.scatterND(y.mul(w).add(x).toInt(), given.mul(weight), [h * w, channels])
  );
  return tf.addN(dealt).reshape([h, w, channels]);
}

/** ∂cell: between two cells the feature is linear along x and along y; its slope is a difference of samples. */
function cellGradient(map: tf.Tensor3D, cell: tf.Tensor2D, dFeature: tf.Tensor2D): tf.Tensor2D {
  const [h, w] = map.shape;
  const { position } = clamp(cell, h, w);
  const low = position.floor().minimum(tf.maximum(last(h, w).sub(1), 0));
  const slopes = [0, 1].map((axis) => {
    const along = tf.tensor2d([[1 - axis, axis]]); // picks this axis from (x, y)
    const start = position.add(low.sub(position).mul(along)) as tf.Tensor2D; // this axis at the whole cell before
    const rise = interpolate(map, start.add(along)).sub(interpolate(map, start));
    return rise.mul(dFeature).sum(1); // [n]
  });
  const inside = cell.greater(0).logicalAnd(cell.less(last(h, w)));
  const slope = tf.stack(slopes, 1);
  return tf.where(inside, slope, tf.zerosLike(slope)) as tf.Tensor2D;
}

/** Cells clamped to the grid, with NaN replaced by 0; `valid` [n, 2] is false for both of a point with a NaN. */
function clamp(cell: tf.Tensor2D, h: number, w: number): { position: tf.Tensor2D; valid: tf.Tensor2D } {
  const finite = tf.where(cell.isNaN(), tf.zerosLike(cell), cell);
  const position = finite.maximum(0).minimum(tf.tensor2d([[w - 1, h - 1]])) as tf.Tensor2D;
  const valid = tf.tile(cell.isNaN().any(1, true).logicalNot(), [1, 2]) as tf.Tensor2D;
  return { position, valid };
}

/** [1, 2]: the last cell along x and y, at least 1 so that it can be divided by. */
function last(h: number, w: number): tf.Tensor2D {
  return tf.tensor2d([[Math.max(w - 1, 1), Math.max(h - 1, 1)]]);
}
