import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { bilinear, bilinearOf, cross, recombine } from "../../lib/tensor/components.ts";
import { everyBackend, failsCleanly, leaves, maxAbsDiff } from "../harness.ts";

const MATRIX = [[1, 0], [0, -1], [2, 3]];
/** (a0·b1, a1·b0 − a2·b1) */
const MAP = bilinearOf([[0, 1, 0, 1], [1, 0, 1, 1], [2, 1, 1, -1]], 3, 2, 2);

everyBackend("recombine() chooses, negates and adds columns, and so does its gradient", async () => {
  const rows = tf.tensor2d([[1, 2, 3], [-4, 5, 0.5]]);
  assertEquals(await recombine(rows, MATRIX).array(), [[7, 7], [-3, -3.5]]);
  const slope = tf.grad((x) => recombine(x as tf.Tensor2D, MATRIX).mul(tf.tensor2d([[1, 10]])).sum())(rows);
  assertEquals(await slope.array(), [[1, -10, 32], [1, -10, 32]]);
});

everyBackend("bilinear() sums its terms row by row, with the gradients of both sides", async () => {
  const a = tf.tensor2d([[1, 2, 3], [4, 5, 6]]), b = tf.tensor2d([[7, 8], [9, 10]]);
  assertEquals(await bilinear(a, b, MAP).array(), [[8, 2 * 7 - 3 * 8], [40, 5 * 9 - 6 * 10]]);
  const [byA, byB] = tf.grads((x, y) => bilinear(x as tf.Tensor2D, y as tf.Tensor2D, MAP).sum())([a, b]);
  assertAlmostEquals(await maxAbsDiff(byA!, tf.tensor2d([[8, 7, -8], [10, 9, -10]])), 0, 1e-5);
  assertAlmostEquals(await maxAbsDiff(byB!, tf.tensor2d([[2, 1 - 3], [5, 4 - 6]])), 0, 1e-5);
});

everyBackend("cross() is square on both sides, and turns its sign with their order", async () => {
  const a = tf.tensor2d([[1, 0, 0], [1, 2, 3]]), b = tf.tensor2d([[0, 1, 0], [-4, 5, 0.5]]);
  assertEquals(await cross(a, b).array(), [[0, 0, 1], [2 * 0.5 - 3 * 5, 3 * -4 - 1 * 0.5, 1 * 5 - 2 * -4]]);
  assertEquals(await maxAbsDiff(cross(a, b), cross(b, a).neg()), 0);
});

Deno.test("bilinear() of no rows has none; rows of another width are refused; one tensor is left", async () => {
  assertEquals(bilinear(tf.zeros([0, 3]), tf.zeros([0, 2]), MAP).shape, [0, 2]);
  const narrow = tf.zeros<tf.Rank.R2>([4, 2]);
  assertEquals(await failsCleanly(() => recombine(narrow, MATRIX)) instanceof TypeError, true);
  await leaves(
    "result",
    { a: tf.ones([4, 3]), b: tf.ones([4, 2]) },
    ({ a, b }) => bilinear(a as tf.Tensor2D, b as tf.Tensor2D, MAP),
  );
});
