/**
 * # How a tail begins: as the encoder's own last blocks
 *
 * ```
 * encoder stops at block 3 → tail with the parameters of blocks 4 … 15 → the features that a frozen encoder would give; besides, blocks 5 (averaged over each cell), 6 and 9
 * ```
 *
 * Before the first step a link with a tail sees what the encoder's own last blocks see, so the statistics of its channels are measured
 * behind the tail, and a localizer that was trained without one is a place to start from.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { LAST_BLOCKS } from "../encoder/movenet_network.ts";
import { MOVENET_DEFAULTS, type MoveNetOptions } from "../encoder/movenet.ts";
import { blockBefore, moveNetTail, TAIL_SEES, tailBehind } from "../encoder/movenet_tail.ts";
import { createLink, linkOf, type LinkParameters, normalizedChannels, tailCells } from "../localize/link.ts";
import type { LocalizerOptions } from "../localize/localizer.ts";
import { type TailConfig, tailShapes } from "../localize/tail.ts";
import { flattenParameters, unflattenParameters } from "../tensor/parameters.ts";
import { resolveOptions } from "../tensor/options.ts";
import { disposeAll } from "../tensor/scope.ts";
import type { Example } from "./examples.ts";
import type { RunConfig } from "./run.ts";
import { type ChannelStatistics, channelStatistics } from "./trainee.ts";

/**
 * The tail for which a run's encoder stops early; none where it goes to its end.
 *
 * @throws {RangeError} if the encoder stops early on another grid or input size than the tail's blocks know.
 */
export function tailOf(
  { encoder, encoderOptions }: Pick<RunConfig, "encoder" | "encoderOptions">,
): TailConfig | undefined {
  if (encoder !== "movenet-thunder") return undefined;
  const { blocks, grid, featureSize } = resolveOptions<Required<MoveNetOptions>>(
    "tailOf",
    MOVENET_DEFAULTS,
    encoderOptions as MoveNetOptions,
  );
  const tail = blocks.length === 1 ? tailBehind(blocks[0]!) : undefined;
  if (!tail || (grid === TAIL_SEES.grid && featureSize === TAIL_SEES.featureSize)) return tail;
  throw new RangeError(
    `tailOf: MoveNet's last blocks know ${TAIL_SEES.grid}² cells of ${TAIL_SEES.featureSize}² pixels: got ${grid}² of ${featureSize}²; ` +
      `set encoderOptions.blocks=[${LAST_BLOCKS}] to have no tail`,
  );
}

/** The run with its encoder going to its end, if it stops early for a tail. */
export function withoutTail<R extends Pick<RunConfig, "encoder" | "encoderOptions">>(run: R): R {
  return tailOf(run) ? { ...run, encoderOptions: { ...run.encoderOptions, blocks: LAST_BLOCKS } } : run;
}

const NAMES = "link.tail.";

/**
 * What a tail begins with: the encoder's own last blocks, by their names in the localizer; nothing without a tail, for a tail of another
 * shape, and none of the parameters that are known already. The caller disposes of the tensors.
 *
 * @param known Parameters by name that the training starts from anyway.
 * @param weights The encoder's file; the embedded one by default.
 */
export async function tailStart(
  { link }: LocalizerOptions,
  known: Readonly<Record<string, tf.Tensor>> = {},
  weights?: string,
): Promise<Record<string, tf.Tensor>> {
  const follows = link.tail && blockBefore(link.tail);
  if (follows === undefined || allKnown(link.tail!, known)) return {};
  const own = Object.entries(await moveNetTail(follows, weights)).map(([name, tensor]) =>
    [NAMES + name, tensor] as const
  );
  const [there, lacking] = [true, false].map((is) => own.filter(([name]) => name in known === is));
  disposeAll(Object.fromEntries(there!));
  return Object.fromEntries(lacking!);
}

/** Whether every parameter of a tail is known. */
function allKnown(tail: TailConfig, known: Readonly<Record<string, tf.Tensor>>): boolean {
  return tailShapes(tail).every((shapes, i) => Object.keys(shapes).every((name) => `${NAMES}${i}.${name}` in known));
}

/**
 * The statistics of the channels that a link normalizes: those of the examples' features, or of what its tail makes of them.
 *
 * @param initial The tail's parameters, {@linkcode tailStart}; they stay the caller's.
 */
export async function linkStatistics(
  examples: readonly Example[],
  { link }: LocalizerOptions,
  initial: Readonly<Record<string, tf.Tensor>>,
): Promise<ChannelStatistics> {
  const seeded = createLink(link), { config } = seeded, { grid: [h, w], channels: C, tail } = config;
  try {
    if (!tail) return channelStatistics(examples, C);
    const own = Object.entries(initial).filter(([name]) => name.startsWith(NAMES));
    const given = Object.fromEntries(own.map(([name, tensor]) => [name.slice("link.".length), tensor]));
    const all = unflattenParameters({ ...flattenParameters(seeded.parameters), ...given }) as unknown as LinkParameters;
    const behind = linkOf(config, all), tailed: Example[] = [];
    for (const { features } of examples) {
      const cells = tf.tidy(() => tailCells(tf.tensor2d(features!, [h * w, C]), behind, 1));
      tailed.push({ features: await cells.data() as Float32Array });
      disposeAll(cells);
    }
    return channelStatistics(tailed, normalizedChannels(config));
  } finally {
    seeded.dispose();
  }
}
