/**
 * # Between two poses
 *
 * ```
 * slerp(A, B, t) = A·exp(t·log(Aᵀ·B))        the shortest way from A to B, at constant speed
 * ```
 *
 * Each joint turns on its own; shape, expression and place go straight.
 *
 * Source: Shoemake, *Animating rotation with quaternion curves*, 1985 (there for unit quaternions; the curve is the same).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectShape } from "../../tensor/shape.ts";
import { fromVector, multiply, scale, toVector, transpose, type Vector } from "../turns.ts";
import type { BodyParameters } from "../skinning.ts";

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

/**
 * Body parameters between two others: from a photo's own pose to a T-pose, say.
 *
 * @param t 0 is `a`, 1 is `b`; beyond, the movement goes on.
 * @returns new parameters; the caller disposes of them.
 * @throws {TypeError} if the parameters belong to different bodies.
 * @throws {RangeError} if t is not finite.
 */
export async function interpolateParameters(a: BodyParameters, b: BodyParameters, t: number): Promise<BodyParameters> {
  if (!Number.isFinite(t)) throw new RangeError(`interpolateParameters: t must be finite: got ${t}`);
  const joints = expectShape("interpolateParameters", { pose: a.pose }, "j 3").j;
  expectShape("interpolateParameters", { betas: b.betas, expression: b.expression, pose: b.pose, transl: b.transl }, {
    betas: `${a.betas.size}`,
    expression: `${a.expression.size}`,
    pose: `${joints} 3`,
    transl: "3",
  });
  const [from, to] = await Promise.all([a.pose.data(), b.pose.data()]) as [Float32Array, Float32Array];
  const straight = (x: tf.Tensor1D, y: tf.Tensor1D) => tf.tidy(() => x.add<tf.Tensor1D>(y.sub(x).mul(t)));
  return {
    betas: straight(a.betas, b.betas),
    expression: straight(a.expression, b.expression),
    pose: tf.tensor2d(slerpPose(from, to, t), [joints, 3]),
    transl: straight(a.transl, b.transl),
  };
}

function vectorAt(numbers: Float32Array, at: number): Vector {
  return [numbers[at]!, numbers[at + 1]!, numbers[at + 2]!];
}
