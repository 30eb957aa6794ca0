/**
 * # `deno task ablate`: what each part is worth
 *
 * ```
 * deno task ablate                           all ablations that need no training, on weights/localizer.safetensors
 * deno task ablate flip quantize --limit 100
 * deno task ablate mixing losses --set loop.steps=1000     short trainings that differ in one thing each
 * deno task ablate --trained --finalists 2   all that share one encoder's examples with the first seed, the best two with all seeds
 * deno task ablate --list                    the names
 *
 * --limit N        people of each evaluation set for a seed; 50. Seed s measures people s·N … (s + 1)·N − 1
 * --seeds a,b      seeds; 0,1,2
 * --inputs a,b     everyday, hard, photos; all
 * --out DIR        tables, figure and cells; out/ablate
 * --weights FILE   the localizer that is read in several ways
 * --only a,b       of their rows these; the first row stays
 * --set PATH=VALUE an entry that all trained runs share, as `deno task train` takes them
 * --every K        every K-th vertex for PVE; 4
 * --blas FILE|off  see `deno task train`
 * --json FILE      the table as JSON, beside that in --out
 * --markdown FILE  the tables under a heading, and the figure beside them; docs/ablations.md
 * ```
 *
 * Every cell of the table is kept as soon as it is measured: after Ctrl-C or `kill` the same command goes on. What is measured
 * stands in `lib/train/metrics.ts`.
 *
 * @module
 */
import { basename, join } from "node:path";
import { LOCALIZER_METRICS, localizerInputs, openLocalizerBench } from "../lib/ablate/bench.ts";
import { builtInVariants, READING_ABLATIONS, SHARED_ABLATIONS, TRAINING_ABLATIONS } from "../lib/ablate/catalogue.ts";
import { storedLocalizer } from "../lib/ablate/localizer_variant.ts";
import { ablate } from "../lib/ablate/sweep.ts";
import { writeFileAtomic } from "../lib/format/file.ts";
import { useBackend } from "../lib/tensor/backend.ts";
import { useNativeBlas } from "../lib/tensor/native_blas.ts";
import { expectInteger, expectOneOf } from "../lib/tensor/options.ts";
import { ablationPage } from "./ablation_page.ts";
import { commandLine, taskFlags } from "./command_line.ts";

const { values: flags, positionals } = await taskFlags(import.meta.url, {
  allowPositionals: true,
  options: {
    limit: { type: "string", default: "50" },
    seeds: { type: "string", default: "0,1,2" },
    inputs: { type: "string", default: "everyday,hard,photos" },
    out: { type: "string", default: "out/ablate" },
    weights: { type: "string", default: "weights/localizer.safetensors" },
    set: { type: "string", multiple: true, default: [] },
    trained: { type: "boolean", default: false },
    finalists: { type: "string", default: "0" },
    only: { type: "string" },
    every: { type: "string", default: "4" },
    blas: { type: "string" },
    json: { type: "string" },
    markdown: { type: "string" },
    list: { type: "boolean", default: false },
  },
});
if (flags.list) {
  console.log(
    `Without training: ${READING_ABLATIONS.join(", ")}\nWith short trainings: ${TRAINING_ABLATIONS.join(", ")}`,
  );
  Deno.exit(0);
}
const names = positionals.length > 0 ? positionals : flags.trained ? SHARED_ABLATIONS : READING_ABLATIONS;
const finalists = expectInteger("ablate", "--finalists", Number(flags.finalists), 0);
const people = expectInteger("ablate", "--limit", Number(flags.limit), 1);
const vertexStride = expectInteger("ablate", "--every", Number(flags.every), 1);
const seeds = flags.seeds.split(",").map((seed) => expectInteger("ablate", "--seeds", Number(seed), 0));
const known = await localizerInputs(people, vertexStride);
const inputs = Object.fromEntries(
  flags.inputs.split(",").map((name) => [name, known[expectOneOf("ablate", "--inputs", name, Object.keys(known))]!]),
);
const command = commandLine("ablate");

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => stop.abort());
await useBackend("wasm");
const blas = flags.blas === "off" ? undefined : useNativeBlas({ library: flags.blas });
const trained = names.some((name) => TRAINING_ABLATIONS.includes(name));
if (!blas && trained) {
  console.error("No BLAS library: products by wasm, trainings three times slower");
}
const bench = openLocalizerBench();
const all = await builtInVariants(names, {
  bench,
  given: () => storedLocalizer(flags.weights),
  folder: join(flags.out, "runs"),
  entries: flags.set,
});
const only = flags.only?.split(",").map((name) => expectOneOf("ablate", "--only", name, all.map(({ name }) => name)));
const variants = all.filter(({ name }, i) => i === 0 || !only || only.includes(name));
const out = flags.out, metrics = LOCALIZER_METRICS, first = Object.keys(inputs)[0]!;
console.error(command);
const shared = { inputs, metrics, out, command, signal: stop.signal };
const ablation = await ablate({ ...shared, variants, seeds: finalists > 0 ? seeds.slice(0, 1) : seeds });
console.log(ablation.toString());
const tables = [ablation];
if (finalists > 0) {
  const best = ablation.best("mpjpe_mm", first, finalists);
  const rows = variants.filter(({ name }, i) => i === 0 || best.includes(name));
  tables.push(await ablate({ ...shared, variants: rows, seeds, name: "finalists" }));
  console.log(`\nThe best on ${first}, all seeds\n\n${tables[1]}`);
}
bench.dispose();
if (flags.json) await writeFileAtomic(flags.json, `${JSON.stringify(ablation, undefined, 1)}\n`);
if (flags.markdown) {
  const pictures = await Promise.all(tables.map(async (table, i) => {
    const picture = flags.markdown!.replace(/(\.md)?$/, i === 0 ? ".png" : "_finalists.png");
    await table.figure("mpjpe_mm").save(picture);
    return basename(picture);
  }));
  await writeFileAtomic(flags.markdown, ablationPage(tables, { pictures, people, trained }));
}
console.error(`${stop.signal.aborted ? "Stopped; the same command goes on. So far" : "Wrote"}: ${out}/ablation.md`);
Deno.exit(stop.signal.aborted ? 130 : 0); // a BLAS library may keep threads
