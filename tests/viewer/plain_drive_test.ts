import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { drive } from "../../lib/body/drive.ts";
import { rigOf } from "../../lib/body/fit/rig.ts";
import { skin } from "../../lib/body/skinning.ts";
import { viewerContents } from "../../lib/format/viewer_contents.ts";
import { covariance } from "../../lib/gaussian/covariance.ts";
import { conjugate, quaternionToMatrix, rotateVector } from "../../lib/gaussian/quaternion.ts";
import { shColor } from "../../lib/gaussian/spherical_harmonics.ts";
import type { PlainAvatar } from "../../lib/viewer/contents.ts";
import { packContents, unpackContents } from "../../lib/viewer/pack_contents.ts";
import { placeOnFaces, roomForGaussians } from "../../lib/viewer/place_gaussians.ts";
import { poseBody } from "../../lib/viewer/pose_body.ts";
import { viewColors } from "../../lib/viewer/view_colors.ts";
import { assertParity, golden, maxAbsDiff } from "../harness.ts";
import { smallScene } from "./viewer_avatar.ts";

const HALF_TURN = tf.tensor2d([[1, 0, 0], [0, -1, 0], [0, 0, -1]]);

/** Asserts that numbers of ours agree: the tensors' own parity is tested with them. */
async function near(actual: tf.Tensor, expected: tf.Tensor, tolerance: number): Promise<void> {
  const most = await maxAbsDiff(actual, expected);
  assert(most <= tolerance, `differs by ${most}, more than ${tolerance}`);
}

/** What the page makes of its contents. */
function driven({ rig, avatar, faces, coefficients, poses }: ReturnType<typeof unpackContents>) {
  const body = poseBody(rig, { coefficients, ...poses.photo });
  const gaussians = roomForGaussians(avatar.count, faces.length / 3);
  placeOnFaces(avatar, body.vertices, faces, gaussians);
  return { body, gaussians };
}

Deno.test("placeOnFaces() equals the equations in numpy", async () => {
  const g = await golden("drive");
  const numbers = async (name: string) => await g[name]!.data() as Float32Array;
  const faces = Int32Array.from(await numbers("faces")), faceOf = Int32Array.from(await numbers("face_of"));
  const avatar = {
    count: 12,
    faceOf,
    barycentric: await numbers("barycentric"),
    translation: await numbers("translation"),
    rotation: await numbers("rotation"),
    scale: await numbers("scale"),
  } as PlainAvatar;
  const out = roomForGaussians(12, 6);
  placeOnFaces(avatar, Float64Array.from(await numbers("vertices")), faces, out);
  const reference = { reference: "numpy, scipy", version: "2.4.6, 1.17.1", command: "python tests/golden/drive.py" };
  const tolerance = 1e-5; // float32 rounding of lengths up to 3
  const rotations = tf.tensor2d(out.rotations, [12, 4]), scales = tf.tensor2d(out.scales, [12, 3]);
  await assertParity(tf.tensor2d(out.means, [12, 3]), g.means!, { step: "viewer, means", tolerance, ...reference });
  await assertParity(scales, g.scales!, { step: "viewer, scales", tolerance, ...reference });
  const sigma = covariance(rotations, scales); // entries up to 9
  await assertParity(sigma, g.covariance!, { step: "viewer, covariances", tolerance: 1e-4, ...reference });
});

Deno.test("poseBody() equals skin()", async () => {
  const { scene: { avatar, parameters }, dispose } = await smallScene();
  const { body } = avatar.template, { betas, expression, pose, transl } = parameters!;
  const posed = poseBody(await rigOf(body), {
    coefficients: Float32Array.from([...await betas.data(), ...await expression.data()]),
    pose: await pose.data(),
    transl: await transl.data(),
  });
  const wanted = skin(body, parameters!);
  const tolerance = 1e-5; // float32 rounding of lengths up to 4 metres, on the tensors' side
  const vertices = tf.tensor2d(Float32Array.from(posed.vertices), [body.vertexCount, 3]);
  await near(vertices, wanted.vertices, tolerance);
  await near(tf.tensor2d(Float32Array.from(posed.joints), [55, 3]), wanted.joints, tolerance);
  dispose();
});

