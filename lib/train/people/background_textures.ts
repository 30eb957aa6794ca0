/**
 * # Walls, floors and what hangs on them
 *
 * A texture is a colour at a place of a plane, in metres.
 *
 * @module
 */
import { blend, dim, drawCloth, fromHsv, type Rgb } from "./colours.ts";
import { fractal, noise } from "./noise.ts";
import type { RandomStream } from "./random.ts";

type Texture = (a: number, b: number) => Rgb;

/** Draws a texture about a base colour. @param only This kind, if a certain one is wanted. */
export function drawTexture(r: RandomStream, base: Rgb, only?: "bricks" | "stains"): Texture {
  const other = blend(base, r.chance(0.5) ? dim(base, r.uniform(0.4, 0.8)) : drawCloth(r), r.uniform(0.3, 1)),
    o = r.uniform(0, 30);
  const grain = r.uniform(0.02, 0.2), fine = r.uniform(4, 40);
  const rough = (colour: Rgb, a: number, b: number) => dim(colour, 1 + grain * fractal(a * fine + o, b * fine, o, 3));
  const period = r.uniform(0.15, 0.9), joint = r.uniform(0.01, 0.05);
  const kind = only ?? r.weighted({ bare: 4, planks: 2, tiles: 1.5, stains: 2, stripes: 0.8 });
  switch (kind) {
    case "planks":
      return (a, b) => {
        const row = Math.floor(b / (period * 0.3)), edge = b / (period * 0.3) - row;
        return rough(
          edge < joint * 2 ? dim(base, 0.4) : dim(base, 0.8 + 0.4 * noise(row * 3.7 + o, a * 0.8, 1)),
          a * 0.1,
          b * 3,
        );
      };
    case "tiles":
      return (a, b) => {
        const u = a / period - Math.floor(a / period), v = b / period - Math.floor(b / period);
        const odd = (Math.floor(a / period) + Math.floor(b / period)) & 1;
        return rough(u < joint || v < joint ? dim(base, 0.5) : odd ? other : base, a, b);
      };
    case "bricks":
      return (a, b) => {
        const high = 0.075, wide = 0.24, row = Math.floor(b / high), u = a / wide + (row & 1) * 0.5;
        const v = b / high - row, w = u - Math.floor(u);
        if (v < 0.13 || w < 0.05) return rough(other, a, b);
        return rough(dim(base, 0.85 + 0.35 * noise(row * 5.3 + o, Math.floor(u) * 3.1, 2)), a, b);
      };
    case "stains":
      return (a, b) => rough(blend(base, other, 0.5 + 0.5 * fractal(a * 1.5 + o, b * 1.5, 2, 4)), a, b);
    case "stripes":
      return (a, b) => rough((a / period - Math.floor(a / period)) < 0.5 ? base : other, a, b);
    default:
      return (a, b) => rough(base, a, b);
  }
}

interface Patch {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
  readonly texture: Texture;
}

/** Windows, doors, posters, furniture: flat on the wall. */
export function drawPatches(r: RandomStream, count: number, spread: number): Patch[] {
  return Array.from({ length: count }, () => {
    const a = r.uniform(-spread, spread),
      w = r.uniform(0.1, 0.9),
      kind = r.weighted({ picture: 3, window: 1, door: 1, cupboard: 2 });
    const [bottom, top] = {
      picture: [r.uniform(0.9, 1.5), r.uniform(1.6, 2.2)],
      window: [r.uniform(0.7, 1), r.uniform(1.9, 2.4)],
      door: [0, r.uniform(1.95, 2.1)],
      cupboard: [0, r.uniform(0.4, 2)],
    }[kind] as [number, number];
    const colour = kind === "window"
      ? fromHsv(r.uniform(0.5, 0.62), r.uniform(0, 0.3), r.uniform(0.8, 1))
      : drawCloth(r);
    return { left: a - w, right: a + w, bottom, top, texture: drawTexture(r, colour) };
  });
}
