import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { aPose, poseParameters, restParameters } from "../../lib/body/poses.ts";
import { type BodyParameters, shapeBody, skin } from "../../lib/body/skinning.ts";
import { type Body, loadBody, SMALL_BODY } from "../../lib/body/template.ts";
import { readNpz, writeNpz } from "../../lib/format/npz.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, maxAbsDiff } from "../harness.ts";

const FEATURES = 54 * 9;

/** The small body with the pose directions of golden/skinning.py. */
async function correctedBody(): Promise<Body> {
  const { arrays } = readNpz(await Deno.readFile(SMALL_BODY));
  const V = arrays.get("v_template")!.shape[0]!;
  const data = Float32Array.from({ length: V * 3 * FEATURES }, (_, i) => 0.002 * Math.sin(i + 1));
  const path = await Deno.makeTempFile({ suffix: ".npz" });
  try {
    await Deno.writeFile(
      path,
      writeNpz({ ...Object.fromEntries(arrays), posedirs: { shape: [V, 3, FEATURES], data } }),
    );
    return await loadBody(path);
  } finally {
    await Deno.remove(path);
  }
}

for (const kind of ["plain", "corrected"] as const) {
  const what = kind === "plain" ? "" : " with pose directions";
  everyBackend(`skin()${what} equals smplfitter and the equations in float64`, async () => {
    const body = await (kind === "plain" ? loadBody(SMALL_BODY) : correctedBody());
    const fixture = await golden("skinning");
    const all = (key: string, rows: number) => fixture[key]!.reshape([3, rows, -1]);
    for (const [reference, version] of [["smplfitter", "0.6.0"], ["float64", "equations, numpy"]] as const) {
      for (let i = 0; i < 3; i++) {
        const one = (key: string) => fixture[key]!.slice([i], [1]).squeeze([0]);
        const parameters = Object.fromEntries(["betas", "expression", "pose", "transl"].map((key) => [key, one(key)]));
        const { vertices, joints } = skin(body, parameters as unknown as BodyParameters);
        const parity = { reference, version, command: "python tests/golden/skinning.py", tolerance: 1e-5 }; // metres
        const at = (key: string, rows: number) => all(`${reference}.${kind}.${key}`, rows).slice([i], [1]).squeeze([0]);
        await assertParity(vertices, at("vertices", body.vertexCount), { step: `skin${what}: vertices`, ...parity });
        await assertParity(joints, at("joints", 55), { step: `skin${what}: joints`, ...parity });
      }
    }
    body.dispose();
  });
}

everyBackend("skin() at rest is the template and its joints", async () => {
  const body = await loadBody(SMALL_BODY);
  const { vertices, joints, jointTransforms } = skin(body, restParameters(body));
  assertAlmostEquals(await maxAbsDiff(vertices, body.template), 0, 1e-6);
  assertAlmostEquals(await maxAbsDiff(joints, body.jointTemplate), 0, 1e-6);
  assertAlmostEquals(await maxAbsDiff(jointTransforms, tf.eye(4).expandDims(0).tile([55, 1, 1])), 0, 1e-6);
  body.dispose();
});

everyBackend("skin() turns the whole body about the pelvis, then moves it", async () => {
  const body = await loadBody(SMALL_BODY);
  const parameters = { ...poseParameters(body, { pelvis: [0, Math.PI / 2, 0] }), transl: tf.tensor1d([1, 2, 3]) };
  const { vertices } = skin(body, parameters);
  const [x, y, z] = tf.split(body.template.sub(body.jointTemplate.slice([0, 0], [1, 3])), 3, 1) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const turned = tf.concat([z, y, x.neg()], 1).add(body.jointTemplate.slice([0, 0], [1, 3])).add([1, 2, 3]);
  assertAlmostEquals(await maxAbsDiff(vertices, turned), 0, 2e-6);
  body.dispose();
});

everyBackend("skin()'s joint transforms carry rest joints to posed joints", async () => {
  const body = await loadBody(SMALL_BODY);
  const { joints, jointTransforms } = skin(body, aPose(body));
  const rest = tf.concat([body.jointTemplate, tf.ones([55, 1])], 1).expandDims(1); // [55, 1, 4]
  const carried = jointTransforms.mul(rest).sum(2).slice([0, 0], [55, 3]);
  assertAlmostEquals(await maxAbsDiff(carried, joints), 0, 1e-6);
  body.dispose();
});

everyBackend("skin() has the gradient that differences give", async () => {
  const body = await loadBody(SMALL_BODY);
  const rest = aPose(body);
  const probe = tf.randomNormal([body.vertexCount, 3], 0, 1, "float32", 3);
  const measure = (parameters: Partial<BodyParameters>) =>
    skin(body, { ...rest, ...parameters }).vertices.mul(probe).sum().div(body.vertexCount) as tf.Scalar;
  for (const key of ["betas", "expression", "pose", "transl"] as const) {
    const start = rest[key] as tf.Tensor;
    const way = tf.randomNormal(start.shape, 0, 1, "float32", 4), step = 2e-2;
    const gradient = tf.grad((value) => measure({ [key]: value }))(start);
    const slope = (await gradient.mul(way).sum().data())[0]!;
    const [ahead, behind] = [step, -step].map((by) => measure({ [key]: start.add(way.mul(by)) }));
    const difference = (await ahead!.sub(behind!).div(2 * step).data())[0]!;
    assertAlmostEquals(slope, difference, 2e-3 * Math.max(1, Math.abs(difference)), key);
  }
  body.dispose();
}, { size: "medium" });

Deno.test("skin() of the embedded body moves only the hand when the wrist bends", async () => {
  const body = await loadBody();
  const bent = poseParameters(body, { left_wrist: [0, 0, 0.5] });
  const { vertices } = skin(body, bent);
  const [now, before] = [await vertices.data(), await body.template.data()];
  let farthest = -Infinity, moved = 0;
  now.forEach((value, i) => {
    if (Math.abs(value - before[i]!) < 1e-5) return;
    moved++;
    farthest = Math.max(farthest, 0.5 - before[i - i % 3]!); // how far inwards of x = 0.5 m
  });
  assert(moved > 1000 && farthest < 0, `${moved} coordinates, ${farthest} m inwards`);
  tf.dispose([vertices, ...Object.values(bent)]);
  body.dispose();
});

Deno.test("shapeBody() grows along its first direction", async () => {
  const body = await loadBody(SMALL_BODY);
  const stature = async (beta: number) => {
    const { vertices } = shapeBody(body, tf.tensor1d([beta, ...new Array(9).fill(0)]), tf.zeros([10]));
    const [low, high] = [vertices.min(0), vertices.max(0)];
    return (await high.data())[1]! - (await low.data())[1]!;
  };
  assert(await stature(2) > await stature(0) + 0.1);
  assert(await stature(-2) < await stature(0) - 0.1);
  body.dispose();
});

Deno.test("skin() says which parameter does not fit, and leaves nothing behind", async () => {
  const body = await loadBody(SMALL_BODY), rest = restParameters(body);
  const wrong = tf.zeros<tf.Rank.R2>([24, 3]);
  const error = await failsCleanly(() => skin(body, { ...rest, pose: wrong }));
  assertEquals(error.message, 'skin: pose must be "55 3": got [24, 3]');
  tf.dispose([wrong, ...Object.values(rest)]);
  body.dispose();
});

Deno.test("skin() leaves three tensors and no more", async () => {
  const body = await loadBody(SMALL_BODY);
  await leaves(3, { rest: restParameters(body) }, ({ rest }) => skin(body, rest));
  body.dispose();
});
