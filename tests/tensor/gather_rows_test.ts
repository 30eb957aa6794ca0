import { assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { gatherRows } from "../../lib/tensor/gather_rows.ts";
import { everyBackend, leaves } from "../harness.ts";

const index = () => tf.tensor1d([2, 0, 2], "int32");

everyBackend("gatherRows() picks rows, again and again if asked", async () => {
  const rows = gatherRows(tf.tensor2d([[1, 2], [3, 4], [5, 6]]), index());
  assertEquals(await rows.array(), [[5, 6], [1, 2], [5, 6]]);
});

everyBackend("gatherRows() sends the gradient back to each row as often as it was picked", async () => {
  const weights = tf.tensor2d([[1, 2], [3, 4], [5, 6]]);
  const gradient = tf.grad((table) => gatherRows(table as tf.Tensor2D, index()).mul(weights).sum())(tf.ones([4, 2]));
  assertEquals(await gradient.array(), [[3, 4], [0, 0], [6, 8], [0, 0]]);
});

Deno.test("gatherRows() says which axis is wrong", () =>
  void assertThrows(
    () => gatherRows(tf.ones([3]) as unknown as tf.Tensor2D, index()),
    TypeError,
    'gatherRows: table must be "m c": got [3]',
  ));

Deno.test("gatherRows() leaves its result and no more", () =>
  leaves(
    "result",
    { table: tf.ones<tf.Rank.R2>([4, 2]), index: index() },
    ({ table, index }) => gatherRows(table, index),
  ));
