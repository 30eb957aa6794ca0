/**
 * # Which encoder a localizer reads
 *
 * ```
 * f_I's channels = the link's C        f_I's cells = the link's, where it mixes them        f_I's last block = the one before its tail
 * ```
 *
 * The last matters where the numbers are the same: behind blocks 6 and 9 MoveNet's f_I has 212 channels on 16 × 16 cells alike, behind 3 and 5 it has 324, and a tail
 * ({@link ./tail.ts}) that goes on behind the wrong one finds points elsewhere without a word.
 *
 * @module
 */
import { blockBefore } from "../encoder/movenet_tail.ts";
import { LAST_BLOCKS } from "../encoder/movenet_network.ts";
import type { Localizer, LocalizerConfig } from "./localizer.ts";

/** The encoder a localizer is wanted for. */
export interface EncoderFit {
  /** What an `Encoder` says of itself. */
  readonly encoder?: {
    readonly name: string;
    readonly channels: number;
    readonly grid?: readonly [h: number, w: number];
    readonly blocks?: readonly number[];
  } | undefined;
}

const MOVENET = "movenet-thunder";

/**
 * The blocks of MoveNet that begin what a localizer reads: the one before its tail, its last ones without a tail; undefined where
 * it was made for another encoder or has a tail of its own shape.
 */
export function blocksRead(
  { encoder, link: { tail } }: Pick<LocalizerConfig, "encoder" | "link">,
): readonly number[] | undefined {
  if (encoder !== MOVENET) return undefined;
  if (!tail) return LAST_BLOCKS;
  const block = blockBefore(tail);
  return block === undefined ? undefined : [block];
}

/** Whether a localizer's link reads what an encoder gives; one that mixes no cells is for any grid. */
export function fits(config: LocalizerConfig, encoder: NonNullable<EncoderFit["encoder"]>): boolean {
  return differences(config, encoder).length === 0;
}

/**
 * Checks that a localizer reads what an encoder gives.
 *
 * @throws {RangeError} if f_I has other channels, or other cells than a link that mixes them is for, or stops at another block than the one
 * its tail goes on behind.
 */
export function expectFit(
  caller: string,
  { config }: Pick<Localizer, "config">,
  encoder: NonNullable<EncoderFit["encoder"]>,
): void {
  const differing = differences(config, encoder);
  if (differing.length === 0) return;
  const blocks = blocksRead(config), { grid: [cells], tail } = config.link;
  const options = [...(blocks ? [`blocks: [${blocks.join(", ")}]`] : []), ...(tail ? [`grid: ${cells}`] : [])];
  throw new RangeError(
    `${caller}: the localizer reads ${differing.map(({ reads }) => reads).join(", ")}; ${encoder.name} gives ${
      differing.map(({ gives }) => gives).join(", ")
    }: load the encoder that it was trained behind${
      options.length > 0 ? `, such as with { ${options.join(", ")} }` : ""
    }`,
  );
}

/** In what the two differ. */
function differences(
  config: LocalizerConfig,
  { name, channels, grid, blocks }: NonNullable<EncoderFit["encoder"]>,
): { readonly reads: string; readonly gives: string }[] {
  const { link } = config, anyGrid = link.mixing.length === 0 && !link.tail, before = link.tail && blocksRead(config);
  if (config.encoder !== name) return [{ reads: `what ${config.encoder} makes`, gives: "something else" }];
  const cells = (grid: readonly number[]) => `${grid.join(" × ")} cells`;
  return [
    ...(link.channels === channels ? [] : [{ reads: `${link.channels} channels`, gives: `${channels}` }]),
    ...(anyGrid || !grid || String(link.grid) === String(grid)
      ? []
      : [{ reads: cells(link.grid), gives: cells(grid) }]),
    ...(!before || !blocks || String(blocks) === String(before)
      ? []
      : [{ reads: `what block ${before} makes`, gives: `that of block ${blocks.join(", ")}` }]),
  ];
}
