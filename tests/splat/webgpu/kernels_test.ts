import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import {
  GAUSSIAN_SPLAT,
  GAUSSIAN_SPLAT_GRAD,
  SPLAT_INPUTS,
  type SplatAttributes,
} from "../../../lib/splat/gaussian_splat.ts";
import { rasterize } from "../../../lib/splat/rasterize.ts";
import { rasterizeGradient } from "../../../lib/splat/rasterize_gradient.ts";
import type { View } from "../../../lib/splat/view.ts";
import "../../../lib/splat/webgpu/kernels.ts";
import { roundSizes } from "../../../lib/splat/webgpu/rounds.ts";
import { everyBackend, maxAbsDiff } from "../../harness.ts";

const NAMES = SPLAT_INPUTS;
type Splats = Record<typeof NAMES[number], tf.Tensor>;
type Attributes = SplatAttributes & { readonly pairs?: number };

const run = (name: string, inputs: unknown, attributes: Attributes) =>
  tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attributes as never) as tf.Tensor[];
const draw = (splats: Splats, attributes: Attributes) =>
  run(GAUSSIAN_SPLAT, splats, attributes) as [image: tf.Tensor3D, depth: tf.Tensor2D];

/** The gradients by name, and the shares of that of the intrinsics [n, 4]. */
function gradient(
  splats: Splats,
  imageGradient: tf.Tensor,
  depthGradient: tf.Tensor,
  attributes: Attributes,
): Splats & { readonly intrinsics: tf.Tensor } {
  const gradients = run(GAUSSIAN_SPLAT_GRAD, { ...splats, imageGradient, depthGradient }, attributes);
  const names = [...NAMES, "intrinsics"] as const;
  return Object.fromEntries(names.map((name, i) => [name, gradients[i]!])) as Record<typeof names[number], tf.Tensor>;
}

/** Looks along +z from the origin; 90° over the picture's width. */
const viewOfSize = (width: number, height: number): View => {
  const rotation = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), translation = new Float64Array(3);
  return { width, height, fx: width / 2, fy: width / 2, cx: width / 2, cy: height / 2, rotation, translation };
};
const at = (width: number, height: number, pairs?: number): Attributes => ({
  view: viewOfSize(width, height),
  background: [0.1, 0.2, 0.3],
  ...(pairs ? { pairs } : {}),
});

/** A cloud about (0, 0, 3). */
function cloud(n: number, size: number, spread = 0.5): Splats {
  const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);
  return tf.tidy(() => ({
    means: normal([n, 3], 1).mul(spread).add(tf.tensor1d([0, 0, 3])),
    rotations: normal([n, 4], 2),
    scales: normal([n, 3], 3).mul(0.4).exp().mul(size),
    opacity: tf.randomUniform([n], 0.05, 0.9, "float32", 4),
    colors: tf.randomUniform([n, 3], 0, 1, "float32", 5),
  }));
}

/** Picture and gradients, each number beside the TypeScript reference's. */
async function assertLikeReference(
  splats: Splats,
  attributes: Attributes,
  tolerance: number,
  gradientTolerance = 5 * tolerance,
): Promise<void> {
  const { view, background } = attributes;
  const numbers = await Promise.all(NAMES.map((name) => splats[name].data())) as Float32Array[];
  const [means, rotations, scales, opacity, colors] = numbers as [F, F, F, F, F];
  const plain = { count: opacity.length, means, rotations, scales, opacity, colors };
  const painting = rasterize(plain, view, background);

  const [image, depth] = draw(splats, attributes);
  const imageOff = await maxAbsDiff(image, tf.tensor(painting.image, image.shape));
  const depthOff = await maxAbsDiff(depth, tf.tensor(painting.depth, depth.shape));
  assert(imageOff <= tolerance, `image differs by ${imageOff}`);
  assert(depthOff <= 3 * tolerance, `depth differs by ${depthOff}`); // of metres, about 3

  const by = [
    tf.randomNormal(image.shape, 0, 1, "float32", 6),
    tf.randomNormal(depth.shape, 0, 1, "float32", 7),
  ] as const;
  const [byImage, byDepth] = await Promise.all(by.map((tensor) => tensor.data())) as [F, F];
  const wanted = rasterizeGradient(plain, view, background, painting, { image: byImage, depth: byDepth });
  const gradients = gradient(splats, ...by, attributes);
  for (const name of NAMES) {
    const off = await maxAbsDiff(gradients[name], tf.tensor(wanted[name], gradients[name].shape));
    let largest = wanted[name].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (name === "rotations") { // the small difference of what stretches along one axis and along another
      largest = scales.reduce((most, scale, i) => Math.max(most, Math.abs(scale * wanted.scales[i]!) || 0), largest);
    }
    assert(off <= gradientTolerance * largest + 1e-12, `gradient of ${name} differs by ${off} of ${largest}`);
  }
  const shares = gradients.intrinsics, largest = wanted.intrinsics.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const off = await maxAbsDiff(shares, tf.tensor(wanted.intrinsics, shares.shape));
  assert(off <= gradientTolerance * largest + 1e-9, `gradient of intrinsics differs by ${off} of ${largest}`);
}
type F = Float32Array;

