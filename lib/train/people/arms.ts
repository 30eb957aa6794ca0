/**
 * # What arms do in training
 *
 * A mode places one arm or both. Places are written for the rest pose and carried along with the joint they belong to, so a
 * hand stays on the hip however the trunk is bent. The modes of `withheld_arms.ts` are never used for training.
 *
 * @module
 */
import {
  aim,
  type ArmMode,
  type ArmsMode,
  both,
  flexWrist,
  hang,
  inChest,
  one,
  rad,
  spot,
  together,
} from "./arm_placing.ts";
import { withinLimits } from "../../body/joint_limits.ts";
import { reachHand, rollForearm } from "./reach.ts";
import { add } from "../../body/turns.ts";
import { JOINT, limb, SIDES, signOf } from "./skeleton.ts";

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

/** One arm in a mode while the other is at ease. */
const oneOf = (mode: ArmMode, quiet: readonly ArmMode[] = [hang, hang, onHip, inPocket]): ArmsMode => one(mode, quiet);

/** Arms of training. */
export const ARM_MODES: Readonly<Record<string, ArmsMode>> = {
  hang: both(hang),
  onHips: both(onHip),
  oneOnHip: oneOf(onHip, [hang]),
  inPockets: both(inPocket),
  oneInPocket: oneOf(inPocket, [hang, talk, holdPhone]),
  behindBack,
  crossed,
  clasped: (draft, r, m) => together(draft, r, m, r.uniform(-0.1, 0.3), 0.04, 0.02),
  holdBefore: (draft, r, m) => together(draft, r, m, r.uniform(0.4, 1.2), r.uniform(0.04, 0.2), r.uniform(0.05, 0.3)),
  phoneAtEar: oneOf(phoneAtEar),
  holdPhone: oneOf(holdPhone),
  twoHandsPhone: (draft, r, m) => together(draft, r, m, r.uniform(0.7, 1.1), 0.05, r.uniform(0.15, 0.3)),
  onThighs: both(onThigh),
  oneOnThigh: oneOf(onThigh, [talk, hang, holdPhone]),
  atFace: oneOf(atFace, [hang, onHip, talk]),
  wave: oneOf(wave),
  point: oneOf(point),
  aside: both(aside),
  raise: both(raise),
  raiseOne: oneOf(raise),
  talk: both(talk),
  talkOne: oneOf(talk),
  swing: both(swing),
  onHead: both(onHead),
  support: both(support),
  guard: both(guard),
  anything: both(anything),
  anythingOne: oneOf(anything, [hang, talk, aside]),
};
