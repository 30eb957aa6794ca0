/**
 * # Pictures inside figures
 *
 * Figures carry their pictures with them, as data URIs: photos and renders as JPEG of a modest side, grids of features
 * as PNG whose every cell stays one pixel. A number that is not finite becomes magenta, a colour that no photo has, so
 * that it is seen.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import sharp, { type Sharp } from "sharp";
import { base64 } from "./pixel_canvas.ts";

/** Pixels in memory. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3], 0..255 */
  readonly rgb: Uint8Array;
}

const MAGENTA = [255, 0, 255] as const;

/**
 * Reads a picture of numbers as bytes.
 *
 * @param image [H, W], grey, or [H, W, C], the first three channels (or the first alone) being colour 0..1.
 */
export async function pixelsOf(image: tf.Tensor2D | tf.Tensor3D): Promise<Pixels> {
  const [height, width, channels = 1] = image.shape as number[];
  const values = await image.data();
  const rgb = new Uint8Array(3 * width! * height!);
  for (let cell = 0; cell < width! * height!; cell++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = values[cell * channels + (channels >= 3 ? channel : 0)]!;
      rgb[3 * cell + channel] = Number.isFinite(value)
        ? Math.round(255 * Math.min(1, Math.max(0, value)))
        : MAGENTA[channel]!;
    }
  }
  return { width: width!, height: height!, rgb };
}

/**
 * The picture as a JPEG data URI, made smaller where a side exceeds `most` pixels.
 *
 * @param colours `grey` for pictures below a coloured overlay, whose colours then mean the overlay's numbers alone.
 */
export async function photoUri(pixels: Pixels, most: number, colours: "colour" | "grey" = "colour"): Promise<string> {
  const small = raw(pixels).resize({ width: most, height: most, fit: "inside", withoutEnlargement: true });
  const bytes = await (colours === "grey" ? small.greyscale() : small).jpeg({ quality: 82 }).toBuffer();
  return `data:image/jpeg;base64,${base64(bytes)}`;
}

/** The picture as a PNG data URI, each pixel drawn as a square of `zoom` pixels. */
export async function gridUri(pixels: Pixels, zoom = 1): Promise<string> {
  const bytes = await raw(pixels).resize({
    width: pixels.width * zoom,
    height: pixels.height * zoom,
    kernel: "nearest",
  }).png().toBuffer();
  return `data:image/png;base64,${base64(bytes)}`;
}

function raw({ width, height, rgb }: Pixels): Sharp {
  return sharp(rgb, { raw: { width, height, channels: 3 } });
}
