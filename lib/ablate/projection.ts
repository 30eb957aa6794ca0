/**
 * # Projected 2D: the crop position that the 3D position implies
 *
 * p'_3D is relative to the pelvis. With the pelvis put at t before the crop's camera, so that the points lie on the rays of
 * their p'_2D as well as they can ({@link ../body/fit/absolute.ts}; pixels near the border do not count), it projects to
 *
 * ```
 * u = f_x·(X + t_x)/(Z + t_z) + c_x      v = f_y·(Y + t_y)/(Z + t_z) + c_y
 * ```
 *
 * So "heatmap 2D against projected 2D" asks whether each point is better placed by its own heatmap or by all of them together through 3D.
 *
 * @module
 */
import { absoluteTranslation, raysOf } from "../body/fit/absolute.ts";
import { CROP } from "../encoder/encoder.ts";
import type { Camera } from "../image/cameras.ts";

const LEAST_DEPTH = 0.1; // metres before the camera; nearer points keep their heatmap's position

/**
 * Projects pelvis-relative positions into the crop.
 *
 * @param position3d [n, 3] metres, camera axes.
 * @param position2d [n, 2] crop pixels, to which the projection is fitted.
 * @param weights [n] w ≥ 0.
 * @returns [n, 2] crop pixels.
 */
export function projectFitted(
  position3d: Float32Array,
  position2d: Float32Array,
  weights: ArrayLike<number>,
  camera: Pick<Camera, "K">,
): Float32Array {
  const rays = raysOf(Float64Array.from(position2d), camera, CROP);
  const t = absoluteTranslation(Float64Array.from(position3d), rays, Float64Array.from(weights));
  if (!t) return position2d.slice();
  return position2d.map((heatmap, i) => {
    const axis = i % 2, point = 3 * (i >> 1), depth = position3d[point + 2]! + t[2];
    if (!(depth > LEAST_DEPTH)) return heatmap;
    return camera.K[axis]![axis]! * (position3d[point + axis]! + t[axis]!) / depth + camera.K[axis]![2]!;
  });
}
