import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { Gaussians } from "../../lib/gaussian/gaussians.ts";
import type { Camera } from "../../lib/image/cameras.ts";
import { renderGaussians } from "../../lib/splat/render.ts";
import { colourAndCoverage, splatGaussians } from "../../lib/splat/splat_gaussians.ts";
import { disposeAll } from "../../lib/tensor/scope.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, maxAbsDiff } from "../harness.ts";

const camera: Camera = {
  K: [[32, 0, 16], [0, 32, 16], [0, 0, 1]],
  worldToCamera: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
};
const size = { width: 32, height: 32 };
const NAMES = ["means", "rotations", "scales", "opacity", "sh"] as const;
const inMemory = { size: "medium" } as const; // cpu and wasm, whose numbers can be read at once

/** n random Gaussians before the camera. */
function cloud(n: number, seed = 1): Gaussians {
  return {
    means: tf.randomNormal<tf.Rank.R2>([n, 3], 0, 0.3, "float32", seed).add(tf.tensor2d([[0, 0, 2]])),
    rotations: tf.randomNormal([n, 4], 0, 1, "float32", seed + 1),
    scales: tf.randomUniform([n, 3], 0.02, 0.2, "float32", seed + 2),
    opacity: tf.randomUniform([n], 0.2, 0.8, "float32", seed + 3),
    sh: tf.randomNormal([n, 4, 3], 0, 0.3, "float32", seed + 4),
  };
}

/** Gradients of a loss on the picture by all that is drawn. */
function gradientsOf(
  gaussians: Gaussians,
  loss: (picture: { image: tf.Tensor3D; depth: tf.Tensor2D }) => tf.Tensor,
  names: readonly (keyof Gaussians)[] = NAMES,
  options: Parameters<typeof splatGaussians>[2] = size,
  from = camera,
): Record<string, tf.Tensor> {
  const gradients = tf.grads((...parts: tf.Tensor[]) => {
    const changed = Object.fromEntries(names.map((name, i) => [name, parts[i]!])), { frames } = changed;
    const unit = frames && { frames: frames.div<tf.Tensor2D>(frames.norm("euclidean", 1, true)) }; // only turning a frame means something
    return loss(splatGaussians({ ...gaussians, ...changed, ...unit }, from, options)).asScalar();
  })(names.map((name) => gaussians[name]!));
  return Object.fromEntries(names.map((name, i) => [name, gradients[i]!]));
}

everyBackend("splatGaussians() and its gradients equal the float64 PyTorch reference", async () => {
  const fixture = await golden("splat"), { K, worldToCamera, background, image, depth } = fixture;
  const gaussians = Object.fromEntries(
    [...NAMES, "frames"].map((name) => [name, fixture[name]]),
  ) as unknown as Gaussians;
  const matrices = { K: await K!.array() as number[][], worldToCamera: await worldToCamera!.array() as number[][] };
  const color = [...await background!.data()] as [number, number, number];
  const options = { width: 56, height: 40, background: color };
  const reference = { reference: "PyTorch, float64", version: "2.13.0", command: "python tests/golden/splat.py" };
  const drawn = splatGaussians(gaussians, matrices, options);
  // colours come from float32 harmonics (3e-7) and are mixed in float32, a few dozen to a pixel
  await assertParity(drawn.image, image!, { step: "splat.image", tolerance: 2e-6, ...reference });
  await assertParity(drawn.depth, depth!, { step: "splat.depth", tolerance: 2e-6, ...reference });
  const gradients = gradientsOf(
    gaussians,
    (picture) => picture.image.mul(fixture["by.image"]!).sum().add(picture.depth.mul(fixture["by.depth"]!).sum()),
    [...NAMES, "frames"],
    options,
    matrices,
  );
  for (const [name, gradient] of Object.entries(gradients)) {
    const expected = fixture[`gradient.${name}`]!, [most] = await expected.abs().max().data();
    // each sums hundreds of pixels whose float32 colours and depths are exact to 3e-7 of the largest
    await assertParity(gradient, expected, { step: `splat.gradient.${name}`, tolerance: 5e-6 * most!, ...reference });
  }
});

