/**
 * # A body that stands before the camera without having been fitted
 *
 * Where no fit is wanted, or the localizer is untrained, the body stands in the A-pose, facing the camera, its pelvis three
 * metres in front of it.
 * The world is then the photo's camera frame (x right, y down, z forward), so a body that is upright and faces the camera is
 * turned by half a turn about x, and rotation pivots at the pelvis:
 *
 * ```
 * global_orient = (π, 0, 0)        transl = (0, 0, 3) − pelvis at rest
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { FittedBody } from "../body/fit/fit_body.ts";
import type { Template } from "../body/gaussians.ts";
import { JOINT_COUNT, JOINT_NAMES } from "../body/joints.ts";
import { aPose } from "../body/poses.ts";
import type { BodyParameters } from "../body/skinning.ts";
import type { Body } from "../body/template.ts";

/** Where the pelvis stands in the camera's frame, metres. */
export const STANDS_AT: readonly [x: number, y: number, z: number] = [0, 0, 3];

/** The canonical place of the pelvis, metres. */
export async function pelvisOf(body: Body): Promise<[x: number, y: number, z: number]> {
  const [x, y, z] = await body.jointTemplate.data();
  return [x!, y!, z!];
}

/**
 * The mean shape in the A-pose before the camera.
 *
 * @param pelvis From {@linkcode pelvisOf}.
 * @returns parameters; the caller disposes of them.
 */
export function standingBody(body: Body, pelvis: readonly [number, number, number]): BodyParameters {
  return tf.tidy(() => {
    const { betas, expression, pose } = aPose(body);
    const limbs = pose.slice([1, 0]);
    return {
      betas,
      expression,
      pose: tf.concat2d([tf.tensor2d([[Math.PI, 0, 0]]), limbs as tf.Tensor2D], 0),
      transl: tf.tensor1d(STANDS_AT.map((place, axis) => place - pelvis[axis]!)),
    };
  });
}

/**
 * {@linkcode standingBody} in the words of a fitted one: nothing is seen, all is the prior.
 *
 * @returns parameters, confidence and residuals; the caller disposes of them.
 */
export function unfittedBody(
  { body, count }: Template,
  pelvis: readonly [number, number, number],
): Omit<FittedBody, "camera"> {
  return {
    ...standingBody(body, pelvis),
    confidence: tf.zeros<tf.Rank.R1>([JOINT_COUNT]),
    residual: tf.zeros<tf.Rank.R1>([count]),
    fitted: false,
    unseen: JOINT_NAMES,
    notices: ["The body is not fitted: it stands in a fixed A-pose that does not depend on the photo"],
  };
}
