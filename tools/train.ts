/**
 * # `deno task train`: makes a localizer from synthetic people
 *
 * ```
 * deno task train                      the long run, from nothing; what shipped: weights/localizer.md
 * deno task train --small              a run of a few minutes
 * deno task train --resume             go on where the last run of this configuration stopped
 * deno task train --set loop.steps=2000 --set link.mixing='["convolution"]'        any entry of the configuration
 *
 * --from FILE          start from a trained localizer (or decoders) of the same configuration instead of seeded parameters; its tail may be shorter
 * --mean FILE          twice or more often, with --out: write the mean of localizers that were trained from one start, and train nothing
 * --estimator          make MLP_shape and MLP_appearance instead, {@link ./train/estimator.ts}; out/train/decoders.safetensors
 * --field-pretrain     teach the field the body's global point signature first
 * --out FILE           where the localizer is written at the end; out/train/localizer.safetensors
 * --backgrounds DIR    people stand among your photos of this folder, too; the localizer alone
 * --wait N             begin to learn when so many examples are there; 512 (people: 64)
 * --collect            only make the examples
 * --blas FILE | off    a BLAS library for faster products; $NLFGS_BLAS or one of the usual names unless told
 * ```
 *
 * Examples are made by a second process while this one learns; if it fails, this one saves and ends too. Ctrl-C saves and ends, and
 * so does `kill`; the second time it ends at once: a file that was being written stays as it was, and beside it may lie a hidden
 * `.part` that can be deleted. The checkpoint and the history lie beside the output file.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { writeFileAtomic } from "../lib/format/file.ts";
import { fieldExtras } from "../lib/field/field_file.ts";
import type { FieldExtras } from "../lib/field/field.ts";
import type { LocalizerOptions } from "../lib/localize/localizer.ts";
import { loadLocalizer, saveLocalizer } from "../lib/localize/localizer.ts";
import { loadEncoder } from "../lib/encoder/load.ts";
import { LiveCurve } from "../lib/plot/live_curve.ts";
import { duration, Progress } from "../lib/plot/progress.ts";
import { useBackend } from "../lib/tensor/backend.ts";
import { disposeAll } from "../lib/tensor/scope.ts";
import { useNativeBlas } from "../lib/tensor/native_blas.ts";
import { fileDigest } from "../lib/train/checkpoint.ts";
import { train } from "../lib/train/loop.ts";
import { PRETRAIN_DEFAULTS, type Pretrained, taughtField } from "../lib/train/pretrain_field.ts";
import type { AnchoredBody } from "../lib/train/points.ts";
import {
  collect,
  type ExamplesConfig,
  firstMade,
  firstOf,
  joined,
  loadRunBody,
  localizerOptions,
  openExamples,
  RUN_DEFAULTS,
  type RunConfig,
  runOf,
  SMALL_RUN,
} from "../lib/train/run.ts";
import { digestOfPictures } from "../lib/train/people/background_folder.ts";
import type { Picture } from "../lib/train/people/background_view.ts";
import { withEntries } from "../lib/train/settings.ts";
import { startRun, STATISTICS } from "../lib/train/run_start.ts";
import { type Start, startFrom } from "../lib/train/start_from.ts";
import { ESTIMATOR_RUN, SMALL_ESTIMATOR_RUN } from "../lib/train/estimator/run.ts";
import { Collector, endingOf, sayEnd } from "./train/collector.ts";
import { ownBackgrounds } from "./train/own_backgrounds.ts";
import { collectPeople, trainEstimator } from "./train/estimator.ts";
import { writeMean } from "./train/mean.ts";
import { expectOtherFile } from "./train/start_file.ts";
import { taskFlags } from "./command_line.ts";

const { values: flags } = await taskFlags(import.meta.url, {
  options: {
    estimator: { type: "boolean", default: false },
    small: { type: "boolean", default: false },
    resume: { type: "boolean", default: false },
    from: { type: "string" },
    mean: { type: "string", multiple: true },
    "field-pretrain": { type: "boolean", default: false },
    collect: { type: "boolean", default: false },
    set: { type: "string", multiple: true, default: [] },
    out: { type: "string" },
    wait: { type: "string" },
    backgrounds: { type: "string" },
    blas: { type: "string" },
  },
});

if (flags.mean) {
  const others = Object.keys(flags).filter((flag) => !["mean", "out"].includes(flag) && isGiven(flag));
  if (others.length > 0) throw new TypeError(`train: --mean trains nothing: leave --${others.join(", --")} out`);
  await useBackend("wasm");
  await writeMean(flags.mean, flags.out);
  Deno.exit(0);
}

const stop = new AbortController();
let collector: Collector | undefined; // while there is one
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => {
    if (stop.signal.aborted) {
      collector?.kill(); // nothing is disposed of any more
      Deno.exit(130);
    }
    stop.abort();
    Progress.say("Stopping after this step, and saving; once more ends at once");
  });
}

await useBackend("wasm");
if (flags.blas !== "off") {
  const blas = useNativeBlas({ library: flags.blas });
  console.error(
    blas
      ? `Products by ${blas.library}${blas.core ? `, ${blas.core}` : ""}`
      : "No BLAS library found: products by wasm, three times slower",
  );
}
try {
  if (flags.estimator) {
    if (flags.backgrounds !== undefined) {
      throw new TypeError("train: --backgrounds is for the localizer: leave --estimator out");
    }
    const config = withEntries(flags.small ? SMALL_ESTIMATOR_RUN : ESTIMATOR_RUN, flags.set);
    if (flags.collect) await collectPeople(config, stop.signal);
    else {
      const out = await outputFile("out/train/decoders.safetensors"), wait = Number(flags.wait ?? 64);
      await trainEstimator(config, { out, wait, resume: flags.resume, from: flags.from }, startCollector, stop.signal);
    }
  } else {
    const backgrounds = flags.backgrounds === undefined ? [] : await ownBackgrounds(flags.backgrounds);
    const config = await among(backgrounds, runOf(flags.small ? SMALL_RUN : RUN_DEFAULTS, flags.set));
    if (flags.collect) await collectExamples(config, backgrounds);
    else await trainLocalizer(config, await outputFile("out/train/localizer.safetensors"));
  }
} catch (error) {
  if (error === stop.signal.reason) console.error("Stopped before the first step");
  else if (flags.collect && error instanceof Deno.errors.Busy) console.error(error.message); // another makes them
  else throw error;
}
Deno.exit(0); // a BLAS library may keep threads

/** Whether a flag stands on the command line. */
function isGiven(flag: string): boolean {
  const value = flags[flag as keyof typeof flags];
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}

