import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { join } from "node:path";
import { failsCleanly } from "../harness.ts";
import { fill, onSmallDisk } from "../small_disk.ts";
import { CONFIG, LOCALIZER, tinyRun } from "./tiny_run.ts";

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

const withoutTimes = (history: readonly object[]) => history.map((row) => ({ ...row, seconds: 0 }));

test("train(): killed and resumed equals unbroken, bit for bit", async (folder) => {
  const unbroken = await tinyRun(join(folder, "a"));
  class Killed extends Error {}
  const killed = tinyRun(join(folder, "b"), {
    onStep: (step) => {
      if (step === 8) throw new Killed(); // three steps after the last checkpoint
    },
  });
  await assertRejects(() => killed, Killed);
  const resumed = await tinyRun(join(folder, "b"), { resume: true });
  assertEquals(resumed.parameters, unbroken.parameters);
  assertEquals(resumed.steps, 12);
  assertEquals(resumed.history.map(({ step }) => step), [2, 4, 6, 8, 10, 12]);
});

test("train(): an aborted signal saves at once, and resuming equals an unbroken run", async (folder) => {
  const unbroken = await tinyRun(join(folder, "a")), stop = new AbortController();
  const first = await tinyRun(join(folder, "b"), {
    signal: stop.signal,
    onStep: (step) => {
      if (step === 6) stop.abort();
    },
  });
  assertEquals(first.steps, 6);
  const told: number[][] = [];
  const onResume = (rows: readonly { readonly step: number }[]) => void told.push(rows.map(({ step }) => step));
  const resumed = await tinyRun(join(folder, "b"), { resume: true, onResume });
  assertEquals(told, [[2, 4, 6]]);
  assertEquals(resumed.parameters, unbroken.parameters);
  assertEquals(withoutTimes(resumed.history), withoutTimes(unbroken.history));
});

test("train() stopped before its first step changes nothing", async (folder) => {
  const path = join(folder, "a");
  await tinyRun(path);
  const before = await Deno.readFile(path);
  const { steps, history } = await tinyRun(path, { signal: AbortSignal.abort() });
  assertEquals([steps, history.length], [0, 0]);
  assertEquals(await Deno.readFile(path), before);
});

test("train() without examples says so at once, and changes nothing", async (folder) => {
  const path = join(folder, "a"), none = { count: () => 0, read: () => ({}) };
  const error = await failsCleanly(() => tinyRun(path, { source: none }));
  assertEquals(error.message, "train: there are no examples: make some first");
  await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
});

test("train() learns the tiny problem", async (folder) => {
  const { history } = await tinyRun(join(folder, "a"), { config: { ...CONFIG, steps: 120 }, report: 20 });
  assertEquals(history.at(-1)!.loss < 0.6 * history[0]!.loss, true, JSON.stringify(history.map(({ loss }) => loss)));
});

test("train() stops at a number that is not finite, naming the parameter; the last checkpoint stands", async (folder) => {
  const path = join(folder, "a");
  await tinyRun(path);
  const before = await Deno.readFile(path);
  const error = await failsCleanly(() =>
    tinyRun(path, {}, (trainee) => {
      const variable = trainee.variables["link.projection.bias"]!, broken = tf.fill(variable.shape, NaN);
      variable.assign(broken);
      broken.dispose();
    })
  );
  assertEquals(error instanceof RangeError, true);
  assertEquals(
    /^train: step 1: the loss and the gradient of \S+ is not finite: /.test(error.message),
    true,
    error.message,
  );
  assertEquals(await Deno.readFile(path), before);
});

test("loadCheckpoint() refuses another configuration with the keys that differ; a longer run may go on", async (folder) => {
  const path = join(folder, "a");
  await tinyRun(path);
  const other = { localizer: LOCALIZER, loop: { ...CONFIG, batch: 3, seed: 5 } };
  await assertRejects(
    () => tinyRun(path, { resume: true, identity: other }),
    RangeError,
    "differing in loop.batch, loop.seed",
  );
  const longer = { ...CONFIG, steps: 14 };
  const { steps } = await tinyRun(path, {
    resume: true,
    config: longer,
    identity: { localizer: LOCALIZER, loop: longer },
  });
  assertEquals(steps, 14);
});

test("loadCheckpoint() takes a set of examples that the file does not know for an empty one", async (folder) => {
  const path = join(folder, "a"), of = (more: object) => ({ localizer: LOCALIZER, loop: CONFIG, ...more });
  const known = { examples: { seed: 1, count: 6 } }, turned = { seed: 3, count: 2 };
  await tinyRun(path, { identity: of(known) });
  await tinyRun(path, { resume: true, identity: of({ ...known, turned }), config: { ...CONFIG, steps: 13 } });
  const other = of({ ...known, turned: { ...turned, seed: 4 } });
  await assertRejects(() => tinyRun(path, { resume: true, identity: other }), RangeError, "differing in turned.seed:");
});

test("loadCheckpoint() refuses what is no checkpoint", async (folder) => {
  const path = join(folder, "a");
  await assertRejects(() => tinyRun(path, { resume: true }), Deno.errors.NotFound, "loadCheckpoint: no file at");
  await Deno.writeTextFile(path, "hello");
  await assertRejects(() => tinyRun(path, { resume: true }), SyntaxError, "no safetensors file");
});

test("a checkpoint that cannot be written is an error that names it", async (folder) => {
  await Deno.writeTextFile(join(folder, "file"), "");
  await assertRejects(() => tinyRun(join(folder, "file", "a")), Error, `cannot write ${join(folder, "file", "a")} (`);
});

onSmallDisk(
  "train() stops at a full disk; the last checkpoint is intact, and with room it goes on from there",
  1,
  async (disk) => {
    const path = join(disk, "a"), filler = join(disk, "filler"), unbroken = await tinyRun(join(disk, "b"));
    await Deno.remove(join(disk, "b"));
    const checkpoints: Uint8Array[] = [];
    const error = await failsCleanly(() =>
      tinyRun(path, {
        onStep: async (step) => {
          if (step !== 8) return; // checkpoints are due after 5 and 10
          checkpoints.push(await Deno.readFile(path));
          fill(filler);
        },
      })
    );
    assertStringIncludes(error.message, `cannot write ${path} (`);
    assertStringIncludes(
      error.message,
      "make room, or choose a place on another disk; what was there before is intact",
    );
    assertEquals(await Deno.readFile(path), checkpoints[0]);
    assertEquals([...Deno.readDirSync(disk)].map(({ name }) => name).toSorted(), ["a", "filler"]);
    await Deno.remove(filler);
    assertEquals((await tinyRun(path, { resume: true })).parameters, unbroken.parameters);
  },
);
