/**
 * # The ablations that are built in
 *
 * Those that need no training change how given weights are read; the first row is the localizer as it is. Those that train
 * compare short runs, all made in the same way, with one thing changed; the first row is the run unchanged. All but those of
 * other encoders and grids learn from the same examples.
 *
 * A heatmap multiplied by τ has its soft-argmax at another temperature; features pooled over the cells tell what is in the
 * picture, but not where.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { PRETRAIN_DEFAULTS } from "../train/pretrain_field.ts";
import type { Replacement } from "../pipeline/recorder.ts";
import { expectOneOf } from "../tensor/options.ts";
import type { LocalizerBench, LocalizerInput } from "./bench.ts";
import { type LocalizerSource, type LocalizerVariant, localizerVariant } from "./localizer_variant.ts";
import type { Precision } from "./quantize.ts";
import type { Reading } from "./reading.ts";
import { trainedLocalizer, type TrainedOptions } from "./trained_localizer.ts";
import type { Variant } from "./variant.ts";

/** A variant without its localizer. */
type Change = readonly [name: string, about: string, change: Pick<LocalizerVariant, "reading" | "precision">];
/** A changed run. */
type Training = readonly [name: string, about: string, change: TrainedChange];
/** What differs in it: entries of the configuration, or what a configuration does not hold. */
type TrainedChange = Partial<Pick<TrainedOptions, "entries" | "cells" | "taught">>;

const read = (name: string, about: string, reading: Reading): Change => [name, about, { reading }];
const rounded = (precision: Precision, about: string): Change => [precision, about, { precision }];

const FLIP = read("flip", "heatmaps averaged with the mirrored crop's", { flip: "heatmaps" });
const FLIP_POSITIONS = read("flip positions", "positions averaged with the mirrored crop's", { flip: "positions" });
const FIT = read("fit", "positions of the body fitted to 1,000 places and the joints, all points alike", { fit: true });
const PROJECTED = read("projected 2D", "p'_2D from p'_3D by the camera fitted to all points", {
  position2d: "projected",
});
const cells = (count: number) =>
  read(`${count}² cells`, `the heads see the linked map resampled to ${count} × ${count}`, { cells: count });
const window = (cells: number) =>
  read(
    cells === 0 ? "whole map" : `${cells} × ${cells} window`,
    cells === 0
      ? "p'_2D is the mean of all cells of H_2D"
      : `p'_2D is the mean of ${cells} × ${cells} cells around the peak`,
    { head: { window: cells } },
  );
const softer: Replacement = (map) => map.mul(0.5);
const sharper: Replacement = (map) => map.mul(2);
const tempered = (name: string, replacement: Replacement) =>
  read(name, "H_2D and H_3D times that before the soft-argmax", {
    replace: { "localize.heatmap2d": replacement, "localize.heatmap3d": replacement },
  });
const trained = (name: string, about: string, ...entries: string[]): Training => [name, about, { entries }];
const grid = (cells: number): Training => [
  `grid ${cells}`,
  `f_I from the encoder's end, resampled to ${cells} × ${cells} before the link`,
  { cells },
];
const pooled: Replacement = (map) => tf.tidy(() => map.mean([0, 1], true).tile([map.shape[0]!, map.shape[1]!, 1]));

/** Ablations of given weights, by name. */
const READINGS: Readonly<Record<string, readonly Change[]>> = {
  assignment: [read("nlf assignment", "H_3D for x and y of p'_2D, H_2D for x and y of p'_3D", {
    head: { assignment: "nlf" },
  })],
  position2d: [PROJECTED],
  flip: [FLIP, FLIP_POSITIONS],
  window: [window(0), window(3), window(7)],
  fit: [FIT],
  uncertainty: [
    FLIP_POSITIONS,
    read("flip by u", "positions averaged, weighted by u⁻²", { flip: "positions", weighting: "uncertainty" }),
    PROJECTED,
    read("projected by u", "projected 2D, points weighted by u⁻² when the camera is fitted", {
      position2d: "projected",
      weighting: "uncertainty",
    }),
    FIT,
    read("fit by u", "fit, points weighted by u^−1.5", { fit: true, weighting: "uncertainty" }),
  ],
  quantize: [
    rounded("f16", "half precision, as the file stores it"),
    rounded("int8", "8 bits, one step a column"),
    rounded("int6", "6 bits, one step a column"),
    rounded("int4", "4 bits, one step a column"),
  ],
  cells: [cells(8), cells(12), cells(24), cells(32)],
  temperature: [tempered("heatmaps × ½", softer), tempered("heatmaps × 2", sharper)],
  pooled: [read("pooled features", "every cell of f_I is the mean of all", {
    replace: { "encoder.features": pooled },
  })],
};

