/**
 * # A training run: its configuration, its examples, its localizer
 *
 * A run is named by its configuration alone. Examples are made by a process of its own ({@linkcode collect}) while the loop learns
 * from those there are; both find the same cache by the part of the configuration that examples depend on.
 *
 * ```
 * $NLFGS_CACHE/examples-HASH/      layout.json records.bin          HASH of encoder, seed, distribution, picture size
 * ```
 *
 * @module
 */
import { EMBEDDED_BODY, loadBody } from "../body/template.ts";
import { type EncoderName, type EncoderOptions, ENCODERS, loadEncoder } from "../encoder/load.ts";
import type { Encoder } from "../encoder/encoder.ts";
import { MOVENET_DEFAULTS } from "../encoder/movenet.ts";
import { blocksRead } from "../localize/fit.ts";
import type { LocalizerConfig, LocalizerOptions } from "../localize/localizer.ts";
import { HEAD_DEFAULTS } from "../localize/locate.ts";
import { expectOneOf } from "../tensor/options.ts";
import { type Example, exampleArrays, imageOf, makeExample } from "./examples.ts";
import { expectTurns, type Turns, viewOf } from "./example_view.ts";
import { FeatureCache } from "./feature_cache.ts";
import type { ExampleSource, LoopConfig } from "./loop.ts";
import { LOSS_DEFAULTS } from "./losses.ts";
import { OPTIMIZER_DEFAULTS, type OptimizerConfig } from "./optimizer.ts";
import { digestOfPictures } from "./people/background_folder.ts";
import type { Picture } from "./people/background_view.ts";
import { createPeople } from "./people/person.ts";
import { distributionOf, isForTraining, type SetName } from "./people/sets.ts";
import { anchorBody, type AnchoredBody } from "./points.ts";
import { withEntries } from "./settings.ts";
import { tailOf } from "./tail_start.ts";

/** Everything that a run depends on: plain JSON. */
export interface RunConfig {
  /** The frozen network behind which the localizer learns. */
  readonly encoder: EncoderName;
  /** Its options. */
  readonly encoderOptions: EncoderOptions[EncoderName];
  /** The link's configuration; `channels`, `grid` and `tail` follow the encoder. */
  readonly link: Omit<Partial<LocalizerOptions["link"]>, "channels" | "grid" | "tail">;
  /** The field's configuration. */
  readonly field: NonNullable<LocalizerOptions["field"]>;
  /** The rate of the link's tail as a share of the optimizer's; at 0 it stays as it begins. Without meaning where there is no tail. */
  readonly tailRate: number;
  /** s, the logit scale at the start. */
  readonly logitScale: number;
  /** How long, on how much. */
  readonly loop: LoopConfig;
  /** Rate, decay and the like. */
  readonly optimizer: OptimizerConfig;
  /** Which people. */
  readonly examples: ExamplesConfig;
  /** Which other people, drawn with them, each example alike. */
  readonly unusual: ExamplesConfig;
  /** And which people in turned pictures. */
  readonly turned: ExamplesConfig;
}

/** Which people, and how many. */
export interface ExamplesConfig {
  /** Their distribution. */
  readonly set: SetName;
  /** Of the people. */
  readonly seed: number;
  /** Pixels a side of the pictures. */
  readonly size: number;
  /** How many examples there shall be. */
  readonly count: number;
  /** Which of them show their person mirrored; every second one to train on, none of the others unless told. */
  readonly flips?: "all";
  /** Quarter turns of the pictures; 0 unless told. */
  readonly turns?: Turns;
  /** {@linkcode digestOfPictures} of backgrounds of the user's own, among which people stand too; none unless told. */
  readonly backgrounds?: string;
  /** Whether the pictures are kept beside their features, so that they can be looked at in other views; not unless told. */
  readonly pictures?: boolean;
}

/** The options with which an encoder makes f_I at the least cost: its own f_I, a coarse pyramid. */
export const FEATURE_OPTIONS: { readonly [N in EncoderName]: EncoderOptions[N] } = {
  "dinov2-s": {},
  "movenet-thunder": { size: 256, blocks: MOVENET_DEFAULTS.blocks },
  "dinov2-s+movenet-thunder": { movenet: { size: 256 } },
};

/**
 * The options with which an encoder gives what a localizer reads: MoveNet stops where the tail begins, and goes to its end where there is none.
 *
 * @throws {RangeError} if the encoder is unknown.
 */