everyBackend("splatGaussians() has the gradient that finite differences find, in every number", async () => {
  // All reach over the whole picture and keep their order, so that it never jumps.
  const n = 6, small = { width: 8, height: 8 }, background = [0.3, 0.1, 0.7] as const;
  const near: Camera = { ...camera, K: [[16, 0, 4], [0, 16, 4], [0, 0, 1]] };
  const gaussians: Gaussians = {
    ...cloud(n),
    means: tf.tensor2d(
      Array.from({ length: n }, (_, i) => [0.1 * Math.sin(3 * i), 0.1 * Math.cos(5 * i), 1.9 + 0.04 * i]),
    ),
    scales: tf.randomUniform([n, 3], 0.5, 1.8, "float32", 3),
    frames: tf.tensor2d(Array.from({ length: n }, (_, i) => [Math.cos(i), 0, Math.sin(i), 0])),
  };
  const weights = [tf.randomNormal([8, 8, 4], 0, 1, "float32", 9), tf.randomNormal([8, 8], 0, 1, "float32", 8)];
  const loss = ({ image, depth }: { image: tf.Tensor3D; depth: tf.Tensor2D }) =>
    image.mul(weights[0]!).sum().add(depth.mul(weights[1]!).sum());
  const gradients = gradientsOf(gaussians, loss, NAMES, { ...small, background }, near);
  for (const name of NAMES) {
    const { shape } = gaussians[name], values = await gaussians[name].data() as Float32Array;
    const [gradient, most] = [await gradients[name]!.data(), (await gradients[name]!.abs().max().data())[0]!];
    const lossAt = (moved: Float32Array) =>
      tf.tidy(() => {
        const tensor = tf.tensor(moved, shape);
        const { image, depth } = splatGaussians({ ...gaussians, [name]: tensor }, near, { ...small, background });
        const dot = (a: tf.Tensor, b: tf.Tensor) => { // in double precision
          const [left, right] = [a.dataSync(), b.dataSync()];
          return (left as Float32Array).reduce((sum, value, i) => sum + value * right[i]!, 0);
        };
        return dot(image, weights[0]!) + dot(depth, weights[1]!);
      });
    for (let i = 0; i < values.length; i++) {
      const [above, below] = [values.slice(), values.slice()];
      above[i]! += 1.2e-2;
      below[i]! -= 1.2e-2;
      const slope = (lossAt(above) - lossAt(below)) / (above[i]! - below[i]!);
      // pictures are rounded to 1e-7, 320 numbers of them, over a step of 0.024; beside it the curve's own h²
      assertAlmostEquals(slope / most, gradient[i]! / most, 2e-3, `${name} ${i}: ${slope} ${gradient[i]}`);
    }
  }
}, inMemory);

const seenThrough = ([fx, fy, cx, cy]: readonly number[]): Camera => ({
  ...camera,
  K: [[fx!, 0, cx!], [0, fy!, cy!], [0, 0, 1]],
});

everyBackend("splatGaussians() through intrinsics is the picture of the camera that has them", async () => {
  const other = [25, 41, 13.5, 18.25], gaussians = cloud(40);
  const through = splatGaussians(gaussians, camera, { ...size, intrinsics: tf.tensor1d(other) });
  const direct = splatGaussians(gaussians, seenThrough(other), size);
  assertEquals(await maxAbsDiff(through.image, direct.image), 0);
  assertEquals(await maxAbsDiff(through.depth, direct.depth), 0);
  assert(await maxAbsDiff(through.image, splatGaussians(gaussians, camera, size).image) > 0.1);
});

