/**
 * # The first step of a run: its localizer, its optimizer
 *
 * ```
 * tail's start, what is known already → initial parameters → statistics behind the tail → trainee → optimizer, each part at its rate
 * ```
 *
 * @module
 */
import type { FieldExtras } from "../field/field.ts";
import { normalizedChannels, resolveLinkConfig } from "../localize/link.ts";
import type { LocalizerOptions } from "../localize/localizer.ts";
import { TensorScope } from "../tensor/scope.ts";
import type { Example } from "./examples.ts";
import { Optimizer } from "./optimizer.ts";
import { rateShareOf, type RunConfig } from "./run.ts";
import { linkStatistics, tailStart } from "./tail_start.ts";
import type { Start } from "./start_from.ts";
import { type ChannelStatistics, Trainee } from "./trainee.ts";

/** How many examples the channels' statistics are measured on. */
export const STATISTICS = 64;

/**
 * A run's localizer before its first step, and its optimizer; the caller disposes of the trainee.
 *
 * @param options Of the run, `localizerOptions`.
 * @param firsts Up to {@linkcode STATISTICS} examples; asked for unless the statistics of all channels are known.
 * @param known What the training starts from besides; the tensors stay the caller's.
 * @param extras What the field's encoding needs beside its parameters.
 * @throws {RangeError} if the tail's rate is no share of the optimizer's.
 * @throws as {@linkcode Trainee}.
 */
export async function startRun(
  { encoderOptions, logitScale, optimizer: rates, tailRate }: RunConfig,
  options: LocalizerOptions,
  firsts: () => readonly Example[],
  { initial = {}, statistics }: Partial<Start> = {},
  extras: FieldExtras = {},
): Promise<{ readonly trainee: Trainee; readonly optimizer: Optimizer }> {
  const shareOf = rateShareOf({ tailRate });
  using scope = new TensorScope();
  const { weights } = encoderOptions as { readonly weights?: string };
  const all = { ...scope.own(await tailStart(options, initial, weights)), ...initial };
  const whole = statistics?.mean.length === normalizedChannels(resolveLinkConfig("startRun", options.link));
  const measured = whole ? statistics : withLast(await linkStatistics(firsts(), options, all), statistics);
  const learnsTail = tailRate > 0;
  const trainee = new Trainee(options, measured, logitScale, all, extras, { learnsTail });
  return { trainee, optimizer: new Optimizer(trainee.variables, rates, shareOf) };
}

/** Statistics of all channels, the last of which are known. */
function withLast(measured: ChannelStatistics, known: ChannelStatistics | undefined): ChannelStatistics {
  if (!known) return measured;
  const all = measured.mean.length, last = known.mean.length;
  if (last > all) throw new RangeError(`startRun: the link has ${all} channels: got statistics of ${last}`);
  const joined = (which: keyof ChannelStatistics) =>
    Float32Array.of(...measured[which].subarray(0, all - last), ...known[which]);
  return { mean: joined("mean"), deviation: joined("deviation") };
}
