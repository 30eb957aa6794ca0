import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { fitBodies, fitBody, type FittedBody } from "../../../lib/body/fit/fit_body.ts";
import type { FitOptions } from "../../../lib/body/fit/fit_options.ts";
import type { LocatedPoints } from "../../../lib/body/fit/located.ts";
import { slotOrigins } from "../../../lib/body/face_frame.ts";
import { attachGaussians } from "../../../lib/body/gaussians.ts";
import { jointIndex } from "../../../lib/body/joints.ts";
import { type BodyParameters, skin } from "../../../lib/body/skinning.ts";
import { type Body, loadBody, SMALL_BODY } from "../../../lib/body/template.ts";
import { defaultCropCamera, orbitCamera, projectPoints } from "../../../lib/image/cameras.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, scoped } from "../../harness.ts";

const PARITY = { reference: "smplfitter", version: "0.6.0", command: "python tests/golden/fit.py" };

/** A seeded body: shape, expression, pose and place. */
function someone(seed: number, bend = 0.25): BodyParameters {
  const normal = (shape: number[], deviation: number, part: number) =>
    tf.randomNormal(shape, 0, deviation, "float32", 10 * seed + part);
  return {
    betas: normal([10], 1, 1) as tf.Tensor1D,
    expression: normal([10], 1, 2) as tf.Tensor1D,
    pose: normal([55, 3], bend, 3) as tf.Tensor2D,
    transl: normal([3], 1, 4) as tf.Tensor1D,
  };
}

/** Millimetres between points, their mean; over the rows that `where` marks. */
async function millimetres(a: tf.Tensor, b: tf.Tensor, where?: readonly boolean[]): Promise<number> {
  const distances = [...await a.sub(b).square().sum(1).sqrt().data()].filter((_, i) => where?.[i] ?? true);
  return distances.reduce((sum, value) => sum + value, 0) / distances.length * 1000;
}

/** Points in camera axes: upright people stand on their heads there. */
const faceCamera = (points: tf.Tensor2D): tf.Tensor2D => points.mul(tf.tensor1d([1, -1, -1]));

for (const kind of ["clean", "noisy"] as const) {
  for (const prefix of ["", "plain."] as const) {
    const how = prefix ? "one alternation" : "three alternations";
    Deno.test(`fitBody() without polish equals smplfitter on ${kind} points, ${how}`, () =>
      scoped(async () => {
        const body = await loadBody(SMALL_BODY), fixture = await golden("fit"), V = body.vertexCount;
        for (let i = 0; i < 3; i++) {
          const one = (key: string) => fixture[key]!.slice([i], [1]).squeeze([0]);
          const uncertainty = kind === "noisy" ? one(`${kind}.uncertainty`) as tf.Tensor1D : undefined;
          const located = {
            position3d: one(`${kind}.points`) as tf.Tensor2D,
            uncertainty: uncertainty?.slice([0], [V]),
            joints: { position3d: one(`${kind}.joints`) as tf.Tensor2D, uncertainty: uncertainty?.slice([V], [55]) },
          };
          const options = prefix ? { alternations: 1, adjustLimbs: false } : {};
          // many independent errors take out the pull of doubtful parts to their parents, which smplfitter has not
          const fitted = await fitBody(located, body, { ...options, polish: 0, independentErrors: 1e15 });
          const { vertices } = skin(body, fitted);
          const expected = one(`${prefix}${kind}.vertices`);
          const step = `fitBody, closed form: ${kind} points, ${how}`;
          assert(await millimetres(vertices, expected) < 0.01);
          // metres; smplfitter sums in single precision, and a fingertip of three vertices magnifies it
          await assertParity(vertices, expected, { ...PARITY, step, tolerance: 1e-4 });
        }
        body.dispose();
      }));
  }
}

everyBackend("fitBody() finds random bodies from their vertices to a millimetre", async () => {
  const body = await loadBody(SMALL_BODY);
  for (const seed of [1, 2]) {
    const { vertices } = skin(body, someone(seed));
    const fitted = await fitBody({ position3d: vertices }, body);
    assert(await millimetres(skin(body, fitted).vertices, vertices) < 1);
    assertEquals([fitted.fitted, fitted.unseen, fitted.notices], [true, [], []]);
    assert((await fitted.confidence.min().data())[0]! === 1);
    assert((await fitted.residual.mean().data())[0]! < 0.001);
  }
  body.dispose();
});

