/**
 * # The trunk: which way up, and which way round, a person is found to be
 *
 * Where limbs are is one question, how the body as a whole is turned another: somebody upside down who is found upright, or from behind who is
 * found from the front, has all limbs in wrong places. The trunk's turn is that of a frame of six joints, pelvis, neck, hips and shoulders:
 *
 * ```
 * up      x = neck − pelvis
 * across  y = (left hip + left shoulder) − (right hip + right shoulder), made square to x
 * R = [x y x×y], unit columns           angle = |log(R̂·Rᵀ)|  in 0..180°
 * ```
 *
 * Joints that lie on one line, or in one place, have no such frame, and the angle is NaN.
 *
 * @module
 */
import { jointIndex } from "../body/joints.ts";
import {
  add,
  cross,
  frame,
  length,
  type Matrix,
  multiply,
  subtract,
  toVector,
  transpose,
  type Vector,
} from "../body/turns.ts";

const PELVIS = jointIndex("pelvis"), NECK = jointIndex("neck");
const LEFT = ["left_hip", "left_shoulder"].map(jointIndex), RIGHT = ["right_hip", "right_shoulder"].map(jointIndex);

/**
 * By how many degrees the trunk is turned otherwise than it is in truth.
 *
 * @param joints [≥ 22, 3], row by row, any origin.
 * @param trueJoints Likewise.
 * @returns 0..180; NaN where either has no frame.
 */
export function trunkAngle(joints: Float32Array, trueJoints: Float32Array): number {
  const found = trunkTurn(joints), truth = trunkTurn(trueJoints);
  return found && truth ? length(toVector(multiply(found, transpose(truth)))) * 180 / Math.PI : NaN;
}

/** R of a trunk; nothing where it has none. */
function trunkTurn(joints: Float32Array): Matrix | undefined {
  const at = (j: number): Vector => [joints[3 * j]!, joints[3 * j + 1]!, joints[3 * j + 2]!];
  const both = (side: readonly number[]) => add(at(side[0]!), at(side[1]!));
  const up = subtract(at(NECK), at(PELVIS)), across = subtract(both(LEFT), both(RIGHT));
  const area = length(cross(up, across)); // NaN if a place is
  return area > 1e-9 ? frame(up, across) : undefined;
}
