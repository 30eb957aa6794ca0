/**
 * # The localizer field: a function of canonical points
 *
 * ```
 * g ∈ ℝ³ → γ(g) → Φ(g) → (W_pose, b_pose) = ω_pose(g)
 * ```
 *
 * A field knows nothing of pictures. Ask it at any point of the canonical body (rest T-pose, metres, Y up), on the skin, in
 * the volume or at a joint, and it answers with the 1×1 convolution that finds that point in a feature map. Three ways
 * to encode the point are built in, in the order in which they did better in the paper's ablation:
 *
 * | `encoding` | γ(g) | E |
 * |---|---|---|
 * | `"raw"` | the three metres themselves | 3 |
 * | `"gps"` | Laplacian eigenfunctions of the body ({@link ./gps.ts}) | `eigenfunctions` |
 * | `"fourier"` (default) | learnable waves ({@link ./fourier.ts}) | 2·`frequencies` |
 *
 * **What the widths cost.** ω itself is cheap: for 25,000 points and the defaults 2.5 GFLOP. What counts is the last hidden
 * width K: locating n points on an h×w grid with J channels takes 2·n·K·h·w·J operations, 16 GFLOP for 25,000 points, K = 128, 16²
 * and J = 10, growing with K in proportion. The readout has (K+1)·(L+1)·J numbers: 331,530 by default.
 *
 * @example Weights of one point
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { createField } from "./field.ts";
 *
 * const field = createField({ linkWidth: 32 });
 * const { weights, bias } = field.weights(tf.tensor2d([[0, -0.35, 0.01]])); // near the pelvis
 * console.log(weights.shape, bias.shape, field.trained); // [1, 32, 10] [1, 10] false
 * ```
 *
 * Source: NLF, section 3.3.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectInteger, expectOneOf, resolveOptions } from "../tensor/options.ts";
import { disposeAll } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { fourierFeatures } from "./fourier.ts";
import { gpsFeatures, type Signature } from "./gps.ts";
import {
  createWeightNetwork,
  hiddenLayer,
  readWeights,
  type WeightNetwork,
  weightNetworkShapes,
  type WeightNetworkSizes,
} from "./weight_network.ts";

/** The positional encodings that are built in. */
export const ENCODINGS = ["raw", "fourier", "gps"] as const;
/** How a field encodes a point. */
export type Encoding = typeof ENCODINGS[number];

/** What a field is made from; all of it is optional. */
export interface FieldConfig {
  /** γ; `"fourier"` by default. */
  readonly encoding: Encoding;
  /** m, waves of the Fourier encoding; 64. */
  readonly frequencies: number;
  /** Standard deviation of the initial waves, radians a metre; 12. */
  readonly frequencyScale: number;
  /** Eigenfunctions of the GPS encoding; 128. */
  readonly eigenfunctions: number;
  /** Widths of ω's hidden layers, the last one K; [256, 128]. */
  readonly hidden: readonly number[];
  /** L, width of the linked features; 256. */
  readonly linkWidth: number;
  /** d, depth bins of H_3D; 8. */
  readonly depthBins: number;
  /** Seed of the initial parameters; 0. */
  readonly seed: number;
}

/** The defaults of {@linkcode FieldConfig}. */
export const FIELD_DEFAULTS: FieldConfig = {
  encoding: "fourier",
  frequencies: 64,
  frequencyScale: 12,
  eigenfunctions: 128,
  hidden: [256, 128],
  linkWidth: 256,
  depthBins: 8,
  seed: 0,
};

/** A field's parameters: ω's, and the waves of the Fourier encoding. */
export interface FieldParameters extends WeightNetwork {
  /** B [3, m]; with the Fourier encoding only. */
  readonly frequencies?: tf.Tensor2D;
}

/** A function of canonical points. Results belong to the caller. */
export interface Field {
  /** The resolved configuration. */
  readonly config: FieldConfig;
  /** Whether training made the parameters; false if only a seed did: its answers mean nothing then. */
  readonly trained: boolean;
  /** J = 2 + depthBins. */
  readonly channels: number;
  /** M [K+1, (L+1)·J], shared by all points; belongs to the field. */
  readonly readout: tf.Tensor2D;
  /** All parameters; they belong to the field. */
  readonly parameters: FieldParameters;
  /** γ: points [n, 3] metres → [n, E]. */
  encode(points: tf.Tensor2D): tf.Tensor2D;
  /** Φ: points [n, 3] metres → [n, K]. */
  hidden(points: tf.Tensor2D): tf.Tensor2D;
  /** ω_pose: points [n, 3] metres → W_pose [n, L, J] and b_pose [n, J]. */
  weights(points: tf.Tensor2D): { readonly weights: tf.Tensor3D; readonly bias: tf.Tensor2D };
  /** Frees the parameters. */
  dispose(): void;
}

