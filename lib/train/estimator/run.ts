/**
 * # An estimator's training run: its configuration and its people
 *
 * ```
 * $NLFGS_CACHE/people-HASH/      layout.json records.bin          HASH of encoder, people, layout
 * ```
 *
 * As for the localizer, a run is named by its configuration alone, and people are made by a process of its own while the loop
 * learns from those that are there.
 *
 * @module
 */
import type { Body } from "../../body/template.ts";
import type { DecoderConfig } from "../../gaussian/decode.ts";
import { type EncoderName, type EncoderOptions, loadEncoder } from "../../encoder/load.ts";
import type { Encoder } from "../../encoder/encoder.ts";
import { type CacheConfig, FeatureCache } from "../feature_cache.ts";
import { OPTIMIZER_DEFAULTS, type OptimizerConfig } from "../optimizer.ts";
import { RandomStream } from "../people/random.ts";
import { distributionOf, type SetName } from "../people/sets.ts";
import { createPersonViews } from "../people/views.ts";
import { openPlaces, PersonLocator, type Places } from "./places.ts";
import { COARSE, makeRecord, type PersonRecord, recordArrays, type RecordLayout } from "./records.ts";
import { type ChannelStatistics, channelStatistics } from "../trainee.ts";
import type { EstimatorLossConfig } from "./trainee.ts";

/** Everything that a run depends on: plain JSON. */
export interface EstimatorRunConfig {
  /** The frozen network. */
  readonly encoder: EncoderName;
  /** Its options. */
  readonly encoderOptions: EncoderOptions[EncoderName];
  /** MLP_shape and MLP_appearance; `maps` names what feature_g is sampled from. */
  readonly decoders: EstimatorDecoders;
  /** Gaussians in training, spread by area. */
  readonly total: number;
  /** How long, on how much. */
  readonly loop: EstimatorLoop;
  /** Weights of the losses. */
  readonly losses: EstimatorLossConfig;
  /** Rate, decay and the like. */
  readonly optimizer: OptimizerConfig;
  /** Whom to learn from. */
  readonly people: PeopleToLearnFrom;
}

/** How decoders in training are built; their widths follow from it. */
export type EstimatorDecoders = Pick<
  DecoderConfig,
  "maps" | "located" | "condition" | "colour" | "reach" | "hidden" | "shDegree" | "seed"
>;

/** How long, on how much. */
export interface EstimatorLoop {
  /** Steps in all; each learns from one person. */
  readonly steps: number;
  /** Of all that is drawn. */
  readonly seed: number;
  /** Pictures a step, the photo's view included. */
  readonly pictures: number;
  /** The share of steps in which the body is believed to be a little elsewhere, as a fitted one is. */
  readonly misplaced: number;
  /** Where it is believed to be in those: `"disturbed"` at random, or `"located"`, where the trained localizer puts it. */
  readonly places: Places;
}

/** Whom to learn from. */
export interface PeopleToLearnFrom {
  /** Their distribution. */
  readonly set: SetName;
  /** Of the people. */
  readonly seed: number;
  /** How many. */
  readonly count: number;
  /** Pixels a side of the photos. */
  readonly size: number;
  /** Pixels a side of the pictures that are learned from. */
  readonly viewSize: number;
  /** Pictures of each person, the photo's view included. */
  readonly views: number;
}

/** The run that made the shipped weights. */
export const ESTIMATOR_RUN: EstimatorRunConfig = {
  encoder: "movenet-thunder",
  encoderOptions: {},
  decoders: {
    maps: ["s32", "s8", "s4", "rgb"],
    located: "body",
    condition: "feature+canonical+sight+kin",
    colour: "chosen",
    reach: 0.1,
    hidden: [128, 128],
    shDegree: 0,
    seed: 1,
  },
  total: 16000,
  loop: { steps: 3600, seed: 1, pictures: 3, misplaced: 0.4, places: "disturbed" },
  losses: { colour: 1, structure: 0.2, mask: 0.5, translation: 0.01, scale: 0.002, opacity: 0.01 },
  optimizer: { ...OPTIMIZER_DEFAULTS, rate: 2e-3, warmUp: 50 },
  people: { set: "train", seed: 3, count: 2000, size: 384, viewSize: 192, views: 5 },
};

/** A run of a few minutes, to see that everything works. */
export const SMALL_ESTIMATOR_RUN: EstimatorRunConfig = {
  ...ESTIMATOR_RUN,
  total: 8000,
  loop: { ...ESTIMATOR_RUN.loop, steps: 200 },
  people: { ...ESTIMATOR_RUN.people, count: 60, viewSize: 128 },
};

