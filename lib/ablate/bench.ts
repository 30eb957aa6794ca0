/**
 * # What localizers are measured on
 *
 * Bodies, encoders and detectors are loaded once for a whole sweep, and the examples of the evaluation sets come from the
 * same cache as those of `deno task evaluate`. A flipped set has a cache of its own.
 *
 * ```
 * input { set, people }      seed s measures people s·people … (s + 1)·people − 1 of data/evaluation_sets.json
 * input { photos }           the marked photos of data/photos.json; nothing is drawn
 * ```
 *
 * @module
 */
import { attachGaussians } from "../body/gaussians.ts";
import { EMBEDDED_BODY, loadBody } from "../body/template.ts";
import type { EncoderName, EncoderOptions } from "../encoder/load.ts";
import { loadEncoder } from "../encoder/load.ts";
import type { Encoder } from "../encoder/encoder.ts";
import { loadPersonDetector, type PersonDetector } from "../image/keypoints.ts";
import type { Localizer } from "../localize/localizer.ts";
import type { FeatureCache } from "../train/feature_cache.ts";
import type { ExampleSource } from "../train/loop.ts";
import { type MarkedPhoto, readMarkedPhotos } from "../train/photos.ts";
import { readEvaluationSets } from "../train/people/sets.ts";
import {
  collect,
  FEATURE_OPTIONS,
  featureOptionsOf,
  firstOf,
  joined,
  loadRunBody,
  openExamples,
  RUN_DEFAULTS,
  type RunBody,
  type RunConfig,
} from "../train/run.ts";
import type { Fitting } from "./fitting.ts";
import type { Conditions, Metric } from "./variant.ts";

/** What a localizer is measured on; plain JSON. */
export type LocalizerInput = SetInput | PhotosInput;

/** People of an evaluation set. */
export interface SetInput {
  /** Which set. */
  readonly set: "everyday" | "hard";
  /** The set's version. */
  readonly version: number;
  /** How many people a seed measures. */
  readonly people: number;
  /** Every so many vertices for PVE. */
  readonly vertexStride: number;
}

/** Marked photos. */
export interface PhotosInput {
  /** Their files in `data/`. */
  readonly photos: readonly string[];
}

/** Everything that is loaded once. */
export interface LocalizerBench {
  /** The body whose points are located. */
  body(): Promise<RunBody>;
  /** The body and places that are fitted. */
  fitting(): Promise<Fitting>;
  /** At least the first `count` examples of a set, as the localizer's encoder sees them. */
  examples(
    localizer: Localizer,
    options: EncoderOptions[EncoderName] | undefined,
    input: SetInput,
    wanted: { readonly count: number; readonly flipped: boolean },
    conditions: Conditions,
  ): Promise<ExampleSource>;
  /** The examples of a training run, the usual ones, then the unusual and the turned. */
  training(run: RunConfig, conditions: Conditions): Promise<ExampleSource>;
  /** An encoder. */
  encoder(name: string, options: EncoderOptions[EncoderName] | undefined): Promise<Encoder>;
  /** The encoder of a localizer; with what it reads as f_I unless told otherwise. */
  encoderOf(localizer: Localizer, options: EncoderOptions[EncoderName] | undefined): Promise<Encoder>;
  /** Finds people in photos. */
  detector(): Promise<PersonDetector>;
  /** The marked photos. */
  photos(): Promise<readonly MarkedPhoto[]>;
  /** Frees everything. */
  dispose(): void;
}

const FITTED_PLACES = 1000; // spread by area; the joints come on top

/** The figures that localizers are compared by, as in `lib/train/metrics.ts` and `lib/train/photos.ts`. */
export const LOCALIZER_METRICS: readonly Metric[] = [
  { name: "pve_mm", better: "less" },
  { name: "mpjpe_mm", better: "less" },
  { name: "pa_mpjpe_mm", better: "less" },
  { name: "p2d_px", better: "less" },
  { name: "pck05", unit: "share", better: "more" },
  { name: "pck10", unit: "share", better: "more" },
  { name: "side_swap", unit: "share", better: "less" },
  { name: "spearman_u", better: "more" },
  { name: "median_crop", unit: "share", better: "less" },
];

