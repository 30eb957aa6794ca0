/**
 * # The normal equations of pose, shape and place together
 *
 * A small turn ω_j of joint j in the world, G_j ← exp(ω_j)·G_j, and shifts δt_j move a point by
 *
 * ```
 * δx_i = Σ_j w_ij·(ω_j × g_ij + δt_j) + B_i·δc          g_ij = G_j·r_i,  B_i = Σ_j w_ij·G_j·directions_i
 * ```
 *
 * so a point touches only the joints it hangs on. The tree comes in afterwards, in the summed equations (tree.ts): no row
 * is needed for each point and each ancestor, and the cost is that of the shape solve and a little more. Left over
 * are the 55 turns, the pelvis' place and the coefficients.
 *
 * @module
 */
import type { Targets } from "./part_rotations.ts";
import { affineJoints, correctedRest, evaluate, type Posture } from "./posture.ts";
import type { BodyRig, RiggedPoints } from "./rig.ts";
import { addRows, turnDirections } from "./shape_solve.ts";
import type { NormalEquations } from "./shared_solve.ts";
import { placesToTurns, shiftsToPlaces } from "./tree.ts";

/** The sums over all points at a posture. */
export interface PoseEquations {
  /** Unknowns: the 55 turns [165], the pelvis' place [3], β, ψ [C]; the full matrix. */
  readonly equations: NormalEquations;
  /** Σ w·|x − y|² over points and joints. */
  readonly energy: number;
}

/** Sums the equations at a posture, without priors. */
export function poseEquations(rig: BodyRig, rigged: RiggedPoints, targets: Targets, posture: Posture): PoseEquations {
  const { jointCount: J, coefficientCount: C } = rig, d = 6 * J + C, c = posture.coefficients;
  const H = new Float64Array(d * d), right = new Float64Array(d), whole = { matrix: H, right };
  const affine = affineJoints(rig, posture.rotations);
  const shifts = evaluate(affine.shifts, posture), positions = evaluate(affine.positions, posture);
  const rest = correctedRest(rig, rigged, posture.rotations), G = Float64Array.from(posture.rotations.flat());
  const rows = new Float64Array(3 * C),
    e = new Float64Array(3),
    blend = new Float64Array(9),
    turned = new Float64Array(3 * 64);
  let energy = 0;
  for (let i = 0; i < rigged.count; i++) {
    const w = targets.weights[i]!;
    if (w === 0) continue;
    const moving = rigged.moving[i]!, from = 3 * C * i, first = rigged.start[i]!, last = rigged.start[i + 1]!;
    let x = rest[3 * i]!, y = rest[3 * i + 1]!, z = rest[3 * i + 2]!;
    for (let k = 0; k < moving; k++) {
      x += rigged.directions[from + k]! * c[k]!;
      y += rigged.directions[from + C + k]! * c[k]!;
      z += rigged.directions[from + 2 * C + k]! * c[k]!;
    }
    blend.fill(0);
    rows.fill(0);
    for (let axis = 0; axis < 3; axis++) e[axis] = targets.points[3 * i + axis]!;
    for (let entry = first; entry < last; entry++) {
      const share = rigged.weights[entry]!, j = rigged.joints[entry]!, g = 9 * j, at = 3 * (entry - first);
      for (let k = 0; k < 9; k++) blend[k]! += share * G[g + k]!;
      for (let axis = 0; axis < 3; axis++) {
        const value = G[g + 3 * axis]! * x + G[g + 3 * axis + 1]! * y + G[g + 3 * axis + 2]! * z;
        turned[at + axis] = value;
        e[axis]! -= share * (value + shifts[3 * j + axis]!);
      }
    }
    energy += w * (e[0]! * e[0]! + e[1]! * e[1]! + e[2]! * e[2]!);
    turnDirections(blend, rigged.directions, from, C, moving, rows);
    addRows(whole, 6 * J, moving, rows, C, w, e);
    for (let entry = first; entry < last; entry++) {
      const j = rigged.joints[entry]!, share = w * rigged.weights[entry]!, row = 6 * j;
      const at = 3 * (entry - first), gx = turned[at]!, gy = turned[at + 1]!, gz = turned[at + 2]!;
      right[row]! += share * (gy * e[2]! - gz * e[1]!);
      right[row + 1]! += share * (gz * e[0]! - gx * e[2]!);
      right[row + 2]! += share * (gx * e[1]! - gy * e[0]!);
      for (let axis = 0; axis < 3; axis++) right[row + 3 + axis]! += share * e[axis]!;
      for (let k = 0; k < moving; k++) {
        const bx = share * rows[k]!,
          by = share * rows[C + k]!,
          bz = share * rows[2 * C + k]!,
          column = row * d + 6 * J + k;
        H[column]! += gy * bz - gz * by;
        H[column + d]! += gz * bx - gx * bz;
        H[column + 2 * d]! += gx * by - gy * bx;
        H[column + 3 * d]! += bx;
        H[column + 4 * d]! += by;
        H[column + 5 * d]! += bz;
      }
      for (let other = first; other < last; other++) {
        if (rigged.joints[other]! < j) continue; // the triangle above the diagonal
        const k = 3 * (other - first);
        addPair(
          H,
          d,
          row,
          6 * rigged.joints[other]!,
          share * rigged.weights[other]!,
          gx,
          gy,
          gz,
          turned[k]!,
          turned[k + 1]!,
          turned[k + 2]!,
        );
      }
    }
  }
  for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) H[i * d + j] = H[j * d + i]!;
  shiftsToPlaces(rig, whole, posture);
  energy += addJoints(rig, whole, targets, positions);
  placesToTurns(rig, whole, posture, positions);
  return { equations: keepUnknowns(rig, whole), energy };
}

