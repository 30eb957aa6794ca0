import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { Gaussians } from "../../lib/gaussian/gaussians.ts";
import type { Camera } from "../../lib/image/cameras.ts";
import { renderGaussians } from "../../lib/splat/render.ts";
import { disposeAll } from "../../lib/tensor/scope.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, maxAbsDiff } from "../harness.ts";

const camera: Camera = {
  K: [[64, 0, 32], [0, 64, 32], [0, 0, 1]],
  worldToCamera: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
};
const size = { width: 64, height: 64 };

/** One round Gaussian of standard deviation 0.1 for each mean. */
function round(means: number[][], opacity = 0.8): Gaussians {
  const n = means.length;
  return {
    means: tf.tensor2d(means, [n, 3]),
    rotations: tf.tile(tf.tensor2d([[1, 0, 0, 0]]), [n, 1]) as tf.Tensor2D,
    scales: tf.fill([n, 3], 0.1),
    opacity: tf.fill([n], opacity),
    sh: tf.ones([n, 1, 3]),
  };
}

everyBackend("renderGaussians() equals the float64 PyTorch reference", async () => {
  const { K, worldToCamera, background, image, depth, ...gaussians } = await golden("splat");
  const matrices = { K: await K!.array() as number[][], worldToCamera: await worldToCamera!.array() as number[][] };
  const color = [...await background!.data()] as [number, number, number];
  const options = { width: 56, height: 40, background: color };
  const rendered = await renderGaussians(gaussians as unknown as Gaussians, matrices, options);
  const reference = { reference: "PyTorch, float64", version: "2.13.0", command: "python tests/golden/splat.py" };
  // colours come from float32 harmonics (3e-7) and are mixed in float32, a few dozen to a pixel
  await assertParity(rendered.image, image!, { step: "render.image", tolerance: 2e-6, ...reference });
  await assertParity(rendered.depth, depth!, { step: "render.depth", tolerance: 2e-6, ...reference });
  assertEquals(rendered.invalid, 0);
});

everyBackend("renderGaussians() of nothing, or nothing in sight, is the background", async () => {
  const background = [0.25, 0.5, 1] as const;
  for (const gaussians of [round([]), round([[0, 0, -2], [50, 0, 2], [0, 0, 0]]), round([[0, 0, 2]], 0)]) {
    const { image, depth, drawn } = await renderGaussians(gaussians, camera, { ...size, background });
    assertEquals(await maxAbsDiff(image, tf.tile(tf.tensor3d([[[...background, 0]]]), [64, 64, 1])), 0);
    assertEquals(await maxAbsDiff(depth, tf.zeros([64, 64])), 0);
    assertEquals(drawn, 0);
  }
});

everyBackend("renderGaussians() shows the nearer Gaussian, whatever the order", async () => {
  const [red, blue] = [[1.772, -1.772, -1.772], [-1.772, -1.772, 1.772]]; // ½ ± ½ after the constant harmonic
  for (const flip of [false, true]) {
    const pair = round([[0, 0, 2], [0, 0, 3]], 1);
    const sh = tf.tensor3d([[red], [blue]] as number[][][]);
    const gaussians = { ...pair, sh, means: flip ? pair.means.reverse(0) : pair.means };
    const { image } = await renderGaussians(gaussians, camera, size);
    const [r, , b, coverage] = await image.slice([32, 32, 0], [1, 1, 4]).data();
    assert(flip ? b! > 0.9 && r! < 0.1 : r! > 0.9 && b! < 0.1, `red ${r}, blue ${b}`);
    assert(coverage! > 0.99);
  }
});

everyBackend("renderGaussians() leaves out what is not finite, counts it, and draws the rest", async () => {
  const bad = round([[0, 0, 2], [NaN, 0, 2], [0.2, 0, 2], [0, 0.2, 2], [0, 0, Infinity], [-0.2, 0, 2]]);
  const broken = {
    ...bad,
    scales: tf.tensor2d([[1, 1, 1], [1, 1, 1], [1, NaN, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1]]).mul<tf.Tensor2D>(0.1),
    rotations: tf.tensor2d([[1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]]),
    sh: tf.tensor3d([[[1, 1, 1]], [[1, 1, 1]], [[1, 1, 1]], [[1, 1, 1]], [[1, 1, 1]], [[1, NaN, 1]]]),
  };
  const { image, drawn, invalid } = await renderGaussians(broken, camera, size);
  const { image: alone } = await renderGaussians(round([[0, 0, 2]]), camera, size);
  assertEquals([drawn, invalid], [1, 5]);
  assertEquals(await maxAbsDiff(image, alone), 0);
});

