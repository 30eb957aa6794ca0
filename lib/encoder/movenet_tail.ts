/**
 * # MoveNet's own last blocks, as the start of a link's tail
 *
 * ```
 * f_I = [block 9 ‖ …]  →  blocks 10, 11, 12 (168 channels)  →  blocks 13, 14, 15 (280 channels, stride 2)  →  s32 = [block 12 ‖ block 15 ‖ …]
 * ```
 *
 * A link whose tail ({@link ../localize/tail.ts}) has these parameters sees what MoveNet's own blocks see, the level `s32` of the encoder's
 * pyramid; from there it learns.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import type { TailConfig } from "../localize/tail.ts";
import { disposeAll } from "../tensor/scope.ts";
import { loadMoveNetWeights } from "./movenet_network.ts";

/** The shape of blocks 10 to 15. */
export const MOVENET_TAIL: TailConfig = {
  reads: 112,
  stages: [{ channels: 168, blocks: 3, stride: 1 }, { channels: 280, blocks: 3, stride: 2 }],
};

/** The options of the encoder behind which these blocks see what they were trained on; the last of its blocks is the one before them. */
export const TAIL_FOLLOWS = { blocks: [9], grid: 16, featureSize: 256 } as const;

const FIRST = 10, BLOCKS = 6;
const PARTS = { expand: "expand", filter: "depthwise", project: "project" } as const;

/**
 * The parameters of blocks 10 to 15 under a tail's names, `0.expandWeight` to `5.projectBias`; the caller disposes of them.
 *
 * @param path A safetensors file of the same network; the embedded one by default.
 * @throws {TypeError} if the file is of another network.
 */
export async function moveNetTail(path?: string): Promise<Record<string, tf.Tensor>> {
  const weights = await loadMoveNetWeights("moveNetTail", path), tail: Record<string, tf.Tensor> = {};
  for (let i = 0; i < BLOCKS; i++) {
    for (const [part, theirs] of Object.entries(PARTS)) {
      const name = `backbone.blocks.${FIRST + i}.${theirs}`, weight = weights[`${name}.weight`]!;
      const [, , from, to] = weight.shape;
      tail[`${i}.${part}Weight`] = part === "filter" ? weight.clone() : weight.reshape([from!, to!]);
      tail[`${i}.${part}Bias`] = weights[`${name}.bias`]!.clone();
    }
  }
  disposeAll(weights);
  return tail;
}
