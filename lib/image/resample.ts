/**
 * # Resampling a square of a picture, without aliasing and past its edge
 *
 * ```
 * out = R_y · image · R_xᵀ  +  pad · (1 − r_y·r_xᵀ)        image [H, W, C]    out [size, size, C]
 * ```
 *
 * Each row of R_y [size, H] holds the weights with which one output row sees the image rows; R_x [size, W] likewise. The
 * weights are a triangle about the output pixel's centre that reaches one pixel of the *coarser* of the two grids to
 * either side: bilinear interpolation when enlarging, an antialiasing filter when reducing. They are normalised over the
 * image rows there are, then multiplied by r, the share of the output pixel that lies on the image; the rest is `pad`.
 *
 * A square at least four times as large as the result is first averaged over k × k pixels, with the largest k that leaves
 * twice the wanted size, which bounds the cost of the two matrix products. Pixel centres are at .5 everywhere.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectInteger, resolveOptions } from "../tensor/options.ts";
import { expectShape } from "../tensor/shape.ts";

/** A square of a picture, in its pixels; it may reach past the edges. */
export interface Square {
  /** Its left edge. */
  readonly x: number;
  /** Its upper edge. */
  readonly y: number;
  /** Its side. */
  readonly size: number;
}

/** How the square is resampled. */
export interface ResampleOptions {
  /** The value past the edges of the picture, or `edge` to repeat its outermost pixels. */
  readonly pad?: number | "edge";
}

/**
 * Resamples a square of an image.
 *
 * @param image [H, W, C]
 * @param square In image pixels.
 * @param size Pixels a side of the result.
 * @returns [size, size, C]; the caller disposes of it.
 * @throws {RangeError} if the square has no size or is not finite.
 */
export function resampleSquare(
  image: tf.Tensor3D,
  square: Square,
  size: number,
  options?: ResampleOptions,
): tf.Tensor3D {
  const { pad } = resolveOptions<Required<ResampleOptions>>("resampleSquare", { pad: 0.5 }, options);
  const { c } = expectShape("resampleSquare", { image }, "h w c");
  expectInteger("resampleSquare", "size", size, 1);
  if (![square.x, square.y, square.size].every(Number.isFinite) || !(square.size > 0)) {
    throw new RangeError(`resampleSquare: square must be finite and larger than 0: got ${JSON.stringify(square)}`);
  }
  return tf.tidy(() => {
    const { part, rows, columns } = cutAndAverage(image, square, size);
    const [h, w] = part.shape;
    const [ry, rx] = [triangles(size, h, rows, pad), triangles(size, w, columns, pad)]; // [size, h], [size, w]
    const across = tf.matMul(ry, part.reshape([h, w * c])).reshape([size, w, c]).transpose([1, 0, 2]); // [w, size, C]
    const both = tf.matMul(rx, across.reshape([w, size * c])).reshape([size, size, c]).transpose([1, 0, 2]);
    if (pad === "edge") return both as tf.Tensor3D;
    const covered = tf.outerProduct(ry.sum(1), rx.sum(1)).expandDims(2); // [size, size, 1]
    return both.add<tf.Tensor3D>(covered.mul(-pad).add(pad));
  });
}

/** Where the square lies along one axis of a part of the image, in that part's pixels. */
interface Axis {
  /** The square's lower edge. */
  readonly start: number;
  /** The square's side. */
  readonly side: number;
  /** Where the image ends; less than a pixel past its last one, which then stands for what was dropped. */
  readonly end: number;
}

/** The image averaged over k × k pixels, and of that the part which the square touches. */
function cutAndAverage(
  image: tf.Tensor3D,
  { x, y, size: side }: Square,
  size: number,
): { part: tf.Tensor3D; rows: Axis; columns: Axis } {
  const [height, width, c] = image.shape;
  const k = Math.min(height, width, Math.max(1, Math.floor(side / (2 * size))));
  const margin = Math.max(1, side / (k * size)); // the triangle's reach
  const along = (start: number, length: number) => {
    const [cells, first, past] = [Math.floor(length / k), start / k - margin, (start + side) / k + margin];
    const from = Math.min(cells - 1, Math.max(0, Math.floor(first)));
    const to = Math.max(from + 1, Math.min(cells, Math.ceil(past)));
    return { from, count: to - from, axis: { start: start / k - from, side: side / k, end: length / k - from } };
  };
  const [rows, columns] = [along(y, height), along(x, width)];
  const averaged = k === 1 ? image : tf.avgPool(image, k, k, "valid"); // drops a last cell that is not whole
  const part = averaged.slice([rows.from, columns.from, 0], [rows.count, columns.count, c]);
  return { part, rows: rows.axis, columns: columns.axis };
}

/** The matrix of one axis, [size, length]: row i holds the weights of output pixel i, which sum to its share r. */
function triangles(size: number, length: number, { start, side, end }: Axis, pad: number | "edge"): tf.Tensor2D {
  const scale = side / size; // input pixels for each output pixel
  const reach = Math.max(1, scale);
  const matrix = new Float32Array(size * length);
  for (let i = 0; i < size; i++) {
    const [left, centre, right] = [start + i * scale, start + (i + 0.5) * scale, start + (i + 1) * scale];
    const share = pad === "edge" ? 1 : Math.max(0, Math.min(right, end) - Math.max(left, 0)) / scale;
    if (share === 0) continue;
    const [first, last] = [Math.floor(centre - reach), Math.ceil(centre + reach)];
    const weights: [cell: number, weight: number][] = [];
    for (let j = first; j < last; j++) {
      if (pad !== "edge" && (j < 0 || j >= end)) continue;
      weights.push([Math.min(length - 1, Math.max(0, j)), Math.max(0, 1 - Math.abs(j + 0.5 - centre) / reach)]);
    }
    const sum = weights.reduce((total, [, weight]) => total + weight, 0);
    for (const [cell, weight] of weights) matrix[i * length + cell]! += share * weight / sum;
  }
  return tf.tensor2d(matrix, [size, length]);
}