/** Ablations that train, by name. */
const TRAININGS: Readonly<Record<string, readonly Training[]>> = {
  tail: [
    trained("tail learned", "the encoder's last blocks learn along, at a fifth of the rate", "tailRate=0.2"),
  ],
  mixing: [
    trained("no mixing", "cells do not look at one another", "link.mixing=[]"),
    trained("convolution", "a 3 × 3 convolution instead of attention", 'link.mixing=["convolution"]'),
    trained("two layers", "two layers of attention", 'link.mixing=["attention","attention"]'),
  ],
  encoding: [
    trained("raw encoding", "γ(g) = g, three metres", "field.encoding=raw"),
    trained("GPS encoding", "γ(g) = GPS(g), 128 eigenfunctions of the body", "field.encoding=gps"),
    ["taught field", `Fourier waves taught GPS for ${PRETRAIN_DEFAULTS.steps} steps first`, {
      taught: PRETRAIN_DEFAULTS.steps,
    }],
  ],
  grid: [grid(8), grid(24)],
  beta: [
    trained("β = 0", "plain negative log-likelihood", "loop.losses.beta=0"),
    trained("β = 0.5", "errors half weighted by u", "loop.losses.beta=0.5"),
  ],
  losses: [
    trained("no 2D error", "p'_2D learns from the cross-entropy of H_2D alone", "loop.losses.weight2d=0"),
    trained("no CE_2D", "H_2D learns from the error of p'_2D alone", "loop.losses.crossEntropy=0"),
    trained("no CE_z", "depth bins learn from the 3D error alone", "loop.losses.depthCrossEntropy=0"),
  ],
  hidden: [
    trained("hidden 64", "one hidden layer of 64", "field.hidden=[64]"),
    trained("hidden 256 and 128", "two hidden layers, twice as wide", "field.hidden=[256,128]"),
  ],
  width: [
    trained("width 64", "linked features of 64 channels", "link.width=64"),
    trained("width 192", "linked features of 192 channels", "link.width=192"),
  ],
  depth: [
    trained("4 depth bins", "half as many", "field.depthBins=4"),
    trained("16 depth bins", "twice as many", "field.depthBins=16"),
  ],
  encoder: [
    trained("dinov2-s", "DINOv2 instead of MoveNet", "encoder=dinov2-s"),
    trained("both encoders", "DINOv2 and MoveNet on one grid", "encoder=dinov2-s+movenet-thunder"),
  ],
};

/** The names of the ablations that need no training. */
export const READING_ABLATIONS: readonly string[] = Object.keys(READINGS);
/** The names of those that train. */
export const TRAINING_ABLATIONS: readonly string[] = Object.keys(TRAININGS);
/** Of those that train, the names of those that share one encoder's examples. */
export const SHARED_ABLATIONS: readonly string[] = TRAINING_ABLATIONS.filter((name) =>
  name !== "encoder" && name !== "grid"
);

/** What built-in ablations work with. */
export interface CatalogueParts {
  /** What localizers are measured on. */
  readonly bench: LocalizerBench;
  /** Gives the weights that are read in several ways; asked for only if needed. */
  readonly given: () => Promise<LocalizerSource>;
  /** Where trained localizers are kept. */
  readonly folder: string;
  /** Entries that all trained runs share, as `path=value`. */
  readonly entries: readonly string[];
}

/**
 * The variants of some built-in ablations, each once.
 *
 * @throws {RangeError} if a name is unknown.
 */
export async function builtInVariants(
  names: readonly string[],
  { bench, given, folder, entries }: CatalogueParts,
): Promise<Variant<LocalizerInput>[]> {
  for (const name of names) expectOneOf("ablate", "name", name, [...READING_ABLATIONS, ...TRAINING_ABLATIONS]);
  const changes = names.flatMap((name) => READINGS[name] ?? []),
    trainings = names.flatMap((name) => TRAININGS[name] ?? []);
  const variants: LocalizerVariant[] = [];
  if (changes.length > 0) {
    const source = await given();
    variants.push({ name: "as it is", about: "the localizer unchanged", source });
    for (const [name, about, change] of changes) variants.push({ name, about, source, ...change });
  }
  if (trainings.length > 0) {
    const run = ({ entries: own = [], ...more }: TrainedChange) =>
      trainedLocalizer(bench, { folder, entries: [...entries, ...own], ...more });
    variants.push({ name: "short run", about: "trained for a short time, unchanged", source: run({}) });
    for (const [name, about, change] of trainings) variants.push({ name, about, source: run(change) });
  }
  const first = new Map<string, LocalizerVariant>();
  for (const variant of variants) if (!first.has(variant.name)) first.set(variant.name, variant);
  return [...first.values()].map((variant) => localizerVariant(bench, variant));
}
