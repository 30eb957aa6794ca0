/**
 * A bench whose people, encoder and photos are made up: measuring takes milliseconds.
 *
 * @module
 */
import type { LocalizerBench } from "../../lib/ablate/bench.ts";
import type { LocalizerSource } from "../../lib/ablate/localizer_variant.ts";
import type { Conditions } from "../../lib/ablate/variant.ts";
import * as tf from "@tensorflow/tfjs";
import { attachGaussians } from "../../lib/body/gaussians.ts";
import { loadBody, SMALL_BODY } from "../../lib/body/template.ts";
import { coveringMap, type Encoder } from "../../lib/encoder/encoder.ts";
import { loadPersonDetector } from "../../lib/image/keypoints.ts";
import { createLocalizer, type LocalizerOptions } from "../../lib/localize/localizer.ts";
import { regrid } from "../../lib/encoder/regrid.ts";
import type { ExampleSource } from "../../lib/train/loop.ts";
import { readMarkedPhotos } from "../../lib/train/photos.ts";
import { RandomStream } from "../../lib/train/people/random.ts";
import type { RunBody } from "../../lib/train/run.ts";
import { body, source } from "../train/tiny_run.ts";

/** A localizer for features [4, 4, 5]. */
export const OPTIONS: LocalizerOptions = {
  encoder: "made-up",
  link: { channels: 5, width: 8, mixing: ["attention"], heads: 2, grid: [4, 4] },
  field: { frequencies: 4, hidden: [8], depthBins: 3, frequencyScale: 4 },
};

/** It, untrained. */
export const UNTRAINED: LocalizerSource = {
  definition: "untrained",
  seedless: true,
  open: () => Promise.resolve(createLocalizer(OPTIONS)),
};

/** The body of the tiny run. */
export const BODY: RunBody = {
  anchored: body,
  mirror: new Int32Array(body.vertexCount),
  vertexAreas: new Float64Array(body.vertexCount).fill(1),
};

/** The people of the tiny run on a grid of 4 × 4 cells; flipped ones have mirrored features. */
export function people(flipped = false): ExampleSource {
  return {
    count: () => source.count(),
    read: (index) => {
      const stream = new RandomStream(5, index);
      const features = Float32Array.from({ length: 80 }, () => stream.normal(0, 1));
      const mirrored = features.map((_, i) => features[i - i % 20 + 15 - 5 * Math.floor(i % 20 / 5) + i % 5]!);
      return { ...source.read(index), features: flipped ? mirrored : features };
    },
  };
}

const ENCODER: Encoder = {
  name: "made-up",
  channels: 5,
  grid: [4, 4],
  levels: {},
  encode: (crop) => {
    const small = regrid(coveringMap(crop), 4),
      map = tf.tidy(() => tf.concat([small, small.mul(2).slice([0, 0, 0], [4, 4, 2])], 2));
    small.dispose();
    return Promise.resolve({ features: coveringMap(map as tf.Tensor3D), pyramid: {} });
  },
  dispose: () => {},
};

/** The bench; `asked` lists what it was asked for. */
export function tinyBench(asked: string[] = []): LocalizerBench {
  let fitting: ReturnType<LocalizerBench["fitting"]> | undefined;
  let detector: ReturnType<typeof loadPersonDetector> | undefined;
  return {
    body: () => Promise.resolve(BODY),
    fitting: () =>
      fitting ??= loadBody(SMALL_BODY).then((body) => ({
        template: attachGaussians(body, { total: 60 }),
        canonical: BODY.anchored.canonical,
      })),
    examples: (_localizer, _options, { set }, { count, flipped }) => {
      asked.push(`${count} ${set}${flipped ? " flipped" : ""}`);
      return Promise.resolve(people(flipped));
    },
    training: () => {
      asked.push("training");
      return Promise.resolve(people());
    },
    encoder: () => Promise.resolve(ENCODER),
    encoderOf: () => Promise.resolve(ENCODER),
    detector: () => detector ??= loadPersonDetector(),
    photos: async () => (await readMarkedPhotos()).slice(0, 1),
    dispose: () => {
      detector?.then((found) => found.dispose());
      fitting?.then(({ template }) => (template.dispose(), template.body.dispose()));
    },
  };
}

/** Conditions that nobody listens to. */
export function conditions(seed = 0, signal: AbortSignal = new AbortController().signal): Conditions {
  return { seed, signal, say: () => Promise.resolve() };
}
