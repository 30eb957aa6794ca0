/**
 * # What arms do
 *
 * A mode places one arm or both. Hands that touch the body or hold something are put there by {@linkcode reachHand};
 * free arms are aimed. Places are written for the rest pose and carried along with the joint they belong to, so a hand
 * stays on the hip however the trunk is bent. Modes in {@linkcode WITHHELD_ARMS} are never used for training.
 *
 * @module
 */
import { clampJoint, withinLimits } from "./joint_limits.ts";
import type { Measures } from "./measures.ts";
import type { RandomStream } from "./random.ts";
import { reachHand, rollForearm } from "./reach.ts";
import { about, add, apply, between, type Matrix, subtract, type Vector } from "./rotation.ts";
import { JOINT, limb, otherSide, type PoseDraft, type Side, SIDES, signOf } from "./skeleton.ts";

/** Sets one arm. */
export type ArmMode = (draft: PoseDraft, side: Side, stream: RandomStream, measures: Measures) => void;
/** Sets both arms. */
export type ArmsMode = (draft: PoseDraft, stream: RandomStream, measures: Measures) => void;

const rad = (degrees: number) => degrees * Math.PI / 180;
const WRIST_TO_PALM = 0.08; // metres from the wrist to the middle of the palm

/** A point fixed to a joint, mirrored for the right side; x is outwards. */
function spot(draft: PoseDraft, joint: number, side: Side, outward: number, y: number, z: number): Vector {
  return draft.place(joint, [signOf(side) * outward, y, z]);
}

/** A direction in the frame of the chest, x outwards. */
function inChest(draft: PoseDraft, side: Side, outward: number, up: number, ahead: number): Vector {
  return apply(draft.orientation(JOINT.spine3), [signOf(side) * outward, up, ahead]);
}

/** Points the upper arm to a direction of the chest's frame and bends the elbow, in degrees. */
function aim(draft: PoseDraft, side: Side, direction: Vector, bend: number, roll = 0): void {
  const { shoulder, elbow } = limb(side), { rest } = draft.skeleton, s = signOf(side);
  const bone = subtract(rest[elbow]!, rest[shoulder]!);
  const [x, y, z] = direction;
  draft.set(shoulder, clampJoint(shoulder, between(bone, [s * x, y, z])));
  draft.set(elbow, clampJoint(elbow, about([0, -s, 0], rad(Math.max(0, bend)))));
  if (roll !== 0) rollForearm(draft, side, rad(roll));
}

/** Bends the wrist: forwards (to the palm's side) and aside (to the thumb), in degrees. */
function flexWrist(draft: PoseDraft, side: Side, palmward: number, thumbward = 0): void {
  const { wrist } = limb(side), s = signOf(side);
  const turn: Matrix = about([0, 0, 1], -s * rad(palmward));
  draft.set(wrist, clampJoint(wrist, turn));
  if (thumbward !== 0) draft.turn(wrist, about([0, 1, 0], -s * rad(thumbward)));
}

const hang: ArmMode = (draft, side, r) =>
  aim(draft, side, [r.uniform(0.06, 0.35), -1, r.near(0.05, 0.1)], Math.abs(r.near(8, 10)), r.near(5, 25));

const onHip: ArmMode = (draft, side, r, { hip }) => {
  const target = spot(
    draft,
    JOINT.pelvis,
    side,
    hip.halfWidth + 0.045,
    hip.height + r.uniform(0.08, 0.18),
    r.near(0.02, 0.03),
  );
  reachHand(draft, side, target, inChest(draft, side, 1, -0.3, r.uniform(-0.7, 0.1)));
  flexWrist(draft, side, r.pick([-50, 40]) + r.near(0, 10));
};

const inPocket: ArmMode = (draft, side, r, { hip }) => {
  const target = spot(
    draft,
    JOINT.pelvis,
    side,
    hip.halfWidth + 0.055,
    hip.height + r.uniform(-0.02, 0.08),
    r.uniform(0, 0.07),
  );
  reachHand(draft, side, target, inChest(draft, side, 0.7, -0.4, -0.8));
  flexWrist(draft, side, r.uniform(0, 12));
};

