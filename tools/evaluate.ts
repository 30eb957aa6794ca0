/**
 * # `deno task evaluate`: how far off the localizer is on people it has not seen
 *
 * ```
 * deno task evaluate                         both sets of data/evaluation_sets.json, with baselines
 * deno task evaluate --set hard --people 100
 * deno task evaluate --weights out/train/localizer.safetensors --json figures.json
 *
 * deno task evaluate --avatars --help        what avatars look like instead: see tools/evaluate_avatars.ts
 *
 * --weights FILE     the localizer; weights/localizer.safetensors
 * --set NAME         everyday or hard; both unless told
 * --people N         so many of each set, from the first; all unless told
 * --every K          every K-th vertex for PVE; 1
 * --views NAME       in which views of the crop points are located, crop, mirrored or upright, the demo's; that unless told
 * --no-baselines     without mean pose and pooled regression, which need training examples
 * --blas FILE | off  see `deno task train`
 * --json FILE        the figures, keys as in DESIGN: those of everyday on top, `hard.*` and `baselines.*` below
 * ```
 *
 * Then the photos of `data/photos.json`, whose points were marked by hand: median error in crop sides, beside MoveNet's.
 *
 * The sets' features are cached like those of training. What the figures mean stands in `lib/train/metrics.ts`.
 *
 * @module
 */
import { writeFileAtomic } from "../lib/format/file.ts";
import { type EncoderName, loadEncoder } from "../lib/encoder/load.ts";
import { loadPersonDetector } from "../lib/image/keypoints.ts";
import { expectFit } from "../lib/localize/fit.ts";
import { loadLocalizer } from "../lib/localize/localizer.ts";
import { VIEW_CHOICES } from "../lib/localize/locate_in_views.ts";
import { Progress } from "../lib/plot/progress.ts";
import { useBackend } from "../lib/tensor/backend.ts";
import { expectInteger, expectOneOf } from "../lib/tensor/options.ts";
import { useNativeBlas } from "../lib/tensor/native_blas.ts";
import { evaluateBaseline, evaluateLocalizer, learnBaselines } from "../lib/train/evaluate.ts";
import { LITTLE_SEEN, METRIC_JOINTS, type Metrics, TRUNK_WRONG } from "../lib/train/metrics.ts";
import { evaluatePhoto, type PhotoErrors, readMarkedPhotos, summarizePhotos } from "../lib/train/photos.ts";
import { readEvaluationSets } from "../lib/train/people/sets.ts";
import { collect, featureOptionsOf, loadRunBody, openExamples, RUN_DEFAULTS } from "../lib/train/run.ts";
import { taskFlags } from "./command_line.ts";

if (Deno.args.includes("--avatars")) {
  const { main } = await import("./evaluate_avatars.ts");
  Deno.exit(await main(Deno.args)); // a BLAS library may keep threads
}
const { values: flags } = await taskFlags(import.meta.url, {
  options: {
    weights: { type: "string", default: new URL("../weights/localizer.safetensors", import.meta.url).pathname },
    set: { type: "string", multiple: true, default: ["everyday", "hard"] },
    people: { type: "string" },
    every: { type: "string", default: "1" },
    views: { type: "string", default: "upright" },
    baselines: { type: "boolean", default: true },
    blas: { type: "string" },
    json: { type: "string" },
  },
  allowNegative: true,
});
const BASELINE_EXAMPLES = 1000;

const names = flags.set.map((name) => expectOneOf("evaluate", "--set", name, ["everyday", "hard"]));
const vertexStride = expectInteger("evaluate", "--every", Number(flags.every), 1);
const views = expectOneOf("evaluate", "--views", flags.views, VIEW_CHOICES);
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => stop.abort());
await useBackend("wasm");
if (flags.blas !== "off") useNativeBlas({ library: flags.blas });

const localizer = await loadLocalizer(flags.weights), body = await loadRunBody();
const encoder = localizer.config.encoder as EncoderName, encoderOptions = featureOptionsOf(localizer.config);
const fit = await loadEncoder(encoder, encoderOptions);
expectFit("evaluate", localizer, fit);
const figures: Record<string, Record<string, unknown>> = {};
const { sets } = await readEvaluationSets();

