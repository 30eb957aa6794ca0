/**
 * # Between two poses, in plain numbers
 *
 * ```
 * slerp(A, B, t) = A·exp(t·log(Aᵀ·B))        the shortest way from A to B, at constant speed
 * ```
 *
 * Each joint turns on its own.
 *
 * Source: Shoemake, *Animating rotation with quaternion curves*, 1985 (there for unit quaternions; the curve is the same).
 *
 * @module
 */
import { fromVector, multiply, scale, toVector, transpose, type Vector } from "../turns.ts";

/**
 * Axis-angle rotations between those of two poses, joint by joint.
 *
 * @param a J·3 radians, the pose at t = 0.
 * @param b J·3 radians, the pose at t = 1.
 * @returns J·3 radians, angles from 0 to π.
 */
export function slerpPose(a: Float32Array, b: Float32Array, t: number): Float32Array {
  if (t === 0) return a.slice();
  const between = new Float32Array(a.length);
  for (let at = 0; at < a.length; at += 3) {
    const from = fromVector(vectorAt(a, at)), to = fromVector(vectorAt(b, at));
    const way = toVector(multiply(transpose(from), to));
    between.set(toVector(multiply(from, fromVector(scale(way, t)))), at);
  }
  return between;
}

function vectorAt(numbers: Float32Array, at: number): Vector {
  return [numbers[at]!, numbers[at + 1]!, numbers[at + 2]!];
}
