/**
 * # Decoding: from a feature to the shape and appearance of a Gaussian
 *
 * ```
 * translation, rotation, scale := MLP_shape(feature_g)
 * opacity, SH := MLP_appearance(feature_g)
 * ```
 *
 * Two small networks, the same for all Gaussians, read what the photo shows at a Gaussian's place. With `condition: "feature"`
 * they are blind to which Gaussian they decode and to whether the photo shows it at all: one on the back is decoded from the
 * pixel of the chest before it. Each further word of `condition` lifts a limit, at the price of letting the networks guess what
 * is typical:
 *
 * | word | appended | lets them know |
 * | --- | --- | --- |
 * | `canonical` | γ(g) [n, E], the encoded place on the body | a cheek from a shoulder |
 * | `sight` | seen, facing [n, 2], {@link ./sight.ts}; the feature is multiplied by seen | what they see from what hides it |
 * | `kin` | 14 colours and weights [n, 56], {@link ./kin.ts} | what the photo shows of the rest of the person |
 *
 * With `colour: "chosen"` MLP_appearance mixes those colours and adds to them, instead of finding a colour from nothing. The
 * features' channels are brought to mean 0 and deviation 1 by statistics that lie with the weights.
 *
 * Two hidden layers of 128 decode 25,000 Gaussians in a quarter of a second on a laptop's core, and degree 0 of the
 * harmonics is all that one photo can tell; both are options.
 *
 * **Untrained networks say the neutral Gaussian for every input** (`trained: false`): on its face, flat, half opaque and
 * mid grey (or of the colour nearest at hand), because their last layers start at zero.
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
import { disposeAll } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { activateAppearance, activateShape, appearanceOutputs, SHAPE_OUTPUTS } from "./activations.ts";
import type { Appearance, Shape } from "./activations.ts";
import { KIN, type KinColours } from "./kin.ts";
import { applyMlp, createMlp, type Mlp } from "./mlp.ts";
import { MAX_SH_DEGREE } from "./spherical_harmonics.ts";

/** What the decoders may look at. */
export const CONDITIONS = [
  "feature",
  "feature+canonical",
  "feature+sight",
  "feature+canonical+sight",
  "feature+canonical+sight+kin",
] as const;
/** Words joined by `+`: see the table in {@link ./decode.ts}. */
export type Condition = typeof CONDITIONS[number];

/** How a colour comes about. */
export const COLOURS = ["free", "chosen"] as const;
/** `"free"`: as the network says; `"chosen"`: mixed from the kin's colours, and added to. */
export type ColourChoice = typeof COLOURS[number];

/** Where feature_g is sampled. */
export const SAMPLED_AT = ["heatmap", "body"] as const;
/** `"heatmap"`: at p'_2D, as the method says; `"body"`: where the slot of the body in the photo projects to. */
export type SampledAt = typeof SAMPLED_AT[number];

/** How the decoders are built; stored with their weights. */
export interface DecoderConfig {
  /** ΣC, the width of feature_g. */
  readonly channels: number;
  /** Names of the maps that feature_g is sampled from, in order; all there are if empty. */
  readonly maps: readonly string[];
  /** Where feature_g is sampled. */
  readonly located: SampledAt;
  /** What the decoders look at. */
  readonly condition: Condition;
  /** How a colour comes about; `"chosen"` needs the kin. */
  readonly colour: ColourChoice;
  /** E, the width of γ(g); used with `"canonical"`, else 0. */
  readonly encoding: number;
  /**
   * Metres off the skin that an output of 1 asks for: Gaussians make a closed sheet and move along the normal, by one face at most. 0:
   * they move any way by half a face, and are of any size.
   */
  readonly reach: number;
  /** Widths of the hidden layers of both networks. */
  readonly hidden: readonly number[];
  /** L, the degree of the spherical harmonics. */
  readonly shDegree: number;
  /** Seed of the hidden layers. */
  readonly seed: number;
}