everyBackend("splatGaussians() has the gradient by intrinsics that finite differences find", async () => {
  // Large, so that no edge lies in the picture.
  const gaussians = { ...cloud(5), scales: tf.randomUniform<tf.Rank.R2>([5, 3], 1.2, 2, "float32", 3) };
  const weights = tf.randomNormal([32, 32, 4], 0, 1, "float32", 9), places = [30, 36, 15, 17];
  const loss = (intrinsics: tf.Tensor) => {
    const { image } = splatGaussians(gaussians, camera, { ...size, intrinsics: intrinsics as tf.Tensor1D });
    return image.mul(weights).sum();
  };
  const gradient = await tf.grad(loss)(tf.tensor1d(places)).data(), most = Math.max(...gradient.map(Math.abs));
  for (let k = 0; k < 4; k++) {
    const at = async (h: number) => {
      const { image } = splatGaussians(
        gaussians,
        seenThrough(places.map((place, i) => i === k ? place + h : place)),
        size,
      );
      const [numbers, by] = await Promise.all([image.data(), weights.data()]);
      return [...numbers].reduce((sum, value, i) => sum + value * by[i]!, 0);
    };
    const slope = (await at(0.05) - await at(-0.05)) / 0.1;
    assertAlmostEquals(slope / most, gradient[k]! / most, 2e-3, `${k}: ${slope} ${gradient[k]}`); // h², and float32 pixels
  }
});

everyBackend("splatGaussians() finds the focal length and the middle that a picture was taken with", async () => {
  const gaussians = cloud(60), wanted = [36, 29, 14.5, 17];
  const target = splatGaussians(gaussians, seenThrough(wanted), size).image;
  const logs = tf.variable(tf.tensor1d([32, 32]).log()), middle = tf.variable(tf.tensor1d([16, 16]));
  for (const rate of [[0.02, 0.2], [0.004, 0.04]]) {
    const optimizers = rate.map((r) => tf.train.adam(r));
    for (let step = 0; step < 50; step++) {
      const { grads, value } = tf.variableGrads(() => {
        const intrinsics = tf.concat1d([logs.exp<tf.Tensor1D>(), middle]);
        return splatGaussians(gaussians, camera, { ...size, intrinsics }).image.sub(target).square().mean().asScalar();
      }, [logs, middle]);
      optimizers.forEach((optimizer, k) => {
        const { name } = [logs, middle][k]!;
        optimizer.applyGradients([{ name, tensor: grads[name]! }]);
      });
      disposeAll(grads, value);
    }
    for (const optimizer of optimizers) optimizer.dispose();
  }
  const found = [...await logs.exp().data(), ...await middle.data()];
  found.forEach((value, k) => assertAlmostEquals(value, wanted[k]!, 0.1, `${k}: ${found}`));
}, inMemory);

everyBackend("splatGaussians() says which intrinsics no camera has", async () => {
  const gaussians = cloud(2), three = tf.ones<tf.Rank.R1>([3]);
  for (const bad of [[0, 32, 16, 16], [32, -1, 16, 16], [32, 32, NaN, 16]]) {
    const intrinsics = tf.tensor1d(bad);
    const error = await failsCleanly(() => splatGaussians(gaussians, camera, { ...size, intrinsics }));
    assert(error instanceof RangeError);
    assert(error.message.startsWith("splatGaussians: intrinsics must be finite fx, fy, cx, cy with fx, fy > 0: got"));
  }
  const short = await failsCleanly(() => splatGaussians(gaussians, camera, { ...size, intrinsics: three }));
  assert(short instanceof TypeError && short.message.startsWith("splatGaussians: intrinsics must be"), short.message);
}, inMemory);

everyBackend("splatGaussians() of impossible intrinsics leaves nothing behind within a gradient", async () => {
  const gaussians = cloud(2), intrinsics = tf.tensor1d([0, 32, 16, 16]);
  const loss = (means: tf.Tensor) =>
    splatGaussians({ ...gaussians, means: means as tf.Tensor2D }, camera, { ...size, intrinsics }).image.sum();
  const error = await failsCleanly(() => tf.grad(loss)(gaussians.means));
  assert(error instanceof RangeError && error.message.includes("intrinsics must be finite"), error.message);
}, inMemory);

