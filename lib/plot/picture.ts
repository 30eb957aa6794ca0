/**
 * # A picture as a figure
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { expectShape } from "../tensor/shape.ts";
import { resolveOptions } from "../tensor/options.ts";
import { photoUri, pixelsOf } from "./encode_image.ts";
import { Figure } from "./figure.ts";
import { emptyTrace, panelImage, panelLayout } from "./layout.ts";

/** What stands above a picture, and how large it may be. */
export interface PictureOptions {
  /** The first line. */
  readonly title: string;
  /** The quieter second line; may be empty. */
  readonly subtitle: string;
  /** The longer side is drawn with at most this many CSS pixels. */
  readonly side: number;
}

/**
 * Shows a photo, a crop, a mask or a render.
 *
 * @param image [H, W], grey, or [H, W, C] with the first three channels RGB, 0..1 (so the coverage channel of a render
 *   is not shown). Numbers that are not finite are magenta.
 * @throws {TypeError} if `image` has another rank.
 */
export async function picture(image: tf.Tensor2D | tf.Tensor3D, options?: Partial<PictureOptions>): Promise<Figure> {
  expectShape("picture", { image }, image.rank === 2 ? "h w" : "h w c");
  const [height, width] = image.shape;
  const { title, subtitle, side } = resolveOptions<PictureOptions>(
    "picture",
    { title: `Picture (${width}×${height} px)`, subtitle: "", side: 480 },
    options,
  );
  const zoom = side / Math.max(width, height);
  const size = { width: Math.max(1, Math.round(width * zoom)), height: Math.max(1, Math.round(height * zoom)) };
  const grid = { columns: 1, rows: 1, ...size, span: [0, width, 0, height] } as const;
  const source = await photoUri(await pixelsOf(image), side);
  return new Figure({
    data: [emptyTrace(0)],
    layout: { ...panelLayout({ title, subtitle }, grid), images: [panelImage(0, source, grid.span)] },
  });
}