const bytesOf = async (tensors: tf.Tensor[]) =>
  await Promise.all(tensors.map(async (t) => new Uint32Array((await t.data()).slice().buffer)));

const onWebGpu = (name: string, fn: () => Promise<void>) => everyBackend(name, fn, { only: ["webgpu"] });

onWebGpu("GaussianSplat and its gradients equal the TypeScript reference", async () => {
  // what float32 loses against the reference's float64, see above
  await assertLikeReference(cloud(1000, 0.05), at(64, 48), 1e-5);
});

onWebGpu("GaussianSplat draws 5,000 Gaussians in one tile, and differentiates them", async () => {
  await assertLikeReference(cloud(5000, 0.01, 0.1), at(16, 16), 1e-5);
  const faint = { ...cloud(5000, 0.02, 0.1), opacity: tf.fill([5000], 0.006) }; // so that none ends a pixel: all are painted
  await assertLikeReference(faint, at(16, 16), 1e-5);
});

onWebGpu("GaussianSplat draws Gaussians that cover the picture, and needles thinner than a pixel", async () => {
  const wide = cloud(4, 1);
  for (const scale of [[50, 50, 50], [1e-3, 5, 1e-3], [0, 0, 0], [1e9, 1e9, 1e9]]) {
    const scales = tf.tile(tf.tensor2d([scale]), [4, 1]);
    // a needle of 5 m, half a pixel thin: float32 knows where it lies to 1e-4 of its thickness
    await assertLikeReference({ ...wide, scales }, at(40, 33), 2e-5, 5e-4);
  }
});

onWebGpu("GaussianSplat leaves out what is not finite", async () => {
  const splats = cloud(6, 0.1);
  const broken: Splats = {
    ...splats,
    means: splats.means.mul(tf.tensor2d([[1], [NaN], [1], [1], [1], [1]])),
    rotations: splats.rotations.mul(tf.tensor2d([[1], [1], [0], [1], [1], [1]])),
    scales: splats.scales.mul(tf.tensor2d([[1], [1], [1], [Infinity], [1], [1]])),
    colors: splats.colors.mul(tf.tensor2d([[1], [1], [1], [1], [NaN], [1]])),
  };
  await assertLikeReference(broken, at(32, 32), 2e-5);
  const gradients = gradient(broken, tf.ones([32, 32, 4]), tf.ones([32, 32]), at(32, 32));
  for (const name of NAMES) {
    const rows = await gradients[name].reshape([6, -1]).abs().sum(1).data();
    for (const bad of [1, 2, 3, 4]) assertEquals(rows[bad], 0, `${name} of a Gaussian that is not drawn`);
    assert(rows[0]! > 0 && rows[5]! > 0, `${name} of those drawn: ${rows}`);
  }
});

