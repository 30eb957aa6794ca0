/**
 * # Decoding: from a feature to the shape and appearance of a Gaussian
 *
 * ```
 * translation, rotation, scale := MLP_shape(feature_g)
 * opacity, SH := MLP_appearance(feature_g)
 * ```
 *
 * Two small networks, the same for all Gaussians, read what the photo shows at a Gaussian's place. They are blind to
 * which Gaussian they decode: one on the cheek and one on the shoulder with equal features become equal. With
 * `condition: "feature+canonical"` γ(g), the encoded place on the body, is appended to the feature, which lifts that
 * limit at the price of letting the network guess a typical colour of that place.
 *
 * Two hidden layers of 128 decode 25,000 Gaussians in a quarter of a second on a laptop's core, and degree 0 of the
 * harmonics is all that one photo can tell; both are options.
 *
 * **Untrained networks say the neutral Gaussian for every input** (`trained: false`): on its face, flat, half opaque and
 * mid grey, because their last layers start at zero.
 *
 * Source: the method's MLP_shape and MLP_appearance (its text puts scale and opacity together once; its equations, which
 * hold here, put scale with shape).
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { createDecoders, decodeShape } from "./decode.ts";
 *
 * const decoders = createDecoders({ channels: 384 });
 * const { scale } = decodeShape(decoders, tf.zeros([5, 384]), tf.ones([5]));
 * console.log(decoders.trained, scale.shape); // false [5, 3]
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectInteger, expectOneOf, resolveOptions } from "../tensor/options.ts";
import { disposeAll, TensorScope } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { activateAppearance, activateShape, appearanceOutputs, SHAPE_OUTPUTS } from "./activations.ts";
import type { Appearance, Shape } from "./activations.ts";
import { applyMlp, createMlp, type Mlp } from "./mlp.ts";
import { MAX_SH_DEGREE } from "./spherical_harmonics.ts";

/** What the decoders may look at. */
export const CONDITIONS = ["feature", "feature+canonical"] as const;
/** `"feature"`, or `"feature+canonical"` with γ(g) appended. */
export type Condition = typeof CONDITIONS[number];

/** How the decoders are built; stored with their weights. */
export interface DecoderConfig {
  /** ΣC, the width of feature_g. */
  readonly channels: number;
  /** What the decoders look at. */
  readonly condition: Condition;
  /** E, the width of γ(g); used with `"feature+canonical"`, else 0. */
  readonly encoding: number;
  /** Widths of the hidden layers of both networks. */
  readonly hidden: readonly number[];
  /** L, the degree of the spherical harmonics. */
  readonly shDegree: number;
  /** Seed of the hidden layers. */
  readonly seed: number;
}

const DEFAULTS: DecoderConfig = {
  channels: 0,
  condition: "feature",
  encoding: 0,
  hidden: [128, 128],
  shDegree: 0,
  seed: 1,
};

/** MLP_shape and MLP_appearance. */
export interface Decoders {
  /** The resolved configuration. */
  readonly config: DecoderConfig;
  /** False for random networks: their output is neutral and means nothing. */
  readonly trained: boolean;
  /** MLP_shape: [n, ΣC (+ E)] → [n, 10]. */
  readonly shape: Mlp;
  /** MLP_appearance: [n, ΣC (+ E)] → [n, 1 + 3·(L+1)²]. */
  readonly appearance: Mlp;
  /** Frees the weights. */
  dispose(): void;
}

/**
 * Untrained decoders, whose last layers are zero.
 *
 * @param config At least `channels`.
 * @throws {TypeError} if an option is unknown.
 * @throws {RangeError} if an option is out of range.
 */