const behindBack: ArmsMode = (draft, r, { hip }) => {
  for (const side of SIDES) {
    const target = spot(
      draft,
      JOINT.pelvis,
      side,
      r.uniform(0.0, 0.08),
      hip.height + r.uniform(0.0, 0.16),
      hip.back - 0.06,
    );
    reachHand(draft, side, target, inChest(draft, side, 1, -0.2, -0.6));
  }
};

/** Both hands before the body: height between hip (0) and chest (1), apart and ahead in metres. */
function together(
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

const crossed: ArmsMode = (draft, r, { chest }) => {
  const over = r.pick(SIDES), y = chest.height - r.uniform(0.08, 0.15);
  for (const side of SIDES) {
    const ahead = side === over ? 0.115 : 0.06;
    const target = spot(
      draft,
      JOINT.spine3,
      side,
      -r.uniform(0.05, 0.1),
      y + (side === over ? 0.02 : -0.01),
      chest.front + ahead,
    );
    reachHand(draft, side, target, inChest(draft, side, 1, -0.9, 0.5));
    flexWrist(draft, side, r.uniform(0, 25));
  }
};

const phoneAtEar: ArmMode = (draft, side, r, { head }) => {
  const [, y, z] = head.centre;
  const target = spot(draft, JOINT.head, side, head.half[0] + 0.05, y - 0.09 + r.near(0, 0.02), z + 0.05);
  reachHand(draft, side, target, inChest(draft, side, 0.8, -1, 0.4));
  flexWrist(draft, side, r.near(0, 10));
};

const holdPhone: ArmMode = (draft, side, r, { chest }) => {
  const target = spot(
    draft,
    JOINT.spine3,
    side,
    r.uniform(0, 0.14),
    chest.height - r.uniform(0.0, 0.2),
    chest.front + r.uniform(0.18, 0.32),
  );
  reachHand(draft, side, target, inChest(draft, side, 0.5, -1, -0.1));
  rollForearm(draft, side, -rad(r.uniform(0, 70)));
};

const onThigh: ArmMode = (draft, side, r, { radius }) => {
  const { hip, knee } = limb(side), { rest } = draft.skeleton, down = r.uniform(0.35, 0.85);
  const y = rest[hip]![1] + down * (rest[knee]![1] - rest[hip]![1]);
  const target = spot(
    draft,
    hip,
    side,
    Math.abs(rest[hip]![0]) + r.near(0.01, 0.03),
    y,
    rest[hip]![2] + radius.thigh + 0.03,
  );
  reachHand(draft, side, target, inChest(draft, side, 1, -0.5, -0.5));
  flexWrist(draft, side, r.uniform(0, 25));
};

const atFace: ArmMode = (draft, side, r, { head }) => { // chin, cheek, mouth
  const [, y, z] = head.centre;
  const target = spot(
    draft,
    JOINT.head,
    side,
    r.uniform(0, 0.07),
    y - head.half[1] - r.uniform(-0.01, 0.06),
    z + head.half[2] + r.uniform(-0.02, 0.03),
  );
  reachHand(draft, side, target, inChest(draft, side, 0.6, -1, 0.1));
  flexWrist(draft, side, r.uniform(-10, 40));
};

const wave: ArmMode = (draft, side, r) => {
  const shoulder = draft.position(limb(side).shoulder);
  const target = add(shoulder, inChest(draft, side, r.uniform(0.12, 0.38), r.uniform(0.1, 0.45), r.uniform(0.0, 0.25)));
  reachHand(draft, side, target, inChest(draft, side, 1, -1, -0.1));
  rollForearm(draft, side, rad(r.uniform(-60, 30)));
  flexWrist(draft, side, r.near(-10, 15), r.near(0, 12));
};

const point: ArmMode = (draft, side, r) =>
  aim(draft, side, [r.uniform(-0.2, 1), r.uniform(-0.4, 0.7), r.uniform(0.2, 1)], r.uniform(0, 25), r.near(0, 30));

const aside: ArmMode = (draft, side, r) =>
  aim(draft, side, [1, r.uniform(-0.6, 0.7), r.near(0.05, 0.15)], r.uniform(0, 30), r.near(0, 30));

const raise: ArmMode = (draft, side, r) =>
  aim(draft, side, [r.uniform(0.08, 0.7), 1, r.uniform(-0.1, 0.5)], r.uniform(0, 60), r.near(0, 40));

const talk: ArmMode = (draft, side, r, { chest }) => { // forearm forwards, hand free
  const target = spot(
    draft,
    JOINT.spine3,
    side,
    r.uniform(0.02, 0.4),
    chest.height - r.uniform(-0.08, 0.32),
    chest.front + r.uniform(0.1, 0.35),
  );
  reachHand(draft, side, target, inChest(draft, side, r.uniform(0.3, 1), -1, -0.4));
  rollForearm(draft, side, rad(r.uniform(-80, 30)));
  flexWrist(draft, side, r.near(0, 20), r.near(0, 10));
};

const swing: ArmMode = (draft, side, r) =>
  // of walkers, runners
  aim(draft, side, [r.uniform(0.1, 0.3), -1, r.uniform(-0.7, 0.7)], r.uniform(5, 95), r.near(0, 15));

const onHead: ArmMode = (draft, side, r, { head }) => {
  const target = spot(
    draft,
    JOINT.head,
    side,
    head.half[0] * r.uniform(0.5, 1.1) + 0.05,
    head.centre[1] + head.half[1] + 0.0,
    head.centre[2] + r.near(0, 0.04),
  );
  reachHand(draft, side, target, inChest(draft, side, 1, 0.3, 0));
  flexWrist(draft, side, r.uniform(10, 50));
};

const push: ArmMode = (draft, side, r) =>
  aim(draft, side, [r.uniform(-0.1, 0.4), r.uniform(-0.3, 0.5), 1], r.uniform(0, 70), r.near(0, 20));

/** Supports the trunk from the floor: hand below the shoulder, for crawlers. */
const support: ArmMode = (draft, side, r) => {
  const shoulder = draft.position(limb(side).shoulder);
  reachHand(
    draft,
    side,
    add(shoulder, [signOf(side) * r.uniform(0, 0.12), -2, r.uniform(-0.2, 0.3)]),
    inChest(draft, side, 1, 0, 0.3),
  );
  flexWrist(draft, side, -70);
};

const guard: ArmMode = (draft, side, r, { head }) => { // boxer
  const target = spot(
    draft,
    JOINT.spine3,
    side,
    r.uniform(0.03, 0.16),
    head.centre[1] - r.uniform(0.05, 0.2),
    head.centre[2] + r.uniform(0.2, 0.4),
  );
  reachHand(draft, side, target, inChest(draft, side, 0.5, -1, 0.2));
};

const anything: ArmMode = (draft, side, r) => {
  const { shoulder, elbow, wrist } = limb(side), draw = (a: number, b: number) => r.uniform(a, b);
  draft.set(shoulder, withinLimits(shoulder, 0.8, draw));
  draft.set(elbow, withinLimits(elbow, 0.9, draw));
  draft.set(wrist, withinLimits(wrist, 0.5, draw));
};

const both = (mode: ArmMode): ArmsMode => (draft, r, measures) => {
  for (const side of SIDES) mode(draft, side, r, measures);
};
/** One arm in one mode, the other in a quiet one. */
const one =
  (mode: ArmMode, rest: readonly ArmMode[] = [hang, hang, onHip, inPocket]): ArmsMode => (draft, r, measures) => {
    const side = r.pick(SIDES);
    r.pick(rest)(draft, otherSide(side), r, measures);
    mode(draft, side, r, measures);
  };

/** Arms of training. */
export const ARM_MODES: Readonly<Record<string, ArmsMode>> = {
  hang: both(hang),
  onHips: both(onHip),
  oneOnHip: one(onHip, [hang]),
  inPockets: both(inPocket),
  oneInPocket: one(inPocket, [hang, talk, holdPhone]),
  behindBack,
  crossed,
  clasped: (draft, r, m) => together(draft, r, m, r.uniform(-0.1, 0.3), 0.04, 0.02),
  holdBefore: (draft, r, m) => together(draft, r, m, r.uniform(0.4, 1.2), r.uniform(0.04, 0.2), r.uniform(0.05, 0.3)),
  phoneAtEar: one(phoneAtEar),
  holdPhone: one(holdPhone),
  twoHandsPhone: (draft, r, m) => together(draft, r, m, r.uniform(0.7, 1.1), 0.05, r.uniform(0.15, 0.3)),
  onThighs: both(onThigh),
  oneOnThigh: one(onThigh, [talk, hang, holdPhone]),
  atFace: one(atFace, [hang, onHip, talk]),
  wave: one(wave),
  point: one(point),
  aside: both(aside),
  raise: both(raise),
  raiseOne: one(raise),
  talk: both(talk),
  talkOne: one(talk),
  swing: both(swing),
  onHead: both(onHead),
  support: both(support),
  guard: both(guard),
  anything: both(anything),
  anythingOne: one(anything, [hang, talk, aside]),
};

const onHeart: ArmMode = (draft, side, r, { chest }) => {
  const target = spot(
    draft,
    JOINT.spine3,
    side,
    0.02 - r.uniform(0, 0.06),
    chest.height + r.uniform(-0.02, 0.06),
    chest.front + 0.045,
  );
  reachHand(draft, side, target, inChest(draft, side, 0.8, -1, 0.1));
};

/** Arms that only the evaluation sets have. */
export const WITHHELD_ARMS: Readonly<Record<string, ArmsMode>> = {
  onHeart: one(onHeart, [hang]),
  holdElbow: (draft, r, measures) => { // one arm hangs, the other holds its elbow
    const side = r.pick(SIDES), { waist } = measures;
    hang(draft, otherSide(side), r, measures);
    const target = spot(draft, JOINT.spine2, side, -waist.halfWidth - 0.02, waist.height + 0.06, waist.front + 0.03);
    reachHand(draft, side, target, inChest(draft, side, 0.8, -0.8, 0.2));
  },
  present: both((draft, side, r, { chest }) => { // open palms
    const target = spot(
      draft,
      JOINT.spine3,
      side,
      r.uniform(0.25, 0.45),
      chest.height - r.uniform(0.08, 0.25),
      chest.front + r.uniform(0.05, 0.25),
    );
    reachHand(draft, side, target, inChest(draft, side, 0.4, -1, -0.5));
    rollForearm(draft, side, -rad(r.uniform(50, 85)));
  }),
  behindHead: both((draft, side, r, { head }) => {
    const target = spot(
      draft,
      JOINT.head,
      side,
      head.half[0] + 0.06,
      head.centre[1] - r.uniform(0, 0.05),
      head.centre[2] - head.half[2] - 0.065,
    );
    reachHand(draft, side, target, inChest(draft, side, 1, 0.4, 0.1));
  }),
  carry: (draft, r, m) => together(draft, r, m, r.uniform(0.1, 0.6), r.uniform(0.14, 0.24), r.uniform(0.12, 0.25)),
  salute: one((draft, side, _r, { head }) => {
    const target = spot(
      draft,
      JOINT.head,
      side,
      head.half[0] + 0.1,
      head.centre[1] + 0.03,
      head.centre[2] + head.half[2],
    );
    reachHand(draft, side, target, inChest(draft, side, 1, -0.5, 0));
    flexWrist(draft, side, -5);
  }, [hang]),
  onOtherShoulder: one((draft, side, r, { chest }) => {
    const shoulder = draft.position(limb(otherSide(side)).shoulder);
    reachHand(
      draft,
      side,
      add(shoulder, inChest(draft, side, WRIST_TO_PALM, -0.05, chest.front * 0.6 + 0.1)),
      inChest(draft, side, 0.6, -1, 0.5),
    );
    flexWrist(draft, side, r.uniform(10, 40));
  }),
  throw: (draft, r, measures) => {
    const side = r.pick(SIDES);
    aim(draft, side, [0.9, r.uniform(0, 0.8), -0.5], r.uniform(60, 110));
    push(draft, otherSide(side), r, measures);
  },
  flyBack: both((draft, side, r) =>
    aim(draft, side, [r.uniform(0.3, 1), r.uniform(-0.8, 0.1), -0.7], r.uniform(0, 30))
  ),
  pushAhead: both(push),
  overheadClasp: (draft, r) => {
    for (const side of SIDES) {
      const neck = draft.position(JOINT.neck);
      reachHand(
        draft,
        side,
        add(neck, inChest(draft, side, 0.03, r.uniform(0.45, 0.7), 0.02)),
        inChest(draft, side, 1, 0.2, 0.1),
      );
    }
  },
};