const DEFAULTS: DecoderConfig = {
  channels: 0,
  maps: [],
  located: "heatmap",
  condition: "feature",
  colour: "free",
  encoding: 0,
  reach: 0,
  hidden: [128, 128],
  shDegree: 0,
  seed: 1,
};

/** What brings the channels of feature_g to one scale. (A type, not an interface, so that it is a tree of parameters.) */
export type ChannelStatistics = {
  /** [ΣC] */
  readonly mean: tf.Tensor1D;
  /** [ΣC], positive. */
  readonly deviation: tf.Tensor1D;
};

/** MLP_shape and MLP_appearance. */
export interface Decoders {
  /** The resolved configuration. */
  readonly config: DecoderConfig;
  /** False for random networks: their output is neutral and means nothing. */
  readonly trained: boolean;
  /** Mean and deviation of each channel of feature_g, [ΣC]. */
  readonly statistics: ChannelStatistics;
  /** MLP_shape: [n, inputs] → [n, 10]. */
  readonly shape: Mlp;
  /** MLP_appearance: [n, inputs] → [n, 1 + 3·(L+1)² (+ K)]. */
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
  const { channels, seed } = resolved, widths = decoderWidths(resolved);
  const statistics = { mean: tf.zeros<tf.Rank.R1>([channels]), deviation: tf.ones<tf.Rank.R1>([channels]) };
  const shape = createMlp(widths.shape, seed), appearance = createMlp(widths.appearance, seed + 1000);
  return decodersOf(resolved, { statistics, shape, appearance }, false);
}

/** Decoders over given parameters, which become theirs. */
export function decodersOf(
  config: DecoderConfig,
  parameters: Pick<Decoders, "statistics" | "shape" | "appearance">,
  trained: boolean,
): Decoders {
  const { statistics, shape, appearance } = parameters;
  return { config, trained, statistics, shape, appearance, dispose: () => disposeAll(statistics, shape, appearance) };
}

/** The widths of both networks' layers, inputs first. */
export function decoderWidths(config: DecoderConfig): Readonly<Record<"shape" | "appearance", readonly number[]>> {
  const { channels, encoding, hidden, shDegree, colour } = config;
  const inputs = channels + encoding + (looksAt(config, "sight") ? 2 : 0) + (looksAt(config, "kin") ? 4 * KIN : 0);
  const outputs = appearanceOutputs(shDegree) + (colour === "chosen" ? KIN : 0);
  return { shape: [inputs, ...hidden, SHAPE_OUTPUTS], appearance: [inputs, ...hidden, outputs] };
}

/** Whether a word is in the condition. */
export function looksAt({ condition }: Pick<DecoderConfig, "condition">, word: "canonical" | "sight" | "kin"): boolean {
  return condition.split("+").includes(word);
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
  if (!Array.isArray(config.maps)) throw new TypeError(`${caller}: maps must be a list of names: got ${config.maps}`);
  const condition = expectOneOf(caller, "condition", config.condition, CONDITIONS);
  const canonical = looksAt(config, "canonical");
  expectInteger(
    caller,
    `encoding with condition "${condition}"`,
    config.encoding,
    canonical ? 1 : 0,
    canonical ? Infinity : 0,
  );
  expectOneOf(caller, "located", config.located, SAMPLED_AT);
  if (expectOneOf(caller, "colour", config.colour, COLOURS) === "chosen" && !looksAt(config, "kin")) {
    throw new RangeError(`${caller}: colour "chosen" needs the kin's colours: use condition "${CONDITIONS.at(-1)}"`);
  }
  if (!(config.reach >= 0 && config.reach <= 1)) {
    throw new RangeError(`${caller}: reach must be from 0 to 1 metre: got ${config.reach}`);
  }
  return config;
}

/** What is known of each Gaussian beside its feature; each is required if the configuration asks for it, and only then. */
export interface DecodeOptions {
  /** γ(g) [n, E]. */
  readonly encoding?: tf.Tensor2D | undefined;
  /** Seen and facing [n, 2]. */
  readonly sight?: tf.Tensor2D | undefined;
  /** The kin's colours. */
  readonly kin?: KinColours | undefined;
  /** √(2·area) at rest of each Gaussian's face [n], metres; with a `reach`. */
  readonly faceSize?: tf.Tensor1D | undefined;
  /** Asks for no gradient of what is looked at, which is faster; false by default. */
  readonly frozen?: boolean;
}

