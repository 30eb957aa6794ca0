import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import sharp from "sharp";
import * as tf from "@tensorflow/tfjs";
import { LEAST_SIDE, readImage, type ReadImageOptions } from "../../lib/image/read.ts";
import { failsCleanly, leaves, scoped } from "../harness.ts";

const WIDTH = 64, HEIGHT = 48;
const COLOUR = { r: 200, g: 100, b: 50 };
const plain = () => sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background: COLOUR } });

/** A picture of one value a channel, sixteen bits each. */
const sixteen = (values: number[], space: string) => {
  const samples = new Uint16Array(WIDTH * HEIGHT * values.length).map((_, i) => values[i % values.length]!);
  const channels = values.length as 1 | 3 | 4;
  return sharp(samples, { raw: { width: WIDTH, height: HEIGHT, channels } }).toColourspace(space);
};

/** Reads the picture and asserts its size and the colour at one place. */
async function assertColour(
  bytes: Uint8Array,
  colour: readonly number[],
  tolerance: number,
  { at = [5, 5], size = [HEIGHT, WIDTH], ...options }:
    & ReadImageOptions
    & { at?: readonly [y: number, x: number]; size?: readonly [number, number] } = {},
): Promise<void> {
  await scoped(async () => {
    const image = await readImage(bytes, options);
    assertEquals(image.shape, [...size, 3]);
    const found = await image.slice([...at, 0], [1, 1, 3]).data();
    for (const c of [0, 1, 2]) {
      assertAlmostEquals(found[c]!, colour[c]!, tolerance, `channel ${c} is ${found}, not ${colour}`);
    }
  });
}
const rgb = [200 / 255, 100 / 255, 50 / 255];

Deno.test("readImage() decodes eight-bit PNG, lossless WebP and TIFF exactly", async () => {
  for (const picture of [plain().png(), plain().webp({ lossless: true }), plain().tiff({ compression: "lzw" })]) {
    await assertColour(await picture.toBuffer(), rgb, 1e-6);
  }
});

Deno.test("readImage() decodes JPEG within the codec's rounding", async () => {
  await assertColour(await plain().jpeg({ quality: 100 }).toBuffer(), rgb, 2 / 255);
});

Deno.test("readImage() keeps all bits of a sixteen-bit picture", async () => {
  await assertColour(await sixteen([51_401, 25_701, 1_001], "rgb16").png().toBuffer(), [
    51_401 / 65_535,
    25_701 / 65_535,
    1_001 / 65_535,
  ], 1e-6);
  await assertColour(await sixteen([30_001], "grey16").png().toBuffer(), Array(3).fill(30_001 / 65_535), 1e-6);
});

Deno.test("readImage() spreads grey over three channels", async () => {
  const grey = sharp(new Uint8Array(WIDTH * HEIGHT).fill(77), { raw: { width: WIDTH, height: HEIGHT, channels: 1 } });
  await assertColour(await grey.toColourspace("b-w").png().toBuffer(), Array(3).fill(77 / 255), 1e-6);
});

Deno.test("readImage() composites transparency over the background", async () => {
  const background = { r: 255, g: 0, b: 0, alpha: 0.5 };
  const bytes = await sharp({ create: { width: WIDTH, height: HEIGHT, channels: 4, background } }).png().toBuffer();
  await assertColour(bytes, [0.75, 0.25, 0.25], 2 / 255); // over mid-grey
  await assertColour(bytes, [0.5, 0.5, 0], 2 / 255, { background: [0, 1, 0] });
  const half = await sixteen([65_535, 0, 0, 32_768], "rgb16").png().toBuffer();
  await assertColour(half, [0.5, 0.5, 0], 2 / 255, { background: [0, 1, 0] });
});

Deno.test("readImage() decodes CMYK through a printing profile", async () => {
  // Inks mix where light adds: a decoder that forgets it, or Adobe's inversion, is off by far more than 0.1.
  for (const [r, g, b] of [[255, 255, 255], [180, 140, 120], [90, 110, 130], [20, 20, 20]] as const) {
    const sRgb = sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background: { r, g, b } } });
    const bytes = await sRgb.toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer();
    assertEquals((await sharp(bytes).metadata()).space, "cmyk");
    await assertColour(bytes, [r / 255, g / 255, b / 255], 0.1);
  }
});

