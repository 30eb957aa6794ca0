/**
 * # What legs do in the evaluation sets alone
 *
 * Other ways to stand, walk and sit, and acrobatics; training never draws them.
 *
 * @module
 */
import {
  anySide,
  flatten,
  type LegAngles,
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
  Z,
} from "./leg_placing.ts";
import { about, chain } from "../../body/turns.ts";
import { JOINT, otherSide, type Side, SIDES, signOf } from "./skeleton.ts";

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
