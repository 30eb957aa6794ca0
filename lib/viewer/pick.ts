/**
 * # What a ray meets
 *
 * ```
 * along x(t) = o + t·d a Gaussian is strongest at t* = −o'·d' / d'·d',   o' = S⁻¹Rᵀ(o − mean),   d' = S⁻¹Rᵀd
 * alpha = opacity·exp(−½·|o' + t*·d'|²)        weight = alpha·Π_nearer (1 − alpha)
 * ```
 *
 * The Gaussian that is picked is the one that gives most of the pixel's colour: that of the largest weight. A mesh is picked at
 * the nearest face.
 *
 * @module
 */
import type { PlainGaussians } from "./place_gaussians.ts";

/** A ray from a point in a direction. */
export interface Ray {
  /** [3] metres. */
  readonly origin: ArrayLike<number>;
  /** [3], a unit vector. */
  readonly direction: ArrayLike<number>;
}

const LEAST_ALPHA = 1 / 255;
const REACH = 3; // standard deviations

/**
 * The Gaussian that gives most of the colour along a ray.
 *
 * @param opacity [n]
 * @returns its number, or −1 where the ray meets nothing.
 */
export function pickGaussian(
  { means, rotations, scales }: PlainGaussians,
  opacity: ArrayLike<number>,
  { origin, direction }: Ray,
): number {
  const [dx, dy, dz] = [direction[0]!, direction[1]!, direction[2]!];
  const met: { i: number; t: number; alpha: number }[] = [];
  for (let i = 0; i < opacity.length; i++) {
    const ox = origin[0]! - means[3 * i]!, oy = origin[1]! - means[3 * i + 1]!, oz = origin[2]! - means[3 * i + 2]!;
    const along = -(ox * dx + oy * dy + oz * dz);
    if (along < 0) continue;
    const sx = scales[3 * i]!, sy = scales[3 * i + 1]!, sz = scales[3 * i + 2]!;
    const reach = REACH * Math.max(sx, sy, sz);
    if (ox * ox + oy * oy + oz * oz - along * along > reach * reach) continue; // passes by: most do
    const q = rotations.subarray(4 * i, 4 * i + 4) as unknown as Quaternion;
    const o = inverseRotate(q, ox, oy, oz), d = inverseRotate(q, dx, dy, dz);
    const scaled = [sx, sy, sz].map((s) => 1 / Math.max(s, 1e-9));
    let dd = 0, od = 0;
    for (let axis = 0; axis < 3; axis++) {
      o[axis]! *= scaled[axis]!;
      d[axis]! *= scaled[axis]!;
      dd += d[axis]! * d[axis]!;
      od += o[axis]! * d[axis]!;
    }
    const t = -od / dd;
    if (!(t > 0)) continue;
    const squared = [0, 1, 2].reduce((sum, axis) => sum + (o[axis]! + t * d[axis]!) ** 2, 0);
    const alpha = opacity[i]! * Math.exp(-squared / 2);
    if (alpha >= LEAST_ALPHA && squared <= REACH * REACH) met.push({ i, t, alpha });
  }
  met.sort((a, b) => a.t - b.t);
  let light = 1, most = 0, best = -1;
  for (const { i, alpha } of met) {
    if (light * alpha > most) [most, best] = [light * alpha, i];
    light *= 1 - alpha;
  }
  return best;
}
type Quaternion = readonly [w: number, x: number, y: number, z: number];

/** Rᵀ·v */
function inverseRotate([w, x, y, z]: Quaternion, vx: number, vy: number, vz: number): [number, number, number] {
  const cx = 2 * (z * vy - y * vz), cy = 2 * (x * vz - z * vx), cz = 2 * (y * vx - x * vy); // of −u
  return [vx + w * cx - y * cz + z * cy, vy + w * cy - z * cx + x * cz, vz + w * cz - x * cy + y * cx];
}

/**
 * The nearest face that a ray meets, from either side.
 *
 * Source: Möller and Trumbore, *Fast, minimum storage ray/triangle intersection*, 1997.
 *
 * @returns the face and the barycentric coordinates of the point, or undefined.
 */
export function pickFace(
  vertices: ArrayLike<number>,
  faces: Int32Array,
  { origin, direction }: Ray,
): { face: number; barycentric: readonly [number, number, number] } | undefined {
  const [ox, oy, oz] = [origin[0]!, origin[1]!, origin[2]!],
    [dx, dy, dz] = [
      direction[0]!,
      direction[1]!,
      direction[2]!,
    ];
  let nearest = Infinity, found: { face: number; barycentric: readonly [number, number, number] } | undefined;
  for (let face = 0; 3 * face < faces.length; face++) {
    const a = 3 * faces[3 * face]!, b = 3 * faces[3 * face + 1]!, c = 3 * faces[3 * face + 2]!;
    const ax = vertices[a]!, ay = vertices[a + 1]!, az = vertices[a + 2]!;
    const ex = vertices[b]! - ax, ey = vertices[b + 1]! - ay, ez = vertices[b + 2]! - az;
    const fx = vertices[c]! - ax, fy = vertices[c + 1]! - ay, fz = vertices[c + 2]! - az;
    const px = dy * fz - dz * fy, py = dz * fx - dx * fz, pz = dx * fy - dy * fx;
    const determinant = ex * px + ey * py + ez * pz;
    if (Math.abs(determinant) < 1e-15) continue;
    const tx = ox - ax, ty = oy - ay, tz = oz - az;
    const u = (tx * px + ty * py + tz * pz) / determinant;
    if (u < 0 || u > 1) continue;
    const qx = ty * ez - tz * ey, qy = tz * ex - tx * ez, qz = tx * ey - ty * ex;
    const v = (dx * qx + dy * qy + dz * qz) / determinant;
    const t = (fx * qx + fy * qy + fz * qz) / determinant;
    if (v < 0 || u + v > 1 || t <= 0 || t >= nearest) continue;
    nearest = t;
    found = { face, barycentric: [1 - u - v, u, v] };
  }
  return found;
}