const NOTHING_ELSE: DecodeOptions = {
  encoding: undefined,
  sight: undefined,
  kin: undefined,
  faceSize: undefined,
  frozen: false,
};

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
  const { frozen, faceSize } = options, { reach } = decoders.config;
  if (reach > 0 && !faceSize) {
    throw new TypeError(`decodeShape: these decoders move Gaussians by metres: pass faceSize [n], the template's`);
  }
  return tf.tidy(() => {
    const input = decoderInput("decodeShape", decoders, feature, options);
    const raw = applyMlp(decoders.shape, input, { frozenInput: frozen ?? false });
    return { ...activateShape(raw, share, reach > 0 ? tf.div<tf.Tensor1D>(reach, faceSize!) : undefined) };
  });
}

/**
 * The Gaussians' opacities and spherical harmonics.
 *
 * @param feature [n, ΣC], as `sampleFeatures` gives it.
 * @returns opacity and sh; the caller disposes of them.
 * @throws {TypeError} if the widths do not fit the configuration.
 */
export function decodeAppearance(decoders: Decoders, feature: tf.Tensor2D, options: DecodeOptions = {}): Appearance {
  return tf.tidy(() => {
    const input = decoderInput("decodeAppearance", decoders, feature, options);
    const raw = applyMlp(decoders.appearance, input, { frozenInput: options.frozen ?? false });
    return { ...activateAppearance(raw, decoders.config.colour === "chosen" ? options.kin : undefined) };
  });
}

/** What the networks read of each Gaussian, [n, inputs]: the feature, and what the condition names, side by side. */
function decoderInput(
  caller: string,
  { config, statistics }: Pick<Decoders, "config" | "statistics">,
  feature: tf.Tensor2D,
  options: DecodeOptions,
): tf.Tensor2D {
  const { encoding, sight, kin } = resolveOptions<DecodeOptions>(caller, NOTHING_ELSE, options);
  const { n } = expectShape(caller, { feature }, `n ${config.channels}`);
  const known = { encoding, sight, kin };
  for (const [word, name, what, shape] of KNOWN) {
    const given = known[name] !== undefined;
    if (given === looksAt(config, word)) continue;
    throw new TypeError(
      given
        ? `${caller}: these decoders look at the ${config.condition} alone: leave out ${name}`
        : `${caller}: these decoders look at ${what} too: pass ${name}${shape(config)}`,
    );
  }
  const level = feature.sub<tf.Tensor2D>(statistics.mean).div<tf.Tensor2D>(statistics.deviation);
  const parts = [sight ? level.mul<tf.Tensor2D>(sight.slice([0, 0], [-1, 1])) : level];
  if (encoding) parts.push(encoding);
  if (sight) parts.push(sight);
  if (kin) {
    parts.push(
      ...kin.colours.map((channel) => channel.sub<tf.Tensor2D>(0.5).mul<tf.Tensor2D>(kin.weights)),
      kin.weights,
    );
  }
  const widths = [config.channels, config.encoding, 2, KIN, KIN, KIN, KIN];
  if (parts.length === 1) return parts[0]!;
  const expected = [
    widths[0]!,
    ...(encoding ? [widths[1]!] : []),
    ...(sight ? [2] : []),
    ...(kin ? widths.slice(3) : []),
  ];
  parts.forEach((part, i) => expectShape(caller, { input: part }, `${n} ${expected[i]}`));
  return tf.concat2d(parts, 1);
}

const KNOWN = [
  ["canonical", "encoding", "γ(g)", ({ encoding }: DecoderConfig) => ` [n, ${encoding}]`],
  ["sight", "sight", "whether the photo shows a Gaussian", () => " [n, 2]"],
  ["kin", "kin", "the kin's colours", () => ""],
] as const;