Deno.test("fitBody() finds bodies of the embedded size to 1.5 mm, with and without joints", () =>
  scoped(async () => {
    const body = await loadBody();
    const { vertices, joints } = skin(body, someone(3));
    const alone = await fitBody({ position3d: vertices }, body);
    const both = await fitBody({ position3d: vertices, joints: { position3d: joints } }, body);
    const closed = await fitBody({ position3d: vertices, joints: { position3d: joints } }, body, { polish: 0 });
    for (const fitted of [alone, both]) assert(await millimetres(skin(body, fitted).vertices, vertices) < 1.5);
    assert(await millimetres(skin(body, closed).vertices, vertices) < 8);
    body.dispose();
  }));

Deno.test("fitBody() finds a body from Gaussians on its faces", () =>
  scoped(async () => {
    const body = await loadBody(SMALL_BODY), template = attachGaussians(body, { total: 3000 });
    const { vertices } = skin(body, someone(4));
    const position3d = slotOrigins(vertices, template);
    const fitted = await fitBody({ position3d }, body, { points: template });
    assertEquals(fitted.residual.shape, [3000]);
    assert(await millimetres(skin(body, fitted).vertices, vertices) < 3); // faces of the small body bend
    template.dispose();
    body.dispose();
  }));

Deno.test("fitBody() turns with its points: the pose stays, the global orientation turns", () =>
  scoped(async () => {
    const body = await loadBody(SMALL_BODY);
    const { vertices } = skin(body, someone(5));
    const upright = await fitBody({ position3d: vertices }, body);
    const turned = await fitBody({ position3d: faceCamera(vertices) }, body);
    assert(await millimetres(skin(body, turned).vertices, faceCamera(skin(body, upright).vertices)) < 0.1);
    const [a, b] = [await upright.pose.slice([1, 0]).data(), await turned.pose.slice([1, 0]).data()];
    a.forEach((value, i) => assertAlmostEquals(value, b[i]!, 0.02));
    body.dispose();
  }));

/** A located body under noise, of which the left leg is missing. */
async function withoutLeg(
  body: Body,
  truth: BodyParameters,
  noise: number,
): Promise<{ located: LocatedPoints; seen: boolean[] }> {
  const { vertices } = skin(body, truth);
  const part = await body.weights.argMax(1).data();
  const leg = ["left_hip", "left_knee", "left_ankle", "left_foot"].map(jointIndex);
  const seen = [...part].map((joint) => !leg.includes(joint));
  const position3d = vertices.add<tf.Tensor2D>(tf.randomNormal(vertices.shape, 0, noise, "float32", 7));
  return { located: { position3d, uncertainty: tf.tensor1d(seen.map((known) => known ? 1.6 * noise : 0.7)) }, seen };
}

Deno.test("fitBody() keeps the prior's pose where nothing is seen, and says so", () =>
  scoped(async () => {
    const body = await loadBody(SMALL_BODY), truth = someone(6, 0.15);
    const { located, seen } = await withoutLeg(body, truth, 0.02);
    const fitted = await fitBody(located, body);
    assertEquals(fitted.fitted, true);
    const leg = ["left_hip", "left_knee", "left_ankle", "left_foot"];
    assertEquals(fitted.unseen, leg);
    assertEquals(fitted.notices, [`Unseen, or too uncertain to be believed: ${leg.join(", ")}`]);
    const [pose, confidence] = [await fitted.pose.data(), await fitted.confidence.data()];
    for (const name of leg) {
      assertEquals(confidence[jointIndex(name)], 0);
      assert(Math.hypot(...pose.subarray(3 * jointIndex(name), 3 * jointIndex(name) + 3)) < 0.25, name);
    }
    const { vertices } = skin(body, truth);
    assert(await millimetres(skin(body, fitted).vertices, vertices, seen) < 12);
    body.dispose();
  }));

Deno.test("fitBody() is nearer to the truth under noise with its priors than the closed form is", () =>
  scoped(async () => {
    const body = await loadBody(SMALL_BODY);
    for (const seed of [7, 8, 9]) {
      const truth = someone(seed, 0.15), { vertices } = skin(body, truth);
      const { located, seen } = await withoutLeg(body, truth, 0.03);
      const off = async (options: Partial<FitOptions>) =>
        await millimetres(skin(body, await fitBody(located, body, options)).vertices, vertices, seen);
      const [closed, polished] = [await off({ polish: 0 }), await off({})];
      assert(polished < closed, `${polished} mm, closed form ${closed} mm`);
    }
    body.dispose();
  }));

