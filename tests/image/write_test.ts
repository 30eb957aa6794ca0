import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import sharp from "sharp";
import * as tf from "@tensorflow/tfjs";
import { readImage } from "../../lib/image/read.ts";
import { encodeAnimation, encodeImage, writeAnimation, writeImage } from "../../lib/image/write.ts";
import { failsCleanly, maxAbsDiff, scoped } from "../harness.ts";

const noise = (channels: number, seed = 7) =>
  tf.randomUniform([40, 50, channels], 0, 1, "float32", seed) as tf.Tensor3D;

Deno.test("encodeImage() and readImage() of a PNG give the picture back to half a step of 255", () =>
  scoped(async () => {
    const image = noise(3);
    const back = await readImage(await encodeImage(image));
    assertAlmostEquals(await maxAbsDiff(back, image), 0, 0.5 / 255 + 1e-6);
  }));

Deno.test("encodeImage() keeps opacity where the format has it", () =>
  scoped(async () => {
    const image = noise(4);
    for (const [format, channels] of [["png", 4], ["webp", 4], ["jpeg", 3]] as const) {
      const found = await sharp(await encodeImage(image, { format })).metadata();
      assertEquals([found.format, found.width, found.height, found.channels], [format, 50, 40, channels]);
    }
  }));

Deno.test("encodeImage() clips what is out of range and refuses NaN", () =>
  scoped(async () => {
    const image = tf.concat([tf.fill([32, 32, 1], -1), tf.fill([32, 32, 1], 0.5), tf.fill([32, 32, 1], 7)], 2);
    const back = await readImage(await encodeImage(image as tf.Tensor3D));
    assertAlmostEquals(await maxAbsDiff(back, image.clipByValue(0, 1)), 0, 0.5 / 255 + 1e-6);
    await assertRejects(
      () => encodeImage(tf.fill([2, 2, 3], NaN)),
      RangeError,
      "image has NaN at element 0 of [2, 2, 3]",
    );
  }));

Deno.test("encodeImage() says which shape it wants", async () => {
  const error = await failsCleanly(() => scoped(() => encodeImage(tf.zeros([4, 4, 1]))));
  assertEquals(error.message, 'encodeImage: image must be "H W 3" or "H W 4": got [4, 4, 1]');
});

Deno.test("encodeAnimation() holds every frame at its rate", () =>
  scoped(async () => {
    const film = await encodeAnimation([0, 0.5, 1].map((grey) => tf.fill([32, 48, 4], grey)), { fps: 10 });
    const { pages, delay, loop, width, pageHeight } = await sharp(film, { animated: true }).metadata();
    assertEquals([pages, delay, loop, width, pageHeight], [3, [100, 100, 100], 0, 48, 32]);
    const last = await sharp(film, { page: 2 }).flatten({ background: "black" }).raw().toBuffer();
    assertAlmostEquals(last[0]!, 255, 2);
  }));

Deno.test("encodeAnimation() refuses no frames and frames of different shapes", () =>
  scoped(async () => {
    await assertRejects(() => encodeAnimation([]), TypeError, "wanted at least one frame");
    const frames = [tf.zeros<tf.Rank.R3>([8, 8, 3]), tf.zeros<tf.Rank.R3>([8, 9, 3])];
    await assertRejects(() => encodeAnimation(frames), TypeError, "frame 1 is [8,9,3]: wanted [8,8,3]");
    await assertRejects(() => encodeAnimation(frames, { fps: 0 }), RangeError, "fps must be above 0");
  }));

Deno.test("writeImage() and writeAnimation() choose by the ending and leave nothing half written", () =>
  scoped(async () => {
    const folder = await Deno.makeTempDir();
    try {
      await writeImage(`${folder}/a/picture.jpg`, noise(3));
      assertEquals((await sharp(`${folder}/a/picture.jpg`).metadata()).format, "jpeg");
      await writeAnimation(`${folder}/film.webp`, [noise(3), noise(3, 8)]);
      assertEquals((await sharp(`${folder}/film.webp`, { animated: true }).metadata()).pages, 2);
      await assertRejects(() => writeImage(`${folder}/b.bmp`, noise(3)), RangeError, "must be one of png, jpeg, webp");
      await assertRejects(() => writeImage(`${folder}/c.png`, tf.fill([2, 2, 3], NaN)), RangeError, "NaN");
      assertEquals((await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name).sort(), ["a", "film.webp"]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }));