/** The sizes of a run's records. */
export function layoutOf({ people, decoders, loop }: EstimatorRunConfig, encoder: Encoder, body: Body): RecordLayout {
  const { size, views, viewSize } = people;
  const [h, w] = encoder.grid,
    maps: Record<string, readonly [number, number, number]> = {
      rgb: [size, size, 3],
      mask: [size, size, 1],
    };
  const located = loop.places === "located" ? [COARSE] : []; // what the localizer reads
  for (const name of new Set([...decoders.maps, ...located])) {
    if (name === COARSE) maps[name] = [h, w, encoder.channels];
    else if (name === "s32" && name in encoder.levels) maps[name] = [h, w, encoder.levels[name]!]; // on f_I's grid
    else if (name !== "rgb") {
      const channels = encoder.levels[name], stride = STRIDES[name];
      if (channels === undefined || stride === undefined) {
        throw new RangeError(
          `train: ${encoder.name} has no map "${name}": known are ${Object.keys(STRIDES).join(", ")}`,
        );
      }
      maps[name] = [512 / stride, 512 / stride, channels];
    }
  }
  return { maps, blocks: encoder.blocks, views, viewSize, vertexCount: body.vertexCount };
}

/** What step t learns from: a person of `people`, some of its pictures, and whether its body is misplaced. */
export function drawStep(
  { loop: { seed, pictures, misplaced }, people: { views } }: EstimatorRunConfig,
  people: number,
  t: number,
): { readonly person: number; readonly pictures: readonly number[]; readonly disturbance: RandomStream | undefined } {
  if (people < 1) throw new RangeError("train: there are no people: make some first");
  const stream = new RandomStream(seed, "estimator", t), person = stream.integer(people);
  const others = Array.from({ length: views - 1 }, (_, i) => i + 1);
  const drawn = Array.from({ length: pictures - 1 }, () => others.splice(stream.integer(others.length), 1)[0]!);
  const disturbance = stream.chance(misplaced) ? stream.fork("disturbance") : undefined;
  return { person, pictures: [0, ...drawn], disturbance };
}

const STRIDES: Readonly<Record<string, number>> = { s32: 32, s4: 4, s8: 8, head: 4, rgb: 1 };

/** Opens the cache of a run's people, which may be empty yet. */
export async function openRecords(
  { encoder, encoderOptions, people: { count, ...people } }: EstimatorRunConfig,
  layout: RecordLayout,
  options?: { readonly append?: boolean },
): Promise<FeatureCache> {
  const key = {
    encoder,
    encoderOptions,
    people,
    distribution: await distributionOf(people.set),
    maps: Object.keys(layout.maps),
    ...(COARSE in layout.maps && layout.blocks && { blocks: layout.blocks }), // of f_I, by default or told
  };
  const config: CacheConfig = { key, arrays: recordArrays(layout), capacity: count };
  return await FeatureCache.openOf("people", config, options);
}

/**
 * Makes the records that are not there yet, in order, and their places, if the run learns from these.
 *
 * @param onRecord Is told after each how many were made, and how many were missing at first.
 * @throws {RangeError} as {@linkcode openPlaces}.
 */
export async function collectRecords(
  config: EstimatorRunConfig,
  body: Body,
  onRecord: (made: number, missing: number, cache: FeatureCache) => void | Promise<void> = () => {},
  signal?: AbortSignal,
): Promise<void> {
  const { set, seed, size, viewSize, views, count } = config.people;
  const encoder = await loadEncoder(config.encoder, config.encoderOptions);
  try {
    const layout = layoutOf(config, encoder, body);
    using cache = await openRecords(config, layout, { append: true });
    using places = await openPlaces(config.loop.places, cache, config.encoder, layout, { append: true });
    using locator = places && await PersonLocator.create(layout, body);
    const source = await createPersonViews({ set, seed, size, viewSize });
    const first = Math.min(cache.count(), places?.count() ?? Infinity);
    for (let index = first; index < count && !signal?.aborted; index++) {
      if (index >= cache.count()) {
        const seen = await source.views(index);
        await cache.append(await makeRecord({ ...seen, views: seen.views.slice(0, views) }, encoder, layout));
      }
      if (places && index >= places.count()) await places.append(await locator!.place(cache.read(index)));
      await onRecord(index + 1 - first, count - first, cache);
    }
  } finally {
    encoder.dispose();
  }
}

/** Mean and deviation of each channel of the maps side by side, over some records; a channel that never changes gets 1. */
export function featureStatistics(
  records: readonly PersonRecord[],
  names: readonly string[],
  { maps }: RecordLayout,
): ChannelStatistics {
  const parts = names.map((name) => {
    const examples = records.map((record) => ({ features: record[`map.${name}`]! }));
    return channelStatistics(examples, maps[name]![2], 1e-10);
  });
  const joined = (of: "mean" | "deviation") => Float32Array.from(parts.flatMap((part) => [...part[of]]));
  return { mean: joined("mean"), deviation: joined("deviation") };
}
