/**
 * # Four motions: breathing, walking, waving, turning
 *
 * Each is a function from phase (0..1, and 1 is 0 again) to a figure. Walking is on the spot, as on a treadmill: the
 * standing foot slides back at walking speed.
 *
 * @module
 */
import type { Vector } from "../../lib/body/turns.ts";
import type { Arm, Figure, Foot } from "./figure.ts";
import { ease, hermite, track, wave } from "./tracks.ts";

/** A looping motion. */
export interface Choreography {
  readonly seconds: number;
  readonly figure: (phase: number) => Figure;
}

/** Left ankle at rest; floor below it; heel and ball of the foot from it (forwards). Metres. */
const ANKLE: Vector = [0.135, -1.213, -0.013];
const [ANKLE_HEIGHT, HEEL, BALL] = [0.077, -0.045, 0.137];
const DEGREE = Math.PI / 180;

/** A foot on the floor where it is at rest, a little nearer to the middle. */
function standing(side: "left" | "right"): Foot {
  const sign = side === "left" ? 1 : -1;
  return { ankle: [sign * (ANKLE[0] - 0.02), ANKLE[1], ANKLE[2]], yaw: sign * 0.12, pitch: 0 };
}
const STAND = { left: standing("left"), right: standing("right") };
const HANG: Arm = { lower: 69, swing: 3, bend: 14 };

/** Breath: chest, shoulders and head, `breaths` in a cycle; `lift` raises the collars. */
function breathing(phase: number, breaths: number): Record<string, Vector> {
  const breath = wave(1, breaths)(phase);
  return {
    spine2: [-1 * breath, 0, 0],
    spine3: [-1.6 * breath, 0, 0],
    neck: [1 * breath, 0, 0],
    head: [1.4 * breath, 0, 0],
    left_collar: [0, 0, 1.8 * breath - 4],
    right_collar: [0, 0, 4 - 1.8 * breath],
  };
}

const idle: Choreography = {
  seconds: 8,
  figure: (phase) => {
    const sway = wave(1, 1)(phase), slow = wave(1, 1, 0.2)(phase), breath = wave(1, 2)(phase);
    const breathed = breathing(phase, 2);
    const arm = (lag: number): Arm => ({
      ...HANG,
      lower: HANG.lower - 1.2 * breath,
      swing: 3 + wave(1.2, 1, lag)(phase),
    });
    return {
      place: [0.014 * sway, -0.007 + 0.002 * breath, 0.004 * slow],
      pelvis: [0, 1.5 * slow, 1 * sway],
      joints: {
        ...breathed,
        spine1: [1, -1 * slow, -1.5 * sway],
        head: [1.4 * breath + 1, 4 * wave(1, 1, 0.4)(phase), 0.8 * sway],
      },
      arms: { left: arm(0.1), right: arm(0.6) },
      feet: STAND,
    };
  },
};

const [STEP_SECONDS, SPEED, STANCE, STRIKE] = [1.1, 0.95, 0.62, 0.27]; // seconds, m/s, of a cycle, metres ahead
const FOOT_PITCH = track([0, -15], [0.09, -1], [0.2, 0], [0.36, 2], [0.5, 18], [0.62, 40], [0.72, 36], [0.86, -6], [
  0.95,
  -16,
]);

/** The ankle of a foot on the moving floor: it rolls over heel, then ball. [y, z], metres. */
function rolling(phase: number): [y: number, z: number] {
  const pitch = FOOT_PITCH(phase) * DEGREE, pivot = pitch > 0 ? BALL : HEEL;
  const back = STRIKE - SPEED * STEP_SECONDS * phase;
  // the pivot stays on the floor, the ankle turns about it
  const y = ANKLE_HEIGHT * Math.cos(pitch) + pivot * Math.sin(pitch);
  const z = pivot + ANKLE_HEIGHT * Math.sin(pitch) - pivot * Math.cos(pitch);
  return [ANKLE[1] - ANKLE_HEIGHT + y, ANKLE[2] + back + z];
}

function walkingFoot(side: "left" | "right", phase: number): Foot {
  const sign = side === "left" ? 1 : -1, p = phase - Math.floor(phase);
  let [y, z] = rolling(p);
  if (p > STANCE) {
    const swing = 1 - STANCE, t = (p - STANCE) / swing, small = 1e-3;
    const [from, before] = [rolling(STANCE), rolling(STANCE - small)];
    const [to, after] = [rolling(0), rolling(small)];
    const slope = (a: number, b: number) => (b - a) / small * swing;
    y = hermite(from[0], slope(before[0], from[0]), to[0], slope(to[0], after[0]), t) + 0.035 * ease(2 * t) *
        ease(2 - 2 * t);
    z = hermite(from[1], slope(before[1], from[1]), to[1], slope(to[1], after[1]), t);
  }
  return { ankle: [sign * (ANKLE[0] - 0.055), y, z], yaw: sign * 0.08, pitch: FOOT_PITCH(p) * DEGREE };
}

