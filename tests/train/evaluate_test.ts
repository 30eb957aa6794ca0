import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { loadBody, SMALL_BODY } from "../../lib/body/template.ts";
import { coveringMap, type Encoder } from "../../lib/encoder/encoder.ts";
import type { CropView } from "../../lib/localize/crop_views.ts";
import type { ViewChoice } from "../../lib/localize/locate_in_views.ts";
import { loadEncoder } from "../../lib/encoder/load.ts";
import type { QuarterTurns } from "../../lib/image/turn.ts";
import { useBackend } from "../../lib/tensor/backend.ts";
import { createLocalizer, loadLocalizer, SHIPPED_ENCODER, SHIPPED_LOCALIZER } from "../../lib/localize/localizer.ts";
import { evaluateBaseline, evaluateLocalizer, learnBaselines } from "../../lib/train/evaluate.ts";
import { imageOf, makeExample } from "../../lib/train/examples.ts";
import type { ExampleSource } from "../../lib/train/loop.ts";
import { RandomStream } from "../../lib/train/people/random.ts";
import { createPeople, type Person } from "../../lib/train/people/person.ts";
import { FEATURE_OPTIONS, loadRunBody, type RunBody } from "../../lib/train/run.ts";
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

Deno.test("evaluateLocalizer(): in mirrored views a person and their mirror image are found alike", async () => {
  const encoder = {
    encode: (crop: tf.Tensor3D) => {
      const map = tf.tidy(() => tf.avgPool(crop, 256, 256, "valid"));
      return Promise.resolve({ features: coveringMap(map), pyramid: {} });
    },
    grid: [2, 2] as const,
  } as unknown as Encoder;
  const localizer = createLocalizer({ link: { channels: 3, width: 8, grid: [2, 2] } });
  const person = {
    size: 4,
    image: Uint8Array.from({ length: 48 }, (_, i) => 5 * i),
    vertices: anchored.canonical.map((value, i) => i % 3 === 2 ? value + 3 : value).slice(0, 3 * V),
    joints: anchored.canonical.map((value, i) => i % 3 === 2 ? value + 3 : value).slice(3 * V),
    jointSeen: new Uint8Array(55).fill(1),
    camera: { K: [[600, 0, 250], [0, 600, 256], [0, 0, 1]], worldToCamera: [] },
  } as unknown as Person;
  const measured = async (mirrored: boolean, views: ViewChoice) => {
    const view: CropView = { turns: 0, mirrored };
    const example = { ...await makeExample(person, encoder, view, body.mirror), image: await imageOf(person, view) };
    const source = { count: () => 1, read: () => example };
    return await evaluateLocalizer(localizer, source, body, { vertexStride: 50, views, encoder });
  };
  const apart = async (views: ViewChoice) => {
    const [one, other] = [await measured(false, views), await measured(true, views)];
    return Math.abs(one.mpjpe_mm - other.mpjpe_mm);
  };
  const alone = await apart("crop"); // an untrained localizer hardly heeds the picture
  assertEquals(
    alone > 1e-3 && await apart("mirrored") < alone / 10,
    true,
    `${alone} mm, ${await apart("mirrored")} mm`,
  );
  localizer.dispose();
});

Deno.test("evaluateLocalizer(): in upright views a person and the same person upside down are found alike [wasm]", async () => {
  await useBackend("wasm");
  const encoder = await loadEncoder(SHIPPED_ENCODER, FEATURE_OPTIONS[SHIPPED_ENCODER]), body = await loadRunBody();
  const localizer = await loadLocalizer(SHIPPED_LOCALIZER);
  const person = await (await createPeople({ seed: 3, set: "train", size: 256 })).person(0);
  const error = async (turns: QuarterTurns, views: ViewChoice) => {
    const view = { turns, mirrored: false }, seen = await makeExample(person, encoder, view);
    const example = { ...seen, image: await imageOf(person, view) }, source = { count: () => 1, read: () => example };
    return (await evaluateLocalizer(localizer, source, body, { vertexStride: 500, views, encoder })).mpjpe_mm;
  };
  const upright = await error(0, "upright");
  assertAlmostEquals(await error(2, "upright"), upright, 0.5);
  assertEquals(await error(2, "mirrored") > upright + 20, true);
  encoder.dispose();
  localizer.dispose();
});

Deno.test("evaluateLocalizer(): other views need the encoder, and examples that keep their picture", async () => {
  const localizer = createLocalizer({ link: { channels: 4, width: 8, grid: [2, 2] } });
  await assertRejects(
    () => evaluateLocalizer(localizer, stretched(1, 3), body, { views: "upright", vertexStride: 200 }),
    TypeError,
    "need the encoder and examples with pictures",
  );
  localizer.dispose();
});
