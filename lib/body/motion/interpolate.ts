/**
 * # Between two parameters
 *
 * ```
 * pose: slerp of each joint        betas, expression, transl: a + t·(b − a)
 * ```
 *
 * Each joint turns on its own, see slerp.ts; shape, expression and place go straight.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectShape } from "../../tensor/shape.ts";
import type { BodyParameters } from "../skinning.ts";
import { slerpPose } from "./slerp.ts";

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
