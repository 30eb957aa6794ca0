/**
 * # A localizer in training
 *
 * Link and field with their parameters as variables, and the loss of a batch as a function of them:
 *
 * ```
 * features [B, h, w, C] → tail → normalized → link → predict at P points → loss → gradients by name
 * ```
 *
 * **Depth starts in the middle.** Eight depth bins with unlike kernels and sharp logits are a trap: one bin wins everywhere, all
 * depths become equal, which is better than random ones, and no gradient leads out. So the bins start with one common
 * kernel, a twentieth of their own added: the depth starts undecided and is learned from there, and the losses' CE_z keeps them
 * apart.
 *
 * The channel statistics of a `"channel"` link are measured, not learned; a link's tail is learned, but for its filters, or left as it is. The logit scale of {@link ./forward.ts} is
 * multiplied into the readout when the localizer is taken out.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { FieldExtras } from "../field/field.ts";
import {
  createLocalizer,
  type Localizer,
  type LocalizerOptions,
  localizerOver,
  parametersOf,
} from "../localize/localizer.ts";
import { linkCells, normalizeCells, tailCells } from "../localize/link.ts";
import { isLearned } from "../localize/tail.ts";
import { namedGradients } from "../tensor/named_gradients.ts";
import { disposeAll } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { type Example, truthOf } from "./examples.ts";
import { predict } from "./forward.ts";
import { localizerLoss, type LossConfig } from "./losses.ts";
import { placePoints, type SampledPoints } from "./points.ts";

/** What one batch gave. */
export interface BatchResult {
  /** What is minimised. */
  readonly loss: number;
  /** Mean 3D error, metres. */
  readonly error3d: number;
  /** Mean 2D error inside the crop, metres at the box's side a crop. */
  readonly error2d: number;
  /** By parameter name; the caller disposes of them. */
  readonly gradients: Readonly<Record<string, tf.Tensor>>;
}

/** Link and field whose parameters are variables. */
export class Trainee implements Disposable {
  /** What is learned, by dotted name (`link.…`, `field.…`). */
  readonly variables: Readonly<Record<string, tf.Variable>>;
  readonly #localizer: Localizer; // over the variables
  readonly #logitScale: number;
  readonly #fixed: Readonly<Record<string, tf.Tensor>>;
  readonly #extras: FieldExtras;
  readonly #learnsTail: boolean;

  /**
   * A localizer at the start of its training.
   *
   * @param options The localizer to train.
   * @param statistics Mean and deviation of each channel; for a link with `"channel"` normalization.
   * @param logitScale s of {@linkcode predict}.
   * @param initial Parameters to start from instead of seeded ones, by name; they stay the caller's.
   * @param extras What the field's encoding needs beside its parameters.
   * @param options `learnsTail`: whether the link's tail is learned, too; true by default.
   * @throws {TypeError} if the GPS encoding has no signature, or one of `initial` has another shape.
   * @throws {RangeError} if one of `initial` is no parameter.
   */
  constructor(
    options: LocalizerOptions,
    statistics: ChannelStatistics | undefined,
    logitScale: number,
    initial: Readonly<Record<string, tf.Tensor>> = {},
    extras: FieldExtras = {},
    { learnsTail = true }: { readonly learnsTail?: boolean } = {},
  ) {
    const seeded = createLocalizer(options, extras);
    const all = parametersOf(seeded);
    try {
      expectStart(initial, all);
    } catch (error) {
      seeded.dispose();
      throw error;
    }
    const variables: Record<string, tf.Variable> = {}, fixed: Record<string, tf.Tensor> = {};
    for (const [name, tensor] of Object.entries(all)) {
      if (isFixed(name, learnsTail)) fixed[name] = tensor;
      else {
        variables[name] = tf.variable(tensor, true);
        tensor.dispose();
      }
    }
    alikeDepthBins(variables["field.readout"]!, seeded.field.channels);
    for (const [name, tensor] of Object.entries(initial)) {
      if (variables[name]) variables[name].assign(tensor);
      else {
        fixed[name]!.dispose();
        fixed[name] = tensor.clone();
      }
    }
    if (statistics && "link.statistics.mean" in fixed) {
      disposeAll(fixed["link.statistics.mean"], fixed["link.statistics.deviation"]);
      fixed["link.statistics.mean"] = tf.tensor1d(statistics.mean);
      fixed["link.statistics.deviation"] = tf.tensor1d(statistics.deviation);
    }
    const { config } = seeded;
    this.#localizer = localizerOver(config, { ...fixed, ...variables }, { ...extras, trained: false });
    this.variables = variables;
    this.#fixed = fixed;
    this.#logitScale = logitScale;
    this.#extras = extras;
    this.#learnsTail = learnsTail && config.link.tail !== undefined;
  }