everyBackend("splatGaussians() of nothing has the gradient 0 by its intrinsics", async () => {
  const nothing = cloud(0), intrinsics = tf.tensor1d([32, 32, 16, 16]);
  const loss = (intrinsics: tf.Tensor) =>
    splatGaussians(nothing, camera, { ...size, intrinsics: intrinsics as tf.Tensor1D }).image.sum();
  for (let round = 0; round < 20; round++) { // memory that was used before is not 0
    tf.fill([4], 7).dispose();
    assertEquals([...await tf.grad(loss)(intrinsics).data()], [0, 0, 0, 0]);
  }
});

everyBackend("splatGaussians() draws what renderGaussians() draws", async (backend) => {
  const gaussians = cloud(40), background = [0.2, 0.4, 0.6] as const;
  const [splat, rendered] = [
    splatGaussians(gaussians, camera, { ...size, background }),
    await renderGaussians(gaussians, camera, { ...size, background }),
  ];
  const tolerance = backend === "webgpu" ? 2e-6 : 0; // renderGaussians() draws on the processor whatever the backend
  assert(await maxAbsDiff(splat.image, rendered.image) <= tolerance);
  assert(await maxAbsDiff(splat.depth, rendered.depth) <= tolerance);
});

everyBackend("splatGaussians() can be trained through", async () => {
  const truth = cloud(30), { image } = splatGaussians(truth, camera, size), target = image.clone();
  const names = ["means", "scales", "opacity", "sh"] as const;
  const learned = { ...truth } as Record<string, tf.Tensor>;
  for (const name of names) {
    const noise = tf.randomNormal(truth[name].shape, 1, 0.05, "float32", 77);
    learned[name] = tf.variable(truth[name].mul(noise));
  }
  const loss = () =>
    splatGaussians(learned as unknown as Gaussians, camera, size).image.sub(target).square().mean().asScalar();
  const optimizer = tf.train.adam(0.003), [start] = await tf.tidy(loss).data();
  for (let step = 0; step < 40; step++) optimizer.minimize(loss);
  const [end] = await tf.tidy(loss).data();
  assert(end! < 0.1 * start!, `from ${start} to ${end}`);
  optimizer.dispose();
  disposeAll(names.map((name) => learned[name]));
});

everyBackend("splatGaussians() moves a Gaussian towards where coverage and depth are wanted", async () => {
  const one: Gaussians = {
    means: tf.tensor2d([[0, 0, 2]]),
    rotations: tf.tensor2d([[1, 0, 0, 0]]),
    scales: tf.fill([1, 3], 0.1),
    opacity: tf.tensor1d([0.8]),
    sh: tf.zeros([1, 1, 3]),
  };
  const right = tf.range(0, 32).reshape([1, 32, 1]), coverage = tf.tensor3d([[[0, 0, 0, 1]]]);
  const byCoverage = gradientsOf(one, ({ image }) => image.mul(coverage).mul(right).sum()).means!;
  const [x, y] = await byCoverage.data();
  assert(x! > 1 && Math.abs(y!) < 1e-4, `${x} ${y}`);
  const byDepth = gradientsOf(one, ({ depth }) => depth.slice([16, 16], [1, 1])).means!;
  assertAlmostEquals((await byDepth.data())[2]!, 1, 1e-6); // one Gaussian: the mean depth is its own
});

everyBackend("splatGaussians() of nothing, or nothing in sight, has the gradient 0", async () => {
  const behind = { ...cloud(5), means: tf.fill<tf.Rank.R2>([5, 3], -3) };
  const zero = tf.tensor2d([0, 0, 2, 0.1, 0.1, 0.1], [2, 3]);
  const broken = { ...cloud(2), means: zero, rotations: tf.zeros<tf.Rank.R2>([2, 4]) };
  for (const gaussians of [cloud(0), behind, broken, { ...behind, means: tf.zeros<tf.Rank.R2>([5, 3]) }]) {
    for (const [name, gradient] of Object.entries(gradientsOf(gaussians, ({ image }) => image.square().sum()))) {
      assertEquals(gradient.shape, gaussians[name as keyof Gaussians]!.shape);
      assert((await gradient.data()).every((value) => value === 0), name);
    }
  }
});

