/**
 * # Views of a crop: turned by quarter turns, mirrored
 *
 * The crop is a square, and its eight symmetries show the same person: turned counter-clockwise by 0–3 quarter turns, then
 * mirrored or not. One orthogonal matrix R takes places into a view, and Rᵀ takes what was found there back:
 *
 * ```
 * R = M·Qᵏ        Q = [0 1; −1 0]   a quarter turn, y down        M = diag(−1, 1) if mirrored, else 1
 * picture         p ↦ R·(p − S/2) + S/2          S: the picture's side
 * camera axes     (X, Y, Z) ↦ (R·(X, Y), Z)      metres
 * on the body     g ↦ (−g_x, g_y, g_z) if mirrored, else g
 * ```
 *
 * A turn about the optical axis leaves the camera a camera, so positions go back exactly. A mirrored person is one whose left is
 * its right: at g's place its mirror image is asked for ({@link ../field/symmetry.ts}).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { CROP, type FeatureMap } from "../encoder/encoder.ts";
import { mirrorPoints } from "../field/symmetry.ts";
import { type QuarterTurns, turnPicture } from "../image/turn.ts";
import { expectShape } from "../tensor/shape.ts";

/** How a crop is looked at: first turned, then mirrored. */
export interface CropView {
  /** Quarter turns, counter-clockwise. */
  readonly turns: QuarterTurns;
  /** Whether left and right are exchanged afterwards. */
  readonly mirrored: boolean;
}

/** The crop as it is. */
export const AS_IT_IS: CropView = { turns: 0, mirrored: false };
/** Its mirror image. */
export const MIRRORED: CropView = { turns: 0, mirrored: true };

/**
 * The crop in a view.
 *
 * @param crop [S, S, C]; it stays the caller's.
 * @returns [S, S, C]; the caller disposes of it.
 * @throws {TypeError} if the crop is no square.
 */
export function viewCrop(crop: tf.Tensor3D, { turns, mirrored }: CropView): tf.Tensor3D {
  const { h, w } = expectShape("viewCrop", { crop }, "h w c");
  if (h !== w) throw new TypeError(`viewCrop: the crop must be a square: got ${h} × ${w}`);
  return tf.tidy(() => {
    const turned = turnPicture(crop, turns);
    return mirrored ? tf.reverse(turned, 1) : turned;
  });
}

/**
 * Features of a view, laid back over the crop: the way back of {@linkcode viewCrop} for a map.
 *
 * @returns a map of its own; the caller disposes of it.
 * @throws {RangeError} if the view is another than the crop itself and the cells do not lie alike about its middle.
 */
export function overCrop({ map, origin, stride }: FeatureMap, { turns, mirrored }: CropView): FeatureMap {
  const [h, w] = map.shape, centred = (size: number) => Math.abs(2 * origin + (size - 1) * stride - CROP) < 1e-3;
  if ((turns !== 0 || mirrored) && !(centred(h) && centred(w))) {
    throw new RangeError(
      `overCrop: cells of a turned or mirrored view must lie alike about the crop's middle: got ${h} × ${w} cells from ${origin} px, ` +
        `${stride} px apart`,
    );
  }
  const laid = tf.tidy(() => turnPicture(mirrored ? tf.reverse(map, 1) : map, (4 - turns) % 4 as QuarterTurns));
  return { map: laid, origin, stride };
}

/** The canonical points that a view is asked for, [n, 3]; the caller disposes of them. */
export function viewPoints(points: tf.Tensor2D, { mirrored }: CropView): tf.Tensor2D {
  return mirrored ? mirrorPoints(points) : points.clone();
}

/**
 * Places of the crop in a view.
 *
 * @param rows [n, width], row by row: x, y and anything else, which stays.
 * @param centre What stays where it is: S/2 for a picture, 0 for camera axes.
 */
export function intoView(rows: Float32Array, width: number, view: CropView, centre = 0): Float32Array {
  const [[a, b], [c, d]] = matrixOf(view);
  return turned(rows, width, centre, (x, y) => [a * x + b * y, c * x + d * y]);
}

/** Places found in a view, in the crop: the way back of {@linkcode intoView}. */
export function outOfView(rows: Float32Array, width: number, view: CropView, centre = 0): Float32Array {
  const [[a, b], [c, d]] = matrixOf(view);
  return turned(rows, width, centre, (x, y) => [a * x + c * y, b * x + d * y]);
}

type Pair = readonly [number, number];

/** R. */
function matrixOf({ turns, mirrored }: CropView): readonly [Pair, Pair] {
  const [cos, sin] = ([[1, 0], [0, 1], [-1, 0], [0, -1]] as const)[turns], sign = mirrored ? -1 : 1;
  return [[sign * cos, sign * sin], [-sin, cos]];
}

function turned(rows: Float32Array, width: number, centre: number, turn: (x: number, y: number) => Pair): Float32Array {
  const result = rows.slice();
  for (let i = 0; i < rows.length; i += width) {
    const [x, y] = turn(rows[i]! - centre, rows[i + 1]! - centre);
    result[i] = x + centre;
    result[i + 1] = y + centre;
  }
  return result;
}