/** The 6×6 block of two joints: κ·[[(g·h)·I − h·gᵀ, [g]×], [−[h]×, I]], g of the row's joint and h of the column's. */
function addPair(
  H: Float64Array,
  d: number,
  row: number,
  column: number,
  κ: number,
  gx: number,
  gy: number,
  gz: number,
  hx: number,
  hy: number,
  hz: number,
): void {
  const at = row * d + column, dot = gx * hx + gy * hy + gz * hz;
  H[at]! += κ * (dot - hx * gx);
  H[at + 1]! -= κ * hx * gy;
  H[at + 2]! -= κ * hx * gz;
  H[at + d]! -= κ * hy * gx;
  H[at + d + 1]! += κ * (dot - hy * gy);
  H[at + d + 2]! -= κ * hy * gz;
  H[at + 2 * d]! -= κ * hz * gx;
  H[at + 2 * d + 1]! -= κ * hz * gy;
  H[at + 2 * d + 2]! += κ * (dot - hz * gz);
  H[at + 4]! -= κ * gz;
  H[at + 5]! += κ * gy;
  H[at + d + 3]! += κ * gz;
  H[at + d + 5]! -= κ * gx;
  H[at + 2 * d + 3]! -= κ * gy;
  H[at + 2 * d + 4]! += κ * gx;
  H[at + 3 * d + 1]! += κ * hz;
  H[at + 3 * d + 2]! -= κ * hy;
  H[at + 4 * d]! -= κ * hz;
  H[at + 4 * d + 2]! += κ * hx;
  H[at + 5 * d]! += κ * hy;
  H[at + 5 * d + 1]! -= κ * hx;
  for (let axis = 3; axis < 6; axis++) H[at + axis * d + axis]! += κ;
}

/** Drops the places of all joints but the pelvis. */
function keepUnknowns(rig: BodyRig, { matrix, right }: NormalEquations): NormalEquations {
  const { jointCount: J, coefficientCount: C } = rig, d = right.length;
  const kept = [
    ...Array.from({ length: 3 * J }, (_, i) => 6 * Math.floor(i / 3) + i % 3),
    3,
    4,
    5,
    ...Array.from({ length: C }, (_, k) => 6 * J + k),
  ];
  const out = new Float64Array(kept.length ** 2);
  kept.forEach((row, i) => kept.forEach((column, j) => out[i * kept.length + j] = matrix[row * d + column]!));
  return { matrix: out, right: Float64Array.from(kept, (row) => right[row]!) };
}

/** The joints' own targets. */
function addJoints(
  rig: BodyRig,
  { matrix: H, right }: NormalEquations,
  targets: Targets,
  positions: Float64Array,
): number {
  const d = right.length;
  let energy = 0;
  for (let j = 0; j < rig.jointCount; j++) {
    const w = targets.jointWeights[j]!;
    if (w === 0) continue;
    for (let axis = 0; axis < 3; axis++) {
      const e = targets.joints[3 * j + axis]! - positions[3 * j + axis]!;
      H[(6 * j + 3 + axis) * (d + 1)]! += w;
      right[6 * j + 3 + axis]! += w * e;
      energy += w * e * e;
    }
  }
  return energy;
}
