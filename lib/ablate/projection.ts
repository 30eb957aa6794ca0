/**
 * # Projected 2D: the crop position that the 3D position implies
 *
 * p'_3D is relative to the pelvis; with the pelvis at t before a camera of focal length f it projects to
 *
 * ```
 * u = f·(X + t_x)/(Z + t_z) + c_x      v = f·(Y + t_y)/(Z + t_z) + c_y
 * ```
 *
 * t is the least-squares solution over all points of these equations, multiplied by the depth, against p'_2D:
 *
 * ```
 * f·t_x − (u − c_x)·t_z = (u − c_x)·Z − f·X           two rows a point, weighted by w
 * f·t_y − (v − c_y)·t_z = (v − c_y)·Z − f·Y
 * ```
 *
 * Points within a margin of the crop's border, where the heatmap of a point outside ends, do not count. So "heatmap 2D against
 * projected 2D" asks whether each point is better placed by its own heatmap or by all of them together through 3D.
 *
 * Source: NLF, section 3.2 (the absolute position from 2D and relative 3D).
 *
 * @module
 */
import { Matrix, solve } from "ml-matrix";
import { CROP } from "../encoder/encoder.ts";

/** A pinhole camera of the crop: focal length and centre, pixels. */
export type CropLens = readonly [f: number, cx: number, cy: number];

const LEAST_DEPTH = 0.1; // metres before the camera; nearer points keep their heatmap's position
const LEAST_POINTS = 6; // with fewer inside the margin all of them count

/**
 * Projects pelvis-relative positions into the crop.
 *
 * @param position3d [n, 3] metres, camera axes.
 * @param position2d [n, 2] crop pixels, to which the projection is fitted.
 * @param weights [n] w ≥ 0.
 * @param margin Pixels.
 * @returns [n, 2] crop pixels.
 */
export function projectFitted(
  position3d: Float32Array,
  position2d: Float32Array,
  weights: ArrayLike<number>,
  lens: CropLens,
  margin: number,
): Float32Array {
  const t = fitTranslation(position3d, position2d, weights, lens, margin), [f, cx, cy] = lens;
  return position2d.map((heatmap, i) => {
    const k = i >> 1, depth = position3d[3 * k + 2]! + t[2];
    if (!(depth > LEAST_DEPTH)) return heatmap;
    return f * (position3d[3 * k + i % 2]! + t[i % 2]!) / depth + (i % 2 ? cy : cx);
  });
}

/** t, metres. */
export function fitTranslation(
  position3d: Float32Array,
  position2d: Float32Array,
  weights: ArrayLike<number>,
  [f, cx, cy]: CropLens,
  margin: number,
): readonly [x: number, y: number, z: number] {
  const n = position2d.length / 2, well = (p: number) => p > margin && p < CROP - margin;
  const inside = Array.from({ length: n }, (_, i) => i)
    .filter((i) => well(position2d[2 * i]!) && well(position2d[2 * i + 1]!));
  const normal = [[0, 0, 0], [0, 0, 0], [0, 0, 0]], right = [0, 0, 0];
  for (const i of inside.length >= LEAST_POINTS ? inside : Array(n).keys()) {
    for (const axis of [0, 1]) {
      const offset = position2d[2 * i + axis]! - (axis ? cy : cx);
      const row = [axis ? 0 : f, axis ? f : 0, -offset];
      const value = offset * position3d[3 * i + 2]! - f * position3d[3 * i + axis]!;
      for (let a = 0; a < 3; a++) {
        right[a]! += weights[i]! * row[a]! * value;
        for (let b = 0; b < 3; b++) normal[a]![b]! += weights[i]! * row[a]! * row[b]!;
      }
    }
  }
  const [x, y, z] = solve(new Matrix(normal), Matrix.columnVector(right), true).to1DArray();
  return [x!, y!, z!];
}
