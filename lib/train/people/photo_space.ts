/**
 * # From the body's frame to camera axes and pixels
 *
 * ```
 * c = R·b + t        p = f·c_xy/c_z + centre, scaled from the 512² crop to the picture        [n, 3] row by row
 * ```
 *
 * @module
 */
import { CROP } from "../../encoder/encoder.ts";
import type { Camera } from "../../image/cameras.ts";
import type { Matrix, Vector } from "../../body/turns.ts";
import type { Surface } from "./surface.ts";

/** A surface moved to camera axes. */
export function inCamera(surface: Surface, rotation: Matrix, shift: Vector): Surface {
  return { ...surface, vertices: move(surface.vertices, rotation, shift) };
}

/** R·v + t for each of [n, 3]. */
export function move(vertices: Float32Array, [a, b, c, d, e, f, g, h, i]: Matrix, [tx, ty, tz]: Vector): Float32Array {
  const moved = new Float32Array(vertices.length);
  for (let v = 0; v < moved.length; v += 3) {
    const x = vertices[v]!, y = vertices[v + 1]!, z = vertices[v + 2]!;
    moved[v] = a! * x + b! * y + c! * z + tx;
    moved[v + 1] = d! * x + e! * y + f! * z + ty;
    moved[v + 2] = g! * x + h! * y + i! * z + tz;
  }
  return moved;
}

/** x, y in pixels of a picture `side` wide that shows the crop, z in metres. */
export function toPixels(vertices: Float32Array, { K }: Camera, side: number): Float32Array {
  const scale = side / CROP,
    f = K[0]![0]! * scale,
    cx = K[0]![2]! * scale,
    cy = K[1]![2]! * scale,
    pixels = new Float32Array(vertices.length);
  for (let v = 0; v < pixels.length; v += 3) {
    const z = vertices[v + 2]!, near = Math.max(z, 0.01);
    pixels[v] = f * vertices[v]! / near + cx;
    pixels[v + 1] = f * vertices[v + 1]! / near + cy;
    pixels[v + 2] = z;
  }
  return pixels;
}

/** x, y of x, y, z. */
export const flat = (points: Float32Array): Float32Array =>
  Float32Array.from({ length: points.length / 3 * 2 }, (_, i) => points[(i >> 1) * 3 + (i & 1)]!);

/** The smallest y. */
export const lowest = (vertices: Float32Array): number =>
  vertices.reduce((least, value, i) => i % 3 === 1 && value < least ? value : least, Infinity);
