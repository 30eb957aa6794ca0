/**
 * # Smooth noise in space
 *
 * ```
 * noise(p)    trilinear between random values on a lattice of 32³ that repeats; in −1..1, one bump a unit of length
 * fractal(p)  Σ_k 2⁻ᵏ·noise(2ᵏ·p) / Σ_k 2⁻ᵏ
 * ```
 *
 * Wrinkles of cloth, blemishes of skin, walls, clouds and leaves are all drawn from it. The lattice is fixed; variety
 * comes from where in the lattice one looks (an offset drawn from the person's stream).
 *
 * @module
 */
import { RandomStream } from "./random.ts";

const SIDE = 32, MASK = SIDE - 1;
const LATTICE = lattice();

function lattice(): Float32Array {
  const stream = new RandomStream("noise lattice");
  return Float32Array.from({ length: SIDE ** 3 }, () => stream.uniform(-1, 1));
}

/** Smooth noise at a point, −1..1. */
export function noise(x: number, y: number, z: number): number {
  const i = Math.floor(x), j = Math.floor(y), k = Math.floor(z);
  let u = x - i, v = y - j, w = z - k;
  u *= u * (3 - 2 * u);
  v *= v * (3 - 2 * v);
  w *= w * (3 - 2 * w);
  const i0 = i & MASK, i1 = i + 1 & MASK, j0 = (j & MASK) * SIDE, j1 = (j + 1 & MASK) * SIDE;
  const k0 = (k & MASK) * SIDE * SIDE, k1 = (k + 1 & MASK) * SIDE * SIDE;
  const a = LATTICE[i0 + j0 + k0]! * (1 - u) + LATTICE[i1 + j0 + k0]! * u;
  const b = LATTICE[i0 + j1 + k0]! * (1 - u) + LATTICE[i1 + j1 + k0]! * u;
  const c = LATTICE[i0 + j0 + k1]! * (1 - u) + LATTICE[i1 + j0 + k1]! * u;
  const d = LATTICE[i0 + j1 + k1]! * (1 - u) + LATTICE[i1 + j1 + k1]! * u;
  return (a * (1 - v) + b * v) * (1 - w) + (c * (1 - v) + d * v) * w;
}

/** Noise of several sizes, each half as large and half as strong as the one before, −1..1. */
export function fractal(x: number, y: number, z: number, octaves: number): number {
  let sum = 0, weight = 1, weights = 0;
  for (let k = 0; k < octaves; k++) {
    sum += weight * noise(x, y, z);
    weights += weight;
    weight /= 2;
    x = 2 * x + 7.3;
    y = 2 * y + 3.1;
    z = 2 * z + 5.7;
  }
  return sum / weights;
}
