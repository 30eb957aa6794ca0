/**
 * # The link: from an encoder's features to the localizer's
 *
 * Encoders are frozen and differ in width and scale; the field's classifiers want L well-behaved numbers a cell. A small
 * trained network stands between them:
 *
 * ```
 * tailed = tail(f_I)                                         with a tail, {@link ./tail.ts}; else f_I
 * x      = SiLU(normalize(tailed(cell))·W + b)               W [C, L]   b [L]
 * linked = norm(mix_k(… mix_1(x + place(cell))))             with mixing layers; else x
 * ```
 *
 * | `normalization` | normalize(f) |
 * |---|---|
 * | `"layer"` (default) | each cell's C numbers to mean 0 and variance 1: needs no statistics |
 * | `"channel"` | (f − mean)/deviation with two numbers a channel, measured on the training set |
 * | `"none"` | f |
 *
 * `mixing` lists the layers in which the cells of a map look at one another, none by default ({@link ./mixing.ts}); a learned
 * `place` [h·w, L] then tells each cell where in the crop it is, which ties such a link to one size of grid. Mixing does more for
 * accuracy than anything else: on a first experiment two attention layers took PVE from 254 to 218 mm.
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
import { affine, layerNorm } from "../tensor/affine.ts";
import { expectInteger, expectOneOf, resolveOptions } from "../tensor/options.ts";
import type { ParameterTree } from "../tensor/parameters.ts";
import { disposeAll } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { type BlockParameters, createMixing, mix, type Mixing, MIXINGS, mixingShapes } from "./mixing.ts";
import { createTail, expectTail, runTail, type TailConfig, tailedChannels, tailShapes } from "./tail.ts";

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
  /** The layers that mix cells, first to last; none by default. */
  readonly mixing: readonly Mixing[];
  /** Heads of attention; 4 by default. */
  readonly heads: number;
  /** Rows and columns of the map; needed with mixing or a tail, 16 × 16 by default. */
  readonly grid: readonly [h: number, w: number];
  /** Blocks that go on where the encoder stops; none by default. */
  readonly tail?: TailConfig | undefined;
  /** Seed of the initial parameters; 0 by default. */
  readonly seed: number;
}

/** A link's parameters. */
export interface LinkParameters extends ParameterTree {
  /** The tail's blocks by number; with a tail only. */
  readonly tail?: { readonly [index: string]: BlockParameters };
  /** W and b of the 1×1 convolution. */
  readonly projection: { readonly weight: tf.Tensor2D; readonly bias: tf.Tensor1D };
  /** Mean and standard deviation of each channel [C]; with `"channel"` normalization only. */
  readonly statistics?: { readonly mean: tf.Tensor1D; readonly deviation: tf.Tensor1D };
  /** What is added to each cell [h·w, L]; with mixing only. */
  readonly place?: tf.Tensor2D;
  /** The mixing layers by number; with mixing only. */
  readonly mixing?: { readonly [index: string]: BlockParameters };
  /** γ and β of the norm after the last layer [L]; with mixing only. */
  readonly norm?: { readonly gain: tf.Tensor1D; readonly bias: tf.Tensor1D };
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

const DEFAULTS: LinkConfig = {
  channels: 384,
  width: 256,
  normalization: "layer",
  mixing: [],
  heads: 4,
  grid: [16, 16],
  tail: undefined,
  seed: 0,
};
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
  const { width: L, normalization, mixing, grid: [h, w], tail, seed } = resolved, C = normalizedChannels(resolved);
  const weight = tf.randomNormal<tf.Rank.R2>([C, L], 0, 1 / Math.sqrt(C), "float32", seed + 11);
  const channel = normalization === "channel";
  return linkOf(resolved, {
    ...(tail && { tail: createTail(tail, seed + 1000) }),
    projection: { weight, bias: tf.zeros<tf.Rank.R1>([L]) },
    ...(channel && { statistics: { mean: tf.zeros<tf.Rank.R1>([C]), deviation: tf.ones<tf.Rank.R1>([C]) } }),
    ...(mixing.length > 0 && {
      place: tf.randomNormal<tf.Rank.R2>([h * w, L], 0, 0.02, "float32", seed + 12),
      mixing: Object.fromEntries(mixing.map((kind, i) => [String(i), createMixing(kind, L, seed + 100 * (i + 1))])),
      norm: { gain: tf.ones<tf.Rank.R1>([L]), bias: tf.zeros<tf.Rank.R1>([L]) },
    }),
  });
}

/** A link over given parameters, which become its own; training passes variables here. */
export function linkOf(config: LinkConfig, parameters: LinkParameters): Link {
  return { config, parameters, dispose: () => disposeAll(parameters) };
}

