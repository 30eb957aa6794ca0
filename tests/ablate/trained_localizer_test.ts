import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { runOf, trainedLocalizer } from "../../lib/ablate/trained_localizer.ts";
import type { Localizer } from "../../lib/localize/localizer.ts";
import { RUN_DEFAULTS, type RunConfig, SMALL_RUN } from "../../lib/train/run.ts";
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

Deno.test("trainedLocalizer() depends on every entry of the run", () => {
  const source = (entries: string[]) => trainedLocalizer(tinyBench(), { folder: "", entries }).definition;
  const texts = [[], ["loop.steps=5"], ["encoder=dinov2-s"], ["link.mixing=[]"]].map((entries) =>
    JSON.stringify(source(entries))
  );
  assertEquals(new Set(texts).size, 4);
  assertThrows(() => source(["steps"]), TypeError, 'settings: "steps" must be path=value');
});

Deno.test("runOf() gives another encoder its own options unless they are told", () => {
  assertEquals(runOf(RUN_DEFAULTS, ["encoder=dinov2-s"]).encoderOptions, {});
  assertEquals(runOf(RUN_DEFAULTS, ['encoderOptions={"size":256,"grid":8}']).encoderOptions, { size: 256, grid: 8 });
});
