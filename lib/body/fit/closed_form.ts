/**
 * # The closed form: rotations and shape in turn
 *
 * ```
 * rotations ← partRotations(rest → targets)
 * repeat:  c, transl ← shape solve       rotations ← partRotations(posture → targets)·rotations
 * c, transl ← shape solve                rotations ← adjustLimbs(…)
 * ```
 *
 * Three alternations are enough; nothing is guessed at the start, so no posture is too far away. Frames of one person share β.
 *
 * Source: NLF, appendix on body fitting; smplfitter 0.6.0 (MIT), with which it agrees to a small part of a millimetre.
 *
 * @module
 */
import { multiply, type Vector } from "../turns.ts";
import { adjustLimbs } from "./adjust_limbs.ts";
import { partRotations, type PointSets, type Targets } from "./part_rotations.ts";
import { affineJoints, evaluate, posePoints, type Posture } from "./posture.ts";
import type { BodyRig, RiggedPoints } from "./rig.ts";
import { shapeEquations } from "./shape_solve.ts";
import { solveShared } from "./shared_solve.ts";

/** How the closed form is taken. */
export interface ClosedForm {
  /** How often shape follows rotations. */
  readonly alternations: number;
  /** Whether the limbs are turned once more at the end. */
  readonly adjust: boolean;
  /** [C]: λ of each coefficient, square metres. */
  readonly regularizers: Float64Array;
  /** See {@linkcode partRotations}. */
  readonly doubt: number;
}

/** Postures of all frames; undefined if the points do not determine them. */
export function closedForm(
  rig: BodyRig,
  rigged: RiggedPoints,
  frames: readonly Targets[],
  { alternations, adjust, regularizers, doubt }: ClosedForm,
): Posture[] | undefined {
  const rest = { points: rigged.rest, joints: rig.jointTemplate };
  const solveShape = (rotations: readonly Posture["rotations"][]): Posture[] | undefined => {
    const solved = solveShared(
      frames.map((targets, i) => shapeEquations(rig, rigged, targets, rotations[i]!, regularizers)),
      rig.shapeCount,
    );
    return solved?.map((unknowns, i) => ({ rotations: rotations[i]!, ...unpack(rig, unknowns) }));
  };
  const turns = frames.map((targets) => partRotations(rig, rigged, targets, rest, doubt));
  if (turns.some((turn) => turn === undefined)) return undefined;
  let postures = solveShape(turns as Posture["rotations"][]);
  for (let round = 1; round < alternations && postures; round++) {
    postures = solveShape(postures.map((posture, i) => {
      const turns = partRotations(rig, rigged, frames[i]!, place(rig, rigged, posture), doubt)!;
      return posture.rotations.map((rotation, joint) => multiply(turns[joint]!, rotation));
    }));
  }
  if (!adjust) return postures;
  return postures?.map((posture, i) => {
    const reference = place(rig, rigged, posture), root = [...reference.joints.subarray(0, 3)] as unknown as Vector;
    const shaped = shapedJoints(rig, posture.coefficients);
    return {
      ...posture,
      rotations: adjustLimbs(rig, rigged, frames[i]!, reference, posture.rotations, shaped, root),
    };
  });
}

/** Joints at rest, shaped, [55, 3]. */
export function shapedJoints({ jointTemplate, jointDirections }: BodyRig, coefficients: Float64Array): Float64Array {
  const C = coefficients.length;
  return jointTemplate.map((value, row) => {
    for (let k = 0; k < C; k++) value += jointDirections[row * C + k]! * coefficients[k]!;
    return value;
  });
}

function place(rig: BodyRig, rigged: RiggedPoints, posture: Posture): PointSets {
  return {
    points: posePoints(rig, rigged, posture),
    joints: evaluate(affineJoints(rig, posture.rotations).positions, posture),
  };
}

/** (transl, ψ, β) → translation and (β, ψ). */
function unpack(rig: BodyRig, unknowns: Float64Array): Pick<Posture, "coefficients" | "transl"> {
  const split = unknowns.length - rig.shapeCount;
  return {
    transl: [unknowns[0]!, unknowns[1]!, unknowns[2]!],
    coefficients: Float64Array.from([...unknowns.subarray(split), ...unknowns.subarray(3, split)]),
  };
}
