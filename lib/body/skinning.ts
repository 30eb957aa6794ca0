/**
 * # Skinning: from parameters to the posed body
 *
 * ```
 * T = template + shapeDirections·β + expressionDirections·ψ             rest shape
 * J = jointTemplate + jointDirections·(β, ψ)                            its joints
 * T ← T + poseDirections·vec(R_1 − I, …, R_54 − I)                      pose corrections, where the body has them
 * A_j = [G_j | p_j − G_j·J_j]                                           rest → posed, of each joint
 * vertex_v = Σ_j w_vj·A_j·T_v + translation                             linear blend skinning
 * ```
 *
 * with G, p from forward kinematics. Everything is differentiable in all parameters. The weights are used as a full
 * matrix [V, 55]: one product of 55 columns is quicker than gathering six joints a vertex, and exact for any file.
 *
 * The global orientation is joint 0's rotation and pivots at the pelvis, not at the origin. Hands are flat at zero pose.
 *
 * @example A sitting body
 * ```ts
 * import { poseParameters } from "./poses.ts";
 * import { skin } from "./skinning.ts";
 * import { loadBody, SMALL_BODY } from "./template.ts";
 *
 * const body = await loadBody(SMALL_BODY);
 * const sitting = poseParameters(body, { left_hip: [-1.5, 0, 0], right_hip: [-1.5, 0, 0], left_knee: [1.5, 0, 0] });
 * console.log(skin(body, sitting).vertices.shape); // [1013, 3]
 * ```
 *
 * Source: Loper et al., *SMPL: A Skinned Multi-Person Linear Model*, 2015; Pavlakos et al., 2019.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { matMul } from "../tensor/mat_mul.ts";
import { expectShape } from "../tensor/shape.ts";
import { poseJoints } from "./kinematics.ts";
import { axisAngleToMatrix, turnVectors } from "./rotation.ts";
import type { Body } from "./template.ts";

/** What a body is told to look like. */
export interface BodyParameters {
  /** [S]: shape, in standard deviations. */
  readonly betas: tf.Tensor1D;
  /** [E]: expression, in standard deviations. */
  readonly expression: tf.Tensor1D;
  /** [55, 3] radians: axis-angle rotation of each joint relative to its parent; row 0 is the global orientation. */
  readonly pose: tf.Tensor2D;
  /** [3] metres: added to the posed body. */
  readonly transl: tf.Tensor1D;
}

/** The posed body. */
export interface SkinnedBody {
  /** [V, 3] metres. */
  readonly vertices: tf.Tensor2D;
  /** [55, 3] metres. */
  readonly joints: tf.Tensor2D;
  /** [55, 4, 4]: A_j, which takes points at rest to where joint j carries them, translation included. */
  readonly jointTransforms: tf.Tensor3D;
}

/** The body at rest, shaped but not posed. */
export interface RestBody {
  /** [V, 3] metres. */
  readonly vertices: tf.Tensor2D;
  /** [55, 3] metres. */
  readonly joints: tf.Tensor2D;
}

/**
 * Shapes a body without posing it.
 *
 * @param betas [S]
 * @param expression [E]
 * @returns vertices and joints in T-pose; the caller disposes of both.
 * @throws {TypeError} if the shapes do not fit the body.
 */
export function shapeBody(body: Body, betas: tf.Tensor1D, expression: tf.Tensor1D): RestBody {
  const [S, E] = [body.shapeDirections.shape[2], body.expressionDirections.shape[2]];
  expectShape("shapeBody", { betas, expression }, { betas: `${S}`, expression: `${E}` });
  return tf.tidy(() => {
    const coefficients = tf.concat([betas, expression]).reshape<tf.Tensor2D>([S + E, 1]);
    const joints = body.jointTemplate.add<tf.Tensor2D>(displacement(body.jointDirections, coefficients));
    let vertices = body.template.add<tf.Tensor2D>(displacement(body.shapeDirections, betas.reshape([S, 1])));
    if (E > 0) vertices = vertices.add(displacement(body.expressionDirections, expression.reshape([E, 1])));
    return { vertices, joints };
  });
}

/**
 * Shapes and poses a body.
 *
 * @returns vertices, joints and transforms; the caller disposes of all.
 * @throws {TypeError} if the shapes of the parameters do not fit the body.
 */
export function skin(body: Body, parameters: BodyParameters): SkinnedBody {
  const { betas, expression, pose, transl } = parameters;
  expectShape("skin", { betas, expression, pose, transl }, {
    betas: `${body.shapeDirections.shape[2]}`,
    expression: `${body.expressionDirections.shape[2]}`,
    pose: `${body.parents.length} 3`,
    transl: "3",
  });
  return tf.tidy(() => {
    const rest = shapeBody(body, betas, expression);
    const rotations = axisAngleToMatrix(pose);
    const { rotations: turned, positions } = poseJoints(body.parents, rotations, rest.joints);
    const joints = positions.add<tf.Tensor2D>(transl);
    const shift = joints.sub<tf.Tensor2D>(turnVectors(turned, rest.joints)); // p_j − G_j·J_j
    const transforms = tf.concat3d([turned, shift.expandDims<tf.Tensor3D>(2)], 2); // [55, 3, 4]
    const V = body.vertexCount, J = body.parents.length;
    const blended = matMul(body.weights, transforms.reshape([J, 12])).reshape([V, 3, 4]);
    const corrected = rest.vertices.add<tf.Tensor2D>(poseCorrection(body, rotations));
    const homogeneous = tf.concat2d([corrected, tf.ones([V, 1])], 1).expandDims(1); // [V, 1, 4]
    const bottom = tf.tensor3d([0, 0, 0, 1], [1, 1, 4]).tile([J, 1, 1]);
    return {
      vertices: blended.mul(homogeneous).sum(2) as tf.Tensor2D,
      joints,
      jointTransforms: tf.concat3d([transforms, bottom as tf.Tensor3D], 1),
    };
  });
}

/** poseDirections·vec(R − I) [V, 3], or a zero where the body has none. */
function poseCorrection(body: Body, rotations: tf.Tensor3D): tf.Tensor {
  const P = body.poseDirections.shape[2];
  if (P === 0) return tf.scalar(0);
  const bends = rotations.slice([1, 0, 0], [-1, 3, 3]).sub(tf.eye(3)).reshape<tf.Tensor2D>([P, 1]);
  return displacement(body.poseDirections, bends);
}

/** directions [m, 3, d] · coefficients [d, 1] → [m, 3] */
function displacement(directions: tf.Tensor3D, coefficients: tf.Tensor2D): tf.Tensor2D {
  const [m, , d] = directions.shape;
  return matMul(directions.reshape([m * 3, d]), coefficients).reshape([m, 3]);
}