/** Where the output goes: not to the file that is started from. */
async function outputFile(usual: string): Promise<string> {
  const { from, out = usual } = flags;
  if (from !== undefined) await expectOtherFile("--from", from, out);
  return out;
}

/** The run with people among backgrounds of the user's own, if there are any. */
async function among(pictures: readonly Picture[], config: RunConfig): Promise<RunConfig> {
  if (pictures.length === 0) return config;
  const backgrounds = await digestOfPictures(pictures), { examples, unusual, turned } = config;
  return {
    ...config,
    examples: { ...examples, backgrounds },
    unusual: { ...unusual, backgrounds },
    turned: { ...turned, backgrounds },
  };
}

async function collectExamples(config: RunConfig, backgrounds: readonly Picture[]): Promise<void> {
  await using scope = new AsyncDisposableStack();
  for (const examples of [config.unusual, config.turned, config.examples].filter(({ count }) => count > 0)) {
    let progress: Progress | undefined;
    await collect(
      { ...config, examples },
      async (_made, missing, cache) => {
        if (!progress) console.error(`Examples in ${cache.folder}: ${cache.size} when all are there`);
        progress ??= scope.use(new Progress(`Making "${examples.set}"`, missing, { unit: "examples" }));
        await progress.advance();
      },
      stop.signal,
      backgrounds,
    );
  }
}

