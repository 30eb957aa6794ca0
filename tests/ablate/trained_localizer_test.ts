import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { localizerVariant } from "../../lib/ablate/localizer_variant.ts";
import { trainedLocalizer } from "../../lib/ablate/trained_localizer.ts";
import type { Localizer } from "../../lib/localize/localizer.ts";
import { type RunConfig, SMALL_RUN } from "../../lib/train/run.ts";
import { OPTIMIZER_DEFAULTS } from "../../lib/train/optimizer.ts";
import { CONFIG } from "../train/tiny_run.ts";
import { conditions, OPTIONS, tinyBench } from "./tiny_bench.ts";

const { channels: _channels, grid: _grid, ...link } = OPTIONS.link;
const BASE = {
  ...SMALL_RUN,
  encoder: "made-up" as never,
  link,
  field: OPTIONS.field!,
  loop: CONFIG,
  optimizer: { ...OPTIMIZER_DEFAULTS, warmUp: 3 },
} satisfies RunConfig;

const test = (name: string, fn: (folder: string) => Promise<void>) =>
  Deno.test(name, async () => {
    const folder = await Deno.makeTempDir(), before = tf.memory().numTensors;
    try {
      await fn(folder);
      assertEquals(tf.memory().numTensors, before, "tensors left behind");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

/** The readout's numbers; frees the localizer. */
async function readout(localizer: Localizer): Promise<number[]> {
  const numbers = [...await localizer.field.readout.data()];
  localizer.dispose();
  return numbers;
}

test("trainedLocalizer() trains once a seed and then loads what it trained", async (folder) => {
  const asked: string[] = [], source = trainedLocalizer(tinyBench(asked), { folder, entries: [], base: BASE });
  const first = await readout(await source.open(conditions(0)));
  assertEquals(await readout(await source.open(conditions(0))), first);
  assertEquals(asked, ["training"]);
  const other = await readout(await source.open(conditions(1)));
  assertEquals(other.every((value, i) => value !== first[i]), true);
  assertEquals(asked, ["training", "training"]);
});

test("trainedLocalizer(): an aborted training goes on and equals an unbroken one", async (folder) => {
  const bench = tinyBench(), stop = new AbortController();
  const say = (note: string) => {
    if (note.startsWith("training step 5/12")) stop.abort();
    return Promise.resolve();
  };
  const broken = trainedLocalizer(bench, { folder: `${folder}/a`, entries: [], base: BASE });
  await assertRejects(() => broken.open({ ...conditions(0, stop.signal), say }), DOMException);
  const resumed = await readout(await broken.open(conditions(0)));
  const unbroken = trainedLocalizer(bench, { folder: `${folder}/b`, entries: [], base: BASE });
  assertEquals(resumed, await readout(await unbroken.open(conditions(0))));
});

test("trainedLocalizer(): a field with GPS learns, a taught one starts elsewhere, and both can be read again", async (folder) => {
  const field = { encoding: "gps", eigenfunctions: 6, hidden: [8], depthBins: 3 } as const;
  const gps = trainedLocalizer(tinyBench(), { folder, entries: [], base: { ...BASE, field } });
  const first = await gps.open(conditions());
  assertEquals(first.config.field.encoding, "gps");
  const numbers = await readout(first);
  assertEquals(await readout(await gps.open(conditions())), numbers);
  const open = async (taught: number) => {
    const source = trainedLocalizer(tinyBench(), { folder, entries: [], base: BASE, taught });
    return await readout(await source.open(conditions()));
  };
  const plain = await open(0), taught = await open(2);
  assertEquals(taught.length, plain.length);
  assertEquals(taught.some((value, i) => value !== plain[i]), true);
});

test("trainedLocalizer() on another grid learns on it and is measured on it, people and photos alike", async (folder) => {
  const bench = tinyBench(), [photo] = await bench.photos();
  await bench.detector();
  const before = tf.memory().numTensors;
  const source = trainedLocalizer(bench, { folder, entries: [], base: BASE, cells: 3 });
  const variant = localizerVariant(bench, { name: "grid 3", source, reading: { flip: "heatmaps" } });
  const prepared = await variant.prepare(conditions());
  const trained = await source.open(conditions());
  assertEquals(trained.config.link.grid, [3, 3]);
  trained.dispose();
  for (
    const input of [{ set: "everyday", version: 1, people: 1, vertexStride: 90 }, { photos: [photo!.file] }] as const
  ) {
    const { figures } = await prepared.measure(input, conditions());
    assertEquals(Number.isFinite(figures["set" in input ? "mpjpe_mm" : "median_crop"]), true);
  }
  prepared.dispose?.();
  assertEquals(tf.memory().numTensors, before);
  bench.dispose();
});

Deno.test("trainedLocalizer() depends on every entry of the run", () => {
  const source = (entries: string[]) => trainedLocalizer(tinyBench(), { folder: "", entries }).definition;
  const texts = [[], ["loop.steps=5"], ["encoder=dinov2-s"], ["link.mixing=[]"]].map((entries) =>
    JSON.stringify(source(entries))
  );
  for (const more of [{ cells: 8 }, { taught: 9 }]) {
    texts.push(JSON.stringify(trainedLocalizer(tinyBench(), { folder: "", entries: [], ...more }).definition));
  }
  assertEquals(new Set(texts).size, 6);
  assertThrows(() => source(["steps"]), TypeError, 'settings: "steps" must be path=value');
});
