/**
 * # Localizers that are trained for an ablation
 *
 * ```
 * run with entries changed, seeds from the sweep → examples → (field taught) → train → FOLDER/DIGEST/localizer.safetensors
 * ```
 *
 * The seed draws the first parameters, the points and the order of the examples; the examples themselves are those of the run's
 * own seed, made once. A run leaves its checkpoint in its folder, so that a killed sweep goes on inside it, and its weights,
 * so that other measurements need not train again.
 *
 * @module
 */
import { join } from "node:path";
import { fieldExtras } from "../field/field_file.ts";
import { digest } from "../format/digest.ts";
import { writeFileAtomic } from "../format/file.ts";
import { loadLocalizer, type Localizer, type LocalizerOptions, saveLocalizer } from "../localize/localizer.ts";
import { expectInteger } from "../tensor/options.ts";
import { TensorScope } from "../tensor/scope.ts";
import { train } from "../train/loop.ts";
import { type Pretrained, taughtField } from "../train/pretrain_field.ts";
import { localizerOptions, type RunBody, type RunConfig, runOf, SMALL_RUN } from "../train/run.ts";
import { startRun, STATISTICS } from "../train/run_start.ts";
import { withoutTail } from "../train/tail_start.ts";
import type { LocalizerBench } from "./bench.ts";
import type { LocalizerSource } from "./localizer_variant.ts";
import { examplesOnCells } from "./on_cells.ts";
import { canonicalText, type Conditions } from "./variant.ts";

/** A run to be made. */
export interface TrainedOptions {
  /** Entries of the configuration, as `deno task train --set` takes them: `path=value`. */
  readonly entries: readonly string[];
  /** Where runs are kept. */
  readonly folder: string;
  /** The configuration that the entries change; the run of a few minutes by default. */
  readonly base?: RunConfig;
  /** Rows and columns to which f_I is resampled before the link; the encoder's own by default. */
  readonly cells?: number;
  /** Steps for which the field is taught the body first, {@link ../train/pretrain_field.ts}; 0, not at all, by default. */
  readonly taught?: number;
}

/** A run, and what a configuration of `deno task train` does not hold. */
interface Plan {
  readonly run: RunConfig;
  readonly cells?: number;
  readonly taught?: number;
}

const SAVE = 100; // steps between two checkpoints

/**
 * A localizer that is trained when it is first needed.
 *
 * @throws {TypeError} if an entry is no entry of the configuration.
 */
export function trainedLocalizer(
  bench: LocalizerBench,
  { entries, folder, base = SMALL_RUN, cells, taught = 0 }: TrainedOptions,
): LocalizerSource {
  const told = runOf(base, entries), run = cells === undefined ? told : withoutTail(told); // a tail knows one size of cells
  const more = { ...(cells !== undefined && { cells }), ...(taught > 0 && { taught }) };
  return {
    definition: { run, ...more },
    seedless: false,
    encoderOptions: run.encoderOptions,
    cells,
    open: (conditions) => trainedOnce(bench, { run: withSeed(run, conditions.seed), ...more }, folder, conditions),
  };
}

/** The run as a seed draws it. */
function withSeed(run: RunConfig, seed: number): RunConfig {
  expectInteger("ablate", "a seed", seed, 0);
  const { link, field, loop } = run;
  return { ...run, link: { ...link, seed }, field: { ...field, seed }, loop: { ...loop, seed: loop.seed + seed } };
}

async function trainedOnce(
  bench: LocalizerBench,
  plan: Plan,
  folder: string,
  conditions: Conditions,
): Promise<Localizer> {
  const { run, cells, taught = 0 } = plan, { say, signal } = conditions;
  const own = join(folder, (await digest(canonicalText(plan))).slice(0, 16));
  const weights = join(own, "localizer.safetensors"), checkpoint = join(own, "checkpoint.safetensors");
  if (await exists(weights)) return await loadLocalizer(weights);
  const body = await bench.body(), encoder = await bench.encoder(run.encoder, run.encoderOptions);
  const { channels, grid } = encoder, fit = cells === undefined ? grid : [cells, cells] as const;
  const options = localizerOptions(run, { channels, grid: fit }, body), resumed = await exists(checkpoint);
  const examples = await bench.training(run, conditions);
  const source = cells === undefined ? examples : examplesOnCells(examples, channels, cells);
  const firsts = Array.from({ length: Math.min(STATISTICS, source.count()) }, (_, i) => source.read(i));
  const extras = await fieldExtras(run.field);
  using scope = new TensorScope();
  const known = taught > 0 && !resumed ? await taughtStart(options, body, taught, conditions) : {};
  scope.own(known);
  const started = await startRun(run, options, () => firsts, { initial: known }, extras);
  using trainee = started.trainee;
  const history = await train({
    trainee,
    optimizer: started.optimizer,
    source,
    body: body.anchored,
    config: run.loop,
    checkpoint,
    resume: resumed,
    identity: plan,
    report: 50,
    save: SAVE,
    signal,
    onStep: (step, loss) => say(`training step ${step}/${run.loop.steps}, loss ${loss.toFixed(3)}`),
  });
  signal.throwIfAborted();
  const localizer = trainee.localizer();
  try {
    await writeFileAtomic(join(own, "history.json"), JSON.stringify({ ...plan, history }, null, 1));
    await saveLocalizer(weights, localizer);
    await Deno.remove(checkpoint);
    return localizer;
  } catch (error) {
    localizer.dispose();
    throw error;
  }
}

/** The field's first parameters, taught the body; from the field's own seed. */
async function taughtStart(
  { field = {} }: LocalizerOptions,
  { anchored }: RunBody,
  steps: number,
  { say, signal }: Conditions,
): Promise<Pretrained["parameters"]> {
  const onStep = (step: number) => {
    signal.throwIfAborted();
    return say(`teaching the field ${step}/${steps}`);
  };
  return (await taughtField(field, anchored, { steps, onStep })).parameters;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
