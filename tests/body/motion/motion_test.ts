import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { createMotion, motionSeconds, sampleMotion } from "../../../lib/body/motion/motion.ts";
import { interpolateParameters } from "../../../lib/body/motion/interpolate.ts";
import { slerpPose } from "../../../lib/body/motion/slerp.ts";
import { aPose, poseParameters } from "../../../lib/body/poses.ts";
import { loadBody, SMALL_BODY } from "../../../lib/body/template.ts";
import { disposeAll } from "../../../lib/tensor/scope.ts";
import { everyBackend, failsCleanly, leaves } from "../../harness.ts";

/** Frames in which one joint turns about one axis, and the pelvis moves along x. */
function turning(angles: readonly number[], loop: boolean, joint = 16) {
  const poses = new Float32Array(165 * angles.length), transl = new Float32Array(3 * angles.length);
  angles.forEach((angle, t) => {
    poses[165 * t + 3 * joint + 2] = angle;
    transl[3 * t] = t;
  });
  return createMotion({ name: "turning", rate: 10, poses, transl, loop });
}

everyBackend("sampleMotion() gives frames back and goes evenly between them", async () => {
  const motion = turning([0, 1, 3], false);
  for (const [seconds, angle, x] of [[0, 0, 0], [0.1, 1, 1], [0.05, 0.5, 0.5], [0.15, 2, 1.5], [0.2, 3, 2]] as const) {
    const { pose, transl } = sampleMotion(motion, seconds);
    const read = await pose.array();
    assert(Math.abs(read[16]![2]! - angle) < 1e-5, `${seconds} s: ${read[16]}`);
    assert(Math.abs((await transl.data())[0]! - x) < 1e-5);
    assertEquals(read.flat().filter((number) => Math.abs(number) > 1e-5).length, angle === 0 ? 0 : 1);
  }
});

Deno.test("sampleMotion() takes the shortest way between rotations", async () => {
  const motion = turning([3, -3], false); // 0.28 rad apart through π, not 6
  const { pose, transl } = sampleMotion(motion, 0.05);
  assert(Math.abs(Math.abs((await pose.array())[16]![2]!) - Math.PI) < 1e-5);
  disposeAll(pose, transl);
});

Deno.test("sampleMotion() loops where the motion does, and stays at the ends where not", async () => {
  const at = async (loop: boolean, seconds: number, options = {}) => {
    const { pose, transl } = sampleMotion(turning([0, 1, 0.5], loop), seconds, options);
    const angle = (await pose.array())[16]![2]!;
    disposeAll(pose, transl);
    return Math.round(angle * 1e5) / 1e5;
  };
  assertEquals([await at(false, -1), await at(false, 9)], [0, 0.5]);
  assertEquals([await at(true, 0.25), await at(true, 0.3), await at(true, -0.05)], [0.25, 0, 0.25]);
  assertEquals(await at(true, 3e6 + 0.1), 1);
  assertEquals(await at(false, 0.25, { loop: true }), 0.25);
  assertEquals([motionSeconds(turning([0, 1, 0], true)), motionSeconds(turning([0, 1, 0], false))], [0.3, 0.2]);
});

Deno.test("slerpPose() has constant speed about a slanted axis", () => {
  const a = Float32Array.of(0.2, -0.4, 1), b = Float32Array.of(-1.1, 0.3, 0.6);
  const angle = (p: Float32Array, q: Float32Array) => { // of the rotation from p to q, by quaternions
    const quaternion = (v: Float32Array) => {
      const theta = Math.hypot(...v), s = Math.sin(theta / 2) / theta;
      return [Math.cos(theta / 2), ...[...v].map((x) => x * s)];
    };
    const [r, t] = [quaternion(p), quaternion(q)];
    return 2 * Math.acos(Math.min(1, Math.abs(r.reduce((sum, x, i) => sum + x * t[i]!, 0))));
  };
  const whole = angle(a, b);
  for (const t of [0.25, 0.5, 0.9]) {
    assert(Math.abs(angle(a, slerpPose(a, b, t)) - t * whole) < 1e-3);
    assert(Math.abs(angle(slerpPose(a, b, t), b) - (1 - t) * whole) < 1e-3);
  }
});

Deno.test("createMotion() says what is wrong with its parts", async () => {
  const parts = { name: "m", rate: 30, poses: new Float32Array(330), transl: new Float32Array(6) };
  const cases: [Partial<typeof parts>, string, unknown][] = [
    [
      { transl: new Float32Array(3) },
      "createMotion: m must have T·165 pose numbers and T·3 places: got 330 and 3",
      TypeError,
    ],
    [
      { poses: new Float32Array(0), transl: new Float32Array(0) },
      "createMotion: m has no frames: a motion needs at least one",
      RangeError,
    ],
    [{ rate: 0 }, "createMotion: the rate of m must be above 0 and at most 1000 Hz: got 0", RangeError],
    [{ rate: NaN }, "createMotion: the rate of m must be above 0 and at most 1000 Hz: got NaN", RangeError],
    [
      { poses: new Float32Array(330).fill(NaN, 200, 201) },
      "createMotion: poses of m has NaN in frame 1: repair the file",
      RangeError,
    ],
  ];
  for (const [part, message, kind] of cases) {
    const error = await failsCleanly(() => createMotion({ ...parts, ...part }));
    assertEquals(error.message, message);
    assert(error instanceof (kind as typeof Error));
  }
  const time = await failsCleanly(() => sampleMotion(createMotion(parts), NaN));
  assertEquals(time.message, "sampleMotion: seconds must be finite: got NaN");
});

everyBackend("interpolateParameters() ends at both ends and is half way in between", async () => {
  const body = await loadBody(SMALL_BODY);
  const a = { ...aPose(body), transl: tf.tensor1d([0, 0, 2]) }, b = poseParameters(body, { left_shoulder: [0, 0, 1] });
  for (const [t, angle, z] of [[0, -0.8, 2], [1, 1, 0], [0.5, 0.1, 1]] as const) {
    const { pose, transl } = await interpolateParameters(a, b, t);
    assert(Math.abs((await pose.array())[16]![2]! - angle) < 1e-5, `${t}`);
    assert(Math.abs((await transl.data())[2]! - z) < 1e-6);
  }
});

Deno.test("sampleMotion() and interpolateParameters() leave their results alone", async () => {
  await leaves("result", {}, () => ({ ...sampleMotion(turning([0, 1], true), 0.03) }));
  const body = await loadBody(SMALL_BODY);
  const parameters = () => ({ a: { ...aPose(body) }, b: { ...aPose(body) } });
  await leaves("result", parameters(), ({ a, b }) => interpolateParameters(a, b, 0.3));
  const { a, b } = parameters();
  const shape = await failsCleanly(() => interpolateParameters(a, { ...b, betas: b.transl }, 0.5));
  assertEquals(shape.message, 'interpolateParameters: betas must be "10": got [3]');
  await failsCleanly(() => interpolateParameters(a, b, Infinity));
  disposeAll(a, b);
  body.dispose();
});
