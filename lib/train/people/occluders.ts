/**
 * # What stands before people
 *
 * Flat shapes before the lens: a table's edge, a post, a rail, leaves, a blurred shoulder, any box. Each is a function of
 * the pixel that gives opacity; what it hides counts as hidden in the labels.
 *
 * @module
 */
import { dim, drawCloth, type Rgb } from "./colours.ts";
import { fractal } from "./noise.ts";
import type { RandomStream } from "./random.ts";

/** A layer before the person. */
export interface OccluderLayer {
  /** [size, size]: opacity. */
  readonly opacity: Float32Array;
  /** [size, size, 3]: linear colour. */
  readonly colour: Float32Array;
}

/** Opacity at a place of the picture (0..1 to the right and down). */
type Shape = (x: number, y: number) => number;

const step = (distance: number, soft: number) => Math.min(1, Math.max(0, distance / soft + 0.5)); // 1 inside

function drawShape(r: RandomStream, x0: number, y0: number): Shape {
  const soft = r.chance(0.3) ? r.uniform(0.02, 0.06) : 0.006, tilt = r.near(0, 0.12), o = r.uniform(0, 30);
  switch (r.weighted({ table: 3, post: 2, rail: 1.2, leaves: 2, box: 3, blob: 2 })) {
    case "table": {
      const edge = Math.max(y0, r.uniform(0.5, 0.85));
      return (x, y) => step(y - edge - tilt * (x - 0.5), soft);
    }
    case "post": {
      const half = r.uniform(0.03, 0.13);
      return (x, y) => step(half - Math.abs(x - x0 - tilt * (y - 0.5)), soft);
    }
    case "rail": {
      const half = r.uniform(0.008, 0.03), gap = r.uniform(0.08, 0.2);
      return (x, y) => {
        const row = (y - y0 - tilt * x) / gap;
        return row > -0.5 ? step(half - Math.abs(row - Math.round(row)) * gap, soft * 0.5) : 0;
      };
    }
    case "leaves": {
      const reach = r.uniform(0.1, 0.35), s = r.uniform(6, 18);
      return (x, y) =>
        step(reach - Math.hypot(x - x0, y - y0) + 0.25 * fractal(x * s + o, y * s, o, 3), 0.015 + soft * 0.5);
    }
    case "box": {
      const w = r.uniform(0.05, 0.22), h = r.uniform(0.05, 0.25);
      return (x, y) => {
        const u = x - x0 + tilt * (y - y0), v = y - y0 - tilt * (x - x0);
        return Math.min(step(w - Math.abs(u), soft), step(h - Math.abs(v), soft));
      };
    }
    default: {
      const w = r.uniform(0.08, 0.3), h = r.uniform(0.08, 0.3), blurred = soft * 2;
      return (x, y) => step((1 - Math.hypot((x - x0) / w, (y - y0) / h)) * Math.min(w, h), blurred);
    }
  }
}

/** Draws one or two occluders over given places (crop 0..1) of the person. @param light Mean light of the scene. */
export function drawOccluders(
  r: RandomStream,
  size: number,
  places: readonly (readonly [number, number])[],
  light: Rgb,
): OccluderLayer {
  const opacity = new Float32Array(size * size),
    colour = new Float32Array(size * size * 3),
    count = r.chance(0.25) ? 2 : 1;
  for (let k = 0; k < count; k++) {
    const [x0, y0] = r.pick(places),
      shape = drawShape(r, x0 + r.near(0, 0.04), y0 + r.near(0, 0.04)),
      o = r.uniform(0, 30),
      s = r.uniform(3, 25);
    const base = drawCloth(r), level = r.uniform(0.5, 1), rough = r.uniform(0, 0.5);
    for (let y = 0, at = 0; y < size; y++) {
      for (let x = 0; x < size; x++, at++) {
        const a = shape((x + 0.5) / size, (y + 0.5) / size);
        if (a <= 0) continue;
        const [red, green, blue] = dim(base, level * (1 + rough * fractal(x / size * s + o, y / size * s, o, 3)));
        for (const [c, value] of [red, green, blue].entries()) {
          colour[3 * at + c] = colour[3 * at + c]! * (1 - a) + value * light[c]! * a;
        }
        opacity[at] = opacity[at]! * (1 - a) + a;
      }
    }
  }
  for (let at = 0; at < opacity.length; at++) { // colour was gathered times opacity
    const a = opacity[at]!;
    if (a > 0) { for (let c = 0; c < 3; c++) colour[3 * at + c]! /= a; }
  }
  return { opacity, colour };
}