everyBackend("splatGaussians() has finite gradients of flat, needle-thin, huge and opaque Gaussians", async () => {
  const scales = tf.tensor2d([[0, 0, 0], [1e-9, 5, 1e-9], [1e6, 1e6, 1e-6], [1e3, 1e-3, 1], [1e15, 1e15, 1e15]]);
  const means = tf.tensor2d([[0, 0, 2], [0, 0, 2.1], [0, 0, 2.2], [0, 0, 0.02], [0, 0, 5]]);
  for (const opacity of [0.5, 1, 7]) {
    const gaussians = { ...cloud(5), scales, means, opacity: tf.fill<tf.Rank.R1>([5], opacity) };
    const gradients = gradientsOf(gaussians, ({ image, depth }) => image.sum().add(depth.sum()));
    for (const gradient of Object.values(gradients)) assert((await gradient.data()).every(Number.isFinite));
  }
});

everyBackend(
  "splatGaussians() of one Gaussian that covers the picture is its opacity and colour in every pixel, gradients too",
  async () => {
    const half = tf.fill<tf.Rank.R1>([1], 0.5), means = tf.tensor2d([[0, 0, 2]]), pixels = 32 * 32;
    const sh = tf.tensor3d([[[0.4, -0.2, 0.1]]]), scales = tf.fill<tf.Rank.R2>([1, 3], 1e6);
    const vast: Gaussians = { means, rotations: tf.tensor2d([[1, 0, 0, 0]]), scales, opacity: half, sh };
    const wanted = [0.4, -0.2, 0.1].map((harmonic) => 0.5 * (0.5 + 0.28209479 * harmonic));
    const { image } = splatGaussians(vast, camera, size);
    assert(await maxAbsDiff(image, tf.tile(tf.tensor3d([[[...wanted, 0.5]]]), [32, 32, 1])) < 1e-6);
    const found = gradientsOf(vast, ({ image }) => image.sum());
    assertAlmostEquals(
      (await found.opacity!.data())[0]! / pixels,
      2 * (wanted[0]! + wanted[1]! + wanted[2]!) + 1,
      1e-4,
    );
    for (const value of await found.sh!.data()) assertAlmostEquals(value / pixels, 0.5 * 0.28209479, 1e-5);
    for (const name of ["means", "scales"] as const) {
      for (const value of await found[name]!.data()) assert(Math.abs(value) < 0.01, `${name}: ${value}`); // nothing to gain
    }
  },
);

everyBackend("splatGaussians() sums the gradients of 50,000 Gaussians in one tile", async () => {
  const n = 50_000,
    spot = {
      ...cloud(n),
      scales: tf.fill<tf.Rank.R2>([n, 3], 0.01),
      opacity: tf.fill<tf.Rank.R1>([n], 0.005),
      sh: tf.zeros<tf.Rank.R3>([n, 1, 3]),
    };
  const means = spot.means.mul<tf.Tensor2D>(tf.tensor2d([[0.3, 0.3, 1]])).sub<tf.Tensor2D>(
    tf.tensor2d([[0.25, 0.25, 0]]),
  );
  const { sh, opacity } = gradientsOf({ ...spot, means }, ({ image }) => image.slice([0, 0, 0], [-1, -1, 3]).sum());
  const [drawn] = await splatGaussians({ ...spot, means }, camera, size).image.slice([0, 0, 3], [-1, -1, 1]).sum()
    .data();
  // colour = Σ w·(½ + Y_00·sh): the constant harmonic's gradients are Y_00·w, and all w together are the coverage
  const [constant] = await sh!.slice([0, 0, 0], [-1, 1, 1]).sum().data();
  assertAlmostEquals(constant! / 0.28209479, drawn!, 1e-3 * drawn!);
  assert((await opacity!.data()).every(Number.isFinite));
});

