import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import type { Splats } from "../../lib/splat/projection.ts";
import { type Color, type Raster, rasterize } from "../../lib/splat/rasterize.ts";
import { rasterizeGradient } from "../../lib/splat/rasterize_gradient.ts";
import type { View } from "../../lib/splat/view.ts";
import { WasmRasterizer } from "../../lib/splat/wasm/rasterize_wasm.ts";
import { RandomStream } from "../../lib/train/people/random.ts";
import { compileSplat, FOLDER, moduleText } from "../../tools/splat/compile.ts";

const background: Color = [0.1, 0.4, 0.7];
const view: View = {
  ...{ width: 90, height: 70, fx: 80, fy: 75, cx: 44, cy: 36 },
  rotation: Float64Array.of(0.8, 0, 0.6, 0, 1, 0, -0.6, 0, 0.8),
  translation: Float64Array.of(0.1, -0.05, 2),
};

/** n Gaussians around the origin, a few of them behind, beside, invalid, huge, flat and opaque. */
function scene(n: number): Splats {
  const random = new RandomStream(11, "splats");
  const numbers = (length: number, draw: (i: number) => number) => Float32Array.from({ length }, (_, i) => draw(i));
  const splats = {
    count: n,
    means: numbers(3 * n, () => random.normal(0, 0.35)),
    rotations: numbers(4 * n, () => random.normal(0, 1)),
    scales: numbers(3 * n, () => Math.exp(random.normal(-4, 0.8))),
    opacity: numbers(n, () => random.uniform(0, 1)),
    colors: numbers(3 * n, () => random.uniform(0, 1)),
  };
  if (n < 10) return splats;
  splats.means.set([0, 0, -9, 9, 0, 0, NaN, 0, 0], 0);
  splats.rotations.fill(0, 12, 16);
  splats.scales.set([2, 2, 0.1, 0, 0, 0, 1e-9, 4, 1e-9], 12);
  splats.opacity.set([0.3, 1, 3, 3e38], 4);
  return splats;
}

/** Numbers of both signs. */
function gradient(seed: number, length: number): Float32Array {
  const random = new RandomStream(seed, "gradient");
  return Float32Array.from({ length }, () => random.normal(0, 1));
}

const by = { image: gradient(1, 4 * 90 * 70), depth: gradient(2, 90 * 70) };
const isolated = { sanitizeOps: false, sanitizeResources: false }; // threads start and end in their own time

Deno.test({
  name: "WasmRasterizer draws what the reference draws, with its gradients",
  ...isolated,
  fn: () => {
    using fast = new WasmRasterizer(2);
    for (const n of [0, 1, 40, 3000]) {
      const splats = scene(n), reference = rasterize(splats, view, background);
      const raster = fast.rasterize(splats, view, background)!;
      assertEquals([raster.drawn, raster.invalid], [reference.drawn, reference.invalid]);
      // A sum of float32 beside one of float64; a number within 1e-6 of a threshold may fall on its other side.
      assertClose("image", raster.image, reference.image, 2e-6);
      assertClose("depth", raster.depth, reference.depth, 4e-6);
      const gradients = fast.gradient(splats, view, background, raster, by)!;
      const expected = rasterizeGradient(splats, view, background, reference, by);
      for (const name of ["means", "rotations", "scales", "opacity", "colors", "intrinsics"] as const) {
        const most = expected[name].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        assertClose(name, gradients[name], expected[name], 3e-5 * most);
      }
    }
  },
});

/** All but one in a thousand, which a threshold may have moved, are within the tolerance. */
function assertClose(name: string, actual: Float32Array, expected: Float32Array, tolerance: number): void {
  assertEquals(actual.length, expected.length);
  const far = [...actual].filter((value, i) => !(Math.abs(value - expected[i]!) <= tolerance)).length;
  assert(far <= actual.length / 1000, `${name}: ${far} of ${actual.length} differ by more than ${tolerance}`);
}

Deno.test({
  name: "WasmRasterizer gives the same bits with any number of threads",
  ...isolated,
  fn: async () => {
    const splats = scene(4000), results: string[] = [];
    for (const threads of [1, 2, 5]) {
      using fast = new WasmRasterizer(threads);
      await new Promise((resolve) => setTimeout(resolve, 300)); // so that the others take part
      for (let again = 0; again < 3; again++) {
        const raster = fast.rasterize(splats, view, background)!;
        const gradients = fast.gradient(splats, view, background, raster, by)!;
        const bits = [raster.image, raster.depth, ...Object.values(gradients)].map((a) =>
          new Uint32Array(a.slice().buffer)
        );
        results.push(bits.map((words) => words.reduce((hash, word) => Math.imul(hash ^ word, 16777619), 0)).join());
      }
    }
    assertEquals(new Set(results).size, 1);
  },
});

Deno.test({
  name: "WasmRasterizer draws again if another picture was drawn before the gradient",
  ...isolated,
  fn: () => {
    using fast = new WasmRasterizer(1);
    const [splats, other] = [scene(300), scene(20)];
    const raster = fast.rasterize(splats, view, background)!;
    const gradients = (drawn?: Raster) => { // copies, since what is returned is lent
      const lent = Object.entries(fast.gradient(splats, view, background, drawn, by)!);
      return lent.map(([name, numbers]) => [name, numbers.slice()]);
    };
    const expected = gradients(raster);
    const small = { ...view, width: 33, height: 20 };
    fast.rasterize(other, small, background);
    assertEquals(gradients(raster), expected);
    assertEquals(gradients(), expected);
  },
});

Deno.test({
  name: "WasmRasterizer refuses what its memory cannot hold, and goes on",
  ...isolated,
  fn: () => {
    using fast = new WasmRasterizer(1);
    const wide = scene(40_000);
    wide.scales.fill(50);
    wide.means.forEach((_, i) => wide.means[i] = 0);
    const large = { ...view, width: 2048, height: 2048 }; // 16,384 tiles of 40,000 each
    assertEquals(fast.rasterize(wide, large, background), undefined);
    assert(fast.rasterize(scene(20), view, background)!.drawn > 0);
  },
});

Deno.test("a program that draws with threads ends by itself", async () => {
  const program = `
    import { drawSplats } from "${new URL("../../lib/splat/draw.ts", import.meta.url)}";
    const none = new Float32Array(0), view = { width: 8, height: 8, fx: 8, fy: 8, cx: 4, cy: 4,
      rotation: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), translation: new Float64Array(3) };
    const splats = { count: 0, means: none, rotations: none, scales: none, opacity: none, colors: none };
    console.log(drawSplats(splats, view, [0, 0, 1]).image[2]);`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "-"],
    cwd: join(FOLDER, "../../.."),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(program));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  assertEquals([code, new TextDecoder().decode(stdout).trim()], [0, "1"], new TextDecoder().decode(stderr));
});

const peers = await Deno.stat(join(FOLDER, "../../../tests/peers/node_modules/assemblyscript")).then(
  () => true,
  () => false,
);
Deno.test({
  name: `the rasteriser's WebAssembly is what its source compiles to${
    peers ? "" : " (skipped: tests/peers is not installed)"
  }`,
  ignore: !peers,
  fn: async () => {
    const committed = await Deno.readTextFile(join(FOLDER, "module.ts"));
    assertEquals(committed, moduleText(await compileSplat()), "run deno run -A tools/splat/compile.ts");
  },
});
