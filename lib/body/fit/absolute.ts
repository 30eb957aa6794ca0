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
 * Source: NLF (public implementation), *full-perspective least squares*, with its ε = 10⁻⁴.
 *
 * @module
 */
import { Matrix, solve } from "ml-matrix";
import type { Vector } from "../../train/people/rotation.ts";
import type { Camera } from "../../image/cameras.ts";

const EPSILON = 1e-4;

/** Rays u of pixels, [n, 2]. */
export function raysOf(pixels: ArrayLike<number>, { K }: Pick<Camera, "K">): Float64Array {
  return Float64Array.from(pixels, (value, i) => (value - K[i % 2]![2]!) / K[i % 2]![i % 2]!);
}

/**
 * The translation that puts points on their rays.
 *
 * @param points [n, 3] metres, camera axes.
 * @param rays [n, 2]
 * @param weights [n]
 * @returns metres; undefined if the points would not be in front of the camera.
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
    if (w === 0) continue;
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

/** Points drawn to their rays at the depth of `fitted`, [n, 3]. */
export function towardsRays(points: Float64Array, rays: Float64Array, fitted: Float64Array, λ: number): Float64Array {
  return points.map((value, i) => {
    const axis = i % 3, point = Math.floor(i / 3);
    return axis === 2 ? value : (value + λ * rays[2 * point + axis]! * fitted[3 * point + 2]!) / (1 + λ);
  });
}
