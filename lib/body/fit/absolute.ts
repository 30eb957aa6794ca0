/**
 * # How far away the person is: absolute position from relative points and pixels
 *
 * ```
 * u = ((p_x − c_x)/f_x, (p_y − c_y)/f_y)            the ray of a pixel
 * minimise Σ_i w_i·|(X_i + t)_xy − u_i·(X_i + t)_z|² + ε·|t|²
 * ```
 *
 * Full perspective and linear in t: a point must lie on its pixel's ray. Points that are relative to the pelvis become
 * points in the camera's frame. The camera's focal length may be a guess; t_z is then off in proportion.
 *
 * `towardsRays` draws points to their pixels' rays at their own depth, y_xy ← (y_xy + λ·u·z)/(1 + λ); λ = 1 is the average
 * of both estimates that NLF takes.
 *
 * Pixels near the border or beyond it are not heeded: a heatmap cannot point outside its picture. Where a part is outside, its
 * pixels lie somewhere inside all the same, so the solve is made again with weights that fall with a point's distance d from
 * its pixel, w_i/(1 + (d_i/s)²)², s shrinking to 4 % of the picture (Geman & McClure's estimator, annealed); pixels three times
 * as far off are left out of everything else. It starts from all points, the better half and the best eighth; what most agree on wins.
 *
 * Source: NLF (public implementation), *full-perspective least squares*, with its ε = 10⁻⁴.
 *
 * @module
 */
import { Matrix, solve } from "ml-matrix";
import type { Vector } from "../turns.ts";
import type { Camera } from "../../image/cameras.ts";

const EPSILON = 1e-4;

/** Pixels within this share of the picture from its border are not heeded. */
const BORDER = 1 / 12;

/** s, as shares of the picture. */
const SCALES = [0.4, 0.28, 0.2, 0.14, 0.1, 0.07, 0.05, 0.04, 0.04] as const;
/** Pixels farther off than so many s are not believed. */
const REACH = 3;

/**
 * Rays u of pixels.
 *
 * @param pixels [n, 2]
 * @param side The square picture's side in pixels.
 * @returns [n, 2]; NaN where the pixel is not well inside the picture.
 */
export function raysOf(pixels: Float64Array, { K }: Pick<Camera, "K">, side: number): Float64Array {
  const inside = (value: number) => value > BORDER * side && value < (1 - BORDER) * side;
  return pixels.map((value, i) => {
    const axis = i % 2, other = pixels[axis === 0 ? i + 1 : i - 1]!;
    return inside(value) && inside(other) ? (value - K[axis]![2]!) / K[axis]![axis]! : NaN;
  });
}

/**
 * The translation that puts points on their rays.
 *
 * @param points [n, 3] metres, camera axes.
 * @param rays [n, 2]; NaN where there is none.
 * @param weights [n]
 * @returns metres; undefined if there are no rays, or the points would not be in front of the camera.
 */
export function absoluteTranslation(
  points: Float64Array,
  rays: Float64Array,
  weights: Float64Array,
): Vector | undefined {
  const H = Matrix.zeros(3, 3), g = Matrix.zeros(3, 1);
  let total = 0, depth = 0;
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i]!;
    if (w === 0 || Number.isNaN(rays[2 * i]!)) continue;
    total += w;
    depth += w * points[3 * i + 2]!;
    for (let axis = 0; axis < 2; axis++) {
      const row = axis === 0 ? [1, 0, -rays[2 * i]!] : [0, 1, -rays[2 * i + 1]!];
      const off = points[3 * i + axis]! - rays[2 * i + axis]! * points[3 * i + 2]!;
      row.forEach((a, k) => {
        g.set(k, 0, g.get(k, 0) - w * a * off);
        row.forEach((b, l) => H.set(k, l, H.get(k, l) + w * a * b));
      });
    }
  }
  if (total === 0) return undefined;
  for (let k = 0; k < 3; k++) H.set(k, k, H.get(k, k) + EPSILON);
  const [x, y, z] = solve(H, g).to1DArray() as [number, number, number];
  return z + depth / total > 0 ? [x, y, z] : undefined;
}

/** A place before the camera, and which pixels agree with it. */
export interface Place {
  /** Metres. */
  readonly transl: Vector;
  /** [n, 2]: the rays of the pixels that agree; NaN for the others. */
  readonly rays: Float64Array;
}

/**
 * The translation that most pixels agree on.
 *
 * @param points [n, 3] metres, camera axes.
 * @param rays [n, 2]; NaN where there is none.
 * @param weights [n]
 * @param breadth The picture's side as a ray: its pixels over the focal length.
 * @returns the place; undefined as {@linkcode absoluteTranslation}.
 */
export function agreedPlace(
  points: Float64Array,
  rays: Float64Array,
  weights: Float64Array,
  breadth: number,
): Place | undefined {
  let best: { readonly transl: Vector; readonly agreement: number } | undefined;
  for (const start of mostCertain(weights, rays)) {
    let transl = absoluteTranslation(points, rays, start), agreement = 0;
    for (const scale of SCALES) {
      if (!transl) break;
      const off = distances(points, rays, transl);
      const heeded = weights.map((w, i) =>
        Number.isNaN(off[i]!) ? 0 : w / (1 + (off[i]! / (scale * breadth)) ** 2) ** 2
      );
      agreement = heeded.reduce((sum, w) => sum + w, 0);
      transl = absoluteTranslation(points, rays, heeded);
    }
    if (transl && agreement > (best?.agreement ?? 0)) best = { transl, agreement };
  }
  if (!best) return undefined;
  const off = distances(points, rays, best.transl), most = REACH * SCALES.at(-1)! * breadth;
  return { transl: best.transl, rays: rays.map((ray, i) => off[Math.floor(i / 2)]! <= most ? ray : NaN) };
}

/** Weights to start from: of all points, of the better half, of the best eighth of those that have a pixel. */
function mostCertain(weights: Float64Array, rays: Float64Array): Float64Array[] {
  const seen = weights.filter((w, i) => w > 0 && !Number.isNaN(rays[2 * i]!)).sort();
  return [0, 0.5, 0.875].map((share) => {
    const least = seen[Math.floor(share * seen.length)] ?? 0;
    return weights.map((w) => w >= least ? w : 0);
  });
}

/** [n]: how far each point's ray is from its pixel's; NaN where there is none, or the point is behind the camera. */
function distances(points: Float64Array, rays: Float64Array, [x, y, z]: Vector): Float64Array {
  return Float64Array.from({ length: rays.length / 2 }, (_, i) => {
    const depth = points[3 * i + 2]! + z;
    if (!(depth > 0)) return NaN;
    return Math.hypot(
      (points[3 * i]! + x) / depth - rays[2 * i]!,
      (points[3 * i + 1]! + y) / depth - rays[2 * i + 1]!,
    );
  });
}

/** Points drawn to their rays at the depth of `fitted`, [n, 3]; those without a ray stay. */
export function towardsRays(points: Float64Array, rays: Float64Array, fitted: Float64Array, λ: number): Float64Array {
  return points.map((value, i) => {
    const axis = i % 3, point = Math.floor(i / 3), ray = axis === 2 ? NaN : rays[2 * point + axis]!;
    return Number.isNaN(ray) ? value : (value + λ * ray * fitted[3 * point + 2]!) / (1 + λ);
  });
}
