/**
 * # The posed body, in plain numbers
 *
 * ```
 * G_j = G_parent·R(pose_j)        joints, vertices: as in fit/posture.ts
 * ```
 *
 * The same equations as `skin`, in double precision and without tensors: what a page can run in every frame.
 *
 * @module
 */
import { affineJoints, evaluate, posePoints } from "../body/fit/posture.ts";
import type { BodyRig } from "../body/fit/rig.ts";
import { fromVector, type Matrix, multiply, type Vector } from "../body/turns.ts";

/** What a body is told to look like. */
export interface PlainParameters {
  /** [C]: shape, then expression. */
  readonly coefficients: ArrayLike<number>;
  /** J·3 radians. */
  readonly pose: ArrayLike<number>;
  /** [3] metres. */
  readonly transl: ArrayLike<number>;
}

/** The posed body. */
export interface PlainBody {
  /** V·3 metres. */
  readonly vertices: Float64Array;
  /** J·3 metres. */
  readonly joints: Float64Array;
}

/** Shapes and poses a body. */
export function poseBody(rig: BodyRig, { coefficients, pose, transl }: PlainParameters): PlainBody {
  const rotations: Matrix[] = [];
  for (let joint = 0; joint < rig.jointCount; joint++) {
    const own = fromVector([pose[3 * joint]!, pose[3 * joint + 1]!, pose[3 * joint + 2]!]);
    const parent = rig.parents[joint]!;
    rotations.push(parent < 0 ? own : multiply(rotations[parent]!, own));
  }
  const posture = {
    rotations,
    coefficients: Float64Array.from(coefficients),
    transl: [transl[0]!, transl[1]!, transl[2]!] as Vector,
  };
  return {
    vertices: posePoints(rig, rig.vertices, posture),
    joints: evaluate(affineJoints(rig, rotations).positions, posture),
  };
}
