/**
 * # What a background is drawn into, and by which light
 *
 * Backgrounds are linear light, [size, size, 3]. A {@linkcode Backdrop} is drawn in two steps: what it is (its family and mean
 * light) is known before the person is lit, its pixels after, since the person's shadow falls on them.
 *
 * @module
 */
import type { Rgb } from "./colours.ts";
import type { Lighting, ShadowMap } from "./light.ts";
import type { RandomStream } from "./random.ts";
import type { Matrix, Vector } from "../../body/turns.ts";

/** The view to be filled. */
export interface View {
  /** Pixels a side. */
  readonly size: number;
  /** K of the crop scaled to `size`. */
  readonly focal: number;
  readonly centre: readonly [number, number];
  /** Body's frame to camera axes. */
  readonly rotation: Matrix;
  readonly shift: Vector;
  /** Height of the floor in the body's frame. */
  readonly floor: number;
}

/** A picture to cut backgrounds from: eight-bit sRGB. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Pictures there are. */
export interface BackgroundPictures {
  /** The user's photos. */
  readonly photos: readonly Picture[];
  /** All-round pictures, twice as wide as high. */
  readonly panoramas: readonly Picture[];
}

/** A backdrop that is drawn once light and shadow are known. */
export interface Backdrop {
  readonly family: string;
  /** Mean light from above and below. */
  readonly ambience: { readonly sky: Rgb; readonly ground: Rgb };
  /** Writes the linear picture. */
  readonly draw: (light: Lighting, shadow: ShadowMap) => Float32Array;
}

/** Draws a backdrop of one kind. */
export type Family = (stream: RandomStream, view: View, pictures: BackgroundPictures) => Backdrop;

/** Fills a picture pixel by pixel. */
export function fill(
  size: number,
  colour: (x: number, y: number, out: Float32Array, at: number) => void,
): Float32Array {
  const out = new Float32Array(size * size * 3);
  for (let y = 0, at = 0; y < size; y++) for (let x = 0; x < size; x++, at += 3) colour(x, y, out, at);
  return out;
}

/** The direction of a pixel's ray, camera axes, z = 1. */
export const rayOf = (
  { focal, centre }: View,
  x: number,
  y: number,
): Vector => [(x + 0.5 - centre[0]) / focal, (y + 0.5 - centre[1]) / focal, 1];
