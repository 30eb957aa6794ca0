/**
 * # The tree of joints in summed equations
 *
 * Unknowns that depend on others are replaced in the normal equations themselves, joint by joint from the fingertips to the
 * pelvis. If old = T·new, then H ← TᵀHT and g ← Tᵀg, exactly:
 *
 * ```
 * δt_j = δp_j − ω_j × (G_j·J_j) − G_j·J_d,j·δc
 * δp_j = δp_parent + ω_parent × (p_j − p_parent) + G_parent·(J_d,j − J_d,parent)·δc
 * ```
 *
 * Unknowns are laid out as (ω_j, t_j or p_j) for each joint, then the coefficients c.
 *
 * @module
 */
import type { Posture } from "./posture.ts";
import type { BodyRig } from "./rig.ts";
import type { NormalEquations } from "./shared_solve.ts";

/** An unknown triple written through others: δ(rows) += K·δ(unknowns from `from` on). */
interface Term {
  readonly from: number;
  /** [3, width] */
  readonly K: Float64Array;
}

/** H ← TᵀHT and right ← Tᵀ·right, T the identity but for the three rows, which gain the terms. */
function substitute({ matrix: H, right }: NormalEquations, rows: number, terms: readonly Term[]): void {
  const d = right.length;
  for (const { from, K } of terms) {
    const width = K.length / 3;
    for (let k = 0; k < width; k++) {
      const a = K[k]!, b = K[width + k]!, c = K[2 * width + k]!, to = (from + k) * d, row = rows * d;
      if (a === 0 && b === 0 && c === 0) continue;
      right[from + k]! += a * right[rows]! + b * right[rows + 1]! + c * right[rows + 2]!;
      for (let i = 0; i < d; i++) H[to + i]! += a * H[row + i]! + b * H[row + d + i]! + c * H[row + 2 * d + i]!;
    }
  }
  for (let i = 0; i < d; i++) {
    const x = H[i * d + rows]!, y = H[i * d + rows + 1]!, z = H[i * d + rows + 2]!;
    if (x === 0 && y === 0 && z === 0) continue;
    for (const { from, K } of terms) {
      const width = K.length / 3;
      for (let k = 0; k < width; k++) H[i * d + from + k]! += x * K[k]! + y * K[width + k]! + z * K[2 * width + k]!;
    }
  }
}

/** [v]× */
function crossMatrix(x: number, y: number, z: number): Float64Array {
  return Float64Array.of(0, -z, y, z, 0, -x, -y, x, 0);
}

/** G·(directions of `joint` − directions of `minus`), [3, C]. */
function turnedDirections(
  rig: BodyRig,
  rotation: readonly number[],
  joint: number,
  minus: number,
  sign: number,
): Float64Array {
  const { coefficientCount: C, jointDirections } = rig, out = new Float64Array(3 * C);
  for (let axis = 0; axis < 3; axis++) {
    for (let of = 0; of < 3; of++) {
      const factor = sign * rotation[3 * axis + of]!;
      for (let k = 0; k < C; k++) {
        const below = minus < 0 ? 0 : jointDirections[(3 * minus + of) * C + k]!;
        out[axis * C + k]! += factor * (jointDirections[(3 * joint + of) * C + k]! - below);
      }
    }
  }
  return out;
}

/** From the shifts δt to the joints' places δp. */
export function shiftsToPlaces(rig: BodyRig, whole: NormalEquations, { rotations, coefficients }: Posture): void {
  const { jointCount: J, coefficientCount: C, jointTemplate, jointDirections } = rig;
  for (let j = 0; j < J; j++) {
    const rest = [0, 1, 2].map((axis) => {
      let value = jointTemplate[3 * j + axis]!;
      for (let k = 0; k < C; k++) value += jointDirections[(3 * j + axis) * C + k]! * coefficients[k]!;
      return value;
    });
    const h = [0, 1, 2].map((axis) =>
      [0, 1, 2].reduce((sum, of) => sum + rotations[j]![3 * axis + of]! * rest[of]!, 0)
    );
    substitute(whole, 6 * j + 3, [
      { from: 6 * j, K: crossMatrix(h[0]!, h[1]!, h[2]!) },
      { from: 6 * J, K: turnedDirections(rig, rotations[j]!, j, -1, -1) },
    ]);
  }
}

/**
 * From every joint's place to the pelvis' place and the turns above the joint.
 *
 * @param positions [55, 3]: the joints.
 */
export function placesToTurns(
  rig: BodyRig,
  whole: NormalEquations,
  { rotations }: Posture,
  positions: Float64Array,
): void {
  const { jointCount: J, parents } = rig;
  for (let j = J - 1; j > 0; j--) {
    const parent = parents[j]!;
    const bone = [0, 1, 2].map((axis) => positions[3 * j + axis]! - positions[3 * parent + axis]!);
    substitute(whole, 6 * j + 3, [
      { from: 6 * parent + 3, K: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1) },
      { from: 6 * parent, K: crossMatrix(-bone[0]!, -bone[1]!, -bone[2]!) },
      { from: 6 * J, K: turnedDirections(rig, rotations[parent]!, j, parent, 1) },
    ]);
  }
}
