/**
 * # Putting legs and feet somewhere
 *
 * The words in which leg modes are written, and the stances that several of them share. Feet are put on the floor by
 * {@linkcode reachFoot} where a stance stands, and turned by angles where it does not. Angles in degrees.
 *
 * @module
 */
import { clampJoint } from "../../body/joint_limits.ts";
import type { RandomStream } from "./random.ts";
import { reachFoot } from "./reach.ts";
import { about, add, chain, type Matrix, multiply, type Vector } from "../../body/turns.ts";
import { JOINT, limb, otherSide, type PoseDraft, type Side, SIDES, signOf } from "./skeleton.ts";

/** Sets legs, feet and the pelvis' orientation. */
export type LegMode = (draft: PoseDraft, stream: RandomStream) => void;

/** The axes: left, up, ahead. */
export const X: Vector = [1, 0, 0], Y: Vector = [0, 1, 0], Z: Vector = [0, 0, 1];

/** Degrees in radians. */
export const rad = (degrees: number): number => degrees * Math.PI / 180;

/** Either side. */
export const anySide = (r: RandomStream): Side => r.pick(SIDES);

/** Angles in degrees: flexion forwards, spreading outwards, turning outwards; knee bend; toes down. */
export interface LegAngles {
  readonly flex: number;
  readonly spread?: number;
  readonly outward?: number;
  readonly knee: number;
  readonly toes?: number;
}

/** Turns a leg by angles, within its limits. */
export function swingLeg(
  draft: PoseDraft,
  side: Side,
  { flex, spread = 4, outward = 5, knee, toes = 0 }: LegAngles,
): void {
  const s = signOf(side), { hip, knee: hinge, ankle } = limb(side);
  const turn = chain(about(Z, s * rad(spread)), about(X, -rad(flex)), about(Y, s * rad(outward)));
  draft.set(hip, clampJoint(hip, turn));
  draft.set(hinge, clampJoint(hinge, about(X, rad(Math.max(0, knee)))));
  draft.set(ankle, clampJoint(ankle, about(X, rad(toes))));
}

/** Turns a foot flat to the floor, pointing to a heading in degrees outwards. */
export function flatten(draft: PoseDraft, side: Side, outward: number, tiptoe = 0): void {
  const { ankle, foot } = limb(side);
  draft.orient(ankle, multiply(about(Y, signOf(side) * rad(outward)), about(X, rad(tiptoe))));
  draft.set(ankle, clampJoint(ankle, draft.local[ankle]!));
  if (tiptoe > 10) draft.set(foot, clampJoint(foot, about(X, -rad(tiptoe))));
}

/** Places a foot: aside from the middle, ahead, and above the lowest point that the straight legs reach. */
export function plant(
  draft: PoseDraft,
  side: Side,
  aside: number,
  ahead: number,
  above: number,
  knee: Vector = [0, 0, 1],
): void {
  const { ankle } = limb(side), rest = draft.skeleton.rest[ankle]!, s = signOf(side);
  reachFoot(draft, side, [s * aside, rest[1] + above, rest[2] + ahead], add([s * 0.25, 0, 0], knee));
}

/** A pelvis that leans by up to twice these degrees about x, y and z. */
export const tilt = (r: RandomStream, x: number, y: number, z: number): Matrix =>
  chain(about(Y, rad(r.near(0, y))), about(Z, rad(r.near(0, z))), about(X, rad(r.near(2, x))));

/** Both feet on the floor. @param sink How much lower the pelvis is than with straight legs, metres. */
export function stand(draft: PoseDraft, r: RandomStream, aside: number, sink: number): void {
  draft.set(JOINT.pelvis, tilt(r, 3, 6, 2));
  for (const side of SIDES) {
    plant(draft, side, aside + r.near(0, 0.02), r.near(0, 0.04), sink);
    flatten(draft, side, r.near(12, 8));
  }
}

/** A phase of gait: one leg ahead, one behind. */
export function stride(draft: PoseDraft, r: RandomStream, reach: number, bend: number): void {
  const lead = anySide(r), phase = r.uniform(-1, 1), lean = r.uniform(0, 4) + reach / 8;
  draft.set(JOINT.pelvis, chain(about(Y, -signOf(lead) * rad(phase * 6)), about(X, rad(lean))));
  const swing = (side: Side, ahead: number) =>
    swingLeg(draft, side, {
      flex: lean + ahead * reach,
      knee: ahead > 0 ? 5 + bend * 0.6 * r.uniform(0, 1) : 8 + bend * -ahead * r.uniform(0.3, 1),
      toes: ahead > 0 ? -8 * ahead : 25 * -ahead,
      spread: r.near(2, 2),
      outward: r.near(6, 5),
    });
  swing(lead, Math.abs(phase));
  swing(otherSide(lead), -Math.abs(phase) * r.uniform(0.6, 1));
}

/** On something about as high as the knee. */
export function sit(
  draft: PoseDraft,
  r: RandomStream,
  back: number,
  options: Partial<Record<Side, LegAngles>> = {},
): void {
  draft.set(JOINT.pelvis, chain(about(Y, rad(r.near(0, 4))), about(X, -rad(back))));
  const seat = r.near(82, 7), apart = r.uniform(2, 24);
  for (const side of SIDES) {
    const knee = r.near(84, 16);
    swingLeg(
      draft,
      side,
      options[side] ?? {
        flex: seat - back + r.near(0, 3),
        spread: apart + r.near(0, 2),
        outward: r.near(4, 6),
        knee,
        toes: seat - 88 - (knee - 84) * 0.6,
      },
    );
  }
}

/** Weight on one leg that is upright whatever the pelvis does; the other goes where it is sent. */
export function oneLeg(draft: PoseDraft, r: RandomStream, pelvis: Matrix, free: Side, angles: LegAngles): void {
  draft.set(JOINT.pelvis, pelvis);
  swingLeg(draft, free, angles);
  const below: Vector = [0, -2, r.near(0, 0.06)]; // farther than any leg reaches: nearly straight down
  reachFoot(draft, otherSide(free), add(draft.position(limb(otherSide(free)).hip), below), [0, 0, 1]);
  flatten(draft, otherSide(free), r.near(10, 6));
}
