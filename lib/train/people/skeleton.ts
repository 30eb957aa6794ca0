/**
 * # A skeleton being posed
 *
 * ```
 * G_j = G_parent(j)·R_j          orientation of joint j in the body's frame, R_j its own (local) rotation
 * p_j = p_parent(j) + G_parent(j)·(t_j − t_parent(j))          t: rest positions, a T-pose
 * ```
 *
 * The 55 joints of SMPL-X. The body's frame: y up, facing +z, +x the body's left; metres. A {@linkcode PoseDraft} is
 * mutable: a pose is found step by step (legs, trunk, head, arms), each step looking at where the ones before have put
 * the body.
 *
 * @module
 */
import { JOINT_COUNT } from "../../body/joints.ts";
import {
  add,
  apply,
  IDENTITY,
  type Matrix,
  multiply,
  subtract,
  toVector,
  transpose,
  type Vector,
} from "../../body/turns.ts";

/** Numbers of the joints that poses name. Fingers: three each of index, middle, pinky, ring, thumb from the first. */
export const JOINT = {
  pelvis: 0,
  leftHip: 1,
  rightHip: 2,
  spine1: 3,
  leftKnee: 4,
  rightKnee: 5,
  spine2: 6,
  leftAnkle: 7,
  rightAnkle: 8,
  spine3: 9,
  leftFoot: 10,
  rightFoot: 11,
  neck: 12,
  leftCollar: 13,
  rightCollar: 14,
  head: 15,
  leftShoulder: 16,
  rightShoulder: 17,
  leftElbow: 18,
  rightElbow: 19,
  leftWrist: 20,
  rightWrist: 21,
  jaw: 22,
  leftEye: 23,
  rightEye: 24,
  leftFingers: 25,
  rightFingers: 40,
} as const;

/** A side of the body; +x is left. */
export type Side = "left" | "right";
/** Both of them. */
export const SIDES: readonly Side[] = ["left", "right"];
/** +1 for left, −1 for right. */
export const signOf = (side: Side): number => side === "left" ? 1 : -1;
/** The other side. */
export const otherSide = (side: Side): Side => side === "left" ? "right" : "left";

/** The numbers of a side's joints. */
export function limb(side: Side): Record<LimbJoint, number> {
  return LIMBS[side];
}
/** A joint that there is one of on each side. */
export type LimbJoint = "hip" | "knee" | "ankle" | "foot" | "collar" | "shoulder" | "elbow" | "wrist" | "fingers";
const LIMBS: Record<Side, Record<LimbJoint, number>> = {
  left: { hip: 1, knee: 4, ankle: 7, foot: 10, collar: 13, shoulder: 16, elbow: 18, wrist: 20, fingers: 25 },
  right: { hip: 2, knee: 5, ankle: 8, foot: 11, collar: 14, shoulder: 17, elbow: 19, wrist: 21, fingers: 40 },
};

/** Rest positions and who hangs on whom. */
export interface Skeleton {
  /** The parent of each joint, −1 for the pelvis. */
  readonly parents: Int32Array;
  /** Rest positions, T-pose. */
  readonly rest: readonly Vector[];
}

/** A pose in the making; see the module. */
export class PoseDraft {
  /** Local rotations of the 55 joints; that of the pelvis turns the whole body. */
  readonly local: Matrix[] = Array.from({ length: JOINT_COUNT }, () => IDENTITY);

  /** @param skeleton Whose proportions the pose is made for. */
  constructor(readonly skeleton: Skeleton) {}

  /** Sets a joint's local rotation. */
  set(joint: number, rotation: Matrix): this {
    this.local[joint] = rotation;
    return this;
  }

  /** Adds a rotation after (in the frame of) a joint's present one. */
  turn(joint: number, rotation: Matrix): this {
    this.local[joint] = multiply(this.local[joint]!, rotation);
    return this;
  }

  /** G_j: orientation in the body's frame. */
  orientation(joint: number): Matrix {
    const parent = this.skeleton.parents[joint]!;
    return parent < 0 ? this.local[joint]! : multiply(this.orientation(parent), this.local[joint]!);
  }

  /** p_j: position in the body's frame, the pelvis at its rest position. */
  position(joint: number): Vector {
    const { parents, rest } = this.skeleton, parent = parents[joint]!;
    return parent < 0 ? rest[0]! : this.place(parent, rest[joint]!);
  }

  /** Where a point that moves with a joint has come to. */
  place(joint: number, restPoint: Vector): Vector {
    const offset = subtract(restPoint, this.skeleton.rest[joint]!);
    return add(this.position(joint), apply(this.orientation(joint), offset));
  }

  /** Sets a joint's local rotation so that its orientation in the body's frame is the given one. */
  orient(joint: number, orientation: Matrix): this {
    const parent = this.skeleton.parents[joint]!;
    const above = parent < 0 ? IDENTITY : this.orientation(parent);
    return this.set(joint, multiply(transpose(above), orientation));
  }

  /** Local rotations as axis-angle vectors, [55, 3] row by row. */
  toVectors(): Float32Array {
    return Float32Array.from(this.local.flatMap((rotation) => [...toVector(rotation)]));
  }
}

/** Orientations and positions of all joints at once. */
export function forwardKinematics(
  skeleton: Skeleton,
  local: readonly Matrix[],
): { readonly orientations: Matrix[]; readonly positions: Vector[] } {
  const orientations: Matrix[] = [], positions: Vector[] = [];
  for (let joint = 0; joint < JOINT_COUNT; joint++) { // parents come first
    const parent = skeleton.parents[joint]!;
    if (parent < 0) {
      orientations.push(local[joint]!);
      positions.push(skeleton.rest[joint]!);
      continue;
    }
    orientations.push(multiply(orientations[parent]!, local[joint]!));
    const bone = subtract(skeleton.rest[joint]!, skeleton.rest[parent]!);
    positions.push(add(positions[parent]!, apply(orientations[parent]!, bone)));
  }
  return { orientations, positions };
}
