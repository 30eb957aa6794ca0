/**
 * # What legs do
 *
 * Each mode places the pelvis' tilt, the legs and the feet of a {@linkcode PoseDraft}. Feet are put on the floor by
 * {@linkcode reachFoot} where the stance stands, and turned by angles where it does not. Modes marked in
 * {@linkcode WITHHELD_LEGS} are never used for training: the evaluation sets are made of them.
 *
 * @module
 */
import { clampJoint } from "./joint_limits.ts";
import type { RandomStream } from "./random.ts";
import { reachFoot } from "./reach.ts";
import { about, add, chain, type Matrix, multiply, type Vector } from "./rotation.ts";
import { JOINT, limb, otherSide, type PoseDraft, type Side, SIDES, signOf } from "./skeleton.ts";

/** Sets legs, feet and the pelvis' orientation. */
export type LegMode = (draft: PoseDraft, stream: RandomStream) => void;

const X: Vector = [1, 0, 0], Y: Vector = [0, 1, 0], Z: Vector = [0, 0, 1];
const rad = (degrees: number) => degrees * Math.PI / 180;
const anySide = (r: RandomStream): Side => r.pick(SIDES);

/** Angles in degrees: flexion forwards, spreading outwards, turning outwards; knee bend; toes down. */
interface LegAngles {
  readonly flex: number;
  readonly spread?: number;
  readonly outward?: number;
  readonly knee: number;
  readonly toes?: number;
}

/** Turns a leg by angles, within its limits. */
function swingLeg(draft: PoseDraft, side: Side, { flex, spread = 4, outward = 5, knee, toes = 0 }: LegAngles): void {
  const s = signOf(side), { hip, knee: hinge, ankle } = limb(side);
  const turn = chain(about(Z, s * rad(spread)), about(X, -rad(flex)), about(Y, s * rad(outward)));
  draft.set(hip, clampJoint(hip, turn));
  draft.set(hinge, clampJoint(hinge, about(X, rad(Math.max(0, knee)))));
  draft.set(ankle, clampJoint(ankle, about(X, rad(toes))));
}

/** Turns a foot flat to the floor, pointing to a heading in degrees outwards. */
function flatten(draft: PoseDraft, side: Side, outward: number, tiptoe = 0): void {
  const { ankle, foot } = limb(side);
  draft.orient(ankle, multiply(about(Y, signOf(side) * rad(outward)), about(X, rad(tiptoe))));
  draft.set(ankle, clampJoint(ankle, draft.local[ankle]!));
  if (tiptoe > 10) draft.set(foot, clampJoint(foot, about(X, -rad(tiptoe))));
}

