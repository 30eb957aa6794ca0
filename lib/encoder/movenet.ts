/**
 * # MoveNet as an encoder: left from right, and fine maps for appearance
 *
 * ```
 * crop [512, 512, 3]  →  S × S  →  17 blocks, feature pyramid, heads (see `movenet_network.ts`)
 * f_I = [block 12 ‖ block 15] on one grid                          [grid, grid, 168 + 280]
 * pyramid: s4 = block 2, 40 ch    s8 = block 5, 56 ch    head = hidden layer of the key points' heatmaps, 96 ch
 * ```
 *
 * A network trained to name a person's key points knows the left arm from the right, which DINOv2 hardly does; it knows
 * less about everything else. Its early blocks are fine and cheap: with S = 512 the levels `s4` and `head` have a cell every
 * four crop pixels, `s8` every eight (with S = 256 twice that).
 *
 * By its padding a cell's kernel centre lies up to half a stride right of and below the middle of the cell, but training
 * undid that: mirrored pictures give mirrored maps about the middles of the cells, within a tenth of a cell. So the maps
 * cover the crop as their grids do.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { resampleSquare } from "../image/resample.ts";
import { expectInteger, resolveOptions } from "../tensor/options.ts";
import { disposeAll } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { coveringMap, CROP, type InspectableEncoder } from "./encoder.ts";
import { inspectNetwork } from "./inspect.ts";
import { BLOCK_CHANNELS, HEAD_WIDTH, loadMoveNetWeights, moveNet } from "./movenet_network.ts";
import { regrid } from "./regrid.ts";

/** How MoveNet is run. */
export interface MoveNetOptions {
  /** Pixels a side of the network's input, a multiple of 32; 256 is what it was trained on, 512 gives finer maps. */
  readonly size?: number;
  /** Rows and columns of f_I. */
  readonly grid?: number;
  /** The blocks whose outputs are f_I, counted from 0. */
  readonly blocks?: readonly number[];
  /** A safetensors file of the same network; the embedded one by default. */
  readonly weights?: string | undefined;
}

const S4 = 2, S8 = 5; // the last blocks of these strides

/**
 * Loads MoveNet Thunder as an encoder.
 *
 * @throws {TypeError} if the file is of another network.
 * @throws {RangeError} if the size is no multiple of 32, a block does not exist, or a weight is NaN.
 */
export async function loadMoveNet(name: string, options?: MoveNetOptions): Promise<InspectableEncoder> {
  const { size, grid, blocks, weights: path } = resolveOptions<Required<MoveNetOptions>>(
    "loadEncoder",
    { size: 512, grid: 24, blocks: [12, 15], weights: undefined },
    options,
  );
  if (!Number.isInteger(size / 32) || size < 128 || size > 1024) {
    throw new RangeError(`loadEncoder: size must be a multiple of 32 from 128 to 1024: got ${size}`);
  }
  expectInteger("loadEncoder", "grid", grid, 1, 128);
  if (blocks.length === 0) throw new RangeError("loadEncoder: blocks must name at least one block: got none");
  for (const number of blocks) expectInteger("loadEncoder", "each of blocks", number, 0, BLOCK_CHANNELS.length - 1);
  const weights = await loadMoveNetWeights("loadEncoder", path);
  const input = (crop: tf.Tensor3D) => resampleSquare(crop, { x: 0, y: 0, size: CROP }, size);
  return {
    name,
    channels: blocks.reduce((sum, number) => sum + BLOCK_CHANNELS[number]!, 0),
    grid: [grid, grid],
    levels: { s4: BLOCK_CHANNELS[S4]!, s8: BLOCK_CHANNELS[S8]!, head: HEAD_WIDTH, rgb: 3 },
    encode: (crop) =>
      Promise.try(() => {
        expectShape("encode", { crop }, `${CROP} ${CROP} 3`);
        const { features, s4, s8, head } = tf.tidy(() => {
          const maps = moveNet(input(crop), weights);
          const covering = (map: tf.Tensor4D) => map.squeeze<tf.Tensor3D>([0]);
          const chosen = blocks.map((number) => regrid(coveringMap(covering(maps.blocks[number]!)), grid));
          return {
            features: tf.concat(chosen, 2),
            s4: covering(maps.blocks[S4]!),
            s8: covering(maps.blocks[S8]!),
            head: covering(maps.hidden.heatmap),
          };
        });
        const levels = { s4, s8, head, rgb: crop.clone() };
        const pyramid = Object.fromEntries(Object.entries(levels).map(([level, map]) => [level, coveringMap(map)]));
        return { features: coveringMap(features), pyramid };
      }),
    inspect: (crop, names) =>
      inspectNetwork(crop, names, (watch) => tf.tidy(() => moveNet(input(crop), weights, watch).heads.heatmap)),
    dispose: () => disposeAll(weights),
  };
}
