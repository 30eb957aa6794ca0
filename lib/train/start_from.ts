/**
 * # Training that goes on from a trained localizer
 *
 * A run starts from the numbers of another of the same configuration, and may have a longer tail than that one: more of the
 * encoder's last blocks then learn, which begin as the encoder's ({@link ./tail_start.ts}), and what ends the new stages is news to the
 * link, with a projection of zeros:
 *
 * ```
 * known    f_I from far down  →         blocks i … →  [          x_2 ‖ … ] · W
 * wanted   f_I from further up → new blocks, blocks i … →  [ x_1 ‖ x_2 ‖ … ] · [0 ; W]       the same linked features, before the first step
 * ```
 *
 * A localizer without a tail is one with no stage of it. Where a link normalizes each cell (`"layer"`), channels that are news would change the
 * others' scale: no such link may get a longer tail.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { FieldExtras } from "../field/field.ts";
import { type LinkConfig, normalizedChannels } from "../localize/link.ts";
import { blocksRead } from "../localize/fit.ts";
import { createLocalizer, type Localizer, type LocalizerOptions, parametersOf } from "../localize/localizer.ts";
import { differingKeys } from "./feature_cache.ts";
import { type ChannelStatistics, isStatistic } from "./trainee.ts";

/** Where a training that goes on from another localizer starts. */
export interface Start {
  /** Parameters by name, for the trainee; the caller disposes of them. */
  readonly initial: Readonly<Record<string, tf.Tensor>>;
  /** The statistics that its link was trained with, of the last of the wanted link's channels. */
  readonly statistics: ChannelStatistics | undefined;
}

/**
 * What a trained localizer knows, as the start of another training.
 *
 * @param options The localizer to train.
 * @param logitScale s of that training: the readout is divided by it.
 * @param extras What the field's encoding needs beside its parameters.
 * @throws {RangeError} if link or field are of another configuration, but for a longer tail.
 */
export async function startFrom(
  known: Localizer,
  options: LocalizerOptions,
  logitScale: number,
  extras: FieldExtras = {},
): Promise<Start> {
  const { config: wanted, dispose } = createLocalizer(options, extras);
  dispose();
  const { link, field } = known.config;
  const longer = known.config.encoder === wanted.encoder ? newPart(link, wanted.link) : undefined;
  const compared = longer ? { ...link, tail: wanted.link.tail, channels: wanted.link.channels } : link;
  const differing = differingKeys({ link: compared, field }, { link: wanted.link, field: wanted.field });
  if (differing.length > 0) {
    const block = blocksRead(known.config)?.join(), tail = differing.some((name) => name.startsWith("link.tail"));
    const hint = tail
      ? `; a tail follows from encoderOptions.blocks${block === undefined ? "" : `, here [${block}]`}`
      : "";
    throw new RangeError(
      `startFrom: the localizer to start from differs in ${
        differing.join(", ")
      }: set these as they are in its header${hint}`,
    );
  }
  const { blocks, channels } = longer ?? { blocks: 0, channels: 0 };
  const all = parametersOf(known);
  const learned = Object.entries(all).filter(([name]) => !isStatistic(name));
  const numbers = async (name: string) => await all[`link.statistics.${name}`]?.data() as Float32Array | undefined;
  const mean = await numbers("mean"), deviation = await numbers("deviation");
  return {
    initial: Object.fromEntries(learned.map(([name, tensor]) => {
      if (name === "field.readout") return [name, tensor.div(logitScale)];
      if (name === "link.projection.weight") return [name, tensor.pad([[channels, 0], [0, 0]])];
      return [
        name.replace(/^(link\.tail\.)(\d+)/, (_, tail, block) => tail + (blocks + Number(block))),
        tensor.clone(),
      ];
    })),
    statistics: mean && deviation ? { mean, deviation } : undefined,
  };
}

/** How many blocks and projected channels a link has before those of a known one; undefined if it is no longer one of the same kind. */
function newPart(known: LinkConfig, wanted: LinkConfig): { blocks: number; channels: number } | undefined {
  const stages = wanted.tail?.stages ?? [], there = known.tail?.stages ?? [], more = stages.length - there.length;
  if (more <= 0 || JSON.stringify(stages.slice(more)) !== JSON.stringify(there)) return undefined;
  const first = stages.slice(0, more), channels = normalizedChannels(wanted) - normalizedChannels(known);
  if (known.tail) { // its blocks read what the new ones make
    const { reads, finer = 1 } = known.tail, stride = first.reduce((product, { stride }) => product * stride, 1);
    if (reads !== first.at(-1)!.channels * finer ** 2 || (wanted.tail!.finer ?? 1) !== finer * stride) return undefined;
  }
  const ends = first.map((_, i) => first.slice(0, i + 1).reduce((sum, stage) => sum + stage.channels, 0));
  const news = known.tail ? ends.slice(-1) : [0, ...ends]; // without a tail f_I may hold what ends the last of the new stages
  if (!news.includes(channels) || (channels > 0 && wanted.normalization === "layer")) return undefined;
  return { blocks: first.reduce((sum, stage) => sum + stage.blocks, 0), channels };
}
