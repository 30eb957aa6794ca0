import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { drive, placeGaussians } from "../../lib/body/drive.ts";
import { attachGaussians, type Template } from "../../lib/body/gaussians.ts";
import { aPose } from "../../lib/body/poses.ts";
import { type Body, loadBody, SMALL_BODY } from "../../lib/body/template.ts";
import { encodePly } from "../../lib/format/ply.ts";
import { decodePly } from "../../lib/format/read_ply.ts";
import { assembleAvatar, type Avatar } from "../../lib/gaussian/assemble.ts";
import { covariance } from "../../lib/gaussian/covariance.ts";
import { normalizeQuaternion, quaternionToMatrix } from "../../lib/gaussian/quaternion.ts";
import { renderGaussians } from "../../lib/splat/render.ts";
import { disposeAll } from "../../lib/tensor/scope.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, maxAbsDiff } from "../harness.ts";

/** An avatar that is neither neutral nor grey, with harmonics of degree 2. */
function motley(template: Template): Avatar {
  const n = template.count;
  const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);
  return tf.tidy(() =>
    ({
      template,
      translation: normal([n, 3], 1).mul(0.2),
      rotation: normalizeQuaternion(normal([n, 4], 2) as tf.Tensor2D),
      scale: normal([n, 3], 3).mul(0.4).sub(1).exp(),
      opacity: normal([n], 4).sigmoid(),
      sh: normal([n, 9, 3], 5).mul(0.3),
    }) as unknown as tf.TensorContainerObject
  ) as unknown as Avatar;
}

everyBackend("placeGaussians() equals the equations in numpy", async () => {
  const g = await golden("drive");
  const integers = async (name: string) => await g[name]!.data() as Int32Array;
  const [faces, faceOf] = [await integers("faces"), await integers("face_of")];
  const body = { vertexCount: 7, faceCount: 6, faces } as Body;
  const template = { body, count: 12, faceOf, barycentric: g.barycentric } as Template;
  const looks = { opacity: tf.ones([12]), sh: tf.ones([12, 1, 3]) };
  const avatar = { template, translation: g.translation, rotation: g.rotation, scale: g.scale, ...looks } as Avatar;
  const placed = placeGaussians(avatar, g.vertices as tf.Tensor2D);
  const reference = { reference: "numpy, scipy", version: "2.4.6, 1.17.1", command: "python tests/golden/drive.py" };
  const tolerance = 1e-5; // float32 rounding of lengths up to 3
  await assertParity(placed.means, g.means!, { step: "drive.means", tolerance, ...reference });
  await assertParity(placed.scales, g.scales!, { step: "drive.scales", tolerance, ...reference });
  await assertParity(quaternionToMatrix(placed.frames), g.frames!, { step: "drive, frames", tolerance, ...reference });
  const sigma = covariance(placed.rotations, placed.scales); // entries up to 9
  await assertParity(sigma, g.covariance!, { step: "drive.rotations", tolerance: 1e-4, ...reference });
});