Deno.test("the page's Gaussians are those of drive(), turned upright and brought to the floor", async () => {
  const { scene, dispose } = await smallScene();
  const contents = unpackContents(packContents(await viewerContents(scene)));
  const { body, gaussians } = driven(contents);
  const wanted = drive(scene.avatar, scene.parameters!), n = scene.avatar.template.count;
  const posed = skin(scene.avatar.template.body, scene.parameters!);
  // x_page = A·x − (A·p − J_0), with the pelvis p: compare relative to the pelvis
  const upright = (points: tf.Tensor2D) =>
    points.sub(posed.joints.slice([0, 0], [1, 3])).matMul<tf.Tensor2D>(HALF_TURN);
  const pelvis = tf.tensor2d(Float32Array.from(body.joints.subarray(0, 3)), [1, 3]);
  // Sixteen bits: 5 µm in shape (20 directions, half a step each, three deviations), 2e-5 rad in the rotations
  const tolerance = 2e-5;
  const means = tf.tensor2d(gaussians.means, [n, 3]).sub<tf.Tensor2D>(pelvis);
  await near(means, upright(wanted.means), tolerance);
  const scales = tf.tensor2d(gaussians.scales, [n, 3]);
  await near(scales, wanted.scales, tolerance);
  const signs = tf.tensor2d([[1, -1, -1], [-1, 1, 1], [-1, 1, 1]]); // A·Σ·A of the half turn
  const turned = covariance(wanted.rotations, wanted.scales).mul<tf.Tensor3D>(signs);
  const sigma = covariance(tf.tensor2d(gaussians.rotations, [n, 4]), scales); // entries up to 1e-2 m²
  await near(sigma, turned, 1e-5);
  // Colours from the photo's camera are those of the renderer from there
  const eye = contents.photo!.camera!.center, rgb = new Float32Array(3 * n);
  viewColors(contents.avatar, gaussians, eye, rgb);
  const seen = tf.tidy(() => { // the camera stands at the world's origin
    const direction = wanted.means.div<tf.Tensor2D>(wanted.means.norm("euclidean", 1, true));
    return shColor(wanted.sh, rotateVector(conjugate(wanted.frames), direction));
  });
  await near(tf.tensor2d(rgb, [n, 3]), seen, 2e-3); // a sliver's frame is known to few digits
  dispose();
});

Deno.test("viewColors() equals shColor() up to degree 3", async () => {
  const n = 64, count = n;
  const sh = tf.randomNormal<tf.Rank.R3>([n, 16, 3], 0, 0.3, "float32", 3);
  const frames = tf.tidy(() => {
    const raw = tf.randomNormal<tf.Rank.R2>([n, 4], 0, 1, "float32", 4);
    return raw.div<tf.Tensor2D>(raw.norm("euclidean", 1, true));
  });
  const means = tf.randomNormal<tf.Rank.R2>([n, 3], 0, 1, "float32", 5), eye = [0.3, -0.2, 4];
  const direction = tf.tidy(() => {
    const way = means.sub<tf.Tensor2D>(tf.tensor2d([eye]));
    return rotateVector(conjugate(frames), way.div<tf.Tensor2D>(way.norm("euclidean", 1, true)));
  });
  for (const k of [1, 4, 9, 16]) {
    const part = sh.slice([0, 0, 0], [n, k, 3]), rgb = new Float32Array(3 * n);
    const avatar = { count, faceOf: Int32Array.from({ length: n }, (_, i) => i), sh: await part.data() };
    const placed = { means: await means.data(), frames: await frames.data() };
    viewColors(avatar as unknown as PlainAvatar, placed as ReturnType<typeof roomForGaussians>, eye, rgb);
    assert(await maxAbsDiff(tf.tensor2d(rgb, [n, 3]), shColor(part, direction)) < 1e-5, `${k} harmonics`);
  }
});

Deno.test("placeOnFaces() keeps numbers finite on a collapsed body", async () => {
  const { scene, dispose } = await smallScene();
  const { rig, avatar, faces } = await viewerContents(scene);
  const out = roomForGaussians(avatar.count, faces.length / 3);
  placeOnFaces(avatar, new Float64Array(3 * rig.vertices.count), faces, out);
  for (const numbers of Object.values(out)) assert(numbers.every(Number.isFinite));
  const frames = quaternionToMatrix(tf.tensor2d(out.frames, [faces.length / 3, 4]));
  assertEquals(frames.shape[0], faces.length / 3);
  dispose();
});
