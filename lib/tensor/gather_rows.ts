/**
 * # Rows of a table, with a gradient on every backend
 *
 * ```
 * out_i = table[index_i]          ∂table_r = Σ_{i: index_i = r} ∂out_i
 * ```
 *
 * tfjs's `gather` has no gradient on wasm (its kernel UnsortedSegmentSum is missing); scattering the rows back is the
 * same sum and exists everywhere.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectShape } from "./shape.ts";

/**
 * Picks rows.
 *
 * @param table [m, c]
 * @param index [n] int32, each from 0 to m − 1.
 * @returns [n, c]; the caller disposes of it.
 * @throws {TypeError} if the shapes are others.
 */
export function gatherRows(table: tf.Tensor2D, index: tf.Tensor1D): tf.Tensor2D {
  const { m, c, n } = expectShape("gatherRows", { table, index }, { table: "m c", index: "n" });
  const pick = tf.customGrad((...args) => {
    const [rows, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    save([index]);
    return {
      value: tf.gather(rows, index),
      gradFunc: (dOut: tf.Tensor, saved: tf.Tensor[]) => tf.scatterND(saved[0]!.reshape([n, 1]), dOut, [m, c]),
    };
  });
  return pick(table) as tf.Tensor2D;
}
