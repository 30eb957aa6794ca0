/**
 * # Stances: which legs go with which arms
 *
 * ```
 * pose = clamp(legs ∘ trunk ∘ head ∘ arms ∘ hands + noise)        taken again while the body runs into itself
 * ```
 *
 * A *kind* of stance (standing, walking, sitting, gesturing, floor, sport, anything) lists leg modes and arm modes with
 * weights. The withheld kinds list other modes of the same activities, so that evaluation meets motions that training
 * has never drawn.
 *
 * Poses come from these distributions alone; no recorded motion is involved.
 *
 * @module
 */
import { ARM_MODES } from "./arms.ts";
import type { ArmsMode } from "./arm_placing.ts";
import { WITHHELD_ARMS } from "./withheld_arms.ts";
import { poseFace, poseHands } from "./hands_and_face.ts";
import { clampJoint, clampPose } from "../../body/joint_limits.ts";
import { LEG_MODES } from "./legs.ts";
import type { LegMode } from "./leg_placing.ts";
import { WITHHELD_LEGS } from "./withheld_legs.ts";
import type { Measures } from "./measures.ts";
import type { RandomStream } from "./random.ts";
import { about, chain, fromVector, type Matrix, multiply } from "../../body/turns.ts";
import { penetration } from "./self_contact.ts";
import { JOINT, PoseDraft, type Skeleton } from "./skeleton.ts";

/** What a person is doing. */
export interface StanceKind {
  /** Leg modes and how likely each is. */
  readonly legs: Readonly<Record<string, number>>;
  /** Arm modes and how likely each is. */
  readonly arms: Readonly<Record<string, number>>;
  /** How far trunk and head stray, 1 being usual. */
  readonly bend?: number;
  /** Whether the whole body is turned any way up, as in a fall, a dive or a roll. */
  readonly tumbles?: boolean;
}

/** The kinds that training draws from. */
export const STANCES: Readonly<Record<string, StanceKind>> = {
  standing: {
    legs: { stand: 4, contrapposto: 3, standWide: 1.5 },
    arms: {
      hang: 3,
      onHips: 1.2,
      oneOnHip: 1.2,
      inPockets: 1.2,
      oneInPocket: 1,
      behindBack: 0.8,
      crossed: 1.6,
      clasped: 1.4,
      holdBefore: 1,
    },
  },
  gesturing: {
    legs: { stand: 3, contrapposto: 2, standWide: 1 },
    arms: {
      phoneAtEar: 1,
      holdPhone: 1,
      twoHandsPhone: 0.7,
      atFace: 1,
      wave: 1.2,
      point: 1.2,
      aside: 1,
      raise: 1,
      raiseOne: 1,
      talk: 2,
      talkOne: 1.5,
      onHead: 0.7,
      holdBefore: 1,
    },
  },
  walking: {
    legs: { walk: 4, run: 1 },
    arms: { swing: 5, hang: 1, inPockets: 0.5, holdPhone: 0.7, oneInPocket: 0.5, talkOne: 0.6, phoneAtEar: 0.4 },
  },
  sitting: {
    legs: { sit: 5, sitOnFloor: 1, sitCrossLegged: 1 },
    arms: {
      onThighs: 3,
      oneOnThigh: 2,
      clasped: 1,
      crossed: 1,
      talk: 1.5,
      talkOne: 1,
      holdPhone: 1,
      twoHandsPhone: 1,
      atFace: 1,
      holdBefore: 1.5,
    },
  },
  floor: {
    legs: { squat: 1.5, kneel: 1, kneelOne: 1, bow: 1.5, lie: 1.5, lunge: 1 },
    arms: {
      hang: 1,
      onThighs: 0.7,
      talk: 1,
      talkOne: 1,
      point: 1,
      support: 0.6,
      anything: 1,
      anythingOne: 1.5,
      raise: 0.6,
    },
    bend: 1.3,
  },
  sport: {
    legs: {
      kickFront: 1,
      balance: 1,
      tree: 0.6,
      starJump: 1,
      tuckJump: 0.8,
      crawl: 0.8,
      plank: 0.5,
      climb: 1,
      lunge: 1,
      run: 1,
    },
    arms: { guard: 1, raise: 1, aside: 1.3, raiseOne: 0.8, point: 0.8, swing: 1, support: 0.8, anything: 1.5 },
    bend: 1.5,
  },
  anything: {
    legs: { stand: 1, standWide: 1, walk: 1, starJump: 1, climb: 1, squat: 0.5, sit: 0.5 },
    arms: { anything: 3, anythingOne: 1 },
    bend: 2,
  },
  tumbling: {
    legs: { anyhow: 4, starJump: 1, tuckJump: 1, climb: 1, lunge: 1, kickFront: 0.7, run: 0.7, stand: 0.5 },
    arms: { anything: 4, anythingOne: 1, raise: 1.5, aside: 1, support: 0.7, guard: 0.5, swing: 0.5 },
    bend: 1.8,
    tumbles: true,
  },
  limber: {
    legs: { anyhow: 1 },
    arms: { anything: 2, anythingOne: 1, raise: 1, aside: 1, raiseOne: 0.5 },
    bend: 1.8,
  },
};