export function createDecoders(config: Partial<DecoderConfig> & Pick<DecoderConfig, "channels">): Decoders {
  const resolved = resolveDecoderConfig("createDecoders", config);
  const { channels, encoding, hidden, shDegree, seed } = resolved;
  const shape = createMlp([channels + encoding, ...hidden, SHAPE_OUTPUTS], seed);
  const appearance = createMlp([channels + encoding, ...hidden, appearanceOutputs(shDegree)], seed + 1000);
  return { config: resolved, trained: false, shape, appearance, dispose: () => disposeAll(shape, appearance) };
}

/**
 * A configuration with its defaults filled in.
 *
 * @throws {TypeError} if an option is unknown.
 * @throws {RangeError} if an option is out of range.
 */
export function resolveDecoderConfig(caller: string, given: Partial<DecoderConfig>): DecoderConfig {
  const config = resolveOptions(caller, DEFAULTS, given);
  expectInteger(caller, "channels", config.channels, 1);
  expectInteger(caller, "shDegree", config.shDegree, 0, MAX_SH_DEGREE);
  if (!Array.isArray(config.hidden)) {
    throw new TypeError(`${caller}: hidden must be a list of widths: got ${config.hidden}`);
  }
  for (const width of config.hidden) expectInteger(caller, "every hidden width", width, 1);
  const condition = expectOneOf(caller, "condition", config.condition, CONDITIONS);
  const canonical = condition === "feature+canonical";
  expectInteger(
    caller,
    `encoding with condition "${condition}"`,
    config.encoding,
    canonical ? 1 : 0,
    canonical ? Infinity : 0,
  );
  return config;
}

/** What a decoder looks at beside the feature. */
export interface DecodeOptions {
  /** γ(g) [n, E], required with `condition: "feature+canonical"` and only then. */
  readonly encoding?: tf.Tensor2D | undefined;
}

/**
 * The Gaussians' shapes in the frames of their faces.
 *
 * @param feature [n, ΣC], as `sampleFeatures` gives it.
 * @param share [n]: the share of its face that each slot covers.
 * @returns translation, rotation, scale; the caller disposes of them.
 * @throws {TypeError} if the widths do not fit the configuration.
 */
export function decodeShape(
  decoders: Decoders,
  feature: tf.Tensor2D,
  share: tf.Tensor1D,
  options: DecodeOptions = {},
): Shape {
  expectShape("decodeShape", { feature, share }, { feature: "n c", share: "n" });
  using scope = new TensorScope();
  const raw = scope.tidy(() =>
    applyMlp(decoders.shape, decoderInput("decodeShape", decoders.config, feature, options))
  );
  return activateShape(raw, share);
}

/**
 * The Gaussians' opacities and spherical harmonics.
 *
 * @param feature [n, ΣC], as `sampleFeatures` gives it.
 * @returns opacity and sh; the caller disposes of them.
 * @throws {TypeError} if the widths do not fit the configuration.
 */
export function decodeAppearance(decoders: Decoders, feature: tf.Tensor2D, options: DecodeOptions = {}): Appearance {
  using scope = new TensorScope();
  const input = () => decoderInput("decodeAppearance", decoders.config, feature, options);
  return activateAppearance(scope.tidy(() => applyMlp(decoders.appearance, input())));
}

/** [n, ΣC], with γ(g) appended where the decoders want it. */
function decoderInput(
  caller: string,
  { channels, encoding: width, condition }: DecoderConfig,
  feature: tf.Tensor2D,
  options: DecodeOptions,
): tf.Tensor2D {
  const { encoding } = resolveOptions<DecodeOptions>(caller, { encoding: undefined }, options);
  expectShape(caller, { feature }, `n ${channels}`);
  if (condition === "feature") {
    if (encoding) throw new TypeError(`${caller}: these decoders look at the feature alone: leave out encoding`);
    return feature;
  }
  if (!encoding) throw new TypeError(`${caller}: these decoders look at γ(g) too: pass encoding [n, ${width}]`);
  expectShape(caller, { feature, encoding }, { feature: `n ${channels}`, encoding: `n ${width}` });
  return tf.concat2d([feature, encoding], 1);
}
