/**
 * # Poses to start from
 *
 * The rest pose is a T: arms out, palms down, facing +Z. In an A-pose the arms hang at half height, which shows sleeves
 * and hips better and is nearer to how people stand.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { jointIndex } from "./joints.ts";
import type { BodyParameters } from "./skinning.ts";
import type { Body } from "./template.ts";

export { jointIndex };

/** Axis-angle rotations in radians by joint name. */
export type PoseByName = Readonly<Record<string, readonly [x: number, y: number, z: number]>>;

/** What the A-pose turns: the arms are lowered. */
export const A_POSE: PoseByName = { left_shoulder: [0, 0, -0.8], right_shoulder: [0, 0, 0.8] };

/**
 * Mean shape, neutral face, T-pose, no translation.
 *
 * @returns parameters of zeros; the caller disposes of them.
 */
export function restParameters(body: Body): BodyParameters {
  return poseParameters(body, {});
}

/**
 * Mean shape with the arms lowered by 46°.
 *
 * @returns parameters; the caller disposes of them.
 */
export function aPose(body: Body): BodyParameters {
  return poseParameters(body, A_POSE);
}

/**
 * Mean shape in a pose given by joint names; joints that are not named keep the rest pose.
 *
 * @returns parameters; the caller disposes of them.
 * @throws {RangeError} if there is no joint of a name.
 */
export function poseParameters(body: Body, rotations: PoseByName): BodyParameters {
  const pose = new Float32Array(3 * body.parents.length);
  for (const [name, rotation] of Object.entries(rotations)) pose.set(rotation, 3 * jointIndex(name));
  return {
    betas: tf.zeros([body.shapeDirections.shape[2]]),
    expression: tf.zeros([body.expressionDirections.shape[2]]),
    pose: tf.tensor2d(pose, [body.parents.length, 3]),
    transl: tf.zeros([3]),
  };
}
