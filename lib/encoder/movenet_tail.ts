/**
 * # MoveNet's own last blocks, as the start of a link's tail
 *
 * ```
 * f_I = [block 6 ‖ …]  →  blocks 7, 8, 9 (112 channels)  →  10, 11, 12 (168 channels)  →  13, 14, 15 (280 channels, stride 2)
 * ```
 *
 * A link whose tail ({@link ../localize/tail.ts}) has these parameters sees what MoveNet's own blocks see, block 9 and the level `s32` of the
 * encoder's pyramid; from there it learns. A tail may be shorter: it follows the block with which the stage before it ends.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import type { TailConfig } from "../localize/tail.ts";
import { disposeAll } from "../tensor/scope.ts";
import { BLOCK_CHANNELS, BLOCK_STRIDES, loadMoveNetWeights } from "./movenet_network.ts";

const BLOCKS = 3; // a stage

/** The blocks that a tail of MoveNet's can follow, the ends of stages; the longest follows the first. */
export const TAILS_FOLLOW: readonly number[] = [6, 9, 12];

/** The shape of MoveNet's blocks behind one of {@linkcode TAILS_FOLLOW}, to the end; undefined behind another. */
export function tailBehind(block: number): TailConfig | undefined {
  const first = TAILS_FOLLOW.indexOf(block);
  if (first < 0) return undefined;
  const stages = TAILS_FOLLOW.slice(first).map((follows) => ({
    channels: BLOCK_CHANNELS[follows + 1]!,
    blocks: BLOCKS,
    stride: BLOCK_STRIDES[follows + 1]!,
  }));
  return { reads: BLOCK_CHANNELS[block]!, stages };
}

/** The block behind which MoveNet's own have this shape; undefined for a tail of another shape. */
export function blockBefore({ reads, stages }: TailConfig): number | undefined {
  const told = (tail: TailConfig) =>
    [tail.reads, ...tail.stages.flatMap(({ channels, blocks, stride }) => [channels, blocks, stride])].join();
  return TAILS_FOLLOW.find((block) => told(tailBehind(block)!) === told({ reads, stages }));
}

/** The shape of blocks 7 to 15, the longest tail. */
export const MOVENET_TAIL: TailConfig = tailBehind(TAILS_FOLLOW[0]!)!;

/** The cells, and the pixels of the input, that these blocks were trained on. */
export const TAIL_SEES = { grid: 16, featureSize: 256 } as const;

const PARTS = { expand: "expand", filter: "depthwise", project: "project" } as const;

/**
 * The parameters of a tail's blocks under its names, `0.expandWeight` to `8.projectBias` for the longest; the caller disposes of them.
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
  for (let i = 0; i < BLOCKS * shape.stages.length; i++) {
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