export function featureOptionsOf(
  { encoder, link }: Pick<LocalizerConfig, "encoder" | "link">,
): EncoderOptions[EncoderName] {
  const name = expectOneOf("featureOptionsOf", "encoder", encoder, ENCODERS), encoderOptions = FEATURE_OPTIONS[name];
  const blocks = blocksRead({ encoder, link });
  return blocks ? { ...encoderOptions, blocks } : encoderOptions;
}

/** The long run, from nothing; what made the shipped weights stands in `weights/localizer.md`. */
export const RUN_DEFAULTS: RunConfig = {
  encoder: "movenet-thunder",
  encoderOptions: FEATURE_OPTIONS["movenet-thunder"],
  link: { width: 192, normalization: "channel", mixing: ["attention", "attention"], heads: 4 },
  field: { encoding: "fourier", frequencies: 64, frequencyScale: 12, hidden: [256, 128], depthBins: 8 },
  tailRate: 0.2,
  logitScale: 8,
  loop: { steps: 8000, batch: 8, seed: 1, points: { joints: 26, surface: 46, volume: 24 }, losses: LOSS_DEFAULTS },
  optimizer: OPTIMIZER_DEFAULTS,
  examples: { set: "train", seed: 1, size: 256, count: 12000 },
  unusual: { set: "unusual", seed: 2, size: 256, count: 6000 },
  turned: { set: "unusual", seed: 3, size: 256, count: 3000, turns: "drawn" },
};

/** A run of a few minutes, to see that everything works. */
export const SMALL_RUN: RunConfig = {
  ...RUN_DEFAULTS,
  link: { ...RUN_DEFAULTS.link, width: 128, mixing: ["attention"] },
  field: { ...RUN_DEFAULTS.field, hidden: [128, 64] },
  tailRate: 0,
  loop: { ...RUN_DEFAULTS.loop, steps: 400 },
  examples: { ...RUN_DEFAULTS.examples, count: 240 },
  unusual: { ...RUN_DEFAULTS.unusual, count: 60 },
  turned: { ...RUN_DEFAULTS.turned, count: 30 },
};

/** The body's anchors, and the vertex on the other side for each. */
export interface RunBody {
  /** Vertices and joints at rest. */
  readonly anchored: AnchoredBody;
  /** [V]: the vertex on the other side. */
  readonly mirror: Int32Array;
  /** [V]: a third of the area of the faces around each vertex. */
  readonly vertexAreas: Float64Array;
}

/** Loads the embedded body for training and measuring. */
export async function loadRunBody(): Promise<RunBody> {
  const body = await loadBody(EMBEDDED_BODY);
  try {
    const vertexAreas = new Float64Array(body.vertexCount);
    body.faces.forEach((vertex, corner) => vertexAreas[vertex]! += body.faceAreas[Math.floor(corner / 3)]! / 3);
    return { anchored: await anchorBody(body), mirror: body.mirror!, vertexAreas };
  } finally {
    body.dispose();
  }
}

const WINDOW = 5; // cells around the peak that p'_2D is read from once training ended

/**
 * The rate of a parameter of a run, by its name, as a share of the optimizer's.
 *
 * @throws {RangeError} if the tail's is no share.
 */
export function rateShareOf({ tailRate }: Pick<RunConfig, "tailRate">): (name: string) => number {
  if (!(tailRate >= 0 && tailRate <= 1)) throw new RangeError(`train: tailRate must be from 0 to 1: got ${tailRate}`);
  return (name) => name.startsWith("link.tail.") ? tailRate : 1;
}

/**
 * A configuration with some entries replaced; another encoder has its own options before they are.
 *
 * @param entries Each `path=value`.
 * @throws {TypeError} if an entry is none of the configuration.
 */
export function runOf(base: RunConfig, entries: readonly string[]): RunConfig {
  const { encoder } = withEntries(base, entries.filter((entry) => entry.startsWith("encoder=")));
  const own = encoder === base.encoder ? base.encoderOptions : FEATURE_OPTIONS[encoder] ?? base.encoderOptions;
  return withEntries({ ...base, encoderOptions: own }, entries);
}

/** The localizer of a run, behind an encoder; the head's pelvis is the body's. */
export function localizerOptions(
  config: RunConfig,
  encoder: Pick<Encoder, "channels" | "grid">,
  body: RunBody,
): LocalizerOptions {
  const at = 3 * body.anchored.vertexCount, [x, y, z] = body.anchored.canonical.subarray(at, at + 3);
  return {
    encoder: config.encoder,
    link: { ...config.link, channels: encoder.channels, grid: encoder.grid, tail: tailOf(config) },
    field: config.field,
    head: { ...HEAD_DEFAULTS, pelvis: [x!, y!, z!], window: WINDOW },
  };
}

