/**
 * # Levenberg–Marquardt on pose, shape and place, with priors
 *
 * ```
 * (H + μ·diag H)·δ = g            H, g: the sums of pose_equations.ts and priors.ts over all frames, β shared
 * G_j ← exp(ω_j)·G_j     p ← p + δp     c ← c + δc
 * ```
 *
 * μ falls by ten after a step that lowers the energy, and rises by ten after one that does not, which is taken back. Ends
 * after `steps` steps, or when a step lowers the energy by less than 10⁻⁴ of it.
 *
 * Source: Marquardt, *An algorithm for least-squares estimation of nonlinear parameters*, 1963.
 *
 * @module
 */
import { fromVector, multiply, type Vector } from "../turns.ts";
import type { Targets } from "./part_rotations.ts";
import { poseEquations } from "./pose_equations.ts";
import type { Posture } from "./posture.ts";
import { addPriors, type PriorStrength } from "./priors.ts";
import type { BodyRig, RiggedPoints } from "./rig.ts";
import { type NormalEquations, solveShared } from "./shared_solve.ts";

/** One frame's targets, and the posture found so far. */
export interface FrameFit {
  readonly targets: Targets;
  readonly posture: Posture;
  /** [55]: the share of each joint's points that are heeded. */
  readonly shown: Float64Array;
}

const FIRST_DAMPING = 1e-4, MOST_DAMPING = 1e4, ENOUGH = 1e-4;

/**
 * Improves the postures of frames of one person.
 *
 * @param steps How many steps are tried at most.
 */
export function gaussNewton(
  rig: BodyRig,
  rigged: RiggedPoints,
  frames: readonly FrameFit[],
  prior: PriorStrength,
  steps: number,
): Posture[] {
  const sum = (postures: readonly Posture[]) => {
    let energy = 0;
    const equations = postures.map((posture, i) => {
      const sums = poseEquations(rig, rigged, frames[i]!.targets, posture);
      // β is one vector: its prior counts once
      energy += sums.energy + addPriors(rig, sums.equations, posture, frames[i]!.shown, prior, 1 / postures.length);
      return sums.equations;
    });
    return { equations, energy };
  };
  let postures = frames.map(({ posture }) => posture), damping = FIRST_DAMPING;
  if (steps === 0) return postures;
  let current = sum(postures);
  for (let step = 0; step < steps && damping < MOST_DAMPING; step++) {
    const solved = solveShared(
      current.equations.map((equations) => dampAndOrder(rig, equations, damping)),
      rig.shapeCount,
    );
    const moved = solved && postures.map((posture, i) => move(rig, posture, solved[i]!));
    const next = moved && sum(moved);
    if (!next || !(next.energy < current.energy)) {
      damping *= 10;
      continue;
    }
    const gain = 1 - next.energy / current.energy;
    [postures, current, damping] = [moved, next, damping / 10];
    if (gain < ENOUGH) break;
  }
  return postures;
}

/** (turns, place, β, ψ) → (turns, place, ψ, β), with the diagonal raised. */
function dampAndOrder(rig: BodyRig, { matrix, right }: NormalEquations, damping: number): NormalEquations {
  const d = right.length, first = d - rig.coefficientCount, S = rig.shapeCount;
  const order = Int32Array.from({ length: d }, (_, i) => i < first ? i : i < d - S ? i + S : i - (d - S) + first);
  const out = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = i; j < d; j++) out[i * d + j] = matrix[order[i]! * d + order[j]!]!;
    out[i * (d + 1)]! *= 1 + damping;
  }
  return { matrix: out, right: Float64Array.from(order, (from) => right[from]!) };
}

/** A posture after a step; unknowns ordered (turns, place, ψ, β). */
function move(rig: BodyRig, posture: Posture, step: Float64Array): Posture {
  const { jointCount: J, coefficientCount: C, shapeCount: S, jointDirections } = rig, E = C - S, at = 3 * J + 3;
  const rotations = posture.rotations.map((rotation, joint) =>
    multiply(fromVector([step[3 * joint]!, step[3 * joint + 1]!, step[3 * joint + 2]!]), rotation)
  );
  const change = Float64Array.from({ length: C }, (_, k) => step[k < S ? at + E + k : at + k - S]!);
  const coefficients = posture.coefficients.map((value, k) => value + change[k]!);
  const transl = posture.transl.map((value, axis) => {
    let pelvis = 0; // how far the pelvis moves at rest
    for (let k = 0; k < C; k++) pelvis += jointDirections[axis * C + k]! * change[k]!;
    return value + step[3 * J + axis]! - pelvis;
  }) as unknown as Vector;
  return { rotations, coefficients, transl };
}
