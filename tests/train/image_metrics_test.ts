import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { Encoder } from "../../lib/encoder/encoder.ts";
import { coveringMap } from "../../lib/encoder/encoder.ts";
import { comparePortraits, maskBounds, maskIou, perceptualDistance, psnr } from "../../lib/train/image_metrics.ts";
import { everyBackend, scoped } from "../harness.ts";

const unsanitized = { sanitizeOps: false, sanitizeResources: false };
const test = (name: string, fn: () => unknown) => Deno.test({ name, ...unsanitized, fn: () => scoped(fn) });

/** An encoder whose features are the picture at every 128th pixel, and twice that. */
const encoder: Encoder = {
  name: "picked",
  channels: 3,
  grid: [4, 4],
  levels: { double: 3, rgb: 3 },
  encode: (crop) =>
    Promise.resolve({
      features: coveringMap(tf.tidy(() => crop.stridedSlice([64, 64, 0], [512, 512, 3], [128, 128, 1]) as tf.Tensor3D)),
      pyramid: {
        double: coveringMap(
          tf.tidy(() => crop.stridedSlice([0, 0, 0], [512, 512, 3], [64, 64, 1]).mul<tf.Tensor3D>(2)),
        ),
        rgb: coveringMap(crop.clone()),
      },
    }),
  dispose: () => {},
};

/** A rectangle of one colour on black, and its mask. */
function rectangle(side: number, [top, left, bottom, right]: readonly number[], colour: readonly number[]) {
  const mask = tf.buffer<tf.Rank.R2>([side, side]);
  for (let y = top!; y < bottom!; y++) for (let x = left!; x < right!; x++) mask.set(1, y, x);
  const cover = mask.toTensor();
  return { mask: cover, image: tf.tidy(() => cover.expandDims(2).mul<tf.Tensor3D>(tf.tensor1d([...colour]))) };
}

everyBackend("psnr() is −10·log₁₀ of the mean square error, and 100 dB at most", async () => {
  const a = tf.fill<tf.Rank.R3>([8, 8, 3], 0.5), b = tf.fill<tf.Rank.R3>([8, 8, 3], 0.6);
  assertAlmostEquals(await psnr(a, b), 20, 1e-4);
  assertEquals(await psnr(a, a), 100);
});

test("maskIou() counts pixels above one half", async () => {
  const a = tf.tensor2d([[1, 0.6, 0.4, 0]]), b = tf.tensor2d([[1, 0, 1, 0.5]]);
  assertAlmostEquals(await maskIou(a, b), 1 / 3, 1e-12);
  assertEquals(await maskIou(tf.zeros([2, 2]), tf.zeros([2, 2])), 1);
});

test("maskBounds() widens by 5 % a side, inside the picture, to SSIM's window at least", async () => {
  const bounds = (rows: readonly number[], side = 100) => maskBounds(rectangle(side, rows, [1, 1, 1]).mask);
  assertEquals(await bounds([30, 40, 70, 60]), { top: 28, left: 39, bottom: 72, right: 61 });
  assertEquals(await bounds([0, 0, 100, 100]), { top: 0, left: 0, bottom: 100, right: 100 });
  assertEquals(await bounds([50, 50, 51, 52]), { top: 45, left: 45, bottom: 56, right: 57 });
  assertEquals(await maskBounds(tf.zeros([9, 9])), undefined);
});

test("comparePortraits() does not count black far from the person", async () => {
  const near = rectangle(60, [20, 20, 40, 40], [0.5, 0.5, 0.5]),
    far = rectangle(120, [20, 20, 40, 40], [0.5, 0.5, 0.5]);
  const darker = (side: number) => rectangle(side, [20, 20, 40, 40], [0.4, 0.4, 0.4]);
  const [one, other] = [await comparePortraits(darker(60), near), await comparePortraits(darker(120), far)];
  assertEquals(one, other);
  assertAlmostEquals(one!.psnr, 20 + 10 * Math.log10((22 / 20) ** 2), 1e-3); // a row of black on each side
  assertEquals([one!.mask_iou, one!.perceptual], [1, NaN]);
  assert(one!.ssim < 1);
});

test("comparePortraits() is perfect for the truth itself, and has no figures where nobody is", async () => {
  const truth = rectangle(64, [10, 20, 50, 40], [0.2, 0.5, 0.9]);
  const { psnr, ssim, mask_iou, perceptual } = (await comparePortraits(truth, truth, encoder))!;
  assertEquals([psnr, mask_iou, perceptual], [100, 1, 0]);
  assertAlmostEquals(ssim, 1, 1e-5);
  assertEquals(await comparePortraits(truth, { image: tf.zeros([64, 64, 3]), mask: tf.zeros([64, 64]) }), undefined);
});

test("perceptualDistance() is half the squared distance of unit features, over levels but rgb", async () => {
  const red = tf.tensor1d([0.5, 0, 0]), green = tf.tensor1d([0, 0.8, 0]);
  const [a, b, dim] = [red, green, red.mul<tf.Tensor1D>(0.3)].map((c) => tf.tile(c.reshape([1, 1, 3]), [32, 32, 1]));
  assertAlmostEquals(await perceptualDistance(a as tf.Tensor3D, b as tf.Tensor3D, encoder), 1, 1e-5); // at right angles
  assertAlmostEquals(await perceptualDistance(a as tf.Tensor3D, dim as tf.Tensor3D, encoder), 0, 1e-5); // same direction
});

test("the metrics free what they make, and refuse pictures of two sizes", async () => {
  const a = rectangle(32, [8, 8, 24, 24], [1, 0, 0]), b = rectangle(32, [8, 8, 24, 20], [1, 0, 0]);
  const before = tf.memory().numTensors;
  await comparePortraits(a, b, encoder);
  const small = tf.zeros<tf.Rank.R3>([8, 8, 3]);
  await assertRejects(() => psnr(a.image, small), TypeError, "psnr");
  small.dispose();
  assertEquals(tf.memory().numTensors, before);
});
