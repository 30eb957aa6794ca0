import { assert, assertAlmostEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { localMean } from "../../lib/localize/local_mean.ts";
import { softArgmax2d } from "../../lib/localize/soft_argmax.ts";
import { assertParity, everyBackend, golden, leaves, maxAbsDiff, scoped } from "../harness.ts";

const reference = { reference: "PyTorch float64", version: "2.13.0", command: "python tests/golden/heads.py" };
const SIDES = [6, 7] as const;

everyBackend("localMean() equals the PyTorch reference", async () => {
  const { probability2d, ...rest } = await golden("heads");
  for (const window of [3, 5]) {
    const position = localMean(probability2d!.reshape([5, 42]), SIDES, window);
    const tolerance = 1e-6; // float32 sums of up to 25 probabilities
    await assertParity(position, rest[`local${window}`]!, {
      step: `localMean, ${window} cells`,
      tolerance,
      ...reference,
    });
  }
});

everyBackend("localMean() stays at the higher of two peaks, where the soft-argmax lies between them", async () => {
  const map = tf.buffer<tf.Rank.R3>([1, 1, 9]);
  map.set(5.2, 0, 0, 1);
  map.set(5, 0, 0, 7);
  const { position, probability } = softArgmax2d(map.toTensor());
  const local = localMean(probability.reshape([1, 9]), [1, 9], 3);
  assertAlmostEquals((await position.data())[0]!, 0.45, 0.05);
  assertAlmostEquals((await local.data())[0]!, 1 / 8, 0.002);
});

everyBackend("localMean() of a window that covers the map from any cell is the soft-argmax", async () => {
  const logits = tf.randomNormal<tf.Rank.R3>([4, 6, 7], 0, 2, "float32", 3);
  const { position, probability } = softArgmax2d(logits);
  assertAlmostEquals(await maxAbsDiff(localMean(probability.reshape([4, 42]), SIDES, 13), position), 0, 1e-6);
});

Deno.test("localMean() has the gradient of the mean over a window that stays [wasm]", () =>
  scoped(async () => {
    const P = tf.softmax(tf.randomNormal<tf.Rank.R2>([2, 42], 0, 1, "float32", 8));
    const value = (p: tf.Tensor) => localMean(p as tf.Tensor2D, SIDES, 3).sum<tf.Scalar>();
    const slope = await tf.grad(value)(P).data(), step = 1e-3;
    for (const cell of [Number(P.argMax(1).dataSync()[0]), 0]) {
      const nudge = tf.oneHot(tf.tensor1d([cell], "int32"), 42).pad([[0, 1], [0, 0]]).mul(step);
      const [up] = await value(P.add(nudge)).data(), [down] = await value(P.sub(nudge)).data();
      assertAlmostEquals(slope[cell]!, (up! - down!) / (2 * step), 5e-3 * Math.max(1, Math.abs(slope[cell]!)));
    }
  }));

Deno.test("localMean() says what is wrong, and leaves nothing behind", async () => {
  const P = tf.fill<tf.Rank.R2>([1, 42], 1 / 42);
  for (const window of [0, 2, 1.5, NaN]) assertThrows(() => localMean(P, SIDES, window), RangeError, "window");
  assertThrows(() => localMean(P, [6, 6], 3), TypeError, "localMean");
  await leaves(1, {}, () => localMean(P, SIDES, 3));
  assert(!P.isDisposed);
  P.dispose();
});
