import { assert, assertAlmostEquals, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { featurePca } from "../../lib/plot/feature_pca.ts";
import { principalComponents } from "../../lib/plot/principal_components.ts";
import { everyBackend, failsCleanly, leaves, maxAbsDiff, scoped } from "../harness.ts";
import { rendered } from "./rendered.ts";

everyBackend("principalComponents() finds the directions that rows were made of", async () => {
  // rows = 5·a·u + 2·b·v with u, v orthonormal and a, b of mean 0: scores are 5a and 2b, up to sign
  const a = [1, -1, 1, -1], b = [1, 1, -1, -1];
  const rows = tf.tensor2d(a.map((value, i) => [3 * value, 4 * value, 2 * b[i]!].map((entry) => entry + 7)));
  const { scores, share } = await principalComponents(rows, 2);
  assertAlmostEquals(await maxAbsDiff(scores.abs(), tf.tensor2d(a.map(() => [5, 2]))), 0, 1e-4);
  assertAlmostEquals(await maxAbsDiff(share, tf.tensor1d([25 / 29, 4 / 29])), 0, 1e-5);
});

everyBackend("principalComponents() gives the same scores for few rows as for many", async () => {
  const rows = tf.randomNormal<tf.Rank.R2>([6, 9], 0, 1, "float32", 4);
  const few = await principalComponents(rows, 3); // 6 < 9: by the rows' products
  const many = await principalComponents(tf.concat([rows, rows]), 3); // 12 ≥ 9: by the channels' products
  assertAlmostEquals(await maxAbsDiff(few.scores, many.scores.slice([0, 0], [6, 3])), 0, 1e-4);
  assertAlmostEquals(await maxAbsDiff(few.share, many.share), 0, 1e-5);
});

Deno.test("principalComponents() refuses NaN and more components than there are, and leaves nothing", () =>
  scoped(async () => {
    const broken = tf.tensor2d([[NaN, 1], [2, 3]]);
    const nan = await failsCleanly(() => principalComponents(broken, 1));
    assertStringIncludes(nan.message, "rows must be finite");
    const rows = tf.ones<tf.Rank.R2>([2, 5]);
    const many = await failsCleanly(() => principalComponents(rows, 3));
    assertStringIncludes(many.message, "k must be a whole number from 1 to 2: got 3");
  }));

Deno.test("principalComponents() leaves its two results and no more", () =>
  leaves(
    2,
    { rows: tf.randomNormal<tf.Rank.R2>([5, 4], 0, 1, "float32", 1) },
    ({ rows }) => principalComponents(rows, 2),
  ));

Deno.test("featurePca() paints what looks alike in one colour and what differs in another", () =>
  scoped(async () => {
    // a square of one feature amid another, with a little noise so that there are three components
    const noise = tf.randomNormal<tf.Rank.R3>([16, 16, 8], 0, 0.02, "float32", 2);
    const inside = tf.pad(tf.ones([8, 8, 8]), [[4, 4], [4, 4], [0, 0]]);
    const map = noise.add(inside.mul(tf.tensor1d([1, -1, 1, 0, 0, 2, 0, 0]))) as tf.Tensor3D;
    const figure = await featurePca({ map, origin: 16, stride: 32 }, tf.zeros([512, 512, 3]));
    const { width, height, at } = await rendered(figure);
    const left = width / 3 + 5, top = height - 14 - 250; // the middle panel, 250 px a side
    const [middle] = at(left + 125, top + 125), [corner] = at(left + 20, top + 20);
    assert(Math.abs(middle - corner) > 150, `red tells them apart: got ${middle} and ${corner}`);
  }));

Deno.test("featurePca() leaves no tensor behind", () =>
  leaves(0, {
    map: tf.randomNormal<tf.Rank.R3>([4, 4, 5], 0, 1, "float32", 1),
    crop: tf.zeros<tf.Rank.R3>([512, 512, 3]),
  }, async ({ map, crop }) => void await featurePca({ map, origin: 64, stride: 128 }, crop)));
