import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { scaledAxes, scaledAxesGradient } from "../../lib/splat/covariance.ts";
import { projectSplats, type Splats } from "../../lib/splat/projection.ts";
import { type EllipseGradients, projectionGradient } from "../../lib/splat/projection_gradient.ts";
import { type Color, rasterize } from "../../lib/splat/rasterize.ts";
import { rasterizeGradient } from "../../lib/splat/rasterize_gradient.ts";
import { type View, viewOf } from "../../lib/splat/view.ts";
import { RandomStream } from "../../lib/train/people/random.ts";
import { assertParity, golden } from "../harness.ts";

Deno.test("rasterize() and rasterizeGradient() equal the float64 PyTorch reference", async () => {
  const fixture = await golden("splat"), numbers: Record<string, Float32Array> = {};
  for (const [name, tensor] of Object.entries(fixture)) numbers[name] = await tensor.data() as Float32Array;
  const { means, rotations, scales, opacity, color, background } = numbers as Record<string, Float32Array>;
  const [K, worldToCamera] = [
    await fixture["K"]!.array() as number[][],
    await fixture["worldToCamera"]!.array() as number[][],
  ];
  const view = viewOf("test", { K, worldToCamera }, { width: 56, height: 40 });
  const splats: Splats = {
    count: 90,
    means: means!,
    rotations: rotations!,
    scales: scales!,
    opacity: opacity!,
    colors: color!,
  };
  const behind = [...background!] as unknown as Color, painting = rasterize(splats, view, behind);
  const by = { image: numbers["by.image"]!, depth: numbers["by.depth"]! };
  const gradients = rasterizeGradient(splats, view, behind, painting, by);
  const reference = { reference: "PyTorch, float64", version: "2.13.0", command: "python tests/golden/splat.py" };
  const compare = async (step: string, ours: Float32Array, theirs: tf.Tensor, relative: number) => {
    const actual = tf.tensor(ours, theirs.shape), [most] = await theirs.abs().max().data();
    await assertParity(actual, theirs, { step, tolerance: relative * most!, ...reference });
  };
  // float64 on both sides: what is left is the rounding of colours, pictures and results to float32, 6e-8 each
  await compare("rasterize.image", painting.image, fixture["image"]!, 3e-7);
  await compare("rasterize.depth", painting.depth, fixture["depth"]!, 3e-7);
  await compare("rasterizeGradient.colors", gradients.colors, fixture["gradient.color"]!, 5e-7);
  await compare("rasterizeGradient.opacity", gradients.opacity, fixture["gradient.opacity"]!, 5e-7);
  await compare("rasterizeGradient.rotations", gradients.rotations, fixture["gradient.rotations"]!, 5e-7);
  await compare("rasterizeGradient.scales", gradients.scales, fixture["gradient.scales"]!, 5e-7);
  const geometry = fixture["gradient.means"]!.sub(fixture["gradient.means.color"]!);
  await compare("rasterizeGradient.means", gradients.means, geometry, 5e-7);
});

/** A view that looks askance, so that no term of it vanishes. */
const view: View = {
  ...{ width: 60, height: 50, fx: 55, fy: 48, cx: 28, cy: 27 },
  rotation: Float64Array.of(0.8, 0, 0.6, 0, 1, 0, -0.6, 0, 0.8),
  translation: Float64Array.of(0.1, -0.05, 2),
};

