/**
 * A figure's picture as pixels, so that tests can look at it.
 *
 * @module
 */
import sharp from "sharp";
import type { Figure } from "../../lib/plot/figure.ts";

/** A rendered figure at one pixel for each CSS pixel. */
export interface Rendered {
  readonly width: number;
  readonly height: number;
  /** The colour at a place, 0..255 each. */
  at(x: number, y: number): readonly [red: number, green: number, blue: number];
  /** How many different colours there are. */
  readonly colours: number;
}

/** Draws a figure and reads it back. */
export async function rendered(figure: Figure): Promise<Rendered> {
  const png = await figure.toPng({ scale: 1 });
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const colours = new Set<number>();
  for (let i = 0; i < data.length; i += 3) colours.add((data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!);
  return {
    width: info.width,
    height: info.height,
    colours: colours.size,
    at: (x, y) => {
      const i = 3 * (Math.round(y) * info.width + Math.round(x));
      return [data[i]!, data[i + 1]!, data[i + 2]!];
    },
  };
}
