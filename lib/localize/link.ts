/**
 * # The link: from an encoder's features to the localizer's
 *
 * Encoders are frozen and differ in width and scale; the field's classifiers want L well-behaved numbers a cell. A small
 * trained network stands between them:
 *
 * ```
 * linked(cell) = SiLU(normalize(f_I(cell))·W + b)            W [C, L]   b [L]
 * ```
 *
 * | `normalization` | normalize(f) |
 * |---|---|
 * | `"layer"` (default) | each cell's C numbers to mean 0 and variance 1: needs no statistics |
 * | `"channel"` | (f − mean)/deviation with two numbers a channel, measured on the training set |
 * | `"none"` | f |
 *
 * The published localizer's convolution without bias, batch norm and SiLU is `"none"` with the norm multiplied into W and
 * b.
 *
 * Source: NLF's public implementation (1×1 convolution, batch norm, SiLU).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { FeatureMap } from "../encoder/encoder.ts";
import { silu } from "../tensor/activations.ts";
import { matMul } from "../tensor/mat_mul.ts";
import { expectInteger, expectOneOf, resolveOptions } from "../tensor/options.ts";
import type { ParameterTree } from "../tensor/parameters.ts";
import { disposeAll } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";

/** How features are brought to one scale. */
export const NORMALIZATIONS = ["layer", "channel", "none"] as const;
/** A name from {@linkcode NORMALIZATIONS}. */
export type Normalization = typeof NORMALIZATIONS[number];

/** What a link is made from. */
export interface LinkConfig {
  /** C, channels of the encoder's features. */
  readonly channels: number;
  /** L, width of the linked features; 256 by default. */
  readonly width: number;
  /** How features are brought to one scale; `"layer"` by default. */
  readonly normalization: Normalization;
  /** Seed of the initial parameters; 0 by default. */
  readonly seed: number;
}

/** A link's parameters. */
export interface LinkParameters extends ParameterTree {
  /** W and b of the 1×1 convolution. */
  readonly projection: { readonly weight: tf.Tensor2D; readonly bias: tf.Tensor1D };
  /** Mean and standard deviation of each channel [C]; with `"channel"` normalization only. */
  readonly statistics?: { readonly mean: tf.Tensor1D; readonly deviation: tf.Tensor1D };
}

/** A network from f_I to what the localizer sees. */
export interface Link {
  /** The resolved configuration. */
  readonly config: LinkConfig;
  /** All parameters; they belong to the link. */
  readonly parameters: LinkParameters;
  /** Frees the parameters. */
  dispose(): void;
}

const DEFAULTS: LinkConfig = { channels: 384, width: 256, normalization: "layer", seed: 0 };
const EPSILON = 1e-6; // keeps a cell of equal numbers finite

/**
 * A seeded, untrained link; its channel statistics, where it has them, are 0 and 1.
 *
 * @param config At least `channels`.
 * @throws {TypeError} if an option is unknown.
 * @throws {RangeError} if an option is out of range.
 */
export function createLink(config: Partial<LinkConfig> & Pick<LinkConfig, "channels">): Link {
  const resolved = resolveLinkConfig("createLink", config);
  const { channels: C, width: L, normalization, seed } = resolved;
  const weight = tf.randomNormal<tf.Rank.R2>([C, L], 0, 1 / Math.sqrt(C), "float32", seed + 11);
  const projection = { weight, bias: tf.zeros<tf.Rank.R1>([L]) };
  if (normalization !== "channel") return linkOf(resolved, { projection });
  return linkOf(resolved, { projection, statistics: { mean: tf.zeros([C]), deviation: tf.ones([C]) } });
}

/** A link over given parameters, which become its own; training passes variables here. */
export function linkOf(config: LinkConfig, parameters: LinkParameters): Link {
  return { config, parameters, dispose: () => disposeAll(parameters) };
}

/** The shapes of a link's parameters by dotted name. */
export function linkShapes({ channels, width, normalization }: LinkConfig): Record<string, readonly number[]> {
  const projection = { "projection.weight": [channels, width], "projection.bias": [width] };
  if (normalization !== "channel") return projection;
  return { ...projection, "statistics.mean": [channels], "statistics.deviation": [channels] };
}

/** The configuration with its defaults, every entry checked. */
export function resolveLinkConfig(caller: string, given: Partial<LinkConfig>): LinkConfig {
  const config = resolveOptions(caller, DEFAULTS, given);
  expectOneOf(caller, "normalization", config.normalization, NORMALIZATIONS);
  expectInteger(caller, "channels", config.channels, 1);
  expectInteger(caller, "width", config.width, 1);
  return config;
}

/**
 * Links an encoder's features to the localizer.
 *
 * @param features f_I [h, w, C] and where its cells lie.
 * @returns the linked map [h, w, L] on the same grid; the caller disposes of it.
 * @throws {TypeError} if the map has other than the link's C channels.
 */
export function linkFeatures(features: FeatureMap, link: Link): FeatureMap {
  const { weight, bias } = link.parameters.projection;
  const { h, w, C, L } = expectShape("linkFeatures", { weight, "features.map": features.map }, {
    weight: "C L",
    "features.map": "h w C",
  });
  const map = tf.tidy(() => {
    const cells = normalize(features.map.reshape([h * w, C]), link);
    return silu(tf.add(matMul(cells, weight), bias)).reshape<tf.Tensor3D>([h, w, L]);
  });
  return { ...features, map };
}

function normalize(cells: tf.Tensor2D, { config, parameters }: Link): tf.Tensor2D {
  if (config.normalization === "none") return cells;
  if (config.normalization === "channel") {
    const { mean, deviation } = parameters.statistics!;
    return cells.sub(mean).div(deviation);
  }
  const { mean, variance } = tf.moments(cells, 1, true);
  return cells.sub(mean).div(variance.add(EPSILON).sqrt());
}
