/**
 * # `deno task train --estimator`: makes MLP_shape and MLP_appearance from synthetic people
 *
 * People are made by a second process while this one learns. Beside the output file lie the checkpoint, the history and
 * `preview.png`, a contact sheet of people that are not learned from: photo, then true and rendered pictures in pairs. Every so
 * many steps all of it is written anew, so that what has been learned so far can be looked at and used.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { attachGaussians } from "../../lib/body/gaussians.ts";
import { loadBody } from "../../lib/body/template.ts";
import { loadEncoder } from "../../lib/encoder/load.ts";
import { writeFileAtomic } from "../../lib/format/file.ts";
import { loadDecoders, saveDecoders } from "../../lib/gaussian/decoder_file.ts";
import { encodeImage } from "../../lib/image/write.ts";
import { LiveCurve } from "../../lib/plot/live_curve.ts";
import { duration, Progress } from "../../lib/plot/progress.ts";
import { fileDigest } from "../../lib/train/checkpoint.ts";
import { descend } from "../../lib/train/descent.ts";
import { avatarSheet } from "../../lib/train/estimator/preview.ts";
import {
  collectRecords,
  drawStep,
  type EstimatorRunConfig,
  featureStatistics,
  layoutOf,
  openRecords,
} from "../../lib/train/estimator/run.ts";
import { openPlaces, placedVertices } from "../../lib/train/estimator/places.ts";
import { EstimatorTrainee } from "../../lib/train/estimator/trainee.ts";
import { Optimizer } from "../../lib/train/optimizer.ts";
import { type Collector, endingOf, sayEnd } from "./collector.ts";

/** What the command line says beside the configuration. */
export interface EstimatorFlags {
  /** Where the decoders are written. */
  readonly out: string;
  /** Go on from the checkpoint. */
  readonly resume: boolean;
  /** Begin to learn when so many people are there. */
  readonly wait: number;
  /** Decoders to start from, instead of new ones. */
  readonly from: string | undefined;
}

const WITHHELD = 6; // people at the cache's start, for the preview
const STATISTICS = 48; // people on whom the channel statistics are measured
const REPORT = 25, SAVE = 100, PREVIEW = 100; // steps

/** Makes the people that are not there yet. */
export async function collectPeople(config: EstimatorRunConfig, signal: AbortSignal): Promise<void> {
  await using scope = new AsyncDisposableStack();
  const body = scope.adopt(await loadBody(), (owned) => owned.dispose());
  let progress: Progress | undefined;
  await collectRecords(config, body, async (_made, missing, cache) => {
    if (!progress) console.error(`People in ${cache.folder}: ${cache.size} when all are there`);
    progress ??= scope.use(new Progress("Making people", missing, { unit: "people" }));
    await progress.advance();
  }, signal);
}

/**
 * Trains until the end or until it is stopped, and writes what came of it.
 *
 * @param startCollector Starts the second process.
 * @throws {Error} if the second process fails; what was learned until then is saved.
 */
export async function trainEstimator(
  config: EstimatorRunConfig,
  { out, resume, wait, from }: EstimatorFlags,
  startCollector: () => Collector,
  stop: AbortSignal,
): Promise<void> {
  await using scope = new AsyncDisposableStack();
  const body = scope.adopt(await loadBody(), (owned) => owned.dispose());
  const encoder = await loadEncoder(config.encoder, config.encoderOptions), layout = layoutOf(config, encoder, body);
  encoder.dispose();
  const cache = scope.use(await openRecords(config, layout)), { count } = config.people;
  const places = scope.use(await openPlaces(config.loop.places, cache, config.encoder, layout));
  const ready = () => Math.min(count, cache.count(), places?.count() ?? Infinity); // there may be more of a longer run
  console.error(`People in ${cache.folder}: ${cache.size} when all are there, ${cache.count()} are`);
  if (places) console.error(`Where they are located in ${places.folder}: ${places.count()}`);
  const collector = ready() < count ? scope.use(startCollector()) : undefined;
  const enough = Math.min(count, Math.max(STATISTICS, wait));
  await collector?.until(() => ready() >= enough, stop);
  const signal = endingOf(stop, collector);
  stop.throwIfAborted();

  const template = scope.adopt(attachGaussians(body, { total: config.total }), (owned) => owned.dispose());
  const firsts = (number: number) => Array.from({ length: Math.min(number, ready()) }, (_, i) => cache.read(i));
  const { decoders, losses } = config, shown = firsts(WITHHELD);
  const trainee = scope.use(
    from === undefined
      ? EstimatorTrainee.create(
        template,
        layout,
        decoders,
        losses,
        featureStatistics(firsts(STATISTICS), decoders.maps, layout),
      )
      : EstimatorTrainee.from(
        template,
        layout,
        decoders,
        losses,
        scope.adopt(await loadDecoders(from), (known) => known.dispose()),
      ),
  );
  const optimizer = new Optimizer(trainee.variables, config.optimizer);
  const beside = (ending: string) => out.replace(/(\.safetensors)?$/, ending);
  const write = async () => {
    const decoders = trainee.trained();
    await saveDecoders(out, decoders, { half: true }).finally(() => decoders.dispose());
    const sheet = await avatarSheet(trainee, shown, [0, 1, 2]);
    await writeFileAtomic(beside(".preview.png"), await encodeImage(sheet).finally(() => sheet.dispose()));
  };
  const curve = scope.use(new LiveCurve("Training", config.loop.steps));
  const history = await descend({
    learn: async (t) => {
      const { person, pictures, disturbance } = drawStep(config, ready() - WITHHELD, t), number = WITHHELD + person;
      if (!disturbance || !places) return await trainee.learn(cache.read(number), pictures, disturbance);
      const placed = placedVertices(body, places.read(number));
      return await trainee.learn(cache.read(number), pictures, placed).finally(() => placed?.dispose());
    },
    optimizer,
    steps: config.loop.steps,
    checkpoint: beside(".checkpoint.safetensors"),
    resume,
    identity: {
      ...config,
      ...(from !== undefined && { from: await fileDigest(from) }),
      ...(places && { places: places.config.key }),
    },
    report: REPORT,
    save: SAVE,
    signal,
    onResume: curve.resume,
    onStep: async (step, loss) => {
      await curve.step(step, loss);
      if (step % PREVIEW === 0) await write();
    },
    onRow: (row) => {
      const { step, loss, input, others, calm, gradient, seconds } = row;
      const parts = `photo's view ${input!.toFixed(4)}, others ${others!.toFixed(4)}, regularisers ${calm!.toFixed(4)}`;
      return curve.row(
        row,
        `step ${step}: loss ${loss.toFixed(4)}, ${parts}, gradient ${gradient.toFixed(2)}, ${ready()} people, ` +
          duration(1000 * seconds),
      );
    },
  });
  await curve.finish();
  if (optimizer.steps === 0) signal.throwIfAborted(); // no older file is written over
  await write();
  await writeFileAtomic(join(dirname(out), "estimator_history.json"), JSON.stringify({ config, history }, null, 1));
  sayEnd(out, optimizer.steps >= config.loop.steps, stop, collector);
}
