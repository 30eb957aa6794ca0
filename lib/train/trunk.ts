/**
 * # The trunk: which way up, and which way round, a person is found to be
 *
 * Where limbs are is one question, how the body as a whole is turned another: somebody upside down who is found upright, or from behind who is
 * found from the front, has all limbs in wrong places. The trunk's turn is that of a frame of six joints, pelvis, neck, hips and shoulders:
 *
 * ```
 * up      y = neck − pelvis
 * across  x = (left hip + left shoulder) − (right hip + right shoulder), made square to y
 * R = [x y x×y],      angle = |log(R̂·Rᵀ)|  in 0..180°
 * ```
 *
 * @module
 */
import { jointIndex } from "../body/joints.ts";
import {
  add,
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
 */
export function trunkAngle(joints: Float32Array, trueJoints: Float32Array): number {
  return length(toVector(multiply(trunkTurn(joints), transpose(trunkTurn(trueJoints))))) * 180 / Math.PI;
}

/** R of a trunk, its columns up, across, and square to both. */
function trunkTurn(joints: Float32Array): Matrix {
  const at = (j: number): Vector => [joints[3 * j]!, joints[3 * j + 1]!, joints[3 * j + 2]!];
  const both = (side: readonly number[]) => add(at(side[0]!), at(side[1]!));
  return frame(subtract(at(NECK), at(PELVIS)), subtract(both(LEFT), both(RIGHT)));
}
