/**
 * # The Gaussian estimator: sample and decode any number of Gaussians in bounded memory
 *
 * ```
 * p'_2D → feature_g := Sample(f_I; p'_2D) → MLP_shape, MLP_appearance → translation, rotation, scale, opacity, SH
 * ```
 *
 * A feature has hundreds of channels, a Gaussian fourteen numbers at degree 0. So the features of all Gaussians are never
 * held together: a chunk is sampled, decoded, and its Gaussians are written to their rows of the result. To look at
 * features, or to train through them, call `sampleFeatures`, `decodeShape` and `decodeAppearance` on the Gaussians in
 * question; the numbers are the same.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { FeatureMap } from "../encoder/encoder.ts";
import { type Intercept, passThrough, rowsFrom } from "../tensor/intercept.ts";
import { expectInteger, resolveOptions } from "../tensor/options.ts";
import { TensorScope } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import type { Appearance, Shape } from "./activations.ts";
import { decodeAppearance, type DecodeOptions, type Decoders, decodeShape } from "./decode.ts";
import { sampleFeatures } from "./sample.ts";

/** Options of {@linkcode estimateGaussians}. */
export interface EstimateOptions {
  /** How many Gaussians are in memory together; 4096 by default. */
  readonly chunk?: number;
  /** What the decoders want to know of the Gaussians [start, end) beside their features; see `evidenceRows`. */
  readonly known?: ((start: number, end: number) => DecodeOptions) | undefined;
  /** Sees and may replace `sample.feature` of every chunk. */
  readonly intercept?: Intercept;
}

const DEFAULTS: Required<EstimateOptions> = { chunk: 4096, known: undefined, intercept: passThrough };

/** Shape and appearance of all Gaussians, in the frames of their faces. */
export interface Estimate extends Shape, Appearance {}

/**
 * Shapes and appearances of the Gaussians found at given places.
 *
 * @param maps One map or several, as for `sampleFeatures`; their channels together are the decoders' `channels`.
 * @param position2d [n, 2]: x and y in crop pixels.
 * @param decoders From `createDecoders` or a file.
 * @param share [n]: the share of its face that each slot covers.
 * @returns translation, rotation, scale, opacity, sh; the caller disposes of them.
 * @throws {TypeError} if shapes do not fit or an option is unknown.
 */
export async function estimateGaussians(
  maps: FeatureMap | readonly FeatureMap[],
  position2d: tf.Tensor2D,
  decoders: Decoders,
  share: tf.Tensor1D,
  options: EstimateOptions = {},
): Promise<Estimate> {
  const { chunk, known, intercept } = resolveOptions("estimateGaussians", DEFAULTS, options);
  expectInteger("estimateGaussians", "chunk", chunk, 1);
  const { n } = expectShape("estimateGaussians", { position2d, share }, { position2d: "n 2", share: "n" });
  const harmonics = (decoders.config.shDegree + 1) ** 2;
  const rows = {
    translation: new Float32Array(n * 3),
    rotation: new Float32Array(n * 4),
    scale: new Float32Array(n * 3),
    opacity: new Float32Array(n),
    sh: new Float32Array(n * harmonics * 3),
  };
  const names = Object.keys(rows) as (keyof typeof rows)[];
  for (let start = 0; start < n; start += chunk) {
    using scope = new TensorScope();
    const size = Math.min(chunk, n - start);
    const feature = scope.tidy(() => {
      const sampled = sampleFeatures(maps, position2d.slice([start, 0], [size, 2]));
      return intercept("sample.feature", sampled, rowsFrom(start, start + size));
    });
    const input = known ? scope.own({ ...known(start, start + size) }) : {};
    const shape = scope.own(decodeShape(decoders, feature, scope.own(share.slice(start, size)), input));
    const decoded = { ...shape, ...scope.own(decodeAppearance(decoders, feature, input)) };
    const read = await Promise.all(names.map((name) => decoded[name].data()));
    names.forEach((name, i) => rows[name].set(read[i]!, start * (rows[name].length / n)));
  }
  const { translation, rotation, scale, opacity, sh } = rows;
  return {
    translation: tf.tensor2d(translation, [n, 3]),
    rotation: tf.tensor2d(rotation, [n, 4]),
    scale: tf.tensor2d(scale, [n, 3]),
    opacity: tf.tensor1d(opacity),
    sh: tf.tensor3d(sh, [n, harmonics, 3]),
  };
}
