/**
 * # How far joints turn
 *
 * ```
 * R = swing·twist        twist: angle about the bone;   swing = exp(a·e₁ + b·e₂), e₁ and e₂ at right angles to the bone
 * clamp: twist, a, b each into its interval
 * ```
 *
 * Intervals are in degrees for the *left* side, in the rest frame of a T-pose (y up, facing +z, +x left); the right side
 * is its mirror image. A hinge (knee, elbow) has one wide and one narrow swing. The numbers are rounded from textbook
 * ranges of motion (goniometry tables), widened by about 10° where people warm up or the trunk helps.
 *
 * @module
 */
import { JOINT_COUNT } from "./joints.ts";
import { about, fromVector, type Matrix, multiply, splitTwist, toVector, type Vector } from "./turns.ts";

type Interval = readonly [least: number, most: number];
interface Limit {
  readonly bone: Vector;
  readonly twist: Interval;
  /** Swing about x, y and z; the one along the bone is zero. */
  readonly swing: readonly [x: Interval, y: Interval, z: Interval];
}
const X: Vector = [1, 0, 0], Y: Vector = [0, 1, 0], Z: Vector = [0, 0, 1], NONE: Interval = [0, 0];
const spine: Limit = { bone: Y, twist: [-16, 16], swing: [[-14, 32], NONE, [-14, 14]] };
const finger: Limit = { bone: X, twist: [-12, 12], swing: [NONE, [-18, 18], [-100, 20]] };
const thumb: Limit = { bone: X, twist: [-30, 30], swing: [NONE, [-50, 40], [-50, 40]] };
const eye: Limit = { bone: Z, twist: NONE, swing: [[-25, 25], [-30, 30], NONE] };

// Left side and middle. x of a hip: − is flexion; z: + spreads. y of a shoulder or elbow: − is forwards; z: + is up.
const LIMITS: Readonly<Record<number, Limit>> = {
  1: { bone: Y, twist: [-45, 45], swing: [[-135, 40], NONE, [-30, 80]] },
  3: spine,
  4: { bone: Y, twist: [-12, 12], swing: [[0, 155], NONE, [-4, 4]] },
  6: spine,
  7: { bone: Y, twist: [-20, 20], swing: [[-25, 55], NONE, [-20, 20]] },
  9: spine,
  10: { bone: Z, twist: [-5, 5], swing: [[-45, 30], [-5, 5], NONE] },
  12: { bone: Y, twist: [-35, 35], swing: [[-30, 35], NONE, [-22, 22]] },
  13: { bone: X, twist: [-15, 15], swing: [NONE, [-25, 20], [-12, 38]] },
  15: { bone: Y, twist: [-45, 45], swing: [[-32, 35], NONE, [-22, 22]] },
  16: { bone: X, twist: [-100, 100], swing: [NONE, [-145, 60], [-100, 95]] },
  18: { bone: X, twist: [-95, 95], swing: [NONE, [-155, 2], [-10, 10]] },
  20: { bone: X, twist: [-25, 25], swing: [NONE, [-40, 30], [-75, 75]] },
  22: { bone: Z, twist: [-3, 3], swing: [[-2, 28], [-6, 6], NONE] },
  23: eye,
};
const MIRRORED: Readonly<Record<number, number>> = { 2: 1, 5: 4, 8: 7, 11: 10, 14: 13, 17: 16, 19: 18, 21: 20, 24: 23 };
const THUMBS = [37, 38, 39, 52, 53, 54];

/** The limit of a joint, and whether it is written for the mirror image. */
function limitOf(joint: number): { limit: Limit; mirrored: boolean } | undefined {
  if (joint >= 25) return { limit: THUMBS.includes(joint) ? thumb : finger, mirrored: joint >= 40 };
  const limit = LIMITS[MIRRORED[joint] ?? joint];
  return limit && { limit, mirrored: joint in MIRRORED };
}

/** A rotation mirrored at the plane x = 0. */
export const mirror = (m: Matrix): Matrix => [m[0]!, -m[1]!, -m[2]!, -m[3]!, m[4]!, m[5]!, -m[6]!, m[7]!, m[8]!];

/** The nearest rotation (component by component) within the joint's limits; the pelvis has none. */
export function clampJoint(joint: number, rotation: Matrix): Matrix {
  const found = limitOf(joint);
  if (!found) return rotation;
  const { limit, mirrored } = found;
  const { swing, twist } = splitTwist(mirrored ? mirror(rotation) : rotation, limit.bone);
  const parts = toVector(swing), bounded = parts.map((part, axis) => bound(part, limit.swing[axis]!));
  const boundedTwist = bound(twist, limit.twist);
  if (boundedTwist === twist && bounded.every((part, axis) => Math.abs(part - parts[axis]!) < 1e-9)) return rotation;
  const result = multiply(fromVector(bounded as unknown as Vector), about(limit.bone, boundedTwist));
  return mirrored ? mirror(result) : result;
}

/** All joints of a pose clamped. */
export function clampPose(local: readonly Matrix[]): Matrix[] {
  return local.map((rotation, joint) => clampJoint(joint, rotation));
}

/** How far a rotation is outside its joint's limits, in radians (the largest component); 0 if inside. */
export function limitExcess(joint: number, rotation: Matrix): number {
  const found = limitOf(joint);
  if (!found) return 0;
  const { swing, twist } = splitTwist(found.mirrored ? mirror(rotation) : rotation, found.limit.bone);
  const excesses = toVector(swing).map((part, axis) => Math.abs(part - bound(part, found.limit.swing[axis]!)));
  return Math.max(Math.abs(twist - bound(twist, found.limit.twist)), ...excesses);
}

/** A rotation drawn evenly from the inner part of a joint's limits. */
export function withinLimits(joint: number, share: number, uniform: (least: number, most: number) => number): Matrix {
  const found = limitOf(joint);
  if (!found || joint >= JOINT_COUNT) return about(Y, 0);
  const draw = ([least, most]: Interval) => uniform(least, most) * share * Math.PI / 180;
  const { limit, mirrored } = found;
  const swing = fromVector([draw(limit.swing[0]), draw(limit.swing[1]), draw(limit.swing[2])]);
  const result = multiply(swing, about(limit.bone, draw(limit.twist)));
  return mirrored ? mirror(result) : result;
}

function bound(angle: number, [least, most]: Interval): number {
  return Math.min(most * Math.PI / 180, Math.max(least * Math.PI / 180, angle));
}
