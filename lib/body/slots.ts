/**
 * # Slots: fixed places for k points on a triangle
 *
 * A slot is a point in barycentric coordinates (b0, b1, b2), the same for every face that carries k points; its share is
 * the part of the triangle nearer to it than to the other slots. Affine maps keep shares, so what is spread evenly on
 * an equilateral triangle is spread evenly on any.
 *
 * ```
 * k = 1   (⅓, ⅓, ⅓)                                   the centre
 * k = 2   (½, ⅙, ⅓), (⅙, ½, ⅓)                        side by side
 * k = 3   (0.61, 0.19, 0.19) and its permutations       one towards each corner
 * else    the centres of mass of the shares            Lloyd's iteration from a fixed start
 * ```
 *
 * Slots come in pairs that exchange b0 and b1, with one on the middle line where k is odd: a face and its mirror twin,
 * whose first two corners are exchanged, carry mirrored points.
 *
 * Source: Lloyd, *Least squares quantization in PCM*, 1982.
 *
 * @module
 */
import { expectInteger } from "../tensor/options.ts";

/** Places on a triangle. */
export interface Slots {
  /** k·3 barycentric coordinates; each three sum to 1. */
  readonly barycentric: Float32Array;
  /** k parts of the triangle's area; sum to 1. */
  readonly share: Float32Array;
}

const CORNERS = [[-0.5, 0], [0.5, 0], [0, Math.sqrt(0.75)]] as const; // equilateral; b0 ↔ b1 mirrors x
const SUBDIVISIONS = 48;
const ITERATIONS = 40;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

const cache = new Map<number, Slots>();

/**
 * Slots for k points on a face.
 *
 * @param k at least 1.
 * @throws {RangeError} if k is no whole number of at least 1.
 */
export function slots(k: number): Slots {
  expectInteger("slots", "k", k, 1);
  const known = cache.get(k);
  if (known) return known;
  const samples = sampleTriangle(Math.max(SUBDIVISIONS, Math.ceil(6 * Math.sqrt(k))));
  let points = start(k);
  let share = new Float64Array(k);
  for (let i = 0; i < ITERATIONS && k > 1; i++) ({ points, share } = relax(points, samples));
  const made = k === 1
    ? { barycentric: Float32Array.of(1 / 3, 1 / 3, 1 / 3), share: Float32Array.of(1) }
    : { barycentric: Float32Array.from(points.flatMap(toBarycentric)), share: Float32Array.from(share) };
  cache.set(k, made);
  return made;
}

type Point = readonly [x: number, y: number];

/** Pairs (x, y), (−x, y) one after the other, then, where k is odd, one at x = 0. */
function start(k: number): Point[] {
  const height = CORNERS[2][1], pairs = Math.floor(k / 2);
  const points: Point[] = [];
  for (let i = 0; i < pairs; i++) {
    const y = height * (1 - Math.sqrt(1 - (i + 0.5) / pairs)); // as many points at each height as there is area
    const x = 0.5 * (1 - y / height) * (0.25 + 0.75 * ((i * GOLDEN + 0.6) % 1));
    points.push([x, y], [-x, y]);
  }
  if (k % 2 === 1) points.push([0, k === 3 ? 0.6 * height : height / 3]);
  return points;
}

/** One step of Lloyd's iteration, made symmetric. */
function relax(
  points: readonly Point[],
  samples: readonly Point[],
): { points: Point[]; share: Float64Array<ArrayBuffer> } {
  const sums = points.map(() => [0, 0, 0]);
  const xs = Float64Array.from(points, ([x]) => x), ys = Float64Array.from(points, ([, y]) => y);
  for (const [x, y] of samples) {
    let nearest = 0, least = Infinity;
    for (let i = 0; i < xs.length; i++) {
      const distance = (xs[i]! - x) ** 2 + (ys[i]! - y) ** 2;
      if (distance < least) {
        nearest = i;
        least = distance;
      }
    }
    const sum = sums[nearest]!;
    sum[0]! += x;
    sum[1]! += y;
    sum[2]! += 1;
  }
  const share = new Float64Array(points.length);
  const moved = points.map(([px, py], i): Point => {
    const twin = i === points.length - 1 && i % 2 === 0 ? i : i ^ 1;
    const [a, b] = [sums[i]!, sums[twin]!], count = a[2]! + b[2]!;
    share[i] = count / 2 / samples.length;
    return count === 0 ? [px, py] : [(a[0]! - b[0]!) / count, (a[1]! + b[1]!) / count];
  });
  return { points: moved, share };
}

/** Centres of the n² equal triangles into which a triangle divides. */
function sampleTriangle(n: number): Point[] {
  const samples: Point[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = 0; i + j < n; j++) {
      samples.push(fromBarycentric((i + 1 / 3) / n, (j + 1 / 3) / n));
      if (i + j < n - 1) samples.push(fromBarycentric((i + 2 / 3) / n, (j + 2 / 3) / n));
    }
  }
  return samples;
}

function fromBarycentric(b0: number, b1: number): Point {
  const b2 = 1 - b0 - b1;
  return [b0 * CORNERS[0][0] + b1 * CORNERS[1][0], b2 * CORNERS[2][1]];
}

function toBarycentric([x, y]: Point): [number, number, number] {
  const b2 = y / CORNERS[2][1];
  return [(1 - b2) / 2 - x, (1 - b2) / 2 + x, b2];
}
