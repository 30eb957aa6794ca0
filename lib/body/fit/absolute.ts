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
 * Pixels near the border or beyond it are not heeded: a heatmap cannot point outside its picture.
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
const BORDER = 1 / 24;

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

/** Points drawn to their rays at the depth of `fitted`, [n, 3]; those without a ray stay. */
export function towardsRays(points: Float64Array, rays: Float64Array, fitted: Float64Array, λ: number): Float64Array {
  return points.map((value, i) => {
    const axis = i % 3, point = Math.floor(i / 3), ray = axis === 2 ? NaN : rays[2 * point + axis]!;
    return Number.isNaN(ray) ? value : (value + λ * ray * fitted[3 * point + 2]!) / (1 + λ);
  });
}