onWebGpu("GaussianSplat of none, or none in sight, is the background, and its gradients are zero", async () => {
  const behind = cloud(300, 0.1), attributes = at(40, 24);
  const unseen = { ...behind, means: behind.means.mul(-1) };
  for (const splats of [cloud(0, 1), unseen]) {
    const [image, depth] = draw(splats, attributes);
    assertEquals(
      await maxAbsDiff(image, tf.tile(tf.tensor3d([[[0.1, 0.2, 0.3, 0].map(Math.fround)]]), [24, 40, 1])),
      0,
    );
    assertEquals(await maxAbsDiff(depth, tf.zeros([24, 40])), 0);
    const gradients = gradient(splats, tf.ones([24, 40, 4]), tf.ones([24, 40]), attributes);
    for (const name of NAMES) assertEquals(await maxAbsDiff(gradients[name], tf.zerosLike(splats[name])), 0);
  }
});

onWebGpu(
  "GaussianSplat cut into many rounds is bit for bit what one round gives, and so is every gradient",
  async () => {
    const splats = cloud(400, 0.1), [image, depth] = [tf.randomNormal([40, 48, 4]), tf.randomNormal([40, 48])];
    const all = async (pairs?: number) => {
      const attributes = at(48, 40, pairs);
      return await bytesOf([...draw(splats, attributes), ...Object.values(gradient(splats, image, depth, attributes))]);
    };
    const once = await all();
    assertEquals(await all(), once); // and the same again is the same
    assertEquals(await all(700), once);
  },
);

onWebGpu("GaussianSplat returns its buffers, and leaves no tensor but its results", async () => {
  const [image, depth] = [tf.ones([32, 32, 4]), tf.ones([32, 32])];
  const once = async (n: number) => {
    const splats = cloud(n, 0.1);
    const results = [...draw(splats, at(32, 32)), ...Object.values(gradient(splats, image, depth, at(32, 32)))];
    await Promise.all(results.map((tensor) => tensor.data()));
    tf.dispose([results, Object.values(splats)]);
    return tf.memory() as tf.MemoryInfo & { numBytesInGPU: number; numBytesAllocatedInGPU: number };
  };
  const before = await once(52), after = await once(52);
  assertEquals(after.numTensors, before.numTensors);
  assertEquals(after.numBytesInGPU, before.numBytesInGPU);
  assertEquals(after.numBytesAllocatedInGPU, before.numBytesAllocatedInGPU);
  const others = 10, bytes = 4 * 14 * 2 * 60; // inputs and gradients, 14 numbers a Gaussian, keep their exact size
  for (let n = 53; n <= 52 + others; n++) await once(n);
  const grown = (tf.memory() as typeof after).numBytesAllocatedInGPU - after.numBytesAllocatedInGPU;
  assert(grown <= 2 * others * bytes, `the pool grew by ${grown} bytes`);
});

onWebGpu("GaussianSplat refuses what the device cannot count, and leaves nothing behind", async () => {
  const splats = cloud(5, 0.1), before = tf.memory().numTensors;
  const huge = { ...splats, means: { ...splats.means, shape: [1 << 24, 3] } };
  assertThrows(() => draw(huge as unknown as Splats, at(32, 32)), RangeError, "this device's buffers hold");
  assertEquals(tf.memory().numTensors, before);
  await Promise.resolve();
});

Deno.test("roundSizes() keeps a round within the device's buffers and covers the worst case", () => {
  const limit = 128 * 1024 * 1024;
  for (const [count, side] of [[0, 64], [1, 1], [80_000, 512], [200_000, 1024], [2_000_000, 512]] as const) {
    const { pairs, rounds, tiles } = roundSizes(count, { width: side, height: side }, limit);
    assert(pairs * rounds >= count * tiles, "every Gaussian in every tile fits");
    assert((pairs + tiles) * 40 <= limit, "ten numbers a pair fit");
  }
  assertThrows(() => roundSizes(3_000_000, { width: 64, height: 64 }, limit), RangeError, "hold 2097152");
  assertThrows(() => roundSizes(10, { width: 4096, height: 4096 }, limit), RangeError, "hold 8388608");
  assertThrows(() => roundSizes(2_000_000, { width: 1024, height: 1024 }, limit), RangeError, "4294967296");
});
