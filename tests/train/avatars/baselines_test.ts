import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { attachGaussians } from "../../../lib/body/gaussians.ts";
import { standingBody } from "../../../lib/pipeline/standing_body.ts";
import { skin } from "../../../lib/body/skinning.ts";
import { loadBody, SMALL_BODY } from "../../../lib/body/template.ts";
import { SH_0 } from "../../../lib/gaussian/spherical_harmonics.ts";
import { type Camera, projectPoints } from "../../../lib/image/cameras.ts";
import { baselineAvatars, freeAvatar } from "../../../lib/train/avatars/baselines.ts";
import { slotOrigins } from "../../../lib/body/face_frame.ts";
import { scoped } from "../../harness.ts";

const camera: Camera = {
  K: [[600, 0, 256], [0, 600, 256], [0, 0, 1]],
  worldToCamera: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
};
const test = (name: string, fn: () => unknown) =>
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: () => scoped(fn) });

/** A body before a picture whose red is x and whose green is y, 0..1, and whose mask holds its middle. */
async function scene() {
  const body = await loadBody(SMALL_BODY), template = attachGaussians(body, { perFace: 1 });
  const joints = await body.jointTemplate.data();
  const { vertices } = skin(body, standingBody(body, [joints[0]!, joints[1]!, joints[2]!]));
  const ramp = tf.linspace(0.5 / 512, 1 - 0.5 / 512, 512);
  const red = tf.tile(ramp.reshape([1, 512]), [512, 1]), green = red.transpose();
  const crop = tf.stack([red, green, tf.zeros([512, 512])], 2) as tf.Tensor3D;
  return { body, template, vertices, crop, mask: tf.ones<tf.Rank.R2>([512, 512]), camera };
}

const coloursOf = async (sh: tf.Tensor3D) => (await sh.data()).map((value) => 0.5 + SH_0 * value);

test("baselineAvatars() paints what is seen with its own pixel, and what is hidden from the nearest that is seen", async () => {
  const { template, ...photo } = await scene(), { body } = photo;
  const avatars = await baselineAvatars(template, photo);
  const colours = await coloursOf(avatars.nearest_visible_pixel.sh);
  const origins = slotOrigins(photo.vertices, template), { position } = projectPoints(origins, camera);
  const [pixels, places] = await Promise.all([position.data(), origins.data()]);
  const nose = nearestTo(places as Float32Array, [0, -0.62, 2.7]),
    pelvis = nearestTo(places as Float32Array, [0, 0, 3.3]);
  for (let c = 0; c < 2; c++) assertAlmostEquals(colours[3 * nose + c]!, pixels[2 * nose + c]! / 512, 2e-3);
  const behind = [0, 1].map((c) => Math.abs(colours[3 * pelvis + c]! - pixels[2 * pelvis + c]! / 512) * 512);
  assert(Math.hypot(...behind) > 5 && Math.hypot(...behind) < 80, `${behind} pixels`); // from the side of the trunk
  assertEquals(template.count, body.faceCount);
  Object.values(avatars).forEach(freeAvatar);
});

test("baselineAvatars() heeds the mask: no colour comes from off the person", async () => {
  const { template, ...photo } = await scene();
  const left = tf.concat2d([tf.ones([512, 256]), tf.zeros([512, 256])], 1); // the picture's left half
  const avatars = await baselineAvatars(template, { ...photo, mask: left });
  const texture = await coloursOf(avatars.nearest_visible_pixel.sh), mean = await coloursOf(avatars.mean_colour.sh);
  for (let i = 0; i < template.count; i++) assert(texture[3 * i]! < 0.501, `red ${texture[3 * i]}`);
  assertAlmostEquals(mean[0]!, 0.25, 1e-3);
  assertAlmostEquals(mean[1]!, 0.5, 1e-3);
  Object.values(avatars).forEach(freeAvatar);
});

test("baselineAvatars() paints directly at the places that were found", async () => {
  const { template, ...photo } = await scene();
  const position2d = tf.fill<tf.Rank.R2>([template.count, 2], 128);
  const avatars = await baselineAvatars(template, { ...photo, position2d });
  const colours = await coloursOf(avatars.direct_colour.sh);
  assertAlmostEquals(colours[0]!, 0.25, 1e-3);
  assertAlmostEquals(colours.at(-2)!, 0.25, 1e-3);
  Object.values(avatars).forEach(freeAvatar);
});

test("baselineAvatars() paints with the mean where nothing is seen, and frees what it does not return", async () => {
  const { template, ...photo } = await scene(), mask = tf.zeros<tf.Rank.R2>([512, 512]);
  const before = tf.memory().numTensors, avatars = await baselineAvatars(template, { ...photo, mask });
  assertEquals(tf.memory().numTensors - before, 15);
  assertEquals((await coloursOf(avatars.nearest_visible_pixel.sh)).every((value) => Math.abs(value) < 1e-6), true);
  Object.values(avatars).forEach(freeAvatar);
  assertEquals(tf.memory().numTensors, before);
});

function nearestTo(places: Float32Array, [x, y, z]: readonly [number, number, number]): number {
  let best = 0, least = Infinity;
  for (let i = 0; 3 * i < places.length; i++) {
    const distance = Math.hypot(places[3 * i]! - x, places[3 * i + 1]! - y, places[3 * i + 2]! - z);
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}
