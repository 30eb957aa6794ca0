import { assertAlmostEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { affine, columnSums, layerNorm } from "../../lib/tensor/affine.ts";
import { everyBackend, leaves, maxAbsDiff } from "../harness.ts";

const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0.3, 1.5, "float32", seed);

/** The gradients of Σ f(args)·weights with respect to every argument. */
function gradients(f: (...args: tf.Tensor[]) => tf.Tensor, args: tf.Tensor[]): tf.Tensor[] {
  const weights = random(f(...args).shape, 9);
  return tf.grads((...inputs: tf.Tensor[]) => f(...inputs).mul(weights).sum())(args);
}

everyBackend("affine() and its gradients equal tfjs's own", async () => {
  const args = [random([7, 5], 1), random([5, 3], 2), random([3], 3)];
  const own = (...[x, w, b]: tf.Tensor[]) => affine(x as tf.Tensor2D, w as tf.Tensor2D, b as tf.Tensor1D);
  const plain = (...[x, w, b]: tf.Tensor[]) => tf.matMul(x!, w!).add(b!);
  assertAlmostEquals(await maxAbsDiff(own(...args), plain(...args)), 0, 1e-5);
  const [found, expected] = [gradients(own, args), gradients(plain, args)];
  for (const i of [0, 1, 2]) assertAlmostEquals(await maxAbsDiff(found[i]!, expected[i]!), 0, 1e-5);
  const frozen = (...[w, b]: tf.Tensor[]) =>
    affine(args[0] as tf.Tensor2D, w as tf.Tensor2D, b as tf.Tensor1D, { frozenInput: true });
  const [dW, db] = gradients(frozen, args.slice(1));
  assertAlmostEquals(await maxAbsDiff(dW!, expected[1]!), 0, 1e-5);
  assertAlmostEquals(await maxAbsDiff(db!, expected[2]!), 0, 1e-5);
});

everyBackend("layerNorm() and its gradients equal tfjs's own", async () => {
  const args = [random([7, 5], 1), random([5], 2), random([5], 3)];
  const own = (...[x, g, b]: tf.Tensor[]) => layerNorm(x as tf.Tensor2D, g as tf.Tensor1D, b as tf.Tensor1D);
  const plain = (...[x, g, b]: tf.Tensor[]) => {
    const { mean, variance } = tf.moments(x!, 1, true);
    return x!.sub(mean).div(variance.add(1e-6).sqrt()).mul(g!).add(b!);
  };
  assertAlmostEquals(await maxAbsDiff(own(...args), plain(...args)), 0, 1e-5);
  const [found, expected] = [gradients(own, args), gradients(plain, args)];
  for (const i of [0, 1, 2]) assertAlmostEquals(await maxAbsDiff(found[i]!, expected[i]!), 0, 1e-4);
});

everyBackend("layerNorm() of equal numbers is the bias", async () => {
  const found = layerNorm(tf.fill([2, 3], 7), tf.ones([3]), tf.tensor1d([1, 2, 3]));
  assertAlmostEquals(await maxAbsDiff(found, tf.tensor2d([[1, 2, 3], [1, 2, 3]])), 0, 1e-5);
});

everyBackend("columnSums() sums columns", async () => {
  assertAlmostEquals(await maxAbsDiff(columnSums(tf.tensor2d([[1, 2], [3, 4]])), tf.tensor1d([4, 6])), 0, 1e-6);
});

Deno.test("affine() and layerNorm() leave one tensor behind and say which size is wrong", async () => {
  await leaves(
    1,
    { x: tf.ones([2, 3]), w: tf.ones([3, 4]), b: tf.ones([4]) },
    ({ x, w, b }) => affine(x as tf.Tensor2D, w as tf.Tensor2D, b as tf.Tensor1D),
  );
  await leaves(
    1,
    { x: tf.ones([2, 3]), g: tf.ones([3]), b: tf.ones([3]) },
    ({ x, g, b }) => layerNorm(x as tf.Tensor2D, g as tf.Tensor1D, b as tf.Tensor1D),
  );
  const x = tf.ones<tf.Rank.R2>([2, 3]), b = tf.ones<tf.Rank.R1>([2]);
  assertThrows(() => affine(x, x, b), TypeError, 'affine: weight must be "in out" (with in=3): got [2, 3]');
  assertThrows(() => layerNorm(x, b, b), TypeError, 'layerNorm: gain must be "c" (with c=3): got [2]');
  tf.dispose([x, b]);
});
