/**
 * # Does the body run into itself?
 *
 * ```
 * depth(A, B) = max(0, r_A + r_B − distance of the segments A and B)          summed over pairs, metres
 * ```
 *
 * Limbs, trunk and head are capsules (segments with a radius measured on the body). Touching is allowed, people do touch
 * themselves; what counts is flesh in flesh. Neighbours along the skeleton overlap by nature and are no pair.
 *
 * Segment distance: Ericson, *Real-Time Collision Detection*, 5.1.9.
 *
 * @module
 */
import type { Measures, Slice } from "./measures.ts";
import { add, dot, length, scale, subtract, type Vector } from "../../body/turns.ts";
import { JOINT, limb, type PoseDraft, type Side, SIDES, signOf } from "./skeleton.ts";

interface Capsule {
  readonly from: Vector;
  readonly to: Vector;
  readonly radius: number;
}
type Part = "hand" | "forearm" | "upperArm" | "thigh" | "shank" | "foot";

/** How deep limbs are in other parts, in metres, summed over the pairs. */
export function penetration(draft: PoseDraft, measures: Measures): number {
  const trunk = trunkCapsules(draft, measures),
    [left, right] = SIDES.map((side) => limbCapsules(draft, side, measures));
  let depth = 0;
  const meet = (a: Capsule, b: Capsule) => {
    depth += Math.max(0, a.radius + b.radius - segmentDistance(a, b));
  };
  for (const limbs of [left!, right!]) {
    for (const part of ["hand", "forearm"] as const) {
      for (const capsule of trunk) meet(limbs[part], capsule);
      for (const other of [left!, right!]) meet(limbs[part], other.thigh), meet(limbs[part], other.shank);
    }
    meet(limbs.upperArm, trunk.at(-1)!); // the head
    meet(limbs.hand, limbs === left ? right!.upperArm : left!.upperArm);
    for (const capsule of trunk.slice(1)) meet(limbs.thigh, shrink(capsule, 0.03)), meet(limbs.shank, capsule);
  }
  for (const a of ["hand", "forearm"] as const) for (const b of ["hand", "forearm"] as const) meet(left![a], right![b]);
  for (const a of ["shank", "foot"] as const) for (const b of ["shank", "foot"] as const) meet(left![a], right![b]);
  meet(shrink(left!.thigh, 0.02), right!.shank);
  meet(shrink(right!.thigh, 0.02), left!.shank);
  meet(kneeHalf(left!.thigh), kneeHalf(right!.thigh)); // at the hips thighs touch in everyone
  return depth;
}

const shrink = ({ from, to, radius }: Capsule, by: number): Capsule => ({ from, to, radius: radius - by });
const kneeHalf = ({ from, to, radius }: Capsule): Capsule => ({
  from: scale(add(from, to), 0.5),
  to,
  radius: radius - 0.02,
});

/** Pelvis, waist, chest (lying capsules, as wide as the slice) and the head. */
function trunkCapsules(draft: PoseDraft, { hip, waist, chest, head }: Measures): Capsule[] {
  const lying = (joint: number, { height, halfWidth, front, back }: Slice): Capsule => {
    const radius = (front - back) / 2 - 0.01, reach = Math.max(0, halfWidth - radius), z = (front + back) / 2;
    return { from: draft.place(joint, [reach, height, z]), to: draft.place(joint, [-reach, height, z]), radius };
  };
  const [x, y, z] = head.centre, radius = Math.min(head.half[0], head.half[2]) - 0.005;
  const up = head.half[1] - radius;
  return [
    lying(JOINT.pelvis, hip),
    lying(JOINT.spine2, waist),
    lying(JOINT.spine3, chest),
    { from: draft.place(JOINT.head, [x, y - up, z]), to: draft.place(JOINT.head, [x, y + up, z]), radius },
  ];
}

function limbCapsules(draft: PoseDraft, side: Side, { radius }: Measures): Record<Part, Capsule> {
  const { hip, knee, ankle, foot, shoulder, elbow, wrist, fingers } = limb(side);
  const at = (joint: number) => draft.position(joint);
  const wristAt = at(wrist),
    knuckle = at(fingers + 3),
    tip = draft.place(fingers + 5, add(draft.skeleton.rest[fingers + 5]!, [0.03 * signOf(side), 0, 0]));
  const palmEnd = scale(add(knuckle, tip), 0.5);
  return {
    hand: { from: wristAt, to: palmEnd, radius: 0.02 },
    forearm: { from: at(elbow), to: wristAt, radius: radius.forearm - 0.006 },
    upperArm: { from: at(shoulder), to: at(elbow), radius: radius.upperArm - 0.01 },
    thigh: { from: at(hip), to: at(knee), radius: radius.thigh - 0.01 },
    shank: { from: at(knee), to: at(ankle), radius: radius.shank - 0.008 },
    foot: { from: at(ankle), to: at(foot), radius: 0.035 },
  };
}

function segmentDistance(a: Capsule, b: Capsule): number {
  const d1 = subtract(a.to, a.from), d2 = subtract(b.to, b.from), gap = subtract(a.from, b.from);
  const aa = dot(d1, d1), bb = dot(d2, d2), ab = dot(d1, d2), c = dot(d1, gap), f = dot(d2, gap);
  const clamp = (t: number) => Math.min(1, Math.max(0, t));
  const denominator = aa * bb - ab * ab;
  let s = denominator > 1e-9 ? clamp((ab * f - c * bb) / denominator) : 0;
  let t = bb > 1e-9 ? (ab * s + f) / bb : 0;
  if (t < 0 || t > 1) {
    t = clamp(t);
    s = aa > 1e-9 ? clamp((ab * t - c) / aa) : 0;
  }
  return length(subtract(add(gap, scale(d1, s)), scale(d2, t)));
}