/** The kinds that only the evaluation sets draw from. */
export const WITHHELD_STANCES: Readonly<Record<string, StanceKind>> = {
  standing: {
    legs: { standAnklesCrossed: 1, standStep: 1, standPigeonToed: 2 },
    arms: { holdElbow: 1, onHeart: 1, carry: 1, behindHead: 0.7 },
  },
  gesturing: {
    legs: { standPigeonToed: 2, standStep: 1 },
    arms: { present: 2, salute: 1, onOtherShoulder: 1, overheadClasp: 0.6, pushAhead: 1, onHeart: 1 },
  },
  walking: {
    legs: { walkStairs: 2, walkTiptoe: 1 },
    arms: { carry: 1, present: 0.7, flyBack: 1, holdElbow: 0.7, onHeart: 0.5 },
  },
  sitting: {
    legs: { sitAnkleOnKnee: 1, sitKneesAside: 1, sitLegsStretched: 1 },
    arms: { present: 1, onHeart: 1, behindHead: 0.8, carry: 1, holdElbow: 1 },
  },
  acrobatic: {
    legs: { handstand: 1, cartwheel: 1, backbend: 1, frontSplit: 1, kickSide: 1, cossack: 1 },
    arms: { throw: 1, flyBack: 1, pushAhead: 1, overheadClasp: 1.3, present: 0.5 },
    bend: 1.6,
  },
};

/** A pose: angles, what it is called, and how deep limbs run into the body. */
export interface Pose {
  readonly draft: PoseDraft;
  readonly expression: Float32Array;
  readonly legs: string;
  readonly arms: string;
  /** Metres, summed over the pairs that run into each other. */
  readonly penetration: number;
}

const ATTEMPTS = 12, ALLOWED = 0.012; // metres: flesh gives way

/** Draws a pose of a kind; of several attempts the first without self-contact, or the least bad. */
export function drawPose(kind: StanceKind, skeleton: Skeleton, measures: Measures, stream: RandomStream): Pose {
  const legs = stream.weighted(kind.legs), arms = stream.weighted(kind.arms);
  const legMode = LEG_MODES[legs] ?? WITHHELD_LEGS[legs], armsMode = ARM_MODES[arms] ?? WITHHELD_ARMS[arms];
  if (!legMode || !armsMode) throw new RangeError(`drawPose: no mode of legs "${legs}" or arms "${arms}"`);
  let best: Pose | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const draft = new PoseDraft(skeleton);
    const expression = arrange(draft, legMode, armsMode, kind.bend ?? 1, measures, stream.fork(attempt));
    if (kind.tumbles) {
      draft.set(JOINT.pelvis, multiply(tumble(stream.fork(`tumble ${attempt}`)), draft.local[JOINT.pelvis]!));
    }
    const depth = penetration(draft, measures);
    if (!best || depth < best.penetration) best = { draft, expression, legs, arms, penetration: depth };
    if (depth <= ALLOWED) break;
  }
  return best!;
}

function arrange(
  draft: PoseDraft,
  legs: LegMode,
  arms: ArmsMode,
  bend: number,
  measures: Measures,
  r: RandomStream,
): Float32Array {
  legs(draft, r);
  bendTrunk(draft, bend, r);
  turnHead(draft, bend, r);
  shrug(draft, r);
  arms(draft, r, measures);
  poseHands(draft, r);
  const expression = poseFace(draft, r);
  for (let joint = 1; joint < JOINT.jaw; joint++) {
    const stray = [12, 15].includes(joint) ? 0.02 : 0.035;
    draft.turn(joint, fromVector([r.near(0, stray), r.near(0, stray), r.near(0, stray)]));
  }
  draft.local.splice(0, draft.local.length, ...clampPose(draft.local));
  return expression;
}

/** A turn about any level axis by up to half a turn, all angles alike, then about the axis upwards. */
function tumble(r: RandomStream): Matrix {
  const heading = r.uniform(-Math.PI, Math.PI);
  return chain(
    about([0, 1, 0], r.uniform(-Math.PI, Math.PI)),
    about([Math.cos(heading), 0, Math.sin(heading)], r.uniform(0, Math.PI)),
  );
}

function bendTrunk(draft: PoseDraft, bend: number, r: RandomStream): void {
  const forwards = r.near(0.03, 0.07) * bend + (r.chance(0.15) ? r.uniform(0, 0.2) : 0);
  const turn = r.near(0, 0.06) * bend, lean = r.near(0, 0.05) * bend;
  for (const joint of [JOINT.spine1, JOINT.spine2, JOINT.spine3]) {
    const rotation = chain(about([0, 1, 0], turn), about([0, 0, 1], lean), about([1, 0, 0], forwards));
    draft.set(joint, clampJoint(joint, rotation));
  }
}

/** Half of the turn in the neck, half in the head; people look about. */
function turnHead(draft: PoseDraft, bend: number, r: RandomStream): void {
  const looks = r.chance(0.35);
  const yaw = looks ? r.uniform(-0.55, 0.55) : r.near(0, 0.1),
    pitch = looks ? r.uniform(-0.2, 0.3) : r.near(0.02, 0.08);
  const roll = r.near(0, 0.06) * bend;
  for (const joint of [JOINT.neck, JOINT.head]) {
    const turn = multiply(about([0, 1, 0], yaw * 0.6), multiply(about([0, 0, 1], roll), about([1, 0, 0], pitch * 0.6)));
    draft.set(joint, clampJoint(joint, turn));
  }
}

function shrug(draft: PoseDraft, r: RandomStream): void {
  const lift = r.chance(0.1) ? r.uniform(0, 0.3) : r.near(0, 0.03);
  draft.set(JOINT.leftCollar, about([0, 0, 1], lift + r.near(0, 0.02)));
  draft.set(JOINT.rightCollar, about([0, 0, 1], -lift + r.near(0, 0.02)));
}
