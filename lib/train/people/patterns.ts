/**
 * # What is on cloth
 *
 * A pattern is a number 0..1 at each place of the rest pose: how much of a garment's second colour is there.
 *
 * ```
 * along   runs down the trunk and legs and out along the arms, so stripes run round every limb
 * across  runs from side to side on trunk and legs, up the sleeves' front on the arms
 * ```
 *
 * Patterns of {@linkcode WITHHELD_PATTERNS} are never used for training.
 *
 * @module
 */
import { fractal, noise } from "./noise.ts";
import type { RandomStream } from "./random.ts";

/** How much of the second colour there is at a place: along, across, and the place itself (template, metres). */
export type Pattern = (along: number, across: number, x: number, y: number, z: number) => number;
type PatternMaker = (stream: RandomStream) => Pattern;

const square = (phase: number, share: number) => (phase - Math.floor(phase) < share ? 1 : 0);

/** Patterns of training. */
export const PATTERNS: Readonly<Record<string, PatternMaker>> = {
  plain: () => () => 0,
  stripes: (r) => {
    const period = r.uniform(0.015, 0.12), share = r.uniform(0.15, 0.6), shift = r.uniform(0, 1);
    return (along) => square(along / period + shift, share);
  },
  pinstripes: (r) => {
    const period = r.uniform(0.01, 0.06), share = r.uniform(0.08, 0.5);
    return (_along, across) => square(across / period, share);
  },
  checks: (r) => {
    const a = r.uniform(0.02, 0.09), b = a * r.uniform(0.8, 1.25), share = r.uniform(0.3, 0.5);
    return (along, across) => (square(along / a, share) + square(across / b, share)) / 2;
  },
  tartan: (r) => {
    const a = r.uniform(0.05, 0.13), thin = r.uniform(0.05, 0.12);
    return (along, across) =>
      Math.min(
        1,
        0.45 * square(along / a, 0.45) + 0.45 * square(across / a, 0.45) + square(along / a + 0.7, thin) * 0.5,
      );
  },
  print: (r) => { // a blot on the chest
    const x0 = r.near(0, 0.02),
      y0 = r.uniform(-0.1, 0.03),
      w = r.uniform(0.03, 0.1),
      h = r.uniform(0.02, 0.1),
      s = r.uniform(30, 80);
    const back = r.chance(0.25);
    return (_along, _across, x, y, z) =>
      (z > 0.04) !== back && Math.abs(x - x0) < w && Math.abs(y - y0) < h && noise(x * s, y * s, 3) > -0.3 ? 1 : 0;
  },
  flowers: (r) => {
    const s = r.uniform(18, 50), level = r.uniform(0.1, 0.4), o = r.uniform(0, 30);
    return (_along, _across, x, y, z) => noise(x * s + o, y * s, z * s) > level ? 1 : 0;
  },
  heather: (r) => {
    const s = r.uniform(120, 300);
    return (_along, _across, x, y, z) => 0.25 + 0.25 * noise(x * s, y * s, z * s);
  },
  washed: (r) => { // denim, suede
    const s = r.uniform(4, 10), o = r.uniform(0, 30);
    return (_along, _across, x, y, z) => Math.max(0, 0.35 + 0.6 * fractal(x * s + o, y * s, z * s, 4));
  },
  panels: (r) => { // sports wear
    const w = r.uniform(0.04, 0.12);
    return (_along, across) => (Math.abs(across) > w ? 1 : 0);
  },
  yoke: (r) => {
    const y0 = r.uniform(-0.12, 0.08);
    return (_along, _across, _x, y) => (y > y0 ? 1 : 0);
  },
};

/** Patterns that only the evaluation sets have. */
export const WITHHELD_PATTERNS: Readonly<Record<string, PatternMaker>> = {
  dots: (r) => {
    const a = r.uniform(0.025, 0.07), radius = r.uniform(0.2, 0.36);
    return (along, across) => {
      const row = Math.floor(along / a), u = along / a - row - 0.5, shift = across / a + (row & 1) * 0.5;
      return Math.hypot(u, shift - Math.floor(shift) - 0.5) < radius ? 1 : 0;
    };
  },
  chevron: (r) => {
    const a = r.uniform(0.03, 0.1), slope = r.uniform(0.5, 1.2);
    return (along, across) => square((along + slope * Math.abs(across)) / a, 0.45);
  },
  camouflage: (r) => {
    const s = r.uniform(8, 16), o = r.uniform(0, 30);
    return (_along, _across, x, y, z) => {
      const value = fractal(x * s + o, y * s, z * s, 3);
      return value > 0.12 ? 1 : value < -0.15 ? 0.5 : 0;
    };
  },
  diagonal: (r) => {
    const a = r.uniform(0.03, 0.1);
    return (along, across) => square((along + across) / a, 0.4);
  },
  ombre: (r) => {
    const y0 = r.uniform(-0.3, 0), width = r.uniform(0.1, 0.3);
    return (along) => Math.min(1, Math.max(0, (along - y0) / width + 0.5));
  },
};
