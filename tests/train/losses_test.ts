import { assertAlmostEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { betaNll, binLogits, cellCrossEntropy } from "../../lib/train/losses.ts";
import { expectation } from "../../lib/train/forward.ts";
import { everyBackend, leaves, maxAbsDiff } from "../harness.ts";

everyBackend("betaNll() with β = 0 is e/u + log u, and least where u is the error", async () => {
  const error = tf.tensor1d([0.1, 0.2, 0.3]), uncertainty = tf.tensor1d([0.1, 0.1, 0.6]);
  const expected = [1 + Math.log(0.1), 2 + Math.log(0.1), 0.5 + Math.log(0.6)];
  const loss = await betaNll(error, uncertainty, 0).data();
  expected.forEach((value, i) => assertAlmostEquals(loss[i]!, value, 1e-6));
  const slope = tf.grad((u) => betaNll(error, u as tf.Tensor1D, 0).sum())(error.clone());
  assertAlmostEquals((await slope.abs().max().data())[0]!, 0, 1e-6);
});

everyBackend("betaNll() with β = 1 leaves positions the gradient of the plain error, however uncertain", async () => {
  const error = tf.tensor1d([0.1, 0.2, 0.3]), uncertainty = tf.tensor1d([0.01, 0.5, 3]);
  const slope = tf.grad((e) => betaNll(e as tf.Tensor1D, uncertainty, 1).sum())(error);
  assertAlmostEquals(await maxAbsDiff(slope, tf.ones([3])), 0, 1e-6);
});

everyBackend("cellCrossEntropy() equals −Σ T·log softmax and so does its gradient", async () => {
  const logits = tf.randomNormal<tf.Rank.R2>([5, 7], 0, 4, "float32", 2);
  const cells = tf.softmax(tf.randomNormal<tf.Rank.R2>([5, 7], 0, 1, "float32", 3));
  const plain = (x: tf.Tensor) => tf.neg(tf.sum(tf.mul(tf.logSoftmax(x), cells), 1));
  assertAlmostEquals(await maxAbsDiff(cellCrossEntropy(logits, cells), plain(logits)), 0, 1e-5);
  const [own, other] = [
    (x: tf.Tensor) => cellCrossEntropy(x as tf.Tensor2D, cells).sum(),
    (x: tf.Tensor) => plain(x).sum(),
  ]
    .map((f) => tf.grad(f as (x: tf.Tensor) => tf.Scalar)(logits));
  assertAlmostEquals(await maxAbsDiff(own!, other!), 0, 1e-5);
});

everyBackend("binLogits() is the log of each bin's share, and lets a gradient out where one bin has all", async () => {
  const heatmap = tf.randomNormal<tf.Rank.R2>([4, 15], 0, 3, "float32", 5), truth = tf.tensor2d([[0, 0.25, 0.75]]);
  const shares = tf.softmax(heatmap).reshape([4, 3, 5]).sum(2);
  assertAlmostEquals(await maxAbsDiff(tf.softmax(binLogits(heatmap, 3)), shares), 0, 1e-6);
  const won = tf.tensor2d([[60, 60, 0, 0, 0, 0]]); // two cells a bin; the others' share is e⁻⁶⁰
  const loss = (x: tf.Tensor) => cellCrossEntropy(binLogits(x as tf.Tensor2D, 3), truth).sum() as tf.Scalar;
  assertAlmostEquals(
    await maxAbsDiff(tf.grad(loss)(won), tf.tensor2d([[0.5, 0.5, -0.125, -0.125, -0.375, -0.375]])),
    0,
    1e-6,
  );
});

everyBackend("expectation()'s gradient equals finite differences", async () => {
  const logits = tf.tensor2d([[0.3, -0.2, 1, 0.1], [2, 0, -1, 0.5]]), step = 1e-2;
  const places = tf.tensor2d([[0, 1], [2, 0], [-1, 1], [0.5, 3]]), weigh = tf.tensor2d([[1, -2], [0.5, 1]]);
  const value = (x: tf.Tensor) => expectation(x as tf.Tensor2D, places).mul(weigh).sum() as tf.Scalar;
  const slope = await tf.grad(value)(logits).data();
  for (let i = 0; i < 8; i++) {
    const nudge = tf.oneHot(tf.tensor1d([i], "int32"), 8).toFloat().reshape([2, 4]).mul(step);
    const [up, down] = [(await value(logits.add(nudge)).data())[0]!, (await value(logits.sub(nudge)).data())[0]!];
    assertAlmostEquals(slope[i]!, (up - down) / (2 * step), 1e-3); // float32: 1e-7/1e-2, and step² of the third derivative
  }
});

Deno.test("the losses leave nothing behind", async () => {
  await leaves(1, { e: tf.ones([3]), u: tf.ones([3]) }, ({ e, u }) => betaNll(e as tf.Tensor1D, u as tf.Tensor1D, 1));
  await leaves(
    1,
    { x: tf.ones([3, 4]), t: tf.ones([3, 4]) },
    ({ x, t }) => cellCrossEntropy(x as tf.Tensor2D, t as tf.Tensor2D),
  );
});
