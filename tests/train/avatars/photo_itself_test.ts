import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { photoItself } from "../../../lib/train/avatars/photo_itself.ts";
import { leaves } from "../../harness.ts";

const SIZE = 32;
const grey = (value: number) => tf.fill<tf.Rank.R3>([SIZE, SIZE, 3], value);
const everywhere = tf.ones<tf.Rank.R2>([SIZE, SIZE]);
const upper = tf.concat2d([tf.ones([SIZE / 2, SIZE]), tf.zeros([SIZE / 2, SIZE])], 0);
const truth = { kind: "input_view", image: grey(0.5), mask: everywhere } as const;

Deno.test("photoItself(): an error of 0.1 everywhere is 20 dB", async () => {
  const { psnr, mask_iou } = (await photoItself({ crop: grey(0.6), mask: everywhere }, truth))!;
  assertAlmostEquals(psnr, 20, 1e-3);
  assertAlmostEquals(mask_iou, 1, 1e-6);
});

Deno.test("photoItself(): what stands before the person is missing, and black there", async () => {
  const { psnr, mask_iou } = (await photoItself({ crop: grey(0.5), mask: upper }, truth))!;
  assertAlmostEquals(psnr, -10 * Math.log10(0.5 * 0.25), 1e-3); // half of the pixels are 0.5 off
  assertAlmostEquals(mask_iou, 0.5, 1e-6);
});

Deno.test("photoItself() is of the photo's view alone, and leaves no tensor behind", async () => {
  const crop = grey(0.5);
  await assertRejects(() => photoItself({ crop, mask: upper }, { ...truth, kind: "new_view" }), RangeError, "new_view");
  await leaves(0, {}, () => photoItself({ crop, mask: upper }, truth).then(() => {}));
  const nobody = tf.zeros<tf.Rank.R2>([SIZE, SIZE]);
  assertEquals(await photoItself({ crop, mask: upper }, { ...truth, mask: nobody }), undefined);
});