  /** The loss of a batch and its gradients. */
  async learn(
    examples: readonly Example[],
    points: SampledPoints,
    canonical: Float32Array,
    losses: LossConfig,
  ): Promise<BatchResult> {
    const { link, field, config } = this.#localizer, { grid } = config.link, { box, uncertaintyOffset } = config.head;
    const batch = examples.length, [h, w] = grid, C = config.link.channels;
    const seen = (cells: tf.Tensor2D) => normalizeCells(tailCells(cells, link, batch), link);
    const { cells, truth, places } = tf.tidy(() => {
      const joined = new Float32Array(batch * h * w * C);
      examples.forEach(({ features }, b) => joined.set(features!, b * h * w * C));
      const features = tf.tensor2d(joined, [batch * h * w, C]);
      return {
        cells: this.#learnsTail ? features : seen(features),
        truth: { ...truthOf(examples, points, grid, box, field.channels - 2) },
        places: tf.tensor2d(placePoints(points, canonical), [points.count, 3]),
      };
    });
    const errors: tf.Scalar[] = [];
    const { value, gradients } = namedGradients(() => {
      const forward = { grid, box, uncertaintyOffset, logitScale: this.#logitScale };
      const { total, error3d, error2d } = localizerLoss(
        predict(linkCells(this.#learnsTail ? seen(cells) : cells, link, batch), field, places, forward),
        truth,
        batch,
        losses,
      );
      errors.push(tf.keep(error3d), tf.keep(error2d));
      return total;
    }, this.variables);
    const numbers = await Promise.all([value, ...errors].map(async (scalar) => (await scalar.data())[0]!));
    disposeAll(cells, truth, places, value, errors);
    return { loss: numbers[0]!, error3d: numbers[1]!, error2d: numbers[2]!, gradients };
  }

  /** A localizer with copies of the parameters, the logit scale multiplied in; the caller disposes of it. */
  localizer(): Localizer {
    const { config } = this.#localizer;
    const copies = Object.entries({ ...this.#fixed, ...this.variables }).map(([name, tensor]) => {
      const copy = name === "field.readout" ? tensor.mul(this.#logitScale) : tf.tidy(() => tensor.mul(1));
      return [name, copy] as const;
    });
    return localizerOver(config, Object.fromEntries(copies), { ...this.#extras, trained: true });
  }

  /** Frees variables and what is fixed. */
  [Symbol.dispose](): void {
    disposeAll(this.#fixed);
    for (const variable of Object.values(this.variables)) variable.dispose();
  }
}

/** Checks that what a training starts from are parameters, of their shapes. */
function expectStart(initial: Readonly<Record<string, tf.Tensor>>, all: Readonly<Record<string, tf.Tensor>>): void {
  for (const [name, tensor] of Object.entries(initial)) {
    if (!all[name]) throw new RangeError(`Trainee: there is no parameter "${name}" to start from`);
    expectShape("Trainee", { [name]: tensor }, all[name].shape.join(" "));
  }
}

/** Whether a parameter, by its name, is one of the link's channel statistics, which are measured at the start. */
export const isStatistic = (name: string): boolean => name.startsWith("link.statistics.");

/** Whether a parameter, by its name, is not learned. */
function isFixed(name: string, learnsTail: boolean): boolean {
  if (isStatistic(name)) return true;
  return name.startsWith("link.tail.") && !(learnsTail && isLearned(name.split(".").at(-1)!));
}

const OWN_SHARE = 0.05;

/** Gives the depth bins of a readout [K+1, (L+1)·J] the first bin's kernel and a share of their own. */
function alikeDepthBins(readout: tf.Variable, J: number): void {
  const alike = tf.tidy(() => {
    const byChannel = readout.reshape([-1, J]), [others, first, rest] = tf.split(byChannel, [2, 1, J - 3], 1);
    return tf.concat([others!, first!, tf.add(first!, tf.mul(rest!, OWN_SHARE))], 1).reshape(readout.shape);
  });
  readout.assign(alike);
  alike.dispose();
}

/** Two numbers a channel. */
export interface ChannelStatistics {
  /** [C] */
  readonly mean: Float32Array;
  /** [C], positive. */
  readonly deviation: Float32Array;
}

/**
 * Mean and deviation of each channel over examples; a channel that never changes gets deviation 1.
 *
 * @param least The variance up to which a channel counts as not changing.
 */
export function channelStatistics(examples: Iterable<Example>, channels: number, least = 1e-12): ChannelStatistics {
  const sum = new Float64Array(channels), squares = new Float64Array(channels);
  let count = 0;
  for (const { features } of examples) {
    for (let i = 0; i < features!.length; i++) {
      const value = features![i]!;
      sum[i % channels]! += value;
      squares[i % channels]! += value * value;
    }
    count += features!.length / channels;
  }
  const mean = sum.map((total) => total / Math.max(1, count));
  const deviation = Float32Array.from(squares, (total, c) => {
    const variance = total / Math.max(1, count) - mean[c]! ** 2;
    return variance > least ? Math.sqrt(variance) : 1;
  });
  return { mean: Float32Array.from(mean), deviation };
}