const walk: Choreography = {
  seconds: STEP_SECONDS,
  figure: (phase) => {
    const stride = Math.cos(2 * Math.PI * phase); // 1 as the left heel strikes
    const bounce = -Math.cos(4 * Math.PI * (phase - 0.04)); // lowest just after a strike
    const shift = Math.sin(2 * Math.PI * (phase - 0.03)); // over the left foot at a quarter
    const arm = (sign: number): Arm => {
      const swing = sign * Math.cos(2 * Math.PI * (phase - 0.03));
      return { lower: 71, swing: 20 * swing + 2, bend: 24 + 12 * swing, curl: 24 };
    };
    return {
      place: [0.02 * shift, -0.031 + 0.016 * bounce, 0],
      pelvis: [3, -5 * stride, 2.5 * shift],
      joints: {
        spine1: [0, 3 * stride, -2 * shift],
        spine2: [1, 4 * stride, -1 * shift],
        spine3: [1, 4 * stride, 0],
        neck: [-2, -3 * stride, 0],
        head: [-2, -3 * stride, 0.5 * shift],
        left_collar: [0, 0, -4],
        right_collar: [0, 0, 4],
      },
      arms: { left: arm(-1), right: arm(1) },
      feet: { left: walkingFoot("left", phase), right: walkingFoot("right", phase + 0.5) },
    };
  },
};

const RAISED = track([0, 0], [0.08, 0], [0.24, 1], [0.34, 1], [0.5, 1], [0.68, 1], [0.84, 0], [0.94, 0]);

const greet: Choreography = {
  seconds: 5,
  figure: (phase) => {
    const up = RAISED(phase), breathed = breathing(phase, 1);
    const waves = ease((phase - 0.2) / 0.1) * ease((0.72 - phase) / 0.1) * Math.sin(2 * Math.PI * 10 * (phase - 0.25));
    const right: Arm = {
      lower: HANG.lower - 65 * up,
      swing: 3 + 6 * up,
      twist: -82 * up,
      bend: 14 + 82 * up + 20 * waves,
      curl: 18 - 12 * up,
    };
    return {
      place: [0.012 * up, -0.006, 0],
      pelvis: [0, 2 * up, 0],
      joints: {
        ...breathed,
        spine2: [-1, -2 * up, -2 * up],
        head: [1 + breathed.head![0], -4 * up, -5 * up - 1 * waves],
        right_collar: [0, 0, 4 - 12 * up - 1.5 * Math.sin(2 * Math.PI * phase)],
      },
      arms: { left: HANG, right },
      feet: STAND,
    };
  },
};

const TURN_STEPS = 4; // of each foot, in one full turn

/** Stands, then steps on by a quarter of a turn while the other foot stands. */
function turningFoot(side: "left" | "right", phase: number): Foot {
  const sign = side === "left" ? 1 : -1;
  const steps = TURN_STEPS * phase + (side === "left" ? 0 : 0.5), swing = 0.42;
  const step = Math.floor(steps), t = Math.max(0, (steps - step - (1 - swing)) / swing);
  const planted = step + (1 - swing) / 2 - (side === "left" ? 0 : 0.5); // where the pelvis is in the middle of the stance
  const yaw = 2 * Math.PI / TURN_STEPS * (planted + ease(t)), x = sign * (ANKLE[0] - 0.01);
  const lift = 0.06 * Math.sin(Math.PI * t) ** 2;
  return {
    ankle: [x * Math.cos(yaw), ANKLE[1] + lift, ANKLE[2] - x * Math.sin(yaw)],
    yaw: yaw + sign * 0.1,
    pitch: 12 * DEGREE * Math.sin(Math.PI * t) ** 2,
  };
}

const turn: Choreography = {
  seconds: 5.6,
  figure: (phase) => {
    const steps = 2 * Math.PI * TURN_STEPS * phase;
    const over = Math.sin(steps + 0.85), yaw = 2 * Math.PI * phase; // over: towards the left foot while it stands
    return {
      place: [0.016 * over * Math.cos(yaw), -0.017 - 0.008 * Math.cos(2 * steps), -0.016 * over * Math.sin(yaw)],
      pelvis: [1, 360 * phase, 1.5 * over],
      joints: {
        spine1: [1, 2, -1.5 * over],
        spine2: [0, 2, -0.5 * over],
        spine3: [0, 2, 0],
        neck: [0, 4, 0],
        head: [0, 6, 0],
        left_collar: [0, 0, -4],
        right_collar: [0, 0, 4],
      },
      arms: {
        left: { lower: 67, swing: 3 + 7 * Math.cos(steps), bend: 22 },
        right: { lower: 67, swing: 3 - 7 * Math.cos(steps), bend: 22 },
      },
      feet: { left: turningFoot("left", phase), right: turningFoot("right", phase) },
    };
  },
};

/** All, by the names under which they are embedded. */
export const CHOREOGRAPHIES: Readonly<Record<string, Choreography>> = { idle, walk, wave: greet, turn };