async function trainLocalizer(config: RunConfig, out: string): Promise<void> {
  const body = await loadRunBody(), encoder = await loadEncoder(config.encoder, config.encoderOptions);
  const options = localizerOptions(config, encoder, body);
  await using scope = new AsyncDisposableStack();
  const opened = async (examples: ExamplesConfig) => {
    const { count: wanted } = examples;
    if (wanted === 0) return [];
    const cache = scope.use(await openExamples({ ...config, examples }, encoder, body));
    console.error(`Examples in ${cache.folder}: ${cache.size} when all are there, ${cache.count()} are`);
    return [{ source: firstOf(cache, wanted), wanted }];
  };
  const usual = await opened(config.examples),
    unusual = await opened(config.unusual),
    turned = await opened(config.turned);
  encoder.dispose();
  const source = joined([...usual, ...unusual, ...turned].map(({ source }) => source));
  const parts = [...unusual, ...turned, ...usual]; // as they are collected
  const wanted = parts.reduce((sum, part) => sum + part.wanted, 0);
  const lacks = parts.some(({ source, wanted }) => source.count() < wanted);
  if (wanted === 0) throw new RangeError("train: there are no examples: let one of the counts be more than 0");
  const collector = lacks ? scope.use(startCollector()) : undefined;
  const signal = endingOf(stop.signal, collector);
  const enough = Math.min(wanted, Math.max(STATISTICS, Number(flags.wait ?? 512)));
  const firsts = () => firstMade(parts, STATISTICS);
  const extras = await fieldExtras(config.field);
  const known = await start(options, config.logitScale, body.anchored, extras, signal); // while examples are made; a start of another kind ends that
  scope.defer(() => disposeAll(known.initial));
  await collector?.until(() => source.count() >= enough && firsts() !== undefined, stop.signal);
  stop.signal.throwIfAborted();
  const started = await startRun(config, options, () => firsts()!, known, extras);
  using trainee = started.trainee;
  const checkpoint = out.replace(/(\.safetensors)?$/, ".checkpoint.safetensors");
  const curve = scope.use(new LiveCurve("Training", config.loop.steps));
  const history = await train({
    trainee,
    optimizer: started.optimizer,
    source,
    body: body.anchored,
    config: config.loop,
    checkpoint,
    resume: flags.resume,
    identity: {
      ...config,
      ...(flags["field-pretrain"] && { fieldPretrain: true }),
      ...(flags.from && { from: await fileDigest(flags.from) }),
    },
    report: 50,
    save: 250,
    signal,
    onResume: curve.resume,
    onStep: curve.step,
    onRow: (row) => {
      const { step, loss, error3d_mm, error2d, gradient, examples, seconds } = row;
      const errors = `3D ${error3d_mm.toFixed(0)} mm, 2D ${(100 * error2d / 2.2).toFixed(1)} % of the crop`;
      return curve.row(
        row,
        `step ${step}: loss ${loss.toFixed(4)}, ${errors}, gradient ${gradient.toFixed(2)}, ${examples} examples, ` +
          duration(1000 * seconds),
      );
    },
  });
  await curve.finish();
  if (started.optimizer.steps === 0) signal.throwIfAborted(); // no older file is written over
  using localizer = Object.assign(trainee.localizer(), {
    [Symbol.dispose](this: { dispose(): void }) {
      this.dispose();
    },
  });
  await saveLocalizer(out, localizer, { half: true });
  await writeFileAtomic(join(dirname(out), "history.json"), JSON.stringify({ config, history }, null, 1));
  sayEnd(out, started.optimizer.steps >= config.loop.steps, stop.signal, collector);
}

/** What the training starts from: seeded parameters unless told. */
async function start(
  options: LocalizerOptions,
  logitScale: number,
  body: AnchoredBody,
  extras: FieldExtras,
  signal: AbortSignal,
): Promise<Start> {
  if (flags.from !== undefined) {
    const known = await loadLocalizer(flags.from);
    try {
      return await startFrom(known, options, logitScale, extras);
    } finally {
      known.dispose();
    }
  }
  const initial = flags["field-pretrain"] && !flags.resume ? await taught(options, body, signal) : {};
  return { initial, statistics: undefined };
}

/** The field's first parameters, by their names in the localizer. */
async function taught(
  options: LocalizerOptions,
  body: AnchoredBody,
  signal: AbortSignal,
): Promise<Pretrained["parameters"]> {
  await using progress = new Progress("Teaching the field the body", PRETRAIN_DEFAULTS.steps, { unit: "steps" });
  const { parameters, error } = await taughtField(options.field ?? {}, body, {
    onStep: () => {
      signal.throwIfAborted();
      return progress.advance();
    },
  });
  console.error(`The field explains ${(100 * (1 - error)).toFixed(1)} % of the signature's variance`);
  return parameters;
}

/** The second process; it ends with this one. */
function startCollector(): Collector {
  const args = Deno.args.filter((flag) => flag !== "--resume" && flag !== "--field-pretrain");
  return collector = new Collector(["run", "-A", new URL(import.meta.url).pathname, ...args, "--collect"]);
}
