/**
 * # Putting an arm somewhere
 *
 * The words in which arm modes are written: a spot fixed to a joint, a direction in the chest's frame, an aim with a bent
 * elbow, a bent wrist; x is outwards on both sides. Hands that touch the body or hold something are put there by
 * {@linkcode reachHand}; free arms are aimed.
 *
 * @module
 */
import { clampJoint } from "../../body/joint_limits.ts";
import type { Measures } from "./measures.ts";
import type { RandomStream } from "./random.ts";
import { reachHand, rollForearm } from "./reach.ts";
import { about, apply, between, type Matrix, subtract, type Vector } from "../../body/turns.ts";
import { JOINT, limb, otherSide, type PoseDraft, type Side, SIDES, signOf } from "./skeleton.ts";

/** Sets one arm. */
export type ArmMode = (draft: PoseDraft, side: Side, stream: RandomStream, measures: Measures) => void;

/** Sets both arms. */
export type ArmsMode = (draft: PoseDraft, stream: RandomStream, measures: Measures) => void;

/** Degrees in radians. */
export const rad = (degrees: number): number => degrees * Math.PI / 180;

/** A point fixed to a joint, mirrored for the right side; x is outwards. */
export function spot(draft: PoseDraft, joint: number, side: Side, outward: number, y: number, z: number): Vector {
  return draft.place(joint, [signOf(side) * outward, y, z]);
}

/** A direction in the frame of the chest, x outwards. */
export function inChest(draft: PoseDraft, side: Side, outward: number, up: number, ahead: number): Vector {
  return apply(draft.orientation(JOINT.spine3), [signOf(side) * outward, up, ahead]);
}

/** Points the upper arm to a direction of the chest's frame and bends the elbow, in degrees. */
export function aim(draft: PoseDraft, side: Side, direction: Vector, bend: number, roll = 0): void {
  const { shoulder, elbow } = limb(side), { rest } = draft.skeleton, s = signOf(side);
  const bone = subtract(rest[elbow]!, rest[shoulder]!);
  const [x, y, z] = direction;
  draft.set(shoulder, clampJoint(shoulder, between(bone, [s * x, y, z])));
  draft.set(elbow, clampJoint(elbow, about([0, -s, 0], rad(Math.max(0, bend)))));
  if (roll !== 0) rollForearm(draft, side, rad(roll));
}

/** Bends the wrist: forwards (to the palm's side) and aside (to the thumb), in degrees. */
export function flexWrist(draft: PoseDraft, side: Side, palmward: number, thumbward = 0): void {
  const { wrist } = limb(side), s = signOf(side);
  const turn: Matrix = about([0, 0, 1], -s * rad(palmward));
  draft.set(wrist, clampJoint(wrist, turn));
  if (thumbward !== 0) draft.turn(wrist, about([0, 1, 0], -s * rad(thumbward)));
}

/** The arm hangs, nearly straight. */
export const hang: ArmMode = (draft, side, r) =>
  aim(draft, side, [r.uniform(0.06, 0.35), -1, r.near(0.05, 0.1)], Math.abs(r.near(8, 10)), r.near(5, 25));

/** The arm reaches ahead. */
export const push: ArmMode = (draft, side, r) =>
  aim(draft, side, [r.uniform(-0.1, 0.4), r.uniform(-0.3, 0.5), 1], r.uniform(0, 70), r.near(0, 20));

/** Both hands before the body: height between hip (0) and chest (1), apart and ahead in metres. */
export function together(
  draft: PoseDraft,
  r: RandomStream,
  { hip, waist, chest }: Measures,
  height: number,
  apart: number,
  ahead: number,
): void {
  const y = hip.height + height * (chest.height - hip.height);
  const front = Math.max(hip.front, waist.front, chest.front) + 0.05 + ahead;
  for (const side of SIDES) {
    const target = spot(
      draft,
      JOINT.spine2,
      side,
      apart + r.near(0, 0.01),
      y + r.near(0, 0.02),
      front + r.near(0, 0.02),
    );
    reachHand(draft, side, target, inChest(draft, side, 0.9, -0.9, -0.2));
    flexWrist(draft, side, r.near(0, 12), r.near(0, 8));
  }
}

/** Both arms in one mode. */
export const both = (mode: ArmMode): ArmsMode => (draft, r, measures) => {
  for (const side of SIDES) mode(draft, side, r, measures);
};

/** One arm in a mode, the other in one of the quiet ones. */
export const one = (mode: ArmMode, quiet: readonly ArmMode[]): ArmsMode => (draft, r, measures) => {
  const side = r.pick(SIDES);
  r.pick(quiet)(draft, otherSide(side), r, measures);
  mode(draft, side, r, measures);
};
