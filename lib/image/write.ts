/**
 * # Writing pictures and short films
 *
 * ```
 * tensor [H, W, 3 or 4], 0..1  →  ⌊255·x + ½⌋  →  PNG, JPEG or WebP        frames [n][H, W, 3 or 4]  →  animated WebP
 * ```
 *
 * Values are taken as sRGB-encoded, a fourth channel as straight (not premultiplied) opacity. Values outside 0..1 are
 * clipped; NaN is an error, since a picture that hides it would hide a bug. Files appear whole or not at all.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { extname } from "node:path";
import sharp, { type Sharp } from "sharp";
import { writeFileAtomic } from "../format/file.ts";
import { expectInteger, expectOneOf, resolveOptions } from "../tensor/options.ts";

/** The formats that are written. */
export const IMAGE_FORMATS = ["png", "jpeg", "webp"] as const;
/** The name of a format. */
export type ImageFormat = typeof IMAGE_FORMATS[number];

/** How a picture is written. */
export interface EncodeImageOptions {
  /** `png` (default) is exact; `jpeg` has no opacity; `webp` has both. */
  readonly format?: ImageFormat;
  /** 1..100 for `jpeg` and `webp`. */
  readonly quality?: number;
}

/** How a film is written. */
export interface EncodeAnimationOptions {
  /** Frames a second. */
  readonly fps?: number;
  /** 1..100. */
  readonly quality?: number;
}

/**
 * A picture as the bytes of a file.
 *
 * @param image [H, W, 3] or [H, W, 4], 0..1.
 * @throws {TypeError} if the shape is another.
 * @throws {RangeError} if a value is NaN, or an option out of range.
 */
export async function encodeImage(image: tf.Tensor3D, options?: EncodeImageOptions): Promise<Uint8Array> {
  const { format, quality } = resolveOptions<Required<EncodeImageOptions>>("encodeImage", {
    format: "png",
    quality: 90,
  }, options);
  expectOneOf("encodeImage", "format", format, IMAGE_FORMATS);
  expectInteger("encodeImage", "quality", quality, 1, 100);
  const { height, width, channels } = pictureShape("encodeImage", image);
  const picture = sharp(await toBytes("encodeImage", image), { raw: { width, height, channels } });
  return finish(
    format === "png" ? picture.png() : format === "jpeg" ? picture.jpeg({ quality }) : picture.webp({ quality }),
  );
}

/**
 * Writes a picture; the ending of the path (.png, .jpg, .jpeg, .webp) chooses the format.
 *
 * @param image [H, W, 3] or [H, W, 4], 0..1.
 */
export async function writeImage(
  path: string,
  image: tf.Tensor3D,
  options?: Omit<EncodeImageOptions, "format">,
): Promise<void> {
  const ending = extname(path).slice(1).toLowerCase();
  const format = expectOneOf("writeImage", "the path's ending", ending === "jpg" ? "jpeg" : ending, IMAGE_FORMATS);
  await writeFileAtomic(path, await encodeImage(image, { ...options, format }));
}

/**
 * Frames as an animated WebP that repeats for ever.
 *
 * @param frames Each [H, W, 3] or [H, W, 4], 0..1, all of one shape.
 * @throws {TypeError} if there is no frame or the shapes differ.
 */
export async function encodeAnimation(
  frames: readonly tf.Tensor3D[],
  options?: EncodeAnimationOptions,
): Promise<Uint8Array> {
  const { fps, quality } = resolveOptions<Required<EncodeAnimationOptions>>(
    "encodeAnimation",
    { fps: 20, quality: 80 },
    options,
  );
  expectInteger("encodeAnimation", "quality", quality, 1, 100);
  if (!(fps > 0 && fps <= 100)) throw new RangeError(`encodeAnimation: fps must be above 0, at most 100: got ${fps}`);
  const first = frames[0];
  if (first === undefined) throw new TypeError("encodeAnimation: wanted at least one frame: got none");
  const { height, width, channels } = pictureShape("encodeAnimation", first);
  const film = new Uint8Array(frames.length * height * width * channels); // the frames, one below the other
  for (const [i, frame] of frames.entries()) {
    if (!tf.util.arraysEqual(frame.shape, first.shape)) {
      throw new TypeError(`encodeAnimation: frame ${i} is [${frame.shape}]: wanted [${first.shape}] as the first`);
    }
    film.set(await toBytes("encodeAnimation", frame), i * height * width * channels);
  }
  const raw = { width, height: height * frames.length, channels, pageHeight: height };
  const delay = frames.map(() => Math.round(1000 / fps));
  return finish(sharp(film, { raw, limitInputPixels: false }).webp({ quality, loop: 0, delay }));
}

/** Writes frames as an animated WebP. */
export async function writeAnimation(
  path: string,
  frames: readonly tf.Tensor3D[],
  options?: EncodeAnimationOptions,
): Promise<void> {
  expectOneOf("writeAnimation", "the path's ending", extname(path).slice(1).toLowerCase(), ["webp"]);
  await writeFileAtomic(path, await encodeAnimation(frames, options));
}

async function finish(picture: Sharp): Promise<Uint8Array> {
  return new Uint8Array(await picture.toBuffer());
}

function pictureShape(caller: string, image: tf.Tensor3D): { height: number; width: number; channels: 3 | 4 } {
  const [height, width, channels] = image.shape;
  if (image.rank !== 3 || (channels !== 3 && channels !== 4)) {
    throw new TypeError(`${caller}: image must be "H W 3" or "H W 4": got [${image.shape.join(", ")}]`);
  }
  return { height, width, channels };
}

/** 0..1 as 0..255; NaN is refused. */
async function toBytes(caller: string, image: tf.Tensor3D): Promise<Uint8Array> {
  const numbers = await image.data();
  const bytes = new Uint8ClampedArray(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i]!;
    if (Number.isNaN(value)) {
      throw new RangeError(`${caller}: image has NaN at element ${i} of [${image.shape.join(", ")}]: wanted 0..1`);
    }
    bytes[i] = Math.floor(255 * value + 0.5);
  }
  return new Uint8Array(bytes.buffer);
}
