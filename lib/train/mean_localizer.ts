/**
 * # The mean of localizers that started from one
 *
 * ```
 * θ̄ = (1/n)·Σ_i θ_i                 parameter by parameter, n ≥ 2 localizers of one configuration
 * ```
 *
 * Runs that start from one trained localizer, and are then shown other examples or learn at another rate, mostly stay in one basin of
 * the loss; there, as the source found for classifiers, the mean of the parameters does about as well as the mean of the predictions,
 * at the cost of one. So two cores can train two runs and neither waits for the other; what it brought here stands in `docs/training.md`.
 * Runs that started apart share no meaning channel by channel, and their mean knows nothing. That they started from one is
 * the caller's to know. One sign of the contrary is looked for: channel statistics are measured at the start and never learned, so where
 * they differ the starts did. A link without channel statistics tells nothing of its start.
 *
 * The readout of each is multiplied by its training's logit scale already (`Trainee.localizer`), so the mean is of what is read.
 *
 * Source: Wortsman et al., *Model soups: averaging weights of multiple fine-tuned models improves accuracy without increasing
 * inference time*, 2022.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { FieldExtras } from "../field/field.ts";
import { type Localizer, localizerOver, parametersOf } from "../localize/localizer.ts";
import { disposeAll } from "../tensor/scope.ts";
import { differingKeys } from "./feature_cache.ts";
import { isStatistic } from "./trainee.ts";

/** What a mean is told beside its localizers. */
export interface MeanOptions {
  /** What to call each of them in errors; `localizer 1` and so on by default. */
  readonly names?: readonly string[];
  /** What the field's encoding needs beside its parameters. */
  readonly extras?: FieldExtras;
}

type Parameters = Readonly<Record<string, tf.Tensor>>;

/**
 * The mean of localizers; they stay the caller's, and so does their mean.
 *
 * @param localizers At least two, of one configuration, trained from one start.
 * @returns a localizer that counts as trained if all of them do.
 * @throws {RangeError} if there are fewer, if their configurations differ, or their channel statistics do.
 * @throws {TypeError} if the GPS encoding has no signature.
 */
export async function meanLocalizer(
  localizers: readonly Localizer[],
  { names = localizers.map((_, i) => `localizer ${i + 1}`), extras = {} }: MeanOptions = {},
): Promise<Localizer> {
  const [first, ...others] = localizers;
  if (!first || others.length === 0) {
    throw new RangeError(`meanLocalizer: a mean is of at least two localizers: got ${localizers.length}`);
  }
  const { config } = first;
  for (const [i, other] of others.entries()) {
    const differing = differingKeys(other.config, config);
    if (differing.length === 0) continue;
    throw new RangeError(
      `meanLocalizer: ${names[i + 1]} differs from ${names[0]} in ${
        differing.join(", ")
      }: take localizers of one configuration`,
    );
  }
  const all = localizers.map(parametersOf);
  await expectSameStatistics(all, names);
  const mean = tf.tidy(() =>
    Object.fromEntries(
      Object.entries(all[0]!).map(([name, own]) => {
        if (isStatistic(name)) return [name, own.clone()];
        return [name, tf.addN(all.map((parameters) => parameters[name]!)).div(all.length)];
      }),
    )
  );
  try {
    return localizerOver(config, mean, { ...extras, trained: localizers.every(({ trained }) => trained) });
  } catch (error) {
    disposeAll(mean);
    throw error;
  }
}

/** Checks that what is measured once, before the first step, is the same in all. */
async function expectSameStatistics(all: readonly Parameters[], names: readonly string[]): Promise<void> {
  for (const name of Object.keys(all[0]!).filter(isStatistic)) {
    const [first, ...others] = await Promise.all(all.map((parameters) => parameters[name]!.data()));
    const other = others.findIndex((numbers) => numbers.some((value, c) => value !== first![c]));
    if (other < 0) continue;
    throw new RangeError(
      `meanLocalizer: ${names[other + 1]} reads its channels by other statistics than ${
        names[0]
      } (${name}), as runs do that started ` +
        `apart: take runs that started from one trained localizer`,
    );
  }
}