/** Places a foot: aside from the middle, ahead, and above the lowest point that the straight legs reach. */
function plant(
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

const tilt = (r: RandomStream, x: number, y: number, z: number): Matrix =>
  chain(about(Y, rad(r.near(0, y))), about(Z, rad(r.near(0, z))), about(X, rad(r.near(2, x))));

function stand(draft: PoseDraft, r: RandomStream, aside: number, sink: number): void {
  draft.set(JOINT.pelvis, tilt(r, 3, 6, 2));
  for (const side of SIDES) {
    plant(draft, side, aside + r.near(0, 0.02), r.near(0, 0.04), sink);
    flatten(draft, side, r.near(12, 8));
  }
}

function contrapposto(draft: PoseDraft, r: RandomStream): void {
  const free = anySide(r), s = signOf(free), drop = r.uniform(3, 8);
  draft.set(JOINT.pelvis, chain(about(Y, rad(r.near(0, 8))), about(Z, -s * rad(drop)), about(X, rad(r.near(2, 3)))));
  plant(draft, otherSide(free), r.uniform(0.0, 0.09), r.near(0, 0.03), r.uniform(0.0, 0.01));
  plant(draft, free, r.uniform(0.12, 0.26), r.uniform(-0.05, 0.2), r.uniform(0.01, 0.03));
  flatten(draft, otherSide(free), r.near(10, 8));
  flatten(draft, free, r.near(25, 12), r.chance(0.3) ? r.uniform(0, 25) : 0);
}

/** A phase of gait: one leg ahead, one behind. */
function stride(draft: PoseDraft, r: RandomStream, reach: number, bend: number): void {
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
function sit(draft: PoseDraft, r: RandomStream, back: number, options: Partial<Record<Side, LegAngles>> = {}): void {
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

function squat(draft: PoseDraft, r: RandomStream, deep: number): void {
  draft.set(JOINT.pelvis, about(X, rad(r.uniform(10, 30) * deep)));
  for (const side of SIDES) {
    plant(draft, side, r.uniform(0.15, 0.3), r.near(0.06, 0.03), 0.2 + 0.42 * deep, [0, 0, 1.4]);
    flatten(draft, side, r.near(20, 8), deep > 0.8 ? r.uniform(0, 25) : 0);
  }
}

function kneel(draft: PoseDraft, r: RandomStream, both: boolean): void {
  const down = anySide(r);
  draft.set(JOINT.pelvis, about(X, rad(r.near(4, 5))));
  const onKnee = (side: Side) =>
    swingLeg(draft, side, {
      flex: r.near(0, 8) + (both ? r.uniform(0, 30) : -8),
      spread: r.near(7, 4),
      knee: r.near(92, 8),
      toes: r.pick([40, -20]),
    });
  onKnee(down);
  if (both) onKnee(otherSide(down));
  else {
    swingLeg(draft, otherSide(down), { flex: r.near(85, 8), spread: r.near(10, 5), knee: r.near(85, 10) });
    flatten(draft, otherSide(down), r.near(8, 6));
  }
}

function sitOnFloor(draft: PoseDraft, r: RandomStream, crossed: boolean): void {
  const back = r.uniform(-5, 20);
  draft.set(JOINT.pelvis, about(X, -rad(back)));
  for (const side of SIDES) {
    if (crossed) {
      swingLeg(draft, side, { flex: 78 - back, spread: 34, outward: r.near(38, 5), knee: r.near(122, 6), toes: 20 });
    } else {
      const bent = r.uniform(0, 70);
      swingLeg(draft, side, {
        flex: 85 - back + bent * 0.5,
        spread: r.uniform(2, 16),
        knee: bent,
        toes: r.near(10, 10),
      });
    }
  }
}

/** Lays the whole body down: on the back (0), a side (±90) or the belly (180 degrees). */
function lie(draft: PoseDraft, r: RandomStream): void {
  const roll = r.pick([0, 0, 90, -90, 180]) + r.near(0, 8);
  draft.set(JOINT.pelvis, chain(about(X, -rad(90)), about(Y, rad(roll))));
  const curl = Math.abs(roll) > 60 && Math.abs(roll) < 120 ? r.uniform(0, 80) : r.uniform(0, 10);
  for (const side of SIDES) {
    const bent = roll > 150 ? r.uniform(0, 15) : r.uniform(0, 50) * Number(r.chance(0.5));
    swingLeg(draft, side, {
      flex: curl + bent,
      spread: r.uniform(3, 14),
      knee: (curl + bent) * r.uniform(1, 1.5),
      toes: 30,
    });
  }
}

function bow(draft: PoseDraft, r: RandomStream, degrees: number): void {
  draft.set(JOINT.pelvis, about(X, rad(degrees + r.near(0, 8))));
  for (const side of SIDES) {
    const bent = r.uniform(0, 25);
    swingLeg(draft, side, { flex: degrees + bent * 0.5, spread: r.near(5, 3), knee: bent });
    flatten(draft, side, 8);
  }
}

/** Weight on one leg that is upright whatever the pelvis does; the other goes where it is sent. */
function oneLeg(draft: PoseDraft, r: RandomStream, pelvis: Matrix, free: Side, angles: LegAngles): void {
  draft.set(JOINT.pelvis, pelvis);
  swingLeg(draft, free, angles);
  const below: Vector = [0, -2, r.near(0, 0.06)]; // farther than any leg reaches: nearly straight down
  reachFoot(draft, otherSide(free), add(draft.position(limb(otherSide(free)).hip), below), [0, 0, 1]);
  flatten(draft, otherSide(free), r.near(10, 6));
}

/** Legs of training. */
export const LEG_MODES: Readonly<Record<string, LegMode>> = {
  stand: (draft, r) => stand(draft, r, r.uniform(0.07, 0.16), r.uniform(0, 0.012)),
  standWide: (draft, r) => stand(draft, r, r.uniform(0.18, 0.36), r.uniform(0.03, 0.1)),
  contrapposto,
  walk: (draft, r) => stride(draft, r, r.uniform(12, 30), r.uniform(15, 55)),
  run: (draft, r) => stride(draft, r, r.uniform(35, 60), r.uniform(50, 120)),
  sit: (draft, r) => sit(draft, r, r.uniform(-8, 22)),
  sitOnFloor: (draft, r) => sitOnFloor(draft, r, false),
  sitCrossLegged: (draft, r) => sitOnFloor(draft, r, true),
  squat: (draft, r) => squat(draft, r, r.uniform(0.2, 1)),
  kneel: (draft, r) => kneel(draft, r, true),
  kneelOne: (draft, r) => kneel(draft, r, false),
  bow: (draft, r) => bow(draft, r, r.uniform(20, 80)),
  lie,
  lunge: (draft, r) => {
    const lead = anySide(r);
    draft.set(JOINT.pelvis, about(X, rad(r.uniform(0, 20))));
    swingLeg(draft, lead, { flex: r.uniform(50, 95), knee: r.uniform(60, 95), spread: r.near(6, 5) });
    flatten(draft, lead, 5);
    swingLeg(draft, otherSide(lead), { flex: r.uniform(-35, -10), knee: r.uniform(5, 60), toes: 20 });
  },
  kickFront: (draft, r) => {
    const free = anySide(r), knee = r.uniform(0, 80);
    oneLeg(draft, r, about(X, -rad(r.uniform(0, 22))), free, {
      flex: r.uniform(45, 110),
      knee,
      toes: r.uniform(0, 40),
    });
  },
  balance: (draft, r) => { // standing scale, arabesque
    const free = anySide(r), lean = r.uniform(20, 85);
    oneLeg(draft, r, about(X, rad(lean)), free, { flex: r.uniform(-35, 0), knee: r.uniform(0, 40), toes: 40 });
  },
  tree: (draft, r) => {
    const free = anySide(r);
    oneLeg(draft, r, about(Y, 0), free, { flex: 50, spread: 55, outward: 40, knee: r.uniform(110, 140), toes: 20 });
  },
  starJump: (draft, r) => {
    draft.set(JOINT.pelvis, tilt(r, 8, 10, 8));
    for (const side of SIDES) {
      swingLeg(draft, side, { flex: r.near(0, 12), spread: r.uniform(15, 50), knee: r.uniform(0, 60), toes: 35 });
    }
  },
  tuckJump: (draft, r) => {
    draft.set(JOINT.pelvis, tilt(r, 14, 10, 8));
    for (const side of SIDES) swingLeg(draft, side, { flex: r.uniform(50, 115), knee: r.uniform(60, 140), toes: 30 });
  },
  crawl: (draft, r) => {
    draft.set(JOINT.pelvis, about(X, rad(r.near(80, 8))));
    for (const side of SIDES) swingLeg(draft, side, { flex: r.near(80, 18), knee: r.near(90, 12), toes: 35 });
  },
  plank: (draft, r) => {
    draft.set(JOINT.pelvis, about(X, rad(r.near(78, 6))));
    for (const side of SIDES) swingLeg(draft, side, { flex: r.near(0, 6), knee: r.uniform(0, 12), toes: -15 });
  },
  climb: (draft, r) => {
    draft.set(JOINT.pelvis, tilt(r, 10, 15, 10));
    for (const side of SIDES) {
      const flex = r.uniform(0, 110);
      swingLeg(draft, side, {
        flex,
        spread: r.uniform(5, 40),
        outward: r.uniform(0, 30),
        knee: flex * r.uniform(0.8, 1.2),
      });
    }
  },
};

/** Legs that only the evaluation sets have. */
export const WITHHELD_LEGS: Readonly<Record<string, LegMode>> = {
  standAnklesCrossed: (draft, r) => {
    const over = anySide(r);
    draft.set(JOINT.pelvis, tilt(r, 3, 5, 3));
    plant(draft, otherSide(over), 0.02, 0, 0);
    plant(draft, over, -0.09, 0.13, 0.01);
    flatten(draft, otherSide(over), 6);
    flatten(draft, over, -5, r.uniform(0, 20));
  },
  standStep: (draft, r) => { // one foot on a step or rail
    const up = anySide(r);
    draft.set(JOINT.pelvis, tilt(r, 3, 8, 3));
    plant(draft, otherSide(up), r.uniform(0.05, 0.12), 0, 0);
    plant(draft, up, r.uniform(0.1, 0.2), r.uniform(0.2, 0.4), r.uniform(0.15, 0.4));
    for (const side of SIDES) flatten(draft, side, r.near(12, 6));
  },
  standPigeonToed: (draft, r) => {
    stand(draft, r, r.uniform(0.08, 0.14), 0.01);
    for (const side of SIDES) flatten(draft, side, r.uniform(-18, -5));
  },
  walkStairs: (draft, r) => {
    const lead = anySide(r), lean = r.uniform(2, 12);
    draft.set(JOINT.pelvis, about(X, rad(lean)));
    swingLeg(draft, lead, { flex: lean + r.uniform(35, 65), knee: r.uniform(50, 80), toes: -5 });
    swingLeg(draft, otherSide(lead), { flex: lean - r.uniform(5, 18), knee: r.uniform(5, 25), toes: 15 });
  },
  walkTiptoe: (draft, r) => {
    stride(draft, r, r.uniform(10, 22), r.uniform(10, 40));
    for (const side of SIDES) flatten(draft, side, 6, r.uniform(15, 35));
  },
  sitAnkleOnKnee: (draft, r) => {
    const over = anySide(r), back = r.uniform(5, 18);
    sit(draft, r, back, { [over]: { flex: 82 - back, spread: 30, outward: 42, knee: r.near(95, 6), toes: 10 } });
  },
  sitKneesAside: (draft, r) => {
    const s = r.pick([1, -1]), back = r.uniform(0, 12);
    const leg = (side: Side): LegAngles => ({
      flex: 84 - back,
      spread: s * signOf(side) * r.near(16, 3),
      outward: s * signOf(side) * 8,
      knee: r.near(98, 6),
      toes: 5,
    });
    sit(draft, r, back, { left: leg("left"), right: leg("right") });
  },
  sitLegsStretched: (draft, r) => {
    const back = r.uniform(12, 28);
    const leg = (): LegAngles => ({
      flex: 74 - back,
      spread: r.near(6, 3),
      knee: r.uniform(25, 50),
      toes: r.near(0, 8),
    });
    sit(draft, r, back, { left: leg(), right: leg() });
  },
  handstand: (draft, r) => {
    draft.set(JOINT.pelvis, about(X, rad(180 + r.near(0, 14))));
    for (const side of SIDES) {
      swingLeg(draft, side, { flex: r.near(0, 22), spread: r.uniform(0, 40), knee: r.uniform(0, 50), toes: 35 });
    }
  },
  cartwheel: (draft, r) => {
    draft.set(JOINT.pelvis, chain(about(Z, rad(r.pick([1, -1]) * r.uniform(60, 170))), about(X, rad(r.near(0, 10)))));
    for (const side of SIDES) {
      swingLeg(draft, side, { flex: r.near(5, 12), spread: r.uniform(30, 65), knee: r.uniform(0, 20), toes: 35 });
    }
  },
  backbend: (draft, r) => {
    draft.set(JOINT.pelvis, about(X, -rad(r.uniform(35, 80))));
    for (const side of SIDES) {
      swingLeg(draft, side, { flex: r.uniform(-35, -5), spread: r.uniform(5, 20), knee: r.uniform(40, 90), toes: 5 });
    }
  },
  frontSplit: (draft, r) => {
    const lead = anySide(r);
    draft.set(JOINT.pelvis, tilt(r, 6, 8, 4));
    swingLeg(draft, lead, { flex: r.uniform(65, 100), knee: r.uniform(0, 15), toes: 35 });
    swingLeg(draft, otherSide(lead), { flex: -38, knee: r.uniform(0, 45), toes: 45, outward: 25 });
  },
  kickSide: (draft, r) => {
    const free = anySide(r), s = signOf(free);
    const pelvis = about(Z, s * rad(r.uniform(10, 50)));
    oneLeg(draft, r, pelvis, free, {
      flex: r.uniform(5, 40),
      spread: r.uniform(40, 75),
      knee: r.uniform(0, 60),
      outward: 10,
    });
  },
  cossack: (draft, r) => { // deep side lunge
    const bent = anySide(r);
    draft.set(JOINT.pelvis, about(X, rad(r.uniform(5, 25))));
    swingLeg(draft, bent, { flex: 100, spread: 30, outward: 25, knee: r.uniform(100, 130), toes: -15 });
    swingLeg(draft, otherSide(bent), { flex: 40, spread: r.uniform(50, 70), knee: r.uniform(0, 15), toes: -5 });
  },
};
