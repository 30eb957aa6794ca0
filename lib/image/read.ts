/**
 * # Reading a photo
 *
 * ```
 * file or bytes  →  header checked  →  upright  →  sRGB  →  alpha over a background  →  tensor [H, W, 3], 0..1
 * ```
 *
 * Cameras and programs store the same picture in many ways; here all of them become one: eight- and sixteen-bit
 * samples, grey, CMYK (through the profile that the file carries, or a usual printing one), transparency, a camera held
 * sideways (EXIF orientation). Values stay *sRGB-encoded*, as encoders were trained on; they are not linear light.
 *
 * A file is hostile until decoded. Its header is read first: what is no raster picture, what is smaller than
 * {@linkcode LEAST_SIDE} pixels a side (too little for a person; often a tracking pixel) or larger than
 * {@linkcode MOST_PIXELS} is refused before a single sample is allocated. Of an animation the first frame is read.
 *
 * Decoding is done by `sharp` (libvips).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { readFile } from "../format/file.ts";
import { resolveOptions } from "../tensor/options.ts";

/** The smallest width and height that are read, in pixels. */
export const LEAST_SIDE = 32;
/** The largest number of pixels that is read: 64 megapixels. */
export const MOST_PIXELS = 64_000_000;

const FORMATS: readonly string[] = ["jpeg", "png", "webp", "gif", "tiff", "heif", "jp2", "jxl"];

/** How a photo is read. */
export interface ReadImageOptions {
  /** What lies behind transparent pixels: r, g, b in 0..1; mid-grey by default, as the encoders' padding is. */
  readonly background?: readonly [r: number, g: number, b: number];
}

/**
 * Reads a picture: JPEG, PNG, WebP, GIF, TIFF, or what else the installed libvips decodes.
 *
 * @param source A path, a file URL, or the file's bytes.
 * @returns [H, W, 3], sRGB in 0..1, upright; the caller disposes of it.
 * @throws {SyntaxError} if the file is no picture, or a truncated or damaged one.
 * @throws {RangeError} if it is smaller than 32 pixels a side or larger than 64 megapixels.
 */
export async function readImage(
  source: string | URL | Uint8Array,
  options?: ReadImageOptions,
): Promise<tf.Tensor3D> {
  const { background } = resolveOptions<Required<ReadImageOptions>>(
    "readImage",
    { background: [0.5, 0.5, 0.5] },
    options,
  );
  checkBackground(background);
  if (typeof source !== "string" && !(source instanceof URL) && !(source instanceof Uint8Array)) {
    throw new TypeError(`readImage: source must be a path, a file URL or a Uint8Array: got ${kindOf(source)}`);
  }
  const name = source instanceof Uint8Array ? `${source.length} bytes` : nameOf(source);
  const bytes = source instanceof Uint8Array ? source : await readFile("readImage", source);
  const { sixteenBit } = await checkHeader(bytes, name);

  const [r, g, b] = background.map((channel) => Math.round(channel * 255));
  const upright = sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: "error" }).autoOrient()
    .flatten({ background: { r: r!, g: g!, b: b! } });
  const samples = sixteenBit
    ? upright.toColourspace("rgb16").raw({ depth: "ushort" })
    : upright.toColourspace("srgb").raw({ depth: "uchar" });
  const { data, info } = await samples.toBuffer({ resolveWithObject: true }).catch((error: Error) => {
    throw new SyntaxError(`readImage: ${name} is a damaged or truncated picture: ${firstLine(error)}`);
  });
  const { width, height, channels } = info;
  const most = sixteenBit ? 65535 : 255;
  const numbers = sixteenBit ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data;
  return tf.tensor3d(toRgb(numbers, width * height, channels, most), [height, width, 3]);
}

/** Reads the header alone and refuses what must not be decoded. */
async function checkHeader(bytes: Uint8Array, name: string): Promise<{ sixteenBit: boolean }> {
  if (bytes.length === 0) throw new SyntaxError(`readImage: ${name}: wanted a picture, the file is empty`);
  const header = await sharp(bytes, { limitInputPixels: false }).metadata().catch((error: Error) => {
    throw new SyntaxError(
      `readImage: ${name} is no picture that can be read: wanted JPEG, PNG, WebP, GIF or TIFF: ${firstLine(error)}`,
    );
  });
  const { format, width, height, depth } = header;
  if (!FORMATS.includes(format)) {
    throw new SyntaxError(`readImage: ${name} is ${format}: wanted a raster picture such as JPEG, PNG or WebP`);
  }
  if (Math.min(width, height) < LEAST_SIDE) {
    throw new RangeError(
      `readImage: ${name} has ${width}×${height} pixels: wanted at least ${LEAST_SIDE}×${LEAST_SIDE} to find a person`,
    );
  }
  if (width * height > MOST_PIXELS) {
    throw new RangeError(
      `readImage: ${name} has ${width}×${height} = ${(width * height / 1e6).toFixed(1)} megapixels: ` +
        `wanted at most ${MOST_PIXELS / 1e6}: reduce it first`,
    );
  }
  return { sixteenBit: depth === "ushort" || depth === "short" };
}

/** Samples 0..most with one or three channels as red, green, blue 0..1. */
function toRgb(samples: ArrayLike<number>, pixels: number, channels: number, most: number): Float32Array {
  const rgb = new Float32Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) rgb[3 * i + c] = samples[i * channels + (channels < 3 ? 0 : c)]! / most;
  }
  return rgb;
}

function checkBackground(background: readonly number[]): void {
  if (background.length !== 3 || !background.every((channel) => channel >= 0 && channel <= 1)) {
    throw new RangeError(`readImage: background must be r, g, b in 0..1: got ${JSON.stringify(background)}`);
  }
}

function nameOf(source: string | URL): string {
  return source instanceof URL ? (source.protocol === "file:" ? fileURLToPath(source) : source.href) : source;
}

function firstLine(error: Error): string {
  return error.message.split("\n")[0]!.trim();
}

function kindOf(value: unknown): string {
  return value === null || typeof value !== "object" ? String(value) : value.constructor?.name ?? "an object";
}
