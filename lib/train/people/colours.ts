/**
 * # Colours of people and things
 *
 * ```
 * linear = ((s + 0.055)/1.055)^2.4  for s > 0.04045, else s/12.92          sRGB (0..1) to linear light
 * ```
 *
 * Surfaces are painted and lit in linear light and encoded at the end. Skin runs along a ramp from light to dark with a
 * little of its own hue; hair has its few kinds; clothes are mostly neutral, dark or muted, as clothes are, and sometimes
 * loud.
 *
 * @module
 */
import type { RandomStream } from "./random.ts";

/** Red, green, blue; linear light unless said otherwise. */
export type Rgb = readonly [r: number, g: number, b: number];

/** sRGB 0..1 as linear light. */
export function toLinear(encoded: number): number {
  return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
}

/** Linear light as sRGB 0..1. */
export function toEncoded(linear: number): number {
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
}

/** sRGB triple as linear. */
export const linearOf = (rgb: Rgb): Rgb => [toLinear(rgb[0]), toLinear(rgb[1]), toLinear(rgb[2])];

/** (1 − t)·a + t·b */
export const blend = (a: Rgb, b: Rgb, t: number): Rgb => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];
/** s·a */
export const dim = (a: Rgb, s: number): Rgb => [a[0] * s, a[1] * s, a[2] * s];

/** Hue 0..1, saturation and value 0..1 as linear light. */
export function fromHsv(hue: number, saturation: number, value: number): Rgb {
  const channel = (shift: number) => {
    const k = (shift + 6 * (hue - Math.floor(hue))) % 6;
    return toLinear(value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1))));
  };
  return [channel(5), channel(3), channel(1)];
}

const SKIN_RAMP: readonly Rgb[] = [ // sRGB, light to dark
  [0.97, 0.84, 0.76],
  [0.94, 0.77, 0.66],
  [0.88, 0.68, 0.54],
  [0.77, 0.56, 0.42],
  [0.62, 0.43, 0.31],
  [0.46, 0.31, 0.22],
  [0.33, 0.22, 0.16],
  [0.24, 0.16, 0.12],
];

/** A skin tone, every depth equally likely. */
export function drawSkin(stream: RandomStream): Rgb {
  const depth = stream.uniform(0, SKIN_RAMP.length - 1.001), k = Math.floor(depth);
  const tone = linearOf(blend(SKIN_RAMP[k]!, SKIN_RAMP[k + 1]!, depth - k));
  const warmth = stream.near(0, 0.03);
  return [tone[0] * (1 + warmth), tone[1], tone[2] * (1 - warmth - stream.near(0, 0.04))];
}

const HAIR: readonly Rgb[] = [ // sRGB
  [0.05, 0.04, 0.04],
  [0.1, 0.07, 0.05],
  [0.18, 0.12, 0.08],
  [0.3, 0.2, 0.12],
  [0.45, 0.31, 0.18],
  [0.66, 0.51, 0.3],
  [0.8, 0.68, 0.46],
  [0.5, 0.22, 0.1],
  [0.55, 0.55, 0.54],
  [0.82, 0.81, 0.79],
];
const HAIR_WEIGHTS = { 0: 4, 1: 4, 2: 3, 3: 2, 4: 1.5, 5: 1, 6: 1, 7: 0.6, 8: 1, 9: 0.8 };

/** A hair colour; dyed once in a while. */
export function drawHair(stream: RandomStream): Rgb {
  if (stream.chance(0.02)) return fromHsv(stream.uniform(0, 1), 0.6, 0.6);
  return linearOf(HAIR[Number(stream.weighted(HAIR_WEIGHTS))]!);
}

/** A cloth colour. @param dark How much likelier dark ones are than usual. */
export function drawCloth(stream: RandomStream, dark = 1): Rgb {
  const kind = stream.weighted({
    dark: 3.2 * dark,
    grey: 1.6,
    light: 2,
    muted: 3,
    earthy: 1.8,
    navy: 1.6 * dark,
    loud: 1.4,
  });
  const hue = stream.uniform(0, 1), u = (a: number, b: number) => stream.uniform(a, b);
  switch (kind) {
    case "dark":
      return fromHsv(hue, u(0, 0.35), u(0.04, 0.22));
    case "grey":
      return fromHsv(hue, u(0, 0.08), u(0.25, 0.7));
    case "light":
      return fromHsv(hue, u(0, 0.12), u(0.8, 0.97));
    case "muted":
      return fromHsv(hue, u(0.2, 0.55), u(0.3, 0.8));
    case "earthy":
      return fromHsv(u(0.05, 0.14), u(0.25, 0.6), u(0.25, 0.75));
    case "navy":
      return fromHsv(u(0.57, 0.66), u(0.35, 0.75), u(0.12, 0.5));
    default:
      return fromHsv(hue, u(0.7, 1), u(0.6, 0.98));
  }
}