Deno.test("fitBody() heeds the range of motion: a knee does not bend forwards for a few doubtful points", () =>
  scoped(async () => {
    const body = await loadBody(SMALL_BODY), knee = jointIndex("left_knee");
    const pose = tf.buffer([55, 3]);
    pose.set(-0.8, knee, 0);
    const { vertices } = skin(body, { ...someone(1, 0), pose: pose.toTensor() as tf.Tensor2D });
    const uncertainty = tf.fill<tf.Rank.R1>([body.vertexCount], 0.15);
    const bent = async (limitDeviation: number) =>
      (await (await fitBody({ position3d: vertices, uncertainty }, body, { limitDeviation })).pose.data())[3 * knee]!;
    const [free, bound] = [await bent(100), await bent(0.02)];
    assert(free < -0.4 && bound > free + 0.15, `${free}, ${bound}`);
    body.dispose();
  }));

Deno.test("fitBody() places the body before the camera", () =>
  scoped(async () => {
    const body = await loadBody(SMALL_BODY), camera = defaultCropCamera();
    const { vertices, joints } = skin(body, { ...someone(2, 0.15), transl: tf.zeros([3]) });
    const relative = faceCamera(vertices.sub(joints.slice([0, 0], [1, 3])));
    const placed = relative.add<tf.Tensor2D>(tf.tensor1d([0.2, -0.1, 3.4]));
    const { position } = projectPoints(placed, camera);
    const noise = tf.randomNormal(relative.shape, 0, 0.01, "float32", 3);
    const located = { position3d: relative.add<tf.Tensor2D>(noise), position2d: position };
    const fitted = await fitBody(located, body, { camera });
    assertEquals(fitted.camera, camera);
    const found = skin(body, fitted).vertices;
    assert(await millimetres(found, placed) < 25);
    const outside = tf.fill<tf.Rank.R2>([body.vertexCount, 2], 600);
    const lost = await fitBody({ ...located, position2d: outside }, body, { camera });
    assertEquals(lost.fitted, false);
    assertMatch(lost.notices[0]!, /too few lie inside the picture/);
    const off = projectPoints(found, camera).position.sub(position).square().sum(1).sqrt().mean();
    assert((await off.data())[0]! < 1); // pixel
    const without = await fitBody(located, body); // stays where the points are
    assert(await millimetres(skin(body, without).vertices, relative) < 15);
    body.dispose();
  }));

Deno.test("fitBodies() gives frames of one person one shape, nearer to the truth than one frame does", () =>
  scoped(async () => {
    const body = await loadBody(SMALL_BODY), { betas } = someone(1);
    const frames = [11, 12, 13, 14].map((seed) => {
      const { vertices } = skin(body, { ...someone(seed, 0.2), betas });
      const position3d = vertices.add<tf.Tensor2D>(tf.randomNormal(vertices.shape, 0, 0.02, "float32", seed));
      return { position3d, uncertainty: tf.fill<tf.Rank.R1>([body.vertexCount], 0.03) };
    });
    const fitted = await fitBodies(frames, body);
    const all = await Promise.all(fitted.map(async (frame) => [...await frame.betas.data()]));
    for (const frame of all) assertEquals(frame, all[0]);
    const wanted = await betas.data();
    const off = (found: ArrayLike<number>) => Math.hypot(...wanted.map((value, i) => value - found[i]!));
    const alone = await fitBody(frames[0]!, body);
    assert(off(all[0]!) < off(await alone.betas.data()), `${off(all[0]!)}`);
    assertEquals(new Set(await Promise.all(fitted.map(async (frame) => (await frame.pose.data())[3]))).size, 4);
    assertEquals(await fitBodies([], body), []);
    body.dispose();
  }));

