import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { applyMlp, createMlp, mlpShapes } from "../../lib/gaussian/mlp.ts";
import { flattenParameters } from "../../lib/tensor/parameters.ts";
import { disposeAll } from "../../lib/tensor/scope.ts";
import { everyBackend, failsCleanly, leaves, maxAbsDiff } from "../harness.ts";

everyBackend("applyMlp() is affine, ReLU, affine", async () => {
  const mlp = {
    hidden1: { weight: tf.tensor2d([[1, -1]]), bias: tf.tensor1d([0, 1]) },
    output: { weight: tf.tensor2d([[2], [3]]), bias: tf.tensor1d([-5]) },
  };
  const y = applyMlp(mlp, tf.tensor2d([[2], [-1]])); // 2·2 + 3·0 − 5 and 2·0 + 3·2 − 5
  assertEquals(await maxAbsDiff(y, tf.tensor2d([[-1], [1]])), 0);
});

everyBackend("createMlp() keeps the size of activations and says zero", async () => {
  const mlp = createMlp([256, 256, 256, 3], 1);
  const x = tf.randomNormal<tf.Rank.R2>([64, 256], 0, 1, "float32", 2);
  const before = applyMlp({ hidden1: mlp.hidden1!, output: mlp.hidden2! }, x);
  const [meanSquare] = await before.square().mean().data();
  assert(meanSquare! > 1 && meanSquare! < 4, `mean square ${meanSquare}: He's start keeps it near 2`);
  assertEquals(await maxAbsDiff(applyMlp(mlp, x), tf.zeros([64, 3])), 0);
});

Deno.test("mlpShapes() names the parameters that createMlp() makes", () => {
  const mlp = createMlp([4, 3, 2], 1);
  const made = Object.entries(flattenParameters(mlp)).map(([name, tensor]) => [name, tensor.shape]);
  assertEquals(Object.fromEntries(made), mlpShapes("", [4, 3, 2]));
  disposeAll(mlp);
});

Deno.test("createMlp() and applyMlp() say what is wrong, and leave nothing more behind", async () => {
  assertThrows(() => createMlp([3], 1), RangeError, "createMlp: widths must name inputs and outputs: got [3]");
  assertThrows(
    () => createMlp([3, 0.5], 1),
    RangeError,
    "createMlp: every width must be a whole number at least 1: got 0.5",
  );
  await leaves(6, {}, () => createMlp([3, 4, 4, 2], 1));
  const mlp = createMlp([3, 4, 2], 1), x = tf.ones<tf.Rank.R2>([5, 2]);
  const error = await failsCleanly(() => applyMlp(mlp, x));
  assertEquals(error.message, 'applyMlp: weight must be "inputs outputs" (with inputs=2): got [3, 4]');
  await leaves(1, { x: tf.ones<tf.Rank.R2>([5, 3]) }, ({ x }) => applyMlp(mlp, x));
  disposeAll(mlp, x);
});
