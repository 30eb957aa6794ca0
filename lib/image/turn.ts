/**
 * # Quarter turns of a picture
 *
 * ```
 * counter-clockwise, a picture of W × H becomes one of H × W:    (x, y) ↦ (y, W − x)        x right, y down
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectInteger } from "../tensor/options.ts";
import { expectShape } from "../tensor/shape.ts";
import type { Square } from "./resample.ts";

/** Quarter turns, counter-clockwise. */
export type QuarterTurns = 0 | 1 | 2 | 3;

/**
 * A picture, turned.
 *
 * @param picture [H, W, C]; it stays the caller's.
 * @returns [H, W, C], or [W, H, C] for one and three turns; the caller disposes of it.
 */
export function turnPicture(picture: tf.Tensor3D, turns: QuarterTurns): tf.Tensor3D {
  expectShape("turnPicture", { picture }, "h w c");
  expectInteger("turnPicture", "turns", turns, 0, 3);
  return tf.tidy(() => {
    let turned = picture.clone();
    for (let k = 0; k < turns; k++) turned = tf.reverse(tf.transpose(turned, [1, 0, 2]), 0);
    return turned;
  });
}

/**
 * Where a square of the turned picture lies in the picture; a square of side 0 is a point.
 *
 * @param width W of the picture as it was, in pixels; `height`: H.
 */
export function turnBack({ x, y, size }: Square, turns: QuarterTurns, width: number, height: number): Square {
  for (let k = turns; k > 0; k--) {
    const before = k % 2 === 1 ? width : height; // the picture's width before the k-th turn
    [x, y] = [before - y - size, x];
  }
  return { x, y, size };
}
