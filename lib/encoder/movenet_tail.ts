/**
 * # MoveNet's own last blocks, as the start of a link's tail
 *
 * ```
 * f_I = [block 3, 32 × 32 cells, as quarters of 16 × 16 ‖ …]
 *   →  blocks 4, 5 (56 channels)  →  6 (112, stride 2)  →  7, 8, 9 (112)  →  10, 11, 12 (168)  →  13, 14, 15 (280, stride 2)
 * ```
 *
 * A link whose tail ({@link ../localize/tail.ts}) has these parameters sees what MoveNet's own blocks see, block 5 averaged over each cell, blocks 6
 * and 9 and the level `s32` of the encoder's pyramid; from there it learns. A tail may be shorter: it follows the block with which the stage
 * before it ends.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import type { TailConfig } from "../localize/tail.ts";
import { disposeAll } from "../tensor/scope.ts";
import { BLOCK_CHANNELS, BLOCK_FINENESS, BLOCK_STRIDES, loadMoveNetWeights } from "./movenet_network.ts";

const END = 15; // the last block of a tail

/** The blocks that a tail of MoveNet's can follow, 3 and the ends of the stages behind it; the longest follows the first. */
export const TAILS_FOLLOW: readonly number[] = [3, 5, 6, 9, 12];

/** The shape of MoveNet's blocks behind one of {@linkcode TAILS_FOLLOW}, to the end; undefined behind another. */
export function tailBehind(block: number): TailConfig | undefined {
  const first = TAILS_FOLLOW.indexOf(block);
  if (first < 0) return undefined;
  const stages = TAILS_FOLLOW.slice(first).map((follows, i, all) => ({
    channels: BLOCK_CHANNELS[follows + 1]!,
    blocks: (all[i + 1] ?? END) - follows,
    stride: BLOCK_STRIDES[follows + 1]!,
  }));
  const finer = BLOCK_FINENESS[block]!;
  return { reads: BLOCK_CHANNELS[block]! * finer ** 2, ...(finer > 1 && { finer }), stages };
}

/** The block behind which MoveNet's own have this shape; undefined for a tail of another shape. */
export function blockBefore(given: TailConfig): number | undefined {
  const told = (tail: TailConfig) =>
    [tail.reads, tail.finer ?? 1, ...tail.stages.flatMap(({ channels, blocks, stride }) => [channels, blocks, stride])]
      .join();
  return TAILS_FOLLOW.find((block) => told(tailBehind(block)!) === told(given));
}

/** The shape of blocks 4 to 15, the longest tail. */
export const MOVENET_TAIL: TailConfig = tailBehind(TAILS_FOLLOW[0]!)!;

/** The cells, and the pixels of the input, that these blocks were trained on. */
export const TAIL_SEES = { grid: 16, featureSize: 256 } as const;

const PARTS = { expand: "expand", filter: "depthwise", project: "project" } as const;

/**
 * The parameters of a tail's blocks under its names, `0.expandWeight` to `11.projectBias` for the longest; the caller disposes of them.
 *
 * @param follows One of {@linkcode TAILS_FOLLOW}.
 * @param path A safetensors file of the same network; the embedded one by default.
 * @throws {TypeError} if the file is of another network.
 * @throws {RangeError} if no tail follows the block.
 */
export async function moveNetTail(follows = TAILS_FOLLOW[0]!, path?: string): Promise<Record<string, tf.Tensor>> {
  const shape = tailBehind(follows);
  if (!shape) throw new RangeError(`moveNetTail: a tail follows one of the blocks ${TAILS_FOLLOW}: got ${follows}`);
  const weights = await loadMoveNetWeights("moveNetTail", path), tail: Record<string, tf.Tensor> = {};
  for (let i = 0; i < END - follows; i++) {
    for (const [part, theirs] of Object.entries(PARTS)) {
      const name = `backbone.blocks.${follows + 1 + i}.${theirs}`, weight = weights[`${name}.weight`]!;
      const [, , from, to] = weight.shape;
      tail[`${i}.${part}Weight`] = part === "filter" ? weight.clone() : weight.reshape([from!, to!]);
      tail[`${i}.${part}Bias`] = weights[`${name}.bias`]!.clone();
    }
  }
  disposeAll(weights);
  return tail;
}
