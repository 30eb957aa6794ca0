import { assert, assertEquals } from "@std/assert";
import { type Accessor, type Document, type Node, WebIO } from "@gltf-transform/core";
import validator from "gltf-validator";
import * as tf from "@tensorflow/tfjs";
import { JOINT_NAMES } from "../../lib/body/joints.ts";
import { embeddedMotion, readMotion } from "../../lib/body/motion/read_motion.ts";
import { sampleMotion } from "../../lib/body/motion/motion.ts";
import { poseParameters, restParameters } from "../../lib/body/poses.ts";
import { type BodyParameters, shapeBody, skin } from "../../lib/body/skinning.ts";
import { encodeGlb, writeGlb } from "../../lib/format/glb.ts";
import { disposeAll, TensorScope } from "../../lib/tensor/scope.ts";
import { failsCleanly, leaves } from "../harness.ts";
import { smallAvatar } from "./small_avatar.ts";

const { avatar, dispose } = await smallAvatar();
const body = avatar.template.body;
addEventListener("unload", dispose);

/** Parameters with everything away from zero; the caller disposes of them. */
function bent(): BodyParameters {
  const { pose, betas, expression, transl } = poseParameters(body, {
    pelvis: [0.2, 0.7, -0.1],
    left_shoulder: [0.2, -0.3, -0.9],
    left_elbow: [0, -1.2, 0],
    right_hip: [-0.8, 0.1, 0],
    right_knee: [1, 0, 0],
    head: [0, 0.5, 0.1],
  });
  disposeAll(betas, expression, transl);
  return {
    pose,
    betas: tf.tensor1d([1.5, -1, 0.5, 0, 0, 1, 0, 0, 0, 0]),
    expression: tf.tensor1d([2, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    transl: tf.tensor1d([0.3, 0.1, -0.4]),
  };
}

async function read(bytes: Uint8Array): Promise<Document> {
  return await new WebIO().readBinary(bytes);
}

/** The vertices as a viewer would place them: by joints, inverse bind matrices and weights of the file alone. */
function skinned(document: Document): Float64Array {
  const [skinOf] = document.getRoot().listSkins(), [mesh] = document.getRoot().listMeshes();
  const [primitive] = mesh!.listPrimitives(), binds = skinOf!.getInverseBindMatrices()!;
  const matrices = skinOf!.listJoints().map((node: Node, j: number) => {
    const world = node.getWorldMatrix(), bind = element(binds, j); // column-major
    return Array.from(
      { length: 16 },
      (_, i) => [0, 1, 2, 3].reduce((sum, k) => sum + world[i % 4 + 4 * k]! * bind[4 * Math.floor(i / 4) + k]!, 0),
    );
  });
  const at = (name: string, v: number) => element(primitive!.getAttribute(name)!, v);
  const count = primitive!.getAttribute("POSITION")!.getCount(), out = new Float64Array(3 * count);
  for (let v = 0; v < count; v++) {
    const p = [...at("POSITION", v), 1];
    const joints = [...at("JOINTS_0", v), ...at("JOINTS_1", v)],
      weights = [...at("WEIGHTS_0", v), ...at("WEIGHTS_1", v)];
    joints.forEach((joint, i) => {
      for (let axis = 0; axis < 3; axis++) {
        out[3 * v + axis]! += weights[i]! * p.reduce((sum, x, k) => sum + matrices[joint]![axis + 4 * k]! * x, 0);
      }
    });
  }
  return out;
}

function element(accessor: Accessor, i: number): number[] {
  return accessor.getElement(i, new Array<number>());
}

function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assertEquals(a.length, b.length);
  return Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
}

Deno.test("encodeGlb() is valid to the Khronos validator, posed and with a motion", async () => {
  const parameters = bent(), motion = await readMotion(embeddedMotion("walk"));
  for (const options of [{}, { parameters, motion }]) {
    const { issues, info } = await validator.validateBytes(await encodeGlb(avatar, options));
    assertEquals(
      issues.messages.filter(({ severity }: { severity: number }) => severity <= 1),
      [],
      "errors and warnings",
    );
    assertEquals([info.hasSkins, info.hasMorphTargets, info.totalVertexCount], [true, true, body.vertexCount]);
    assertEquals(info.animationCount, "motion" in options ? 1 : 0);
  }
  disposeAll({ ...parameters });
});

Deno.test("encodeGlb() moves its vertices as skin() does", async () => {
  using scope = new TensorScope();
  const parameters = scope.own({ ...bent() });
  const { vertices } = scope.own({ ...skin(body, parameters) });
  const document = await read(await encodeGlb(avatar, { parameters }));
  const found = skinned(document);
  assert(furthest(found, await vertices.data()) < 1e-5, "metres"); // float32
  // the same pose told by a camera's world: everything is a half turn about x away, and comes out upright
  const turned = scope.tidy(() => skin(body, { ...parameters, transl: tf.zeros([3]) }).vertices);
  const upright = skinned(
    await read(
      await encodeGlb(avatar, {
        parameters: { ...parameters, transl: scope.own(tf.zeros<tf.Rank.R1>([3])) },
        world: "y-down",
      }),
    ),
  );
  const half = (await turned.data()).map((x, i) => i % 3 === 0 ? x : -x);
  assert(furthest(upright, half) < 1e-5);
});

Deno.test("encodeGlb() holds joints, targets and colours", async () => {
  using scope = new TensorScope();
  const document = await read(await encodeGlb(avatar));
  const [skinOf] = document.getRoot().listSkins(), [mesh] = document.getRoot().listMeshes();
  const [primitive] = mesh!.listPrimitives();
  assertEquals(skinOf!.listJoints().map((node: Node) => node.getName()), [...JOINT_NAMES]);
  const names = (mesh!.getExtras() as { targetNames: string[] }).targetNames;
  assertEquals([names.length, names[0], names[19]], [20, "shape_0", "expression_9"]);
  const one = scope.tidy(() => tf.oneHot(tf.tensor1d([3], "int32"), 10).toFloat().reshape([10]) as tf.Tensor1D);
  const none = scope.own(tf.zeros<tf.Rank.R1>([10]));
  for (const [target, betas, expression] of [[3, one, none], [13, none, one]] as const) {
    const { vertices } = scope.own({ ...shapeBody(body, betas, expression) });
    const base = primitive!.getAttribute("POSITION")!.getArray()!;
    const moved = primitive!.listTargets()[target]!.getAttribute("POSITION")!.getArray()!;
    assert(furthest(Float32Array.from(base, (x, i) => x + moved[i]!), await vertices.data()) < 1e-6, names[target]);
  }
  const colors = primitive!.getAttribute("COLOR_0")!, places = primitive!.getAttribute("POSITION")!;
  for (let v = 0; v < places.getCount(); v++) {
    const [x] = element(places, v), [red, green, blue] = element(colors, v) as [number, number, number];
    if (Math.abs(x!) > 0.1) assert(x! > 0 ? red > 0.9 && blue < 0.1 : blue > 0.9 && red < 0.1, `${x}: ${red} ${blue}`);
    assert(green < 0.05);
  }
});

Deno.test("encodeGlb() animates joints as sampleMotion() does, and closes the circle", async () => {
  const motion = await readMotion(embeddedMotion("walk"));
  const document = await read(await encodeGlb(avatar, { motion }));
  const [animation] = document.getRoot().listAnimations();
  assertEquals([animation!.getName(), animation!.listChannels().length], ["walk", 56]);
  for (const channel of animation!.listChannels()) {
    const output = channel.getSampler()!.getOutput()!, last = output.getCount() - 1;
    assertEquals(last, motion.count);
    const first = element(output, 0), end = element(output, last);
    const sign = channel.getTargetPath() === "rotation" && first.reduce((sum, x, i) => sum + x * end[i]!, 0) < 0
      ? -1
      : 1;
    assert(furthest(first, end.map((x) => sign * x)) < 1e-6);
    channel.getTargetNode()!.setRotation([0, 0, 0, 1]);
  }
  for (const channel of animation!.listChannels()) {
    const value = element(channel.getSampler()!.getOutput()!, 7);
    if (channel.getTargetPath() === "rotation") {
      channel.getTargetNode()!.setRotation(value as [number, number, number, number]);
    } else channel.getTargetNode()!.setTranslation(value as [number, number, number]);
  }
  using scope = new TensorScope();
  const sample = scope.own({ ...sampleMotion(motion, 7 / motion.rate) });
  const { vertices } = scope.own({ ...skin(body, { ...scope.own({ ...restParameters(body) }), ...sample }) });
  assert(furthest(skinned(document), await vertices.data()) < 1e-5);
});

Deno.test("writeGlb() writes no file over another one unless told", async () => {
  const folder = await Deno.makeTempDir(), path = `${folder}/avatar.glb`;
  await leaves(0, {}, async () => {
    await writeGlb(path, avatar);
    const error = await failsCleanly(() => writeGlb(path, avatar));
    assertEquals(error.message, `writeGlb: ${path} exists: choose another name, or replace it with { force }`);
    await writeGlb(path, avatar, { force: true });
  });
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["avatar.glb"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("encodeGlb() says what is wrong with its options", async () => {
  const rest = restParameters(body);
  const cases: [Record<string, unknown>, string][] = [
    [{ scale: 1 }, 'encodeGlb: unknown option "scale": known are parameters, world, motion'],
    [{ world: "up" }, 'encodeGlb: world must be one of y-down, y-up: got "up"'],
    [{ parameters: { ...rest, pose: rest.betas } }, 'encodeGlb: pose must be "55 3": got [10]'],
    [
      { parameters: { ...rest, transl: tf.tensor1d([NaN, 0, 0]) } },
      "encodeGlb: parameters hold NaN: wanted finite numbers",
    ],
  ];
  for (const [options, message] of cases) {
    assertEquals((await failsCleanly(() => encodeGlb(avatar, options))).message, message);
  }
  disposeAll(cases, { ...rest });
});
