/**
 * # Left and right in canonical space
 *
 * The canonical body stands in T-pose, Y up, facing +Z, and is its own mirror image in the plane x = 0: the subject's
 * left is +x. So the point that a flipped picture shows where the picture shows g is g's mirror image,
 *
 * ```
 * mirror(x, y, z) = (−x, y, z)
 * ```
 *
 * and training on flipped crops, or averaging over a flip, needs no table of left and right names.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectShape } from "../tensor/shape.ts";

/**
 * The mirror images of canonical points.
 *
 * @param points [n, 3] metres.
 * @returns [n, 3]; the caller disposes of it.
 * @throws {TypeError} if the shape is another.
 */
export function mirrorPoints(points: tf.Tensor2D): tf.Tensor2D {
  expectShape("mirrorPoints", { points }, "n 3");
  return tf.tidy(() => points.mul(tf.tensor2d([[-1, 1, 1]])) as tf.Tensor2D);
}