for (const name of names) {
  const { seed, count } = sets[name];
  const people = flags.people === undefined
    ? count
    : expectInteger("evaluate", "--people", Number(flags.people), 1, count);
  const config = {
    encoder,
    encoderOptions,
    examples: { set: name, seed, size: RUN_DEFAULTS.examples.size, count: people, pictures: true },
  };
  await made(`Making ${name}`, config);
  using source = await openExamples(config, fit, body);
  const measure = async (label: string, run: (options: object) => Promise<Metrics>) => {
    await using progress = new Progress(label, people, { unit: "people" });
    return await run({ people, vertexStride, signal: stop.signal, onPerson: () => progress.advance() });
  };
  figures[name] = {
    ...await measure(
      `Measuring ${name}`,
      (options) => evaluateLocalizer(localizer, source, body, { ...options, views, encoder: fit }),
    ),
  };
  if (flags.baselines && !stop.signal.aborted) {
    const training = { encoder, encoderOptions, examples: { ...RUN_DEFAULTS.examples, count: BASELINE_EXAMPLES } };
    await made("Making training examples", training);
    using examples = await openExamples(training, fit, body);
    const { meanPose, pooled, free } = await learnBaselines(examples, body, fit.grid[0] * fit.grid[1], {
      count: BASELINE_EXAMPLES,
    });
    figures[name].baselines = {
      mean_pose: await measure("Mean pose", (options) => evaluateBaseline(meanPose, source, body, options)),
      pooled: await measure("Pooled features", (options) => evaluateBaseline(pooled, source, body, options)),
    };
    free();
  }
  print(name, figures[name]);
}
const photos = stop.signal.aborted ? undefined : await measurePhotos();
fit.dispose();
localizer.dispose();
const { everyday = {}, hard } = figures;
if (flags.json) {
  await writeFileAtomic(
    flags.json,
    JSON.stringify({ ...everyday, ...(hard && { hard }), photos, views, weights: flags.weights }, rounded, 1),
  );
}
Deno.exit(stop.signal.aborted ? 130 : 0); // a BLAS library may keep threads

/** Makes the examples that are missing. */
async function made(label: string, config: Parameters<typeof collect>[0]): Promise<void> {
  {
    using cache = await openExamples(config, fit, body);
    if (cache.count() >= config.examples.count) return;
    console.error(`Examples in ${cache.folder}: ${cache.size} when all are there`);
  }
  await using scope = new AsyncDisposableStack();
  let progress: Progress | undefined;
  await collect(config, async (_made, missing) => {
    progress ??= scope.use(new Progress(label, missing, { unit: "people" }));
    await progress.advance();
  }, stop.signal);
}

async function measurePhotos(): Promise<unknown> {
  const detector = await loadPersonDetector(), measured: PhotoErrors[] = [];
  for (const photo of await readMarkedPhotos()) {
    measured.push(await evaluatePhoto(photo, localizer, fit, detector, body.anchored, views));
  }
  detector.dispose();
  const summary = summarizePhotos(measured), percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  console.log(
    `\nphotos: ${summary.points} points on ${measured.length}: median error ${
      percent(summary.median_crop)
    } of the crop`,
  );
  console.log(
    `  MoveNet's own: ${percent(summary.movenet_median_crop)}; exchanged sides ${percent(summary.side_swap)}`,
  );
  for (const { file, points } of measured) {
    const errors = Object.entries(points).map(([name, { localizer }]) => `${name} ${(100 * localizer).toFixed(1)}`);
    console.log(`  ${file}: ${errors.join(", ")}`);
  }
  return { ...summary, each: measured };
}

function print(set: string, { baselines, ...own }: Record<string, unknown>): void {
  const rows = { localizer: own, ...baselines as Record<string, Record<string, unknown>> };
  const keys = [
    "mpjpe_mm",
    "pa_mpjpe_mm",
    "pve_mm",
    "pve_area_mm",
    "pck05",
    "pck10",
    "p2d_px",
    "side_swap",
    "spearman_u",
  ];
  console.log(`\n${set}: ${own.people} people`);
  console.log(["".padEnd(12), ...keys.map((key) => key.padStart(12))].join(""));
  for (const [row, values] of Object.entries(rows)) {
    const cells = keys.map((key) => {
      const value = (values as Record<string, number>)[key]!;
      return (/mm$|px$/.test(key) ? value.toFixed(1) : value.toFixed(3)).padStart(12);
    });
    console.log([row.padEnd(12), ...cells].join(""));
  }
  const { parts_mm, seen_mm, unseen_mm, trunk_wrong, trunk_wrong_mm, trunk_right_mm } = own as unknown as Metrics;
  const parts = Object.entries(parts_mm).map(([part, mm]) => `${part} ${mm.toFixed(0)}`).join(", ");
  console.log(`  mm by part: ${parts}; seen ${seen_mm.toFixed(0)}, unseen ${unseen_mm.toFixed(0)}`);
  printGroups("trunk", "", [
    [`turned by more than ${TRUNK_WRONG}° in`, trunk_wrong, trunk_wrong_mm],
    ["right in", 1 - trunk_wrong, trunk_right_mm],
  ]);
  const { little_seen, little_seen_pve_mm, more_seen_pve_mm } = own as unknown as Metrics;
  printGroups(`of ${METRIC_JOINTS} joints`, "PVE ", [
    [`fewer than ${LITTLE_SEEN} seen of`, little_seen, little_seen_pve_mm],
    [`${LITTLE_SEEN} or more seen of`, 1 - little_seen, more_seen_pve_mm],
  ]);
}

/** A line on groups of people: how they are told, their share, their error; groups of nobody are left out. */
function printGroups(what: string, figure: string, groups: readonly (readonly [string, number, number])[]): void {
  const there = groups.filter(([, share]) => share > 0)
    .map(([how, share, mm]) => `${how} ${(100 * share).toFixed(0)} % of people, ${figure}${mm.toFixed(0)} mm`);
  if (there.length > 0) console.log(`  ${what} ${there.join("; ")}`);
}

function rounded(_key: string, value: unknown): unknown {
  if (typeof value !== "number") return value;
  return Number.isFinite(value) ? Number(value.toFixed(4)) : null;
}