/**
 * The evaluation sets and the photos as inputs.
 *
 * @param people How many people a seed measures.
 * @param vertexStride Every so many vertices for PVE.
 */
export async function localizerInputs(people: number, vertexStride = 4): Promise<Record<string, LocalizerInput>> {
  const { version } = await readEvaluationSets(), photos = (await readMarkedPhotos()).map(({ file }) => file);
  const set = (set: "everyday" | "hard") => ({ set, version, people, vertexStride });
  return { everyday: set("everyday"), hard: set("hard"), photos: { photos } };
}

/** A bench over the embedded body and the caches of this machine; the caller disposes of it. */
export function openLocalizerBench(): LocalizerBench {
  const once = <T>(make: () => Promise<T>) => {
    let made: Promise<T> | undefined;
    return () => made ??= make();
  };
  const encoders = new Map<string, Promise<Encoder>>(), caches = new Map<string, FeatureCache>();
  const release: { dispose(): void }[] = [];
  const owned = <T extends { dispose(): void }>(part: T): T => {
    release.push(part);
    return part;
  };
  const body = once(loadRunBody);
  const made = async (
    run: Pick<RunConfig, "encoder" | "encoderOptions" | "examples">,
    fit: Pick<Encoder, "channels" | "grid" | "blocks">,
    { say, signal }: Conditions,
  ) => {
    const { count, flips, set } = run.examples,
      key = JSON.stringify({ ...run, examples: { ...run.examples, count: 0 } });
    let cache = caches.get(key);
    if (!cache) caches.set(key, cache = await openExamples(run, fit, await body()));
    if (cache.count() < count) {
      await collect(run, (made, of) => say(`making ${flips ? "flipped " : ""}${set} ${made}/${of}`), signal);
      signal.throwIfAborted();
    }
    return cache;
  };
  const encoder = (name: string, options = FEATURE_OPTIONS[name as EncoderName]) => {
    const key = JSON.stringify([name, options]);
    if (!encoders.has(key)) encoders.set(key, loadEncoder(name as EncoderName, options).then(owned));
    return encoders.get(key)!;
  };
  return {
    body,
    fitting: once(async () => {
      const template = owned(attachGaussians(owned(await loadBody(EMBEDDED_BODY)), { total: FITTED_PLACES }));
      return { template, canonical: (await body()).anchored.canonical };
    }),
    photos: once(readMarkedPhotos),
    encoderOf: ({ config }, options) => encoder(config.encoder, options ?? featureOptionsOf(config)),
    detector: once(async () => owned(await loadPersonDetector())),
    encoder,
    examples: async ({ config }, options, { set }, { count, flipped }, conditions) => {
      const { seed, count: most } = (await readEvaluationSets()).sets[set];
      if (count > most) {
        throw new RangeError(
          `ablate: the set "${set}" has ${most} people: asked for ${count}; take fewer people or lower seeds`,
        );
      }
      const name = config.encoder as EncoderName, encoderOptions = options ?? featureOptionsOf(config);
      const examples = {
        set,
        seed,
        size: RUN_DEFAULTS.examples.size,
        count,
        ...(flipped ? { flips: "all" as const } : { pictures: true }),
      };
      return await made({ encoder: name, encoderOptions, examples }, await encoder(name, encoderOptions), conditions);
    },
    training: async (run, conditions) => {
      const { encoder: name, encoderOptions } = run, fit = await encoder(name, encoderOptions), sources = [];
      for (const examples of [run.examples, run.unusual, run.turned]) {
        if (examples.count === 0) continue;
        const cache = await made({ encoder: name, encoderOptions, examples }, fit, conditions);
        sources.push(firstOf(cache, examples.count));
      }
      return joined(sources);
    },
    dispose: () => {
      for (const part of release) part.dispose();
      for (const cache of caches.values()) cache[Symbol.dispose]();
    },
  };
}