everyBackend("splatGaussians() stops where a gradient is not finite, and names it", async () => {
  const gaussians = cloud(3);
  const of = (loss: Parameters<typeof gradientsOf>[1]) => failsCleanly(() => gradientsOf(gaussians, loss));
  const image = await of(({ image }) => image.mul(NaN).sum());
  assert(image instanceof RangeError);
  assertEquals(image.message, "splatGaussians: imageGradient must be finite: got NaN at number 0");
  const depth = await of(({ depth }) => depth.mul(Infinity).sum());
  assertEquals(depth.message, "splatGaussians: depthGradient must be finite: got Infinity at number 0");
  const large = await of(({ image }) => image.mul(3e38).sum());
  assert(large.message.startsWith("splatGaussians: gradient of means must be finite: got"), large.message);
}, inMemory);

Deno.test("splatGaussians() says what is wrong with its input", async () => {
  const gaussians = cloud(2), opacity = tf.ones<tf.Rank.R1>([3]);
  const message = async (call: () => unknown) => (await failsCleanly(call)).message;
  assertEquals(
    await message(() => splatGaussians({ ...gaussians, opacity }, camera)),
    'splatGaussians: opacity must be "n" (with n=2): got [3]',
  );
  assertEquals(
    await message(() => splatGaussians(gaussians, camera, { width: 9000 })),
    "splatGaussians: width must be a whole number from 1 to 8192: got 9000",
  );
  assertEquals(
    await message(() => splatGaussians(gaussians, camera, { background: [0, 0, 2] })),
    "splatGaussians: background must be three numbers from 0 to 1: got 0,0,2",
  );
  disposeAll({ ...gaussians }, opacity);
});

Deno.test("splatGaussians() leaves image and depth behind, and its gradients only themselves", async () => {
  await leaves(
    2,
    { ...cloud(5) } as Gaussians & Record<string, tf.Tensor>,
    (gaussians) => splatGaussians(gaussians, camera, size),
  );
  await leaves(
    5,
    { ...cloud(5) } as Gaussians & Record<string, tf.Tensor>,
    (gaussians) => gradientsOf(gaussians, ({ image }) => image.sum()),
  );
});

everyBackend("colourAndCoverage() takes a picture apart, and its gradient puts it together", async () => {
  const image = tf.randomUniform<tf.Rank.R3>([2, 3, 4], 0, 1, "float32", 5);
  const { colour, coverage } = colourAndCoverage(image);
  assertEquals([colour.shape, coverage.shape], [[2, 3, 3], [2, 3, 1]]);
  assertEquals(await maxAbsDiff(tf.concat([colour, coverage], 2), image), 0);
  const weights = tf.randomUniform<tf.Rank.R3>([2, 3, 4], 0, 1, "float32", 6);
  const [byColour, byCoverage] = [weights.slice([0, 0, 0], [2, 3, 3]), weights.slice([0, 0, 3], [2, 3, 1])];
  const slope = tf.grad((x) => {
    const parts = colourAndCoverage(x as tf.Tensor3D);
    return parts.colour.mul(byColour).sum().add(parts.coverage.mul(byCoverage).sum());
  })(image);
  assertEquals(await maxAbsDiff(slope, weights), 0);
});

Deno.test("colourAndCoverage() refuses a picture without coverage; colour and coverage are left", async () => {
  const opaque = tf.zeros<tf.Rank.R3>([2, 3, 3]);
  assertEquals(await failsCleanly(() => colourAndCoverage(opaque)) instanceof TypeError, true);
  await leaves(
    "result",
    { image: tf.ones<tf.Rank.R3>([2, 3, 4]) },
    ({ image }) => colourAndCoverage(image as tf.Tensor3D),
  );
});
