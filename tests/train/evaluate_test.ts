import { assertAlmostEquals, assertEquals } from "@std/assert";
import { loadBody, SMALL_BODY } from "../../lib/body/template.ts";
import { createLocalizer } from "../../lib/localize/localizer.ts";
import { evaluateBaseline, evaluateLocalizer, learnBaselines } from "../../lib/train/evaluate.ts";
import type { ExampleSource } from "../../lib/train/loop.ts";
import { RandomStream } from "../../lib/train/people/random.ts";
import type { RunBody } from "../../lib/train/run.ts";
import { leaves } from "../harness.ts";
import { body as anchored } from "./tiny_run.ts";

const small = await loadBody(SMALL_BODY);
const body: RunBody = { anchored, mirror: small.mirror!, vertexAreas: new Float64Array(small.vertexCount).fill(1) };
small.dispose();
const V = anchored.vertexCount, pelvis = anchored.canonical.subarray(3 * V, 3 * V + 3);

/** People in rest pose whose arms' width a feature tells: x is stretched by the first channel. */
function stretched(count: number, seed: number): ExampleSource {
  const made = Array.from({ length: count }, (_, i) => {
    const stream = new RandomStream(seed, i), stretch = stream.uniform(0.8, 1.2);
    return {
      features: Float32Array.from({ length: 16 }, (_, k) => k % 4 === 0 ? stretch : stream.normal(0, 0.01)),
      anchors: anchored.canonical.map((value, k) => (value - pelvis[k % 3]!) * [stretch, -1, -1][k % 3]!),
      jointSeen: new Float32Array(55).fill(1),
      camera: Float32Array.of(0, 0, 4, 700, 256, 256),
    };
  });
  return { count: () => count, read: (index) => made[index]! };
}

Deno.test("learnBaselines(): the mean pose is right on average, pooled features find what they tell", async () => {
  const test = stretched(20, 2),
    { meanPose, pooled, free } = await learnBaselines(stretched(60, 1), body, 4, { ridge: 1e-3 });
  const [mean, regressed] = [await evaluateBaseline(meanPose, test, body), await evaluateBaseline(pooled, test, body)];
  assertEquals([mean.people, regressed.people], [20, 20]);
  assertEquals(mean.mpjpe_mm > 15 && mean.mpjpe_mm < 40, true, `${mean.mpjpe_mm}`);
  assertEquals(regressed.mpjpe_mm < 0.3 * mean.mpjpe_mm, true, `${regressed.mpjpe_mm} of ${mean.mpjpe_mm}`);
  assertEquals(regressed.p2d_px < mean.p2d_px, true);
  free();
});

Deno.test("evaluateLocalizer() counts people, and takes every so many vertices where asked", async () => {
  const options = { link: { channels: 4, width: 8, mixing: ["attention"], heads: 2, grid: [2, 2] } } as const;
  const localizer = createLocalizer(options), source = stretched(3, 3), seen: number[] = [];
  const all = await evaluateLocalizer(localizer, source, body, { onPerson: (count) => void seen.push(count) });
  const some = await evaluateLocalizer(localizer, source, body, { vertexStride: 10 });
  assertEquals([all.people, ...seen], [3, 1, 2, 3]);
  assertAlmostEquals(all.mpjpe_mm, some.mpjpe_mm, 1e-2); // joints do not depend on the vertices
  assertAlmostEquals(all.pve_mm / some.pve_mm, 1, 0.05);
  const two = await evaluateLocalizer(localizer, source, body, { people: 2, vertexStride: 100 });
  assertEquals(two.people, 2);
  localizer.dispose();
});

Deno.test("evaluateLocalizer() stops when it is told to, and leaves no tensor behind", async () => {
  const localizer = createLocalizer({ link: { channels: 4, width: 8, grid: [2, 2] } }), stop = new AbortController();
  await leaves(0, {}, async () => {
    const options = { vertexStride: 200, signal: stop.signal, onPerson: () => stop.abort() };
    assertEquals((await evaluateLocalizer(localizer, stretched(3, 3), body, options)).people, 1);
  });
  localizer.dispose();
});