everyBackend("drive() turns, moves and exports an avatar as one piece: every picture is the same", async () => {
  const body = await loadBody(SMALL_BODY);
  const avatar = motley(attachGaussians(body, { perFace: 1 }));
  const rest = aPose(body);
  // A turn about the pelvis and a shift of the body, and a camera that takes the same way.
  const turn = tf.tensor2d([[0.3, 2, -0.4]]), shift = tf.tensor1d([0.5, -1, 2]);
  const moved = { ...rest, pose: tf.concat2d([turn, rest.pose.slice([1, 0], [54, 3])], 0), transl: shift };
  const [still, turned] = [drive(avatar, rest), drive(avatar, moved)];
  const angle = Math.hypot(0.3, 2, -0.4);
  const half = Math.sin(angle / 2) / angle;
  const R =
    (await quaternionToMatrix(tf.tensor2d([[Math.cos(angle / 2), 0.3 * half, 2 * half, -0.4 * half]])).array())[0]!;
  const [pelvis] = await body.jointTemplate.slice([0, 0], [1, 3]).array() as [number[]];
  const s = [0.5, -1, 2];
  // x' = R·(x − pelvis) + pelvis + s, so that x = Rᵀ·(x' − pelvis − s) + pelvis
  const back = [0, 1, 2].map((i) => [
    ...[0, 1, 2].map((j) => R[j]![i]!),
    pelvis[i]! - [0, 1, 2].reduce((sum, j) => sum + R[j]![i]! * (pelvis[j]! + s[j]!), 0),
  ]);
  const front = [[1, 0, 0, 0], [0, -1, 0, -0.35], [0, 0, -1, 2.6], [0, 0, 0, 1]];
  const following = front.map((row) =>
    [0, 1, 2, 3].map((j) => [0, 1, 2].reduce((sum, k) => sum + row[k]! * back[k]![j]!, j === 3 ? row[3]! : 0))
  );
  const K = [[96, 0, 40], [0, 96, 40], [0, 0, 1]], size = { width: 80, height: 80 };
  const picture = await renderGaussians(still, { K, worldToCamera: front }, size);
  assert(picture.drawn > 1000, "the figure is in the picture");
  const tolerance = 2e-3; // Gaussians of nearly equal depth may change places by rounding
  const again = await renderGaussians(turned, { K, worldToCamera: following }, size);
  assert(await maxAbsDiff(again.image, picture.image) < tolerance);
  const exported = decodePly(await encodePly(turned));
  const read = await renderGaussians(exported, { K, worldToCamera: following }, size);
  assert(await maxAbsDiff(read.image, picture.image) < tolerance);
  const { frames: _, ...unturned } = turned;
  const wrong = await renderGaussians(unturned, { K, worldToCamera: following }, size);
  assert(await maxAbsDiff(wrong.image, picture.image) > 0.05, "without frames the colours would be others");
  avatar.template.dispose();
  body.dispose();
}, { size: "medium" });

everyBackend("placeGaussians() stretches Gaussians with their faces", async () => {
  const body = await loadBody(SMALL_BODY);
  const avatar = motley(attachGaussians(body, { perFace: 1 }));
  const [once, twice] = [placeGaussians(avatar, body.template), placeGaussians(avatar, body.template.mul(2))];
  assert(await maxAbsDiff(twice.scales, once.scales.mul(2)) < 1e-5);
  assert(await maxAbsDiff(twice.means, once.means.mul(2)) < 1e-5);
  assert(await maxAbsDiff(twice.rotations, once.rotations) < 1e-3); // a sliver's normal is known to few digits
  avatar.template.dispose();
  body.dispose();
}, { size: "medium" });

Deno.test("placeGaussians() keeps numbers finite on a collapsed body", async () => {
  const body = await loadBody(SMALL_BODY);
  const avatar = motley(attachGaussians(body, { perFace: 1 }));
  const placed = placeGaussians(avatar, tf.zeros([body.vertexCount, 3]));
  for (const tensor of Object.values({ ...placed })) {
    assert((await (tensor as tf.Tensor).data() as Float32Array).every(Number.isFinite));
  }
  disposeAll({ ...placed }, { ...avatar });
  avatar.template.dispose();
  body.dispose();
});

Deno.test("assembleAvatar() and placeGaussians() say what does not fit; drive() leaves six tensors behind", async () => {
  const body = await loadBody(SMALL_BODY);
  const template = attachGaussians(body, { perFace: 1 });
  const avatar = motley(template), n = template.count;
  const short = tf.zeros<tf.Rank.R2>([3, 3]);
  const assembled = await failsCleanly(() => assembleAvatar(template, { ...avatar, scale: short }, avatar));
  assertEquals(assembled.message, `assembleAvatar: scale must be "${n} 3": got [3, 3]`);
  const vertices = await failsCleanly(() => placeGaussians(avatar, short));
  assertEquals(vertices.message, `placeGaussians: vertices must be "${body.vertexCount} 3": got [3, 3]`);
  await leaves(0, {}, () => void assembleAvatar(template, avatar, avatar));
  await leaves(6, { ...aPose(body) }, (parameters) => ({ ...drive(avatar, parameters) }));
  disposeAll({ ...avatar }, short);
  template.dispose();
  body.dispose();
});
