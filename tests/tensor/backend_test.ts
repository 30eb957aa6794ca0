import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { type BackendName, useBackend } from "../../lib/tensor/backend.ts";
import { matMul } from "../../lib/tensor/mat_mul.ts";
import { everyBackend, failsCleanly, leaves, maxAbsDiff } from "../harness.ts";

everyBackend("useBackend() computes where it says", async (backend) => {
  assertEquals(tf.getBackend(), backend);
  const product = tf.matMul(tf.ones([8, 16]), tf.ones([16, 4]));
  assertAlmostEquals((await product.data())[0]!, 16, 1e-6);
});

Deno.test("useBackend() names the choices", () =>
  assertRejects(() => useBackend("cuda" as BackendName), RangeError, "must be one of auto, webgpu, wasm, cpu").then(
    () => {},
  ));

everyBackend("matMul() has the gradient of tf.matMul()", async () => {
  const a = tf.randomNormal<tf.Rank.R2>([5, 7], 0, 1, "float32", 1),
    b = tf.randomNormal<tf.Rank.R2>([7, 3], 0, 1, "float32", 2);
  const loss = (product: (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor) => (a: tf.Tensor, b: tf.Tensor) =>
    product(a as tf.Tensor2D, b as tf.Tensor2D).square().sum() as tf.Scalar;
  const [dA, dB] = tf.grads(loss(matMul))([a, b]);
  const [wantA, wantB] = tf.grads(loss(tf.matMul))([a, b]);
  assertAlmostEquals(await maxAbsDiff(dA!, wantA!), 0, 1e-4); // sums of 35 products of order 10
  assertAlmostEquals(await maxAbsDiff(dB!, wantB!), 0, 1e-4);
});

Deno.test("matMul() leaves one tensor behind, none when it fails", async () => {
  await leaves(1, { a: tf.ones<tf.Rank.R2>([2, 3]), b: tf.ones<tf.Rank.R2>([3, 2]) }, ({ a, b }) => matMul(a, b));
  const a = tf.ones<tf.Rank.R2>([2, 3]);
  const error = await failsCleanly(() => matMul(a, a));
  assertEquals(error.message, 'matMul: b must be "k n" (with k=3): got [2, 3]');
  a.dispose();
});