/** What else a field may be made with. */
export interface FieldExtras {
  /** The eigenfunctions of the GPS encoding, from `await loadSignature()`. */
  readonly signature?: Signature;
}

/**
 * A seeded, untrained field.
 *
 * @throws {TypeError} if an option is unknown, or the GPS encoding has no signature.
 * @throws {RangeError} if an option is out of range.
 */
export function createField(config: Partial<FieldConfig> = {}, extras: FieldExtras = {}): Field {
  const resolved = resolveFieldConfig("createField", config);
  const { seed, frequencies, frequencyScale } = resolved;
  checkSignature("createField", resolved, extras);
  const network = createWeightNetwork(sizesOf(resolved), { seed, energy: ENERGY[resolved.encoding] });
  if (resolved.encoding !== "fourier") return fieldOf(resolved, network, { ...extras, trained: false });
  const waves = tf.randomNormal<tf.Rank.R2>([3, frequencies], 0, frequencyScale, "float32", seed + 1);
  return fieldOf(resolved, { frequencies: waves, ...network }, { ...extras, trained: false });
}

/** The mean of |γ|² over the body: sets the scale of ω's first layer. */
const ENERGY: Readonly<Record<Encoding, number>> = { raw: 0.3, fourier: 0.5, gps: 1 };

/** The shapes of a field's parameters by dotted name. */
export function fieldShapes(config: FieldConfig): Record<string, readonly number[]> {
  const waves = config.encoding === "fourier" ? { frequencies: [3, config.frequencies] } : {};
  return { ...waves, ...weightNetworkShapes(sizesOf(config)) };
}

/**
 * A field over given parameters, which become its own; training passes variables here.
 *
 * @throws {TypeError} if the GPS encoding has no signature.
 */
export function fieldOf(
  config: FieldConfig,
  parameters: FieldParameters,
  extras: FieldExtras & { readonly trained: boolean },
): Field {
  const signature = checkSignature("fieldOf", config, extras);
  const channels = 2 + config.depthBins;
  const encode = (points: tf.Tensor2D): tf.Tensor2D => {
    expectShape("field.encode", { points }, "n 3");
    if (config.encoding === "gps") return gpsFeatures(points, signature!, config.eigenfunctions);
    return config.encoding === "raw" ? points.clone() : fourierFeatures(points, parameters.frequencies!);
  };
  const hidden = (points: tf.Tensor2D): tf.Tensor2D => tf.tidy(() => hiddenLayer(encode(points), parameters));
  return {
    config,
    trained: extras.trained,
    channels,
    readout: parameters.readout,
    parameters,
    encode,
    hidden,
    weights: (points) => tf.tidy(() => ({ ...readWeights(hidden(points), parameters.readout, channels) })),
    dispose: () => disposeAll(parameters),
  };
}

/** The configuration with its defaults, every entry checked. */
export function resolveFieldConfig(caller: string, given: Partial<FieldConfig>): FieldConfig {
  const config = resolveOptions(caller, FIELD_DEFAULTS, given);
  expectOneOf(caller, "encoding", config.encoding, ENCODINGS);
  for (const name of ["frequencies", "eigenfunctions", "linkWidth", "depthBins"] as const) {
    expectInteger(caller, name, config[name], 1);
  }
  if (!Array.isArray(config.hidden) || config.hidden.length === 0) {
    throw new TypeError(`${caller}: hidden must list the width of one hidden layer or more: got ${config.hidden}`);
  }
  for (const width of config.hidden) expectInteger(caller, "a width in hidden", width, 1);
  return config;
}

function sizesOf(config: FieldConfig): WeightNetworkSizes {
  const encoding = { raw: 3, fourier: 2 * config.frequencies, gps: config.eigenfunctions }[config.encoding];
  return { encoding, hidden: config.hidden, linkWidth: config.linkWidth, channels: 2 + config.depthBins };
}

function checkSignature(caller: string, config: FieldConfig, { signature }: FieldExtras): Signature | undefined {
  if (config.encoding === "gps" && !signature) {
    throw new TypeError(`${caller}: the "gps" encoding needs { signature: await loadSignature() }`);
  }
  if (signature) expectInteger(caller, "eigenfunctions", config.eigenfunctions, 1, signature.count);
  return signature;
}
