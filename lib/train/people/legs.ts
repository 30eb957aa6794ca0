/**
 * # What legs do in training
 *
 * Each mode places the pelvis' tilt, the legs and the feet of a {@linkcode PoseDraft}. The modes of `withheld_legs.ts` are
 * never used for training.
 *
 * @module
 */
import {
  anySide,
  flatten,
  type LegMode,
  oneLeg,
  plant,
  rad,
  sit,
  stand,
  stride,
  swingLeg,
  tilt,
  X,
  Y,
  Z,
} from "./leg_placing.ts";
import type { RandomStream } from "./random.ts";
import { about, chain } from "../../body/turns.ts";
import { JOINT, otherSide, type PoseDraft, type Side, SIDES, signOf } from "./skeleton.ts";

function contrapposto(draft: PoseDraft, r: RandomStream): void {
  const free = anySide(r), s = signOf(free), drop = r.uniform(3, 8);
  draft.set(JOINT.pelvis, chain(about(Y, rad(r.near(0, 8))), about(Z, -s * rad(drop)), about(X, rad(r.near(2, 3)))));
  plant(draft, otherSide(free), r.uniform(0.0, 0.09), r.near(0, 0.03), r.uniform(0.0, 0.01));
  plant(draft, free, r.uniform(0.12, 0.26), r.uniform(-0.05, 0.2), r.uniform(0.01, 0.03));
  flatten(draft, otherSide(free), r.near(10, 8));
  flatten(draft, free, r.near(25, 12), r.chance(0.3) ? r.uniform(0, 25) : 0);
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
  anyhow: (draft, r) => {
    draft.set(JOINT.pelvis, tilt(r, 14, 14, 14));
    for (const side of SIDES) {
      swingLeg(draft, side, {
        flex: r.uniform(-30, 120),
        spread: r.uniform(-5, 60),
        outward: r.uniform(-15, 40),
        knee: r.uniform(-40, 130),
        toes: r.uniform(-15, 40),
      });
    }
  },
};
