/**
 * # A surface ready to be drawn
 *
 * Skin, each garment, hair, a hat, a chair: each is triangles in the camera's frame with a place at rest for every
 * vertex, from which its material takes colour and folds.
 *
 * @module
 */
import type { Rgb } from "./colours.ts";

/** Writes the linear colour at a place of the rest pose into `out`. */
export type Paint = (x: number, y: number, z: number, out: Float64Array) => void;

/** How a surface looks. */
export interface Material {
  readonly paint: Paint;
  /** Strength of the highlight, 0 (cloth) to 1 (patent leather). */
  readonly gloss: number;
  /** Sharpness of the highlight: the exponent. */
  readonly sharpness: number;
  /** Depth of folds in the shading, 0 to 1, and how many there are a metre. */
  readonly folds: number;
  readonly foldsPerMetre: number;
  /** How much light goes around edges, 0 (cloth) to 1 (skin). */
  readonly translucent: number;
  /** What shows on the inside, times the colour. */
  readonly inside: number;
}

/** A material with the usual values of cloth. */
export function material(paint: Paint, changes: Partial<Material> = {}): Material {
  return { gloss: 0, sharpness: 12, folds: 0, foldsPerMetre: 20, translucent: 0, inside: 0.45, ...changes, paint };
}

/** One colour everywhere. */
export function plain(colour: Rgb): Paint {
  return (_x, _y, _z, out) => {
    out[0] = colour[0];
    out[1] = colour[1];
    out[2] = colour[2];
  };
}

/** Triangles with a material. */
export interface Surface {
  /** [n, 3]: places in the template's rest pose, metres. */
  readonly rest: Float32Array;
  /** [n, 3]: places now, in whatever frame the scene is in. */
  readonly vertices: Float32Array;
  readonly faces: Uint32Array;
  /** Negative where the surface is cut away. */
  readonly keep?: Float32Array | undefined;
  readonly twoSided?: boolean;
  readonly material: Material;
  /** Whether it belongs to the person (body, clothes, hair) or is a thing or somebody else. */
  readonly person: boolean;
}
