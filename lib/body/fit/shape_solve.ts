/**
 * # Shape and translation, the rotations being known: one linear least-squares problem
 *
 * ```
 * x_i(c) + transl = pos_i + B_i·c + transl           linear once the world rotations are fixed
 * minimise Σ_i w_i·|pos_i + B_i·c + transl − y_i|² + Σ_joints w_j·|P_j(c) + transl − y_j|² + Σ_k λ_k·(c_k − m_k)²
 * ```
 *
 * c holds shape and expression; λ is `regularizers`, which is 0 for the first two shape directions (stature and weight), as
 * NLF and smplfitter have it. Unknowns are ordered (transl, ψ, β), so that frames of one person can share β.
 *
 * @module
 */
import type { Matrix } from "../turns.ts";
import type { Targets } from "./part_rotations.ts";
import { affineJoints, correctedRest } from "./posture.ts";
import type { BodyRig, RiggedPoints } from "./rig.ts";
import type { NormalEquations } from "./shared_solve.ts";

/**
 * Adds w·rowsᵀ·(rows | residual) of one point to the triangle above the diagonal.
 *
 * @param rows [3, width], of which the first `count` columns are used.
 * @param from The first of the unknowns that the columns belong to.
 */
export function addRows(
  { matrix, right }: NormalEquations,
  from: number,
  count: number,
  rows: Float64Array,
  width: number,
  w: number,
  residual: Float64Array,
): void {
  const d = right.length;
  for (let k = 0; k < count; k++) {
    const x = w * rows[k]!, y = w * rows[width + k]!, z = w * rows[2 * width + k]!, at = (from + k) * d + from;
    right[from + k]! += x * residual[0]! + y * residual[1]! + z * residual[2]!;
    for (let l = k; l < count; l++) matrix[at + l]! += x * rows[l]! + y * rows[width + l]! + z * rows[2 * width + l]!;
  }
}

/**
 * Normal equations of one frame, unknowns (transl [3], ψ [E], β [S]).
 *
 * @param regularizers [C], in the order β, ψ.
 */
export function shapeEquations(
  rig: BodyRig,
  rigged: RiggedPoints,
  targets: Targets,
  rotations: readonly Matrix[],
  regularizers: Float64Array,
): NormalEquations {
  const { jointCount: J, coefficientCount: C, shapeCount: S } = rig, E = C - S, d = 3 + C, width = 1 + C;
  const equations = { matrix: new Float64Array(d * d), right: new Float64Array(d) };
  const { positions, shifts } = affineJoints(rig, rotations);
  const rest = correctedRest(rig, rigged, rotations), G = Float64Array.from(rotations.flat());
  // The sums run over (β, ψ, 3 of translation): β first, so that points without expression stop early.
  const sums = { matrix: new Float64Array(d * d), right: new Float64Array(d) };
  const rows = new Float64Array(3 * C), residual = new Float64Array(3), blend = new Float64Array(9);
  let total = 0;
  const addPoint = (w: number, moving: number) => {
    total += w;
    for (let axis = 0; axis < 3; axis++) {
      sums.right[C + axis]! += w * residual[axis]!;
      for (let k = 0; k < moving; k++) sums.matrix[k * d + C + axis]! += w * rows[axis * C + k]!;
    }
    addRows(sums, 0, moving, rows, C, w, residual);
  };
  for (let i = 0; i < rigged.count; i++) {
    const w = targets.weights[i]!;
    if (w === 0) continue;
    const moving = rigged.moving[i]!;
    blend.fill(0);
    rows.fill(0);
    residual.fill(0);
    for (let entry = rigged.start[i]!; entry < rigged.start[i + 1]!; entry++) {
      const share = rigged.weights[entry]!, j = rigged.joints[entry]!;
      for (let g = 0; g < 9; g++) blend[g]! += share * G[9 * j + g]!;
      for (let axis = 0; axis < 3; axis++) {
        const at = (3 * j + axis) * width;
        residual[axis]! -= share * shifts[at]!;
        for (let k = 0; k < moving; k++) rows[axis * C + k]! += share * shifts[at + 1 + k]!;
      }
    }
    turnDirections(blend, rigged.directions, 3 * C * i, C, moving, rows);
    for (let axis = 0; axis < 3; axis++) {
      residual[axis]! += targets.points[3 * i + axis]! - blend[3 * axis]! * rest[3 * i]! -
        blend[3 * axis + 1]! * rest[3 * i + 1]! - blend[3 * axis + 2]! * rest[3 * i + 2]!;
    }
    addPoint(w, moving);
  }
  for (let j = 0; j < J; j++) {
    if (targets.jointWeights[j] === 0) continue;
    for (let axis = 0; axis < 3; axis++) {
      const at = (3 * j + axis) * width;
      residual[axis] = targets.joints[3 * j + axis]! - positions[at]!;
      rows.set(positions.subarray(at + 1, at + width), axis * C);
    }
    addPoint(targets.jointWeights[j]!, C);
  }
  for (let axis = 0; axis < 3; axis++) sums.matrix[(C + axis) * (d + 1)] = total;
  for (let k = 0; k < C; k++) sums.matrix[k * (d + 1)]! += regularizers[k]!;
  const place = (k: number) => k >= C ? k - C : k < S ? 3 + E + k : 3 + k - S; // (β, ψ, transl) → (transl, ψ, β)
  for (let k = 0; k < d; k++) {
    equations.right[place(k)] = sums.right[k]!;
    for (let l = k; l < d; l++) {
      const [row, column] = [Math.min(place(k), place(l)), Math.max(place(k), place(l))];
      equations.matrix[row * d + column] = sums.matrix[k * d + l]!;
    }
  }
  return equations;
}

/** rows [3, C] += blend [3, 3] · directions [3, C], the first `moving` columns. */
export function turnDirections(
  blend: Float64Array,
  directions: Float64Array,
  from: number,
  C: number,
  moving: number,
  rows: Float64Array,
): void {
  for (let k = 0; k < moving; k++) {
    const x = directions[from + k]!, y = directions[from + C + k]!, z = directions[from + 2 * C + k]!;
    rows[k]! += blend[0]! * x + blend[1]! * y + blend[2]! * z;
    rows[C + k]! += blend[3]! * x + blend[4]! * y + blend[5]! * z;
    rows[2 * C + k]! += blend[6]! * x + blend[7]! * y + blend[8]! * z;
  }
}
