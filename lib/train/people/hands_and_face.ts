/**
 * # Fingers, jaw and gaze
 *
 * A hand is drawn by how far its fingers are curled, from flat to a fist, with a little of each finger's own; a few
 * hands point. Faces get a mild expression: the ten expression directions are standard deviations of faces.
 *
 * @module
 */
import { clampJoint } from "../../body/joint_limits.ts";
import type { RandomStream } from "./random.ts";
import { about, chain, multiply } from "../../body/turns.ts";
import { JOINT, limb, type PoseDraft, type Side, SIDES, signOf } from "./skeleton.ts";

const rad = (degrees: number) => degrees * Math.PI / 180;
const INDEX = 0, THUMB = 4; // of index, middle, pinky, ring, thumb

/** Curls the fingers of both hands. */
export function poseHands(draft: PoseDraft, stream: RandomStream): void {
  for (const side of SIDES) {
    const kind = stream.weighted({ relaxed: 6, flat: 2, fist: 1.5, point: 0.5 });
    const curl = { relaxed: stream.uniform(8, 45), flat: stream.uniform(-4, 8), fist: 78, point: 72 }[kind];
    curlFingers(draft, side, stream, curl, kind === "point");
  }
}

function curlFingers(draft: PoseDraft, side: Side, stream: RandomStream, curl: number, pointing: boolean): void {
  const s = signOf(side), first = limb(side).fingers, spread = stream.near(0, 5);
  for (let finger = 0; finger < 5; finger++) {
    const own = finger === THUMB ? curl * 0.35 : finger === INDEX && pointing ? 3 : curl + stream.near(0, 6);
    for (let bone = 0; bone < 3; bone++) {
      const joint = first + 3 * finger + bone;
      const fan = bone === 0 && finger !== THUMB ? spread * [1, 0.2, -1, -0.4][finger]! : 0;
      const turn = chain(about([0, 1, 0], -s * rad(fan)), about([0, 0, 1], -s * rad(own * (bone === 0 ? 0.8 : 1))));
      draft.set(joint, clampJoint(joint, turn));
    }
  }
}

/** Opens the jaw, turns the eyes; returns the ten expression coefficients. */
export function poseFace(draft: PoseDraft, stream: RandomStream): Float32Array {
  const open = stream.chance(0.2) ? stream.uniform(2, 18) : Math.abs(stream.near(0, 1.5));
  draft.set(JOINT.jaw, clampJoint(JOINT.jaw, about([1, 0, 0], rad(open))));
  const gaze = multiply(about([0, 1, 0], rad(stream.near(0, 10))), about([1, 0, 0], rad(stream.near(0, 5))));
  for (const eye of [JOINT.leftEye, JOINT.rightEye]) draft.set(eye, clampJoint(eye, gaze));
  return Float32Array.from({ length: 10 }, () => stream.near(0, 0.6));
}
