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

everyBackend("a clone shares its numbers with its original and outlives it; a variable keeps to itself", async () => {
  const x = tf.tensor1d([1, 2, 3]), buffers = tf.memory().numDataBuffers, y = x.clone(), v = tf.variable(x);
  assertEquals(tf.memory().numDataBuffers, buffers);
  x.dispose();
  const news = tf.tensor1d([7, 8, 9]);
  v.assign(news);
  news.dispose();
  assertEquals([[...await y.data()], [...await v.data()]], [[1, 2, 3], [7, 8, 9]]);
  v.dispose();
  const z = y.reshape([3, 1]);
  y.dispose();
  assertEquals([...await z.data()], [1, 2, 3]);
  z.dispose();
  assertEquals(tf.memory().numDataBuffers, buffers - 1); // and nothing else is left of x
});

Deno.test("words are cloned on wasm, and no byte of them is left over", async () => {
  await useBackend("wasm");
  const { numBytes } = tf.memory(), words = tf.tensor1d(["pelvis", "neck"]), alike = words.clone();
  words.dispose();
  assertEquals([...await alike.data<"string">()], ["pelvis", "neck"]);
  alike.dispose();
  assertEquals(tf.memory().numBytes, numBytes);
});

Deno.test("clones of a wasm tensor keep their numbers when one of them moves to another backend, and back", async () => {
  const before = (await useBackend("wasm"), tf.memory().numTensors);
  const x = tf.tensor1d([1, 2, 3]), y = x.clone();
  await useBackend("cpu");
  const moved = y.add(1), z = y.clone();
  y.dispose();
  await useBackend("wasm");
  const back = z.add(x);
  const numbers = await Promise.all([moved, z, back, x].map(async (tensor) => [...await tensor.data()]));
  assertEquals(numbers, [[2, 3, 4], [1, 2, 3], [2, 4, 6], [1, 2, 3]]);
  for (const tensor of [moved, z, back, x]) tensor.dispose();
  assertEquals(tf.memory().numTensors, before);
});

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
