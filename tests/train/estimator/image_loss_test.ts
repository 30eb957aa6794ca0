import { assert, assertAlmostEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { imageLoss } from "../../../lib/train/estimator/image_loss.ts";
import { ssimMap } from "../../../lib/train/ssim.ts";
import { everyBackend, leaves } from "../../harness.ts";

const random = (seed: number) => tf.randomUniform<tf.Rank.R3>([16, 16, 4], 0, 1, "float32", seed);
const value = async (loss: tf.Scalar) => (await loss.data())[0]!;

everyBackend("imageLoss() of a picture and itself is nothing", async () => {
  const picture = random(1);
  assertAlmostEquals(await value(imageLoss(picture, picture, { colour: 1, structure: 1, mask: 1 })), 0, 1e-5);
});

everyBackend("imageLoss() weighs colour, structure and coverage by the person's area", async () => {
  const a = random(1), b = random(2), [x, y] = await Promise.all([a.data(), b.data()]);
  let colour = 0, mask = 0, area = 0;
  for (let i = 0; i < x.length; i++) {
    if (i % 4 < 3) colour += Math.abs(x[i]! - y[i]!) / 3;
    else [mask, area] = [mask + Math.abs(x[i]! - y[i]!), area + y[i]!];
  }
  assertAlmostEquals(await value(imageLoss(a, b, { colour: 2, structure: 0, mask: 0 })), 2 * colour / area, 1e-5);
  assertAlmostEquals(await value(imageLoss(a, b, { colour: 0, structure: 0, mask: 3 })), 3 * mask / area, 1e-5);
  const rgb = (t: tf.Tensor3D) => t.slice<tf.Tensor3D>([0, 0, 0], [16, 16, 3]);
  const unlike = (await tf.sub(1, ssimMap(rgb(a), rgb(b))).sum().data())[0]! / 3;
  assertAlmostEquals(await value(imageLoss(a, b, { colour: 0, structure: 1, mask: 0 })), unlike / area, 1e-4);
});

everyBackend("imageLoss() of an empty picture divides by a twentieth of it, not by nothing", async () => {
  const empty = tf.zeros<tf.Rank.R3>([16, 16, 4]), full = tf.ones<tf.Rank.R3>([16, 16, 4]);
  assertAlmostEquals(await value(imageLoss(full, empty, { colour: 1, structure: 0, mask: 0 })), 20, 1e-4);
});

everyBackend("imageLoss() has the gradient of finite differences", async () => {
  const a = random(3), b = random(4), weights = { colour: 1, structure: 0.5, mask: 0.7 };
  const along = random(5).sub<tf.Tensor3D>(0.5), h = 1e-3;
  const gradient = tf.grad((x) => imageLoss(x as tf.Tensor3D, b, weights))(a);
  const slope = (await value(imageLoss(a.add(along.mul(h)), b, weights)) -
    await value(imageLoss(a.sub(along.mul(h)), b, weights))) / (2 * h);
  const expected = (await gradient.mul(along).sum().data())[0]!;
  assert(Math.abs(slope - expected) < 0.03 * Math.abs(expected) + 2e-3, `${slope} and ${expected}`); // |x| has corners
});

Deno.test("imageLoss() leaves one tensor behind", async () => {
  const weights = { colour: 1, structure: 1, mask: 1 };
  await leaves(1, { a: random(1), b: random(2) }, ({ a, b }) => imageLoss(a, b, weights));
});
