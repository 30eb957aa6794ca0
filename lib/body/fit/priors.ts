/**
 * # What is known of bodies before any point is seen
 *
 * ```
 * pose     λ·s_j·|θ_j|²/σ_θ²        θ_j = log(R_j·M_j⁻¹), R_j relative to the parent, M_j the A-pose's
 * limits   λ·|d_j|²/σ_d²        d_j = log(R_j·clamp(R_j)⁻¹), how far the joint is past its range of motion
 * shape    λ·|c|²               coefficients are in standard deviations
 * s_j = 1 + 100·(1 − shown_j)⁴   shown: the share of the joint's points that are heeded
 * λ = σ²·n/m                    σ metres: the points' noise, n points of which m errors are independent
 * ```
 *
 * The points' squared errors are in square metres; divided by σ²·n/m they would be a log-likelihood, so the priors are
 * multiplied by it instead. n/m points err together, for they were located from the same few features. Turning joint j by
 * ω_j in the world turns R_j by G_parentᵀ·(ω_j − ω_parent).
 *
 * A joint whose own points are not seen is held to the A-pose: the few seen points at its border, which hang on it with a
 * small weight, would turn it at random.
 *
 * Limits come from {@linkcode clampJoint}; the pelvis has neither limits nor a pose to be drawn to.
 *
 * @module
 */
import { A_POSE, jointIndex } from "../poses.ts";
import { clampJoint } from "../joint_limits.ts";
import {
  apply,
  dot,
  fromVector,
  length,
  type Matrix,
  multiply,
  scale,
  toVector,
  transpose,
  type Vector,
} from "../turns.ts";
import { localRotations, type Posture } from "./posture.ts";
import type { BodyRig } from "./rig.ts";
import type { NormalEquations } from "./shared_solve.ts";

const HOLD = 100;
/** M of the joints that the A-pose turns. */
const MEAN: ReadonlyMap<number, Matrix> = new Map(
  Object.entries(A_POSE).map(([name, angle]) => [jointIndex(name), fromVector(angle)]),
);

/** How strongly the priors pull. */
export interface PriorStrength {
  /** λ, square metres. */
  readonly scale: number;
  /** Standard deviation of joint angles, radians. */
  readonly pose: number;
  /** Standard deviation of angles past a joint's range, radians. */
  readonly limits: number;
  /** Standard deviation of the coefficients. */
  readonly shape: number;
}

/**
 * Adds the priors to the equations of {@link ./pose_equations.ts}.
 *
 * @param shown [55]: the share of each joint's points that are heeded.
 * @param share The part of the shape's prior that this frame carries, where several share a shape.
 * @returns their energy.
 */
export function addPriors(
  rig: BodyRig,
  { matrix, right }: NormalEquations,
  posture: Posture,
  shown: Float64Array,
  prior: PriorStrength,
  share = 1,
): number {
  const d = right.length, local = localRotations(rig.parents, posture.rotations);
  let energy = 0;
  for (let joint = 1; joint < rig.jointCount; joint++) {
    const parent = rig.parents[joint]!, above = posture.rotations[parent]!;
    const mean = MEAN.get(joint);
    const angle = toVector(mean ? multiply(local[joint]!, transpose(mean)) : local[joint]!);
    const stiffness = prior.scale / prior.pose ** 2 * (1 + HOLD * (1 - shown[joint]!) ** 4);
    energy += stiffness * dot(angle, angle);
    addTurn(matrix, right, d, joint, parent, apply(above, angle), stiffness);
    const excess = toVector(multiply(local[joint]!, transpose(clampJoint(joint, local[joint]!) as Matrix)));
    const far = length(excess);
    if (far < 1e-6) continue;
    const hardness = prior.scale / prior.limits ** 2;
    energy += hardness * far * far;
    addTurn(matrix, right, d, joint, parent, apply(above, excess), hardness, apply(above, scale(excess, 1 / far)));
  }
  for (let k = 0; k < rig.coefficientCount; k++) {
    const at = d - rig.coefficientCount + k, c = posture.coefficients[k]!;
    const weight = prior.scale / prior.shape ** 2 * (k < rig.shapeCount ? share : 1);
    matrix[at * (d + 1)]! += weight;
    right[at]! -= weight * c;
    energy += weight * c * c;
  }
  return energy;
}

/** weight·|error + ω_joint − ω_parent|², along one direction only if one is given. */
function addTurn(
  H: Float64Array,
  right: Float64Array,
  d: number,
  joint: number,
  parent: number,
  error: Vector,
  weight: number,
  along?: Vector,
): void {
  for (let i = 0; i < 3; i++) {
    right[3 * joint + i]! -= weight * error[i]!;
    right[3 * parent + i]! += weight * error[i]!;
    for (let j = 0; j < 3; j++) {
      const value = weight * (along ? along[i]! * along[j]! : i === j ? 1 : 0);
      H[(3 * joint + i) * d + 3 * joint + j]! += value;
      H[(3 * parent + i) * d + 3 * parent + j]! += value;
      H[(3 * joint + i) * d + 3 * parent + j]! -= value;
      H[(3 * parent + i) * d + 3 * joint + j]! -= value;
    }
  }
}