/** The shapes of a link's parameters by dotted name. */
export function linkShapes(config: LinkConfig): Record<string, readonly number[]> {
  const { width: L, normalization, mixing, grid: [h, w], tail } = config, C = normalizedChannels(config);
  const tailed = tail ? tailShapes(tail) : [];
  const blocks = mixing.flatMap((kind, i) =>
    Object.entries(mixingShapes(kind, L)).map(([name, shape]) => [`mixing.${i}.${name}`, shape] as const)
  );
  return {
    ...Object.fromEntries(
      tailed.flatMap((shapes, i) => Object.entries(shapes).map(([name, shape]) => [`tail.${i}.${name}`, shape])),
    ),
    "projection.weight": [C, L],
    "projection.bias": [L],
    ...(normalization === "channel" && { "statistics.mean": [C], "statistics.deviation": [C] }),
    ...(mixing.length > 0 && { place: [h * w, L], "norm.gain": [L], "norm.bias": [L] }),
    ...Object.fromEntries(blocks),
  };
}

/** The channels that are normalized and projected: the encoder's C, or what the tail makes of them. */
export function normalizedChannels({ channels, tail }: LinkConfig): number {
  return tail ? tailedChannels(tail, channels) : channels;
}

/** The configuration with its defaults, every entry checked. */
export function resolveLinkConfig(caller: string, given: Partial<LinkConfig>): LinkConfig {
  const config = resolveOptions(caller, DEFAULTS, given);
  expectOneOf(caller, "normalization", config.normalization, NORMALIZATIONS);
  expectInteger(caller, "channels", config.channels, 1);
  expectInteger(caller, "width", config.width, 1);
  if (!Array.isArray(config.mixing)) throw new TypeError(`${caller}: mixing must list layers: got ${config.mixing}`);
  for (const kind of config.mixing) expectOneOf(caller, "a layer of mixing", kind, MIXINGS);
  for (const size of config.grid) expectInteger(caller, "a size of grid", size, 1);
  if (config.tail !== undefined) expectTail(caller, config.tail, config.channels, config.grid);
  expectInteger(caller, "heads", config.heads, 1);
  if (config.mixing.includes("attention") && config.width % config.heads !== 0) {
    throw new RangeError(`${caller}: heads must divide the width ${config.width}: got ${config.heads}`);
  }
  return config;
}

/**
 * Links an encoder's features to the localizer.
 *
 * @param features f_I [h, w, C] and where its cells lie.
 * @returns the linked map [h, w, L] on the same grid; the caller disposes of it.
 * @throws {TypeError} if the map has other than the link's C channels.
 * @throws {RangeError} if the link mixes cells and the map has another size of grid.
 */
export function linkFeatures(features: FeatureMap, link: Link): FeatureMap {
  const { channels: C, mixing, tail, grid } = link.config;
  const { h, w } = expectShape("linkFeatures", { "features.map": features.map }, `h w ${C}`);
  if ((mixing.length > 0 || tail) && String([h, w]) !== String(grid)) {
    throw new RangeError(
      `linkFeatures: this link is for maps of ${grid.join(" × ")} cells: got ${h} × ${w}`,
    );
  }
  const map = tf.tidy(() => {
    const cells = tailCells(features.map.reshape([h! * w!, C]), link, 1);
    return linkCells(normalizeCells(cells, link), link, 1).reshape<tf.Tensor3D>([h!, w!, link.config.width]);
  });
  return { ...features, map };
}

/**
 * A batch of maps through the link's tail, if it has one; with gradients to its parameters, none to the cells.
 *
 * @param cells f_I [batch·h·w, C]
 * @returns [batch·h·w, {@linkcode normalizedChannels}]; the caller disposes of it.
 */
export function tailCells(cells: tf.Tensor2D, { config, parameters }: Link, batch: number): tf.Tensor2D {
  const { tail, grid: [h, w] } = config;
  return tf.tidy(() => tail ? runTail(cells, tail, parameters.tail!, { batch, h, w }) : cells.clone());
}

/**
 * The link after normalization, over a batch of maps; with gradients to its parameters, and to the cells where a tail made them.
 *
 * @param cells [batch·h·w, C], tailed and normalized.
 * @returns [batch·h·w, L]; the caller disposes of it.
 */
export function linkCells(cells: tf.Tensor2D, { config, parameters }: Link, batch: number): tf.Tensor2D {
  return tf.tidy(() => {
    const { weight, bias } = parameters.projection;
    const projected = silu(affine(cells, weight, bias, { frozenInput: !config.tail }));
    if (config.mixing.length === 0) return projected;
    const [h, w] = config.grid, L = config.width;
    let x = tf.add(projected.reshape([batch, h * w, L]), parameters.place!).reshape<tf.Tensor2D>([batch * h * w, L]);
    config.mixing.forEach((kind, i) => {
      x = mix(x, kind, parameters.mixing![i]!, { batch, h, w }, config.heads);
    });
    return layerNorm(x, parameters.norm!.gain, parameters.norm!.bias);
  });
}

/** Features on one scale: [cells, C] → [cells, C]; the caller disposes of it. */
export function normalizeCells(cells: tf.Tensor2D, { config, parameters }: Link): tf.Tensor2D {
  return tf.tidy(() => {
    if (config.normalization === "none") return cells.clone();
    if (config.normalization === "channel") {
      const { mean, deviation } = parameters.statistics!;
      return cells.sub<tf.Tensor2D>(mean).div<tf.Tensor2D>(deviation);
    }
    const centred = cells.sub(cells.mean(1, true));
    return centred.mul<tf.Tensor2D>(centred.square().mean(1, true).add(EPSILON).rsqrt());
  });
}
