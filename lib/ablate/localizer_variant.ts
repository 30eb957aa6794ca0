/**
 * # Localizers as variants
 *
 * ```
 * source (stored or trained) → quantized? → read in some way → metrics on people and photos
 * ```
 *
 * A stored localizer is named by the digest of its file, a trained one by its run's configuration. Times are the median
 * milliseconds a person from f_I to positions, the encoder not counted.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { coveringMap, type FeatureMap } from "../encoder/encoder.ts";
import type { EncoderName, EncoderOptions } from "../encoder/load.ts";
import { digest } from "../format/digest.ts";
import { readFile } from "../format/file.ts";
import { defaultCropCamera } from "../image/cameras.ts";
import { MIRRORED, viewCrop } from "../localize/crop_views.ts";
import { loadLocalizer, type Localizer } from "../localize/localizer.ts";
import { disposeAll, TensorScope } from "../tensor/scope.ts";
import { evaluateFinder } from "../train/evaluate.ts";
import type { Example } from "../train/examples.ts";
import { evaluatePhotoFinder, summarizePhotos } from "../train/photos.ts";
import type { LocalizerBench, LocalizerInput, PhotosInput, SetInput } from "./bench.ts";
import { findFitted } from "./fitting.ts";
import { onCells } from "./on_cells.ts";
import { type Precision, quantizeLocalizer, storedBytes } from "./quantize.ts";
import { expectReadable, findPoints, type Found, isFlipped, type Reading, type SeenCrop } from "./reading.ts";
import type { Conditions, Outcome, Variant } from "./variant.ts";

/** Where a localizer comes from. */
export interface LocalizerSource {
  /** What it depends on beside the seed. */
  readonly definition: unknown;
  /** True if it is the same for all seeds. */
  readonly seedless: boolean;
  /** Loads or trains it; the caller disposes of it. */
  open(conditions: Conditions): Promise<Localizer>;
  /** The encoder's options, where they are not those of training's defaults. */
  readonly encoderOptions?: EncoderOptions[EncoderName] | undefined;
  /** Rows and columns to which f_I is resampled before its link sees it; the encoder's own unless told. */
  readonly cells?: number | undefined;
}

/** A localizer that is compared. */
export interface LocalizerVariant {
  /** Its name in the table. */
  readonly name: string;
  /** What is changed, in one line. */
  readonly about?: string;
  /** Where it comes from. */
  readonly source: LocalizerSource;
  /** How it is read. */
  readonly reading?: Reading;
  /** Bits of its parameters; `"f32"`, as they are, by default. */
  readonly precision?: Precision;
}

/** A localizer in a file, by its content. */
export async function storedLocalizer(path: string | URL): Promise<LocalizerSource> {
  const content = await digest(await readFile("storedLocalizer", path));
  return { definition: { file: content }, seedless: true, open: () => loadLocalizer(path) };
}

/**
 * A localizer as a variant of {@linkcode ablate}, measured on people and photos.
 *
 * @throws {RangeError} if a replacement does not change where points are found.
 */
export function localizerVariant(bench: LocalizerBench, variant: LocalizerVariant): Variant<LocalizerInput> {
  const { name, about = "", source, reading = {}, precision = "f32" } = variant;
  expectReadable(reading.replace);
  return {
    name,
    about,
    definition: { localizer: source.definition, reading, precision },
    seedless: (input) => source.seedless && "photos" in input,
    prepare: async (conditions) => {
      const loaded = await source.open(conditions);
      const localizer = precision === "f32" ? loaded : await quantizeLocalizer(loaded, precision);
      if (localizer !== loaded) loaded.dispose();
      return {
        bytes: storedBytes(localizer, precision),
        measure: (input, conditions) =>
          "photos" in input
            ? measurePhotos(bench, localizer, variant, input)
            : measureSet(bench, localizer, variant, input, conditions),
        dispose: () => localizer.dispose(),
      };
    },
  };
}

async function measureSet(
  bench: LocalizerBench,
  localizer: Localizer,
  { source, reading = {} }: LocalizerVariant,
  input: SetInput,
  conditions: Conditions,
): Promise<Outcome> {
  const { people, vertexStride } = input, { seed, say, signal } = conditions;
  const from = seed * people, count = from + people, { encoderOptions } = source;
  const open = (flipped: boolean) => bench.examples(localizer, encoderOptions, input, { count, flipped }, conditions);
  const find = await finderOf(bench, localizer, reading);
  const examples = await open(false), mirrored = isFlipped(reading) ? await open(true) : undefined;
  const milliseconds: number[] = [];
  const metrics = await evaluateFinder(
    async (example, points, index) => {
      using scope = new TensorScope();
      const [, , , f, cx, cy] = example.camera as unknown as [number, number, number, number, number, number];
      const seen = (example: Example) => scope.own(onCells(scope.own(featuresOf(example, localizer)), source.cells));
      const features = seen(example), flipped = mirrored && seen(mirrored.read(index));
      const begun = performance.now();
      const found = await find({ features, flipped, camera: { K: [[f, 0, cx], [0, f, cy], [0, 0, 1]] } }, points);
      milliseconds.push(performance.now() - begun);
      return found;
    },
    examples,
    await bench.body(),
    { people, from, vertexStride, signal, onPerson: (done) => say(`${input.set} ${done}/${people} people`) },
  );
  return { figures: { ...metrics }, ms: medianOf(milliseconds) };
}

async function measurePhotos(
  bench: LocalizerBench,
  localizer: Localizer,
  { source, reading = {} }: LocalizerVariant,
  input: PhotosInput,
): Promise<Outcome> {
  const encoder = await bench.encoderOf(localizer, source.encoderOptions);
  const detector = await bench.detector(), { anchored } = await bench.body();
  const camera = defaultCropCamera(), milliseconds: number[] = [];
  const finder = await finderOf(bench, localizer, reading);
  const find = async (crop: tf.Tensor3D, points: tf.Tensor2D) => {
    using scope = new TensorScope();
    const seen = async (crop: tf.Tensor3D) => {
      const { features, pyramid } = await encoder.encode(crop);
      disposeAll(pyramid);
      return scope.own(onCells(scope.own(features), source.cells));
    };
    const features = await seen(crop);
    const flipped = isFlipped(reading) ? await seen(scope.own(viewCrop(crop, MIRRORED))) : undefined;
    const begun = performance.now();
    const { position2d } = await finder({ features, flipped, camera }, points);
    milliseconds.push(performance.now() - begun);
    return position2d;
  };
  const measured = [];
  for (const photo of await bench.photos()) {
    if (input.photos.includes(photo.file)) measured.push(await evaluatePhotoFinder(photo, find, detector, anchored));
  }
  return { figures: { ...summarizePhotos(measured) }, ms: medianOf(milliseconds) };
}

/** Located directly, or by a fit. */
async function finderOf(
  bench: LocalizerBench,
  localizer: Localizer,
  reading: Reading,
): Promise<(crop: SeenCrop, points: tf.Tensor2D) => Promise<Found>> {
  if (!reading.fit) return (crop, points) => findPoints(localizer, reading, crop, points);
  const fitting = await bench.fitting();
  return (crop, points) => findFitted(localizer, reading, crop, points, fitting);
}

/** f_I of an example, on the encoder's grid. */
function featuresOf(example: Example, { config: { link } }: Localizer): FeatureMap {
  const features = example["features"]!, side = Math.sqrt(features.length / link.channels);
  return coveringMap(tf.tensor3d(features, [side, side, link.channels]));
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
