import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { ablate, type AblateOptions } from "../../lib/ablate/sweep.ts";
import type { Conditions, Variant } from "../../lib/ablate/variant.ts";

const test = (name: string, fn: (folder: string) => Promise<void>) =>
  Deno.test(name, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await fn(folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

/** A variant whose error is input·factor + seed, and a list of what was done. */
function scaled(name: string, factor: number, done: string[] = [], fail?: (input: number, seed: number) => boolean) {
  const variant: Variant<number> = {
    name,
    definition: { factor },
    prepare: ({ seed }) => {
      done.push(`prepare ${name} ${seed}`);
      return {
        bytes: 8 * factor,
        measure: (input, { seed }) => {
          if (fail?.(input, seed)) throw new RangeError(`${name} fails at ${input}`);
          done.push(`measure ${name} ${input} ${seed}`);
          return { figures: { error: input * factor + seed }, ms: factor };
        },
        dispose: () => done.push(`dispose ${name} ${seed}`),
      };
    },
  };
  return variant;
}

const sweep = (variants: readonly Variant<number>[], more: Partial<AblateOptions<number>> = {}) =>
  ablate({
    variants,
    inputs: { one: 1, ten: 10 },
    metrics: [{ name: "error", better: "less" }],
    seeds: [0, 2],
    progress: { to: "silent" },
    ...more,
  });

Deno.test("ablate() measures every variant on every input for every seed, preparing once a seed", async () => {
  const done: string[] = [];
  const table = await sweep([scaled("a", 1, done), scaled("b", 3, done)]);
  assertEquals(done.slice(0, 4), ["prepare a 0", "measure a 1 0", "measure a 10 0", "dispose a 0"]);
  assertEquals(done.length, 16);
  const { metrics, ms, bytes } = table.summary("b", "ten");
  assertEquals(metrics["error"]!.mean, 31); // (30 + 32) / 2
  assertEquals(metrics["error"]!.change, { mean: 20, spread: 0, count: 2 }); // paired: seeds cancel
  assertEquals([ms.mean, bytes], [3, 24]);
});

test("ablate(): a killed sweep goes on where it was", async (out) => {
  const done: string[] = [], stop = new AbortController();
  const killer: Variant<number> = {
    ...scaled("b", 3, done),
    prepare: () => (stop.abort(), Promise.reject(new Error())),
  };
  const cut = await sweep([scaled("a", 1, done), killer], { out, signal: stop.signal });
  assertEquals(done.filter((entry) => entry.startsWith("measure")), ["measure a 1 0", "measure a 10 0"]);
  assertEquals(cut.summary("b", "one"), { ...cut.summary("b", "one"), missing: 2, errors: [] }); // not an error
  done.length = 0;
  const table = await sweep([scaled("a", 1, done), scaled("b", 3, done)], { out });
  assertEquals(done.filter((entry) => entry.startsWith("measure a")), ["measure a 1 2", "measure a 10 2"]);
  assertEquals(done.filter((entry) => entry.startsWith("measure b")).length, 4);
  const unbroken = await sweep([scaled("a", 1), scaled("b", 3)]);
  assertEquals(table.toCsv(), unbroken.toCsv());
});

test("ablate() measures a changed definition again, and a renamed variant not", async (out) => {
  const done: string[] = [];
  await sweep([scaled("a", 1)], { out });
  await sweep([scaled("another name", 1, done)], { out });
  assertEquals(done, []);
  const table = await sweep([scaled("a", 2, done)], { out });
  assertEquals(done.length, 8);
  assertEquals(table.summary("a", "one").metrics["error"]!.mean, 3);
});

test("ablate() notes a failing cell, keeps the others and tries it again", async (out) => {
  const done: string[] = [];
  const table = await sweep([scaled("a", 1, done, (input) => input === 10), scaled("b", 3, done)], { out });
  assertEquals(table.summary("a", "ten").errors, ["a fails at 10"]);
  assertEquals(table.summary("a", "ten").missing, 2);
  assertEquals(table.summary("a", "one").missing + table.summary("b", "ten").missing, 0);
  assertEquals(table.toMarkdown().includes("- a on ten: a fails at 10"), true);
  const mended = await sweep([scaled("a", 1, done), scaled("b", 3, done)], { out });
  assertEquals(mended.summary("a", "ten").missing, 0);
});

Deno.test("ablate(): a variant that cannot be prepared does not lose the others", async () => {
  const broken = { ...scaled("broken", 1), prepare: () => Promise.reject(new Error("no weights")) };
  const table = await sweep([broken, scaled("b", 3)]);
  assertEquals(table.summary("broken", "one").errors, ["no weights"]);
  assertEquals(table.summary("b", "one").metrics["error"]!.mean, 4);
  assertEquals(table.summary("b", "one").metrics["error"]!.change, undefined);
});

Deno.test("ablate(): what an aborted measurement returns is no outcome", async () => {
  const stop = new AbortController();
  const variant: Variant<number> = {
    name: "a",
    definition: 1,
    prepare: () => ({ measure: () => (stop.abort(), { figures: { error: 0 } }) }),
  };
  const table = await sweep([variant], { signal: stop.signal });
  assertEquals(table.summary("a", "one").missing, 2);
});

Deno.test("ablate() measures once where nothing is drawn", async () => {
  const done: string[] = [];
  const table = await sweep([{ ...scaled("a", 1, done), seedless: (input) => input === 10 }]);
  assertEquals(done.filter((entry) => entry.startsWith("measure")).length, 3);
  assertEquals([table.summary("a", "one").metrics["error"]!.count, table.summary("a", "ten").missing], [2, 0]);
});

test("ablate() takes a broken cell for one that is not there, and does not read another's", async (out) => {
  const done: string[] = [];
  await sweep([scaled("a", 1)], { out });
  const [first, second, third] = [...Deno.readDirSync(join(out, "cells"))].map(({ name }) => join(out, "cells", name));
  await Deno.writeTextFile(first!, "{");
  await Deno.copyFile(third!, second!);
  await sweep([scaled("a", 1, done)], { out });
  assertEquals(done.filter((entry) => entry.startsWith("measure")).length, 2);
});

test("ablate() ends with an error if a cell cannot be kept", async (out) => {
  const done: string[] = [];
  const blocks = () => (Deno.writeTextFileSync(join(out, "cells"), ""), false); // a file where the folder should be
  await assertRejects(() => sweep([scaled("a", 1, done, blocks)], { out }));
  assertEquals(done, ["prepare a 0", "measure a 1 0", "dispose a 0"]);
});

Deno.test("ablate() says what is wrong with its options", async () => {
  await assertRejects(() => sweep([]), RangeError, "ablate: variants must name at least one: got none");
  await assertRejects(
    () => sweep([scaled("a", 1), scaled("a", 2)]),
    RangeError,
    'ablate: variants must differ: "a" comes twice',
  );
  await assertRejects(() => sweep([scaled("a", 1)], { seeds: [0.5] }), RangeError, "a seed must be a whole number");
  await assertRejects(
    () => sweep([scaled("a", 1)], { seed: 1 } as never),
    TypeError,
    'ablate: unknown option "seed": known are variants, inputs',
  );
});

Deno.test("ablate() tells how far it is", async () => {
  let text = "";
  const said: Variant<number> = {
    ...scaled("a", 1),
    prepare: async ({ say }: Conditions) => {
      await say("step 1/2");
      return { measure: () => ({ figures: {} }) };
    },
  };
  let clock = 0;
  await sweep([said], { progress: { to: "lines", write: (line) => text += line, now: () => clock += 1e4 } });
  assertEquals(text.includes("Ablation 0/4 cells · 0 %"), true);
  assertEquals(text.includes("a, seed 0: step 1/2"), true);
  assertEquals(/2\/4 cells · 50 % · .*left · a, ten, seed 0/.test(text), true, text);
});
