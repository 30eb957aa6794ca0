import { assert, assertAlmostEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { gaussianSplat, SPLAT_INPUTS, type SplatTensors } from "../../lib/splat/gaussian_splat.ts";
import type { View } from "../../lib/splat/view.ts";
import "../../lib/splat/webgpu/kernels.ts";
import { assertParity, everyBackend, golden } from "../harness.ts";

const named = <T>(values: readonly T[]) =>
  Object.fromEntries(SPLAT_INPUTS.map((name, i) => [name, values[i]!])) as unknown as SplatTensors<T>;

everyBackend("gaussianSplat() equals PyTorch in float64, and its gradients autograd's", async () => {
  const fixture = await golden("splat_backward"), { camera, K, background, image, depth } = fixture;
  const [k, m, color] = await Promise.all([K!.data(), camera!.data(), background!.data()]);
  const [height, width] = depth!.shape as [number, number];
  const view: View = {
    ...{ width, height, fx: k[0]!, fy: k[4]!, cx: k[2]!, cy: k[5]! },
    rotation: Float64Array.of(m[0]!, m[1]!, m[2]!, m[4]!, m[5]!, m[6]!, m[8]!, m[9]!, m[10]!),
    translation: Float64Array.of(m[3]!, m[7]!, m[11]!),
  };
  const attributes = { view, background: [color[0]!, color[1]!, color[2]!] as const };
  const inputs = SPLAT_INPUTS.map((name) => fixture[name]!);
  const [drawn, distance] = gaussianSplat(named(inputs), attributes);
  const source = { reference: "PyTorch autograd, float64", version: "2.13.0" };
  const reference = { ...source, command: "python tests/golden/splat_backward.py" };
  // webgpu is float32 throughout, with exp and products of up to a hundred (1 − α); depths are metres, about 3
  await assertParity(drawn, image!, { step: "GaussianSplat.image", tolerance: 2e-6, ...reference });
  await assertParity(distance, depth!, { step: "GaussianSplat.depth", tolerance: 6e-6, ...reference });
  const intrinsics = tf.tensor1d([view.fx, view.fy, view.cx, view.cy]);
  const unlike = { ...attributes, view: { ...view, fx: 1, fy: 1, cx: 0, cy: 0 } }; // the tensor's numbers count
  const gradients = tf.grads((...parts: tf.Tensor[]) => {
    const [image, depth] = gaussianSplat(named(parts), unlike, parts[SPLAT_INPUTS.length] as tf.Tensor1D);
    return image.mul(fixture["image_gradient"]!).sum().add(depth.mul(fixture["depth_gradient"]!).sum()).asScalar();
  })([...inputs, intrinsics]);
  for (const [i, name] of [...SPLAT_INPUTS, "intrinsics"].entries()) {
    const wanted = fixture[`${name}_gradient`]!, [largest] = await wanted.abs().max().data();
    // of the largest: sums over 2,000 pixels, T recovered by dividing through (1 − α) up to a hundred times
    await assertParity(gradients[i]!, wanted, {
      step: `GaussianSplatGrad.${name}`,
      tolerance: 5e-6 * largest!,
      ...reference,
    });
  }
});

/** Losses of an MLP that learns colours and offsets through the picture. */
async function lossesOfTraining(): Promise<number[]> {
  const n = 60, random = (shape: number[], seed: number, size = 1) => tf.randomNormal(shape, 0, size, "float32", seed);
  const still = {
    rotations: random([n, 4], 2),
    scales: random([n, 3], 3).mul(0.3).exp().mul(0.1),
    opacity: tf.randomUniform([n], 0.2, 0.9, "float32", 4),
  };
  const means = random([n, 3], 1, 0.4).add(tf.tensor1d([0, 0, 3])), features = random([n, 8], 5) as tf.Tensor2D;
  const rotation = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), translation = new Float64Array(3);
  const view = { width: 24, height: 24, fx: 24, fy: 24, cx: 12, cy: 12, rotation, translation };
  const attributes = { view, background: [0, 0, 0] as const };
  const truth = { means, colors: tf.sigmoid(random([n, 3], 6)), ...still };
  const [target] = gaussianSplat(truth, attributes);
  const hidden = tf.variable(random([8, 16], 7, 0.3) as tf.Tensor2D);
  const out = tf.variable(random([16, 6], 8, 0.3) as tf.Tensor2D);
  const optimizer = tf.train.adam(0.02), losses: number[] = [];
  for (let step = 0; step < 5; step++) {
    const loss = optimizer.minimize(() => {
      const decoded = features.matMul(hidden).relu().matMul(out) as tf.Tensor2D;
      const [offset, color] = tf.split(decoded, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
      const learned = { ...still, means: means.add<tf.Tensor>(offset.mul(0.1)), colors: color.sigmoid() };
      return gaussianSplat(learned, attributes)[0].sub(target).square().mean().asScalar();
    }, true)!;
    losses.push((await loss.data())[0]!);
  }
  optimizer.dispose();
  return losses;
}

const losses = new Map<string, number[]>();
everyBackend("gaussianSplat() trains an MLP, with the same losses on every backend", async (backend) => {
  losses.set(backend, await lossesOfTraining());
  const [first, ...rest] = losses.get(backend)!;
  assert(rest.at(-1)! < 0.9 * first!, `${first} to ${rest}`);
  for (const [i, loss] of losses.get(backend)!.entries()) {
    for (const others of losses.values()) assertAlmostEquals(loss, others[i]!, 1e-4 * loss); // float32 over five steps
  }
});