everyBackend("renderGaussians() survives degenerate and huge covariances", async () => {
  const means = [[0, 0, 2], [0, 0, 2.1], [0, 0, 2.2], [0, 0, 0.02], [0, 0, 5]];
  const scales = [[0, 0, 0], [1e-9, 5, 1e-9], [1e6, 1e6, 1e-6], [1e3, 1e-3, 1], [1e30, 1e30, 1e30]];
  const { image, depth, drawn } = await renderGaussians(
    { ...round(means, 0.5), scales: tf.tensor2d(scales) },
    camera,
    size,
  );
  assertEquals(drawn, 5);
  for (const value of [...await image.data(), ...await depth.data()]) assert(value >= 0 && value < 1e6, `${value}`);
  assert((await image.slice([0, 0, 3], [1, 1, 1]).data())[0]! > 0.4, "the huge one covers the corner");
});

everyBackend("renderGaussians() counts opacity above 1 as all but 1", async () => {
  const { image } = await renderGaussians(round([[0, 0, 2]], 7), camera, size);
  assertAlmostEquals((await image.slice([0, 0, 3], [-1, -1, 1]).max().data())[0]!, 0.999, 1e-6);
});

everyBackend("renderGaussians() looks at harmonics from the Gaussian's frame", async () => {
  const sh = tf.tensor3d([[[0, 0, 0], [0, 0, 0], [1, 1, 1], [0, 0, 0]]]); // brighter along z
  const s = Math.SQRT1_2, one = round([[0, 0, 2]]);
  const center = async (frames: number[][]) => {
    const { image } = await renderGaussians({ ...one, sh, frames: tf.tensor2d(frames) }, camera, size);
    return (await image.slice([32, 32, 0], [1, 1, 1]).data())[0]! /
      (await image.slice([32, 32, 3], [1, 1, 1]).data())[0]!;
  };
  const ahead = await center([[1, 0, 0, 0]]);
  assertAlmostEquals(ahead, 0.5 + 0.4886, 1e-3); // the direction is +z
  assertAlmostEquals(await center([[0, 1, 0, 0]]), 0.5 - 0.4886, 1e-3); // a half turn about x: −z in the frame
  assertAlmostEquals(await center([[s, s, 0, 0]]), 0.5, 1e-2); // a quarter turn: in its xy plane
});

Deno.test("renderGaussians() says what is wrong with its input", async () => {
  const one = round([[0, 0, 2]]), two = tf.ones<tf.Rank.R1>([2]);
  const fails = async (call: () => unknown, type: typeof TypeError | typeof RangeError, message: string) => {
    const error = await failsCleanly(call);
    assert(error instanceof type && error.message.startsWith(message), error.message);
  };
  await fails(
    () => renderGaussians({ ...one, opacity: two }, camera),
    TypeError,
    'renderGaussians: opacity must be "n" (with n=1)',
  );
  await fails(
    () => renderGaussians(one, camera, { width: 0 }),
    RangeError,
    "renderGaussians: width must be a whole number from 1 to 8192: got 0",
  );
  await fails(
    () => renderGaussians(one, camera, { background: [2, 0, 0] }),
    RangeError,
    "renderGaussians: background must be three numbers",
  );
  await fails(
    () => renderGaussians(one, camera, { size: 3 } as object),
    TypeError,
    'renderGaussians: unknown option "size"',
  );
  await fails(
    () => renderGaussians(one, { ...camera, K: [[1]] }),
    TypeError,
    "renderGaussians: the camera's K must be 3 rows of 3",
  );
  const skewed = [[64, 1, 32], [0, 64, 32], [0, 0, 1]];
  await fails(
    () => renderGaussians(one, { ...camera, K: skewed }),
    RangeError,
    "renderGaussians: the camera's K must be [fx, 0, cx;",
  );
  const lost = camera.worldToCamera.map((row) => row.map(() => NaN));
  await fails(
    () => renderGaussians(one, { ...camera, worldToCamera: lost }),
    RangeError,
    "renderGaussians: the camera's worldToCamera must be finite",
  );
  disposeAll({ ...one }, two);
});

Deno.test("renderGaussians() leaves image and depth behind and no more", async () => {
  await leaves(2, { ...round([[0, 0, 2]]) }, (gaussians) => renderGaussians(gaussians, camera, size));
  const frames = tf.tensor2d([[1, 0, 0, 0]]), sh = tf.zeros<tf.Rank.R3>([1, 4, 3]);
  const before = round([[0, 0, 2]]);
  before.sh.dispose();
  await leaves(2, { ...before, frames, sh }, (gaussians) => renderGaussians(gaussians, camera, size));
});