Deno.test("projectionGradient() is what finite differences of projectSplats() say, clamped slopes too", () => {
  const random = new RandomStream(3, "projection"), n = 12;
  const draw = (length: number, next: () => number) => Float32Array.from({ length }, next);
  const splats: Splats = {
    count: n,
    means: draw(3 * n, () => random.normal(0, 0.3)),
    rotations: draw(4 * n, () => random.normal(0, 1)),
    scales: draw(3 * n, () => random.uniform(0.02, 0.3)),
    opacity: draw(n, () => 0.9),
    colors: new Float32Array(3 * n),
  };
  splats.means.set([1.9, 0.1, 0.2, 0.2, 1.6, 0, -1.5, -1.2, 0.1], 0); // beyond the clamped frame: right, bottom, left and top
  splats.scales.set([0.9, 0.8, 0.7, 0.9, 0.8, 0.7, 0.9, 0.8, 0.7], 0); // and still seen
  const weights = (length: number) => Float64Array.from({ length }, () => random.normal(0, 1));
  const by: EllipseGradients = { center: weights(2 * n), covariance: weights(3 * n), depth: new Float64Array(n) };
  const loss = (changed: Splats, seen = view) => { // Σ by·(p, Σ'), all in float64
    const { state, center, conic } = projectSplats(changed, seen);
    assertEquals(state.every((value) => value === 0), true, "all are drawn");
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const [a, b, c] = [conic[3 * i]!, conic[3 * i + 1]!, conic[3 * i + 2]!], det = a * c - b * b;
      sum += by.center[2 * i]! * center[2 * i]! + by.center[2 * i + 1]! * center[2 * i + 1]!;
      sum += (by.covariance[3 * i]! * c - by.covariance[3 * i + 1]! * b + by.covariance[3 * i + 2]! * a) / det;
    }
    return sum;
  };
  const gradients = projectionGradient(splats, view, projectSplats(splats, view), by);
  for (const name of ["means", "rotations", "scales"] as const) {
    const most = gradients[name].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (let i = 0; i < splats[name].length; i++) {
      const [above, below] = [splats[name].slice(), splats[name].slice()];
      above[i]! += 1e-4;
      below[i]! -= 1e-4;
      const slope = (loss({ ...splats, [name]: above }) - loss({ ...splats, [name]: below })) / (above[i]! - below[i]!);
      assertAlmostEquals(slope / most, gradients[name][i]! / most, 1e-6, `${name} ${i}`); // float32 results, and h²
    }
  }
  for (const [k, name] of (["fx", "fy", "cx", "cy"] as const).entries()) {
    const of = (h: number) => loss(splats, { ...view, [name]: view[name] + h }), slope = (of(1e-3) - of(-1e-3)) / 2e-3;
    const shares = Array.from({ length: n }, (_, i) => gradients.intrinsics[4 * i + k]!);
    const sum = shares.reduce((a, b) => a + b), most = Math.max(...shares.map(Math.abs));
    assertAlmostEquals(slope / most, sum / most, 1e-6, name);
  }
});

Deno.test("scaledAxesGradient() is that of scaledAxes(), for quaternions of any length and axes of none", () => {
  const rotations = Float64Array.of(0.3, -1.1, 0.4, 0.8, 0.1, 0, 0, 0), scales = Float64Array.of(0.5, 1.5, 0, 2, 0, 1);
  const by = Float64Array.from({ length: 9 }, (_, i) => Math.cos(3 * i));
  const loss = (q: Float64Array, s: Float64Array, i: number) => {
    const axes = new Float64Array(9);
    scaledAxes(q, s, i, axes);
    return axes.reduce((sum, value, k) => sum + value * by[k]!, 0);
  };
  const [byRotations, byScales] = [new Float64Array(8), new Float64Array(6)];
  for (const i of [0, 1]) scaledAxesGradient(rotations, scales, i, by, byRotations, byScales);
  const slope = (values: Float64Array, k: number, of: (values: Float64Array) => number) =>
    (of(values.with(k, values[k]! + 1e-6)) - of(values.with(k, values[k]! - 1e-6))) / 2e-6;
  byRotations.forEach((value, k) =>
    assertAlmostEquals(value, slope(rotations, k, (q) => loss(q, scales, k >> 2)), 1e-7)
  );
  byScales.forEach((value, k) =>
    assertAlmostEquals(value, slope(scales, k, (s) => loss(rotations, s, Math.floor(k / 3))), 1e-9)
  );
});
