/**
 * # What arms do in the evaluation sets alone
 *
 * Other things that arms do in the same activities; training never draws them.
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
  push,
  rad,
  spot,
  together,
} from "./arm_placing.ts";
import { reachHand, rollForearm } from "./reach.ts";
import { add } from "../../body/turns.ts";
import { JOINT, limb, otherSide, SIDES } from "./skeleton.ts";

const WRIST_TO_PALM = 0.08; // metres from the wrist to the middle of the palm

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
  }, [hang]),
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
