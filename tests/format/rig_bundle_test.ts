import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { zipSync } from "fflate";
import { drive, placeGaussians } from "../../lib/body/drive.ts";
import { JOINT_NAMES, JOINT_PARENTS } from "../../lib/body/joints.ts";
import { poseParameters, restParameters } from "../../lib/body/poses.ts";
import { skin } from "../../lib/body/skinning.ts";
import { decodeParameters } from "../../lib/format/parameters_npz.ts";
import { decodeRigBundle, readRigBundle } from "../../lib/format/read_rig_bundle.ts";
import { encodeRigBundle, writeRigBundle } from "../../lib/format/rig_bundle.ts";
import { readSafetensors, writeSafetensors } from "../../lib/format/safetensors.ts";
import { unzipEntry, zipEntries } from "../../lib/format/zip.ts";
import { disposeAll, TensorScope } from "../../lib/tensor/scope.ts";
import fc from "../property.ts";
import { failsCleanly, leaves, maxAbsDiff } from "../harness.ts";
import { smallAvatar } from "./small_avatar.ts";

const { avatar, dispose } = await smallAvatar(300);
const body = avatar.template.body;
addEventListener("unload", dispose);
const WHOLE = await encodeRigBundle(avatar);
const RULES = { caller: "test", name: "bundle", kind: "zip" };

/** The bundle with some files exchanged or, where undefined, left out. */
function altered(changes: Record<string, Uint8Array | undefined>): Uint8Array {
  const entries: Record<string, Uint8Array> = {};
  for (const entry of zipEntries(WHOLE, { ...RULES, wants: () => true, maxBytes: 1e9 })) {
    const content = entry in changes ? changes[entry] : unzipEntry(WHOLE, entry, RULES);
    if (content) entries[entry] = content;
  }
  return zipSync(entries);
}

function text(entry: string, change: (content: string) => string): Record<string, Uint8Array> {
  return { [entry]: new TextEncoder().encode(change(new TextDecoder().decode(unzipEntry(WHOLE, entry, RULES)))) };
}

/** Column j of A·(p, 1), A row-major 4×4 from `jointTransforms`. */
function transformed(transforms: ArrayLike<number>, joint: number, p: ArrayLike<number>, at: number): number[] {
  return [0, 1, 2].map((row) => {
    const start = 16 * joint + 4 * row;
    return transforms[start]! * p[at]! + transforms[start + 1]! * p[at + 1]! + transforms[start + 2]! * p[at + 2]! +
      transforms[start + 3]!;
  });
}

/** Linear blend skinning by six joints a point, with nothing but a bundle's arrays. */
function blended(points: ArrayLike<number>, joints: Uint8Array, weights: Float32Array, transforms: ArrayLike<number>) {
  const out = new Float32Array(points.length);
  for (let i = 0; 3 * i < points.length; i++) {
    for (let k = 6 * i; k < 6 * i + 6; k++) {
      transformed(transforms, joints[k]!, points, 3 * i).forEach((x, axis) => out[3 * i + axis]! += weights[k]! * x);
    }
  }
  return out;
}

Deno.test("a bundle drives its Gaussians as drive() does: exactly by faces, nearly by joints", async () => {
  using scope = new TensorScope();
  const posed = scope.own({
    ...poseParameters(body, { left_elbow: [0, -0.9, 0], right_hip: [-0.7, 0, 0], head: [0, 0.5, 0] }),
  });
  const betas = scope.own(tf.tensor1d([1, -1, 0, 0, 0.5, 0, 0, 0, 0, 0]));
  const parameters = { ...posed, betas };
  const bundle = decodeRigBundle(await encodeRigBundle(avatar, { parameters }));
  scope.own({ ...bundle.gaussians });
  const { binding, mesh } = bundle, n = binding.face.length;
  const expected = scope.own({ ...drive(avatar, parameters) });
  const { jointTransforms } = scope.own({ ...skin(body, parameters) });
  const transforms = await jointTransforms.data();

  const vertices = scope.own(
    tf.tensor2d(blended(mesh.vertices, mesh.joints, mesh.weights, transforms), [body.vertexCount, 3]),
  );
  const rebuilt = scope.own({
    translation: tf.tensor2d(binding.translation, [n, 3]),
    rotation: tf.tensor2d(binding.rotation, [n, 4]),
    scale: tf.tensor2d(binding.scale, [n, 3]),
    barycentric: tf.tensor2d(binding.barycentric, [n, 3]),
  });
  const template = { ...avatar.template, faceOf: binding.face, barycentric: rebuilt.barycentric };
  const byFaces = scope.own({ ...placeGaussians({ ...avatar, ...rebuilt, template }, vertices) });
  for (const name of ["means", "rotations", "scales"] as const) {
    assert(await maxAbsDiff(byFaces[name], expected[name]) < 1e-4, name); // float32, small faces
  }
  const byJoints = blended(await bundle.gaussians.means.data(), binding.joints, binding.weights, transforms);
  const means = await expected.means.data();
  const distances = Array.from(
    { length: n },
    (_, i) => Math.hypot(...[0, 1, 2].map((axis) => byJoints[3 * i + axis]! - means[3 * i + axis]!)),
  );
  assert(distances.reduce((sum, d) => sum + d, 0) / n < 0.002, "mean distance, metres");
});