Deno.test("fitBody() returns the prior where too few points are certain, and says which there are", () =>
  scoped(async () => {
    const body = await loadBody(SMALL_BODY);
    const part = await body.weights.argMax(1).data(), head = jointIndex("head");
    const { vertices } = skin(body, someone(1));
    const only = (certain: (joint: number) => boolean) =>
      tf.tensor1d([...part].map((joint) => certain(joint) ? 0.05 : Infinity));
    const prior = async (fitted: FittedBody) => {
      assertEquals(fitted.fitted, false);
      assertEquals(fitted.unseen.length, 55);
      for (const key of ["betas", "expression", "confidence", "residual"] as const) {
        assertEquals((await fitted[key].abs().max().data())[0], 0, key);
      }
    };
    const few = await fitBody({ position3d: vertices, uncertainty: only((joint) => joint === head) }, body);
    await prior(few);
    assertEquals(
      few.notices[0],
      "Too few certain points to fit: at least 4 on each of 3 parts are needed, of 0.5 m uncertainty at most; only head has " +
        "them: the parameters are the prior",
    );
    const camera = defaultCropCamera(), { position } = projectPoints(vertices, camera);
    const none = { position3d: vertices, position2d: position, uncertainty: only(() => false) };
    const before = await fitBody(none, body, { camera });
    await prior(before);
    assertMatch(before.notices[0]!, /only none has them/);
    const pose = await before.pose.data();
    assertAlmostEquals(pose[0]!, Math.PI, 1e-6); // upright in camera axes
    assertAlmostEquals(pose[3 * jointIndex("left_shoulder") + 2]!, -0.8, 1e-6); // A-pose
    assert((await before.transl.data())[2]! > 2);
    body.dispose();
  }));

Deno.test("fitBody() frees all but what it returns", async () => {
  const body = await loadBody(SMALL_BODY);
  await leaves("result", { truth: someone(1) }, async ({ truth }) => {
    const { vertices, joints, jointTransforms } = skin(body, truth);
    const fitted = await fitBody({ position3d: vertices }, body, { polish: 1 });
    tf.dispose([vertices, joints, jointTransforms]);
    return { ...fitted, camera: undefined };
  });
  body.dispose();
});

Deno.test("fitBody() says what is wrong with points and options, and leaves nothing behind", async () => {
  const body = await loadBody(SMALL_BODY), V = body.vertexCount;
  const points = body.template, pixels = tf.zeros<tf.Rank.R2>([V, 2]), bad = tf.fill<tf.Rank.R1>([V], -1);
  const [nan, few] = [points.mul<tf.Tensor2D>(NaN), tf.zeros<tf.Rank.R2>([4, 3])];
  const message = async (located: LocatedPoints, options?: Record<string, unknown>) =>
    (await failsCleanly(() => fitBody(located, body, options as Partial<FitOptions>))).message;
  assertEquals(await message({ position3d: few }), `fitBody: position3d must be "${V} 3": got [4, 3]`);
  assertEquals(
    await message({ position3d: nan }),
    `fitBody: position3d must be finite everywhere: ${3 * V} of ${
      3 * V
    } numbers are not, the first at point 0 (NaN): ` +
      "give a point that is missing an uncertainty of Infinity",
  );
  assertMatch(await message({ position3d: points, uncertainty: bad }), /uncertainty must be above 0 everywhere/);
  assertMatch(await message({ position3d: points, joints: { position3d: few } }), /joints.position3d must be "55 3"/);
  assertMatch(await message({ position3d: points }, { camera: defaultCropCamera() }), /position2d must be a tensor/);
  assertMatch(
    await message({ position3d: points, position2d: pixels }, { camera: orbitCamera() }),
    /worldToCamera must be the identity/,
  );
  assertMatch(await message({ position3d: points }, { iterations: 3 }), /unknown option "iterations"/);
  assertMatch(await message({ position3d: points }, { alternations: 0 }), /alternations must be a whole number from 1/);
  assertMatch(await message({ position3d: points }, { noise: 0 }), /noise must be above 0: got 0/);
  assertMatch(await message({ position3d: points }, { jointWeight: -1 }), /jointWeight must be a number of at least 0/);
  assertMatch(await message({ position3d: points }, { points: "faces" }), /points must be "vertices" or/);
  const nowhere = { faceOf: Int32Array.of(body.faceCount), barycentric: tf.ones<tf.Rank.R2>([1, 3]) };
  assertMatch(await message({ position3d: few }, { points: nowhere }), /has no face 1984/);
  tf.dispose([pixels, bad, nan, few, nowhere.barycentric]);
  body.dispose();
});