Deno.test("readImage() turns the picture upright for every EXIF orientation", async () => {
  const blue = { create: { width: WIDTH / 2, height: HEIGHT / 2, channels: 3 as const, background: "#0000ff" } };
  const cornered = plain().composite([{ input: blue, left: 0, top: 0 }]); // blue in the stored top left corner
  const shown = {
    1: "top left",
    2: "top right",
    3: "bottom right",
    4: "bottom left",
    5: "top left",
    6: "top right",
    7: "bottom right",
    8: "bottom left",
  };
  for (const [orientation, corner] of Object.entries(shown)) {
    const bytes = await cornered.clone().withMetadata({ orientation: Number(orientation) }).jpeg({ quality: 100 })
      .toBuffer();
    const size = Number(orientation) > 4 ? [WIDTH, HEIGHT] as const : [HEIGHT, WIDTH] as const;
    const at = [corner.includes("top") ? 3 : size[0] - 4, corner.includes("left") ? 3 : size[1] - 4] as const;
    await assertColour(bytes, [0, 0, 1], 0.06, { size, at });
  }
});

Deno.test("readImage() says what is wrong with a file that is no picture", async () => {
  const text = new TextEncoder();
  await assertRejects(
    () => readImage(text.encode("hello")),
    SyntaxError,
    "is no picture that can be read: wanted JPEG",
  );
  await assertRejects(() => readImage(new Uint8Array()), SyntaxError, "the file is empty");
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"/>';
  await assertRejects(() => readImage(text.encode(svg)), SyntaxError, "is svg: wanted a raster picture");
  await assertRejects(() => readImage("nowhere.png"), Deno.errors.NotFound, "readImage: no file at nowhere.png");
});

Deno.test("readImage() refuses a truncated picture", async () => {
  const noise = new Uint8Array(256 * 256 * 3).map((_, i) => (i * 2_654_435_761) >>> 24);
  const picture = sharp(noise, { raw: { width: 256, height: 256, channels: 3 } });
  for (const bytes of [await picture.clone().png().toBuffer(), await picture.clone().jpeg().toBuffer()]) {
    const error = await failsCleanly(() => readImage(bytes.subarray(0, bytes.length >> 1)));
    assertEquals(error.name, "SyntaxError");
    assertEquals(error.message.includes("damaged or truncated"), true, error.message);
  }
});

Deno.test("readImage() refuses pictures that are too small", async () => {
  const tiny = (side: number) =>
    sharp({ create: { width: 200, height: side, channels: 3, background: COLOUR } }).png().toBuffer();
  await assertRejects(async () => readImage(await tiny(1)), RangeError, "has 200×1 pixels: wanted at least 32×32");
  await assertRejects(async () => readImage(await tiny(LEAST_SIDE - 1)), RangeError, "wanted at least 32×32");
  await leaves("result", {}, async () => await readImage(await tiny(LEAST_SIDE)));
});

Deno.test("readImage() refuses more than 64 megapixels by the header alone", async () => {
  const bytes = await plain().png().toBuffer();
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  header.setUint32(16, 60_000); // the width and height of IHDR: a bomb of 3.6 gigapixels in a few hundred bytes
  header.setUint32(20, 60_000);
  await assertRejects(() => readImage(bytes), RangeError, "60000×60000 = 3600.0 megapixels: wanted at most 64");
});

Deno.test("readImage() refuses unknown options and backgrounds out of range", async () => {
  const bytes = await plain().png().toBuffer();
  await assertRejects(() => readImage(bytes, { size: 3 } as ReadImageOptions), TypeError, 'unknown option "size"');
  await assertRejects(
    () => readImage(bytes, { background: [0, 0, 255] }),
    RangeError,
    "background must be r, g, b in 0..1",
  );
});

Deno.test("readImage() leaves one tensor behind", async () => {
  const bytes = await plain().png().toBuffer();
  await leaves(1, {}, () => readImage(bytes));
  assertEquals(tf.memory().numTensors, 0);
});