Deno.test("decodeRigBundle() reads back what encodeRigBundle() wrote", async () => {
  using scope = new TensorScope();
  const { gaussians, skeleton, binding, mesh } = decodeRigBundle(WHOLE);
  scope.own({ ...gaussians });
  assertEquals(skeleton.map(({ name }) => name), [...JOINT_NAMES]);
  assertEquals(skeleton.map(({ parent }) => parent), [...JOINT_PARENTS]);
  const joints = scope.own(tf.tensor2d(skeleton.map(({ position }) => [...position])));
  assert(await maxAbsDiff(joints, body.jointTemplate) < 1e-7);
  assertEquals(binding.face, avatar.template.faceOf);
  assertEquals(mesh.faces, body.faces);
  for (const [key, tensor] of [["translation", avatar.translation], ["rotation", avatar.rotation]] as const) {
    assertEquals([...binding[key]], [...await tensor.data()]);
  }
  assert(binding.weights.length === 1800 && mesh.weights.length === 6 * body.vertexCount);
  for (const weights of [binding.weights, mesh.weights]) {
    for (let i = 0; i < weights.length; i += 6) {
      assert(Math.abs(weights.subarray(i, i + 6).reduce((sum, weight) => sum + weight, 0) - 1) < 1e-5);
    }
  }
  const rest = scope.own({ ...restParameters(body) });
  const upright = scope.own({ ...drive(avatar, rest) });
  assert(await maxAbsDiff(gaussians.means, upright.means) < 1e-5, "y up, at rest");
  assertEquals(WHOLE, await encodeRigBundle(avatar), "the same bytes again");
});

Deno.test("encodeRigBundle() stores parameters where there are any", async () => {
  using scope = new TensorScope();
  const parameters = scope.own({ ...poseParameters(body, { head: [0, 1, 0] }) });
  const bytes = await encodeRigBundle(avatar, { parameters });
  const read = scope.own({ ...decodeParameters(unzipEntry(bytes, "parameters.npz", RULES)) });
  assert(await maxAbsDiff(read.pose, parameters.pose) === 0);
  const error = await failsCleanly(() =>
    encodeRigBundle(avatar, { parameters: { ...parameters, betas: parameters.transl } })
  );
  assert(error.message.includes('betas must be "10": got [3]'), error.message);
});

Deno.test("writeRigBundle() and readRigBundle() go through a file, never over another one unless told", async () => {
  const folder = await Deno.makeTempDir(), path = `${folder}/avatar.zip`;
  await leaves(0, {}, async () => {
    await writeRigBundle(path, avatar);
    disposeAll({ ...(await readRigBundle(path)).gaussians });
    const error = await failsCleanly(() => writeRigBundle(path, avatar));
    assertEquals(error.message, `writeRigBundle: ${path} exists: choose another name, or replace it with { force }`);
    await writeRigBundle(path, avatar, { force: true });
  });
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["avatar.zip"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("decodeRigBundle() refuses what is no rig bundle, saying why", async () => {
  const { arrays } = readSafetensors(unzipEntry(WHOLE, "binding.safetensors", RULES));
  const binding = (changes: Record<string, { shape: readonly number[]; data: Float32Array | Int32Array }>) => ({
    "binding.safetensors": writeSafetensors({ ...Object.fromEntries(arrays), ...changes }),
  });
  const cases: [Uint8Array, string][] = [
    [new TextEncoder().encode("hello"), "invalid zip data"],
    [altered({ "skeleton.json": undefined }), "it has no skeleton.json"],
    [altered(text("manifest.json", () => "{")), "its manifest.json is not JSON"],
    [altered(text("manifest.json", () => "null")), "its manifest says format undefined"],
    [altered(text("manifest.json", (t) => t.replace('"version": 1', '"version": 9'))), "it has version 9, wanted 1"],
    [altered(text("manifest.json", (t) => t.replace('"gaussians": 300', '"gaussians": -1'))), "its manifest counts -1"],
    [
      altered(text("manifest.json", (t) => t.replace('"gaussians": 300', '"gaussians": 299'))),
      "joints of its binding.safetensors must be Uint8Array [299, 6]: got [300, 6]",
    ],
    [altered(text("skeleton.json", () => "{}")), "its skeleton.json wants a list of 1 to 256 joints"],
    [
      altered(text("skeleton.json", (t) => t.replace('"parent": 0', '"parent": 7'))),
      "joint 1 of its skeleton.json has the parent 7",
    ],
    [
      altered(binding({ face: { shape: [300], data: new Int32Array(300).fill(1e6) } })),
      "face of its binding.safetensors holds 1000000",
    ],
    [
      altered(binding({ scale: { shape: [300, 3], data: new Float32Array(900).fill(NaN) } })),
      "scale of its binding.safetensors holds NaN",
    ],
  ];
  for (const [bytes, why] of cases) {
    const error = await failsCleanly(() => decodeRigBundle(bytes, { name: "a.zip" }));
    assert(error instanceof SyntaxError, error.stack);
    assert(error.message.startsWith(`decodeRigBundle: a.zip is no rig bundle: ${why}`), error.message);
  }
  const large = await failsCleanly(() => decodeRigBundle(WHOLE, { maxBytes: 1000 }));
  assert(/^decodeRigBundle: file would unpack to \d+ bytes: the limit is 1000$/.test(large.message), large.message);
  assert(large instanceof RangeError);
});

Deno.test("decodeRigBundle() of damaged bytes reads or refuses, and never fails otherwise", async () => {
  const damage = fc.array(fc.tuple(fc.nat(WHOLE.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(damage, fc.nat(100), async (changes, cut) => {
      const bytes = WHOLE.slice(0, WHOLE.length - (cut > 90 ? cut : 0));
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      const before = tf.memory().numTensors;
      try {
        disposeAll({ ...decodeRigBundle(bytes).gaussians });
      } catch (error) {
        assert(error instanceof SyntaxError || error instanceof RangeError, String((error as Error).stack));
      }
      await Promise.resolve();
      assertEquals(tf.memory().numTensors, before);
    }),
    { numRuns: 100 },
  );
});