/** A source that shows its first examples alone, however many more there are; it may grow up to them. */
export function firstOf(source: ExampleSource, most: number): ExampleSource {
  return {
    count: () => Math.min(most, source.count()),
    read: (index) => {
      if (index < most) return source.read(index);
      throw new RangeError(`firstOf: ${most} examples are shown: asked for number ${index}`);
    },
  };
}

/** Several sources one after the other; each may grow. */
export function joined(sources: readonly ExampleSource[]): ExampleSource {
  return {
    count: () => sources.reduce((sum, source) => sum + source.count(), 0),
    read: (index) => {
      let at = index;
      for (const source of sources) {
        const there = source.count();
        if (at < there) return source.read(at);
        at -= there;
      }
      throw new RangeError(`joined: ${index - at} examples are there: asked for number ${index}`);
    },
  };
}

/**
 * The first examples in the order in which they are made: the same whenever they are asked for, so that a resumed run measures its channels'
 * statistics on those it began with.
 *
 * @param parts In that order, each with how many there shall be.
 * @param count How many of all.
 * @returns them; undefined as long as one of them is not there.
 */
export function firstMade(
  parts: readonly { readonly source: ExampleSource; readonly wanted: number }[],
  count: number,
): Example[] | undefined {
  const first: Example[] = [];
  for (const { source, wanted } of parts) {
    const taken = Math.min(wanted, count - first.length);
    if (source.count() < taken) return undefined;
    for (let i = 0; i < taken; i++) first.push(source.read(i));
  }
  return first;
}

/**
 * Opens the cache of a run's examples, which may be empty yet.
 *
 * @throws {RangeError} if the set or its turns are unknown; nothing is made then.
 */
export async function openExamples(
  { encoder, encoderOptions, examples }: Pick<RunConfig, "encoder" | "encoderOptions" | "examples">,
  fit: Pick<Encoder, "channels" | "grid" | "blocks">,
  body: RunBody,
  options?: { readonly append?: boolean },
): Promise<FeatureCache> {
  const { set, seed, size, count, turns, backgrounds, pictures, flips = isForTraining(set) } = examples;
  if (turns !== undefined) expectTurns("examples", turns);
  const key = {
    encoder,
    encoderOptions,
    set,
    seed,
    size,
    distribution: await distributionOf(set),
    flips,
    ...(fit.blocks && !("blocks" in encoderOptions) && { blocks: fit.blocks }), // by default, which may change
    ...(turns !== undefined && { turns }),
    ...(backgrounds !== undefined && { backgrounds }),
    ...(pictures && { pictures }),
  };
  return await FeatureCache.openOf("examples", {
    key,
    arrays: [
      ...exampleArrays(fit, body.anchored.vertexCount),
      ...(pictures ? [{ name: "image", shape: [size, size, 3], type: "f16" } as const] : []), // 0..255: exact
    ],
    capacity: count,
  }, options);
}

/**
 * Makes the examples that are not there yet, in order.
 *
 * @param onExample Is told after each how many were made, and how many were missing at first.
 * @param backgrounds The pictures that the configuration names by their digest, if it does.
 * @throws {RangeError} if these are others.
 */
export async function collect(
  config: Pick<RunConfig, "encoder" | "encoderOptions" | "examples">,
  onExample: (made: number, missing: number, cache: FeatureCache) => void | Promise<void> = () => {},
  signal?: AbortSignal,
  backgrounds: readonly Picture[] = [],
): Promise<void> {
  const { set, seed, size, count, pictures } = config.examples;
  const given = backgrounds.length > 0 ? await digestOfPictures(backgrounds) : undefined;
  if (given !== config.examples.backgrounds) {
    throw new RangeError("collect: the backgrounds are not those that the configuration names: read the folder again");
  }
  const body = await loadRunBody(), encoder = await loadEncoder(config.encoder, config.encoderOptions);
  try {
    using cache = await openExamples(config, encoder, body, { append: true });
    const people = await createPeople({ seed, set, size, ...(given !== undefined && { backgrounds }) });
    const first = cache.count();
    for (let index = first; index < count && !signal?.aborted; index++) {
      const person = await people.person(index);
      const view = viewOf(config.examples, index, person.joints);
      const example = await makeExample(person, encoder, view, body.mirror);
      await cache.append(pictures ? { ...example, image: await imageOf(person, view) } : example);
      await onExample(index + 1 - first, count - first, cache);
    }
  } finally {
    encoder.dispose();
  }
}
