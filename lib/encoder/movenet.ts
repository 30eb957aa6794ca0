/**
 * # MoveNet as an encoder: left from right, and fine maps for appearance
 *
 * ```
 * crop [512, 512, 3]  →  S × S  →  17 blocks, feature pyramid, heads (see `movenet_network.ts`)
 * f_I, S = 256:      [block 3 ‖ s16 ‖ key points] on one grid    [grid, grid, 4·56 + 32 + 4·17]
 * pyramid, S = 256:  s32 = [block 12 ‖ block 15 ‖ s16 ‖ key points], 548 ch, on the same grid
 *          S = 512:  s4 = block 2, 40 ch    s8 = block 5, 56 ch    head = hidden layer of the key points' heatmaps, 96 ch
 * ```
 *
 * f_I stops at block 3: what follows is for a localizer's link to go on with, in blocks of its own that begin as MoveNet's
 * ({@link ./movenet_tail.ts}). `s32` is where MoveNet's own blocks end. Blocks up to 5 have finer cells than 16 × 16, those of 3 to 5 half as
 * wide: those within a cell of f_I stand side by side in it, as do the four quarters of the key points' heatmaps, σ(logits), so that a wrist's
 * place within its cell is not lost.
 *
 * A network trained to name a person's key points knows the left arm from the right, which DINOv2 hardly does; it knows
 * less about everything else. It was trained on pictures of 256 pixels, so f_I comes from such a pass. Its early blocks are
 * fine and cheap: from a pass at S = 512 the levels `s4` and `head` have a cell every four crop pixels, `s8` every eight. Where
 * both sizes are the same, one pass serves both.
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
import {
  BLOCK_CHANNELS,
  BLOCK_FINENESS,
  HEAD_WIDTH,
  LAST_BLOCKS,
  loadMoveNetWeights,
  moveNet,
} from "./movenet_network.ts";
import { TAIL_SEES, TAILS_FOLLOW } from "./movenet_tail.ts";
import { regrid } from "./regrid.ts";

/** How MoveNet is run. */
export interface MoveNetOptions {
  /** Pixels a side of the input of the pass that makes the pyramid, a multiple of 32; 512. */
  readonly size?: number;
  /** The same of the pass that makes f_I; 256, on which the network was trained. */
  readonly featureSize?: number;
  /** Rows and columns of f_I. */
  readonly grid?: number;
  /** The blocks whose outputs are f_I, counted from 0; of those up to 5 each cell of f_I holds 2 × 2 cells (3 to 5), 4 × 4 (1, 2) or 8 × 8 (0). */
  readonly blocks?: readonly number[];
  /** A safetensors file of the same network; the embedded one by default. */
  readonly weights?: string | undefined;
}

/** The defaults of {@linkcode MoveNetOptions}: f_I is what the longest tail reads. */
export const MOVENET_DEFAULTS: Required<MoveNetOptions> = {
  size: 512,
  featureSize: TAIL_SEES.featureSize,
  grid: TAIL_SEES.grid,
  blocks: TAILS_FOLLOW.slice(0, 1),
  weights: undefined,
};

const S4 = 2, S8 = 5; // the last blocks of these strides in the crop
const S16_CHANNELS = 32, KEYPOINTS = 17;

/**
 * Loads MoveNet Thunder as an encoder.
 *
 * @throws {TypeError} if the file is of another network.
 * @throws {RangeError} if the size is no multiple of 32, a block does not exist, or a weight is NaN.
 */
export async function loadMoveNet(name: string, options?: MoveNetOptions): Promise<InspectableEncoder> {
  const { size, featureSize, grid, blocks, weights: path } = resolveOptions<Required<MoveNetOptions>>(
    "loadEncoder",
    MOVENET_DEFAULTS,
    options,
  );
  for (const [option, side] of Object.entries({ size, featureSize })) {
    if (!Number.isInteger(side / 32) || side < 128 || side > 1024) {
      throw new RangeError(`loadEncoder: ${option} must be a multiple of 32 from 128 to 1024: got ${side}`);
    }
  }
  expectInteger("loadEncoder", "grid", grid, 1, 128);
  if (blocks.length === 0) throw new RangeError("loadEncoder: blocks must name at least one block: got none");
  for (const number of blocks) expectInteger("loadEncoder", "each of blocks", number, 0, BLOCK_CHANNELS.length - 1);
  const weights = await loadMoveNetWeights("loadEncoder", path);
  const input = (crop: tf.Tensor3D, side: number) => resampleSquare(crop, { x: 0, y: 0, size: CROP }, side);
  return {
    name,
    channels: channelsOf(blocks),
    grid: [grid, grid],
    blocks,
    levels: {
      s32: channelsOf(LAST_BLOCKS),
      s4: BLOCK_CHANNELS[S4]!,
      s8: BLOCK_CHANNELS[S8]!,
      head: HEAD_WIDTH,
      rgb: 3,
    },
    encode: (crop) =>
      Promise.try(() => {
        expectShape("encode", { crop }, `${CROP} ${CROP} 3`);
        const { features, s32, s4, s8, head } = tf.tidy(() => {
          const coarse = moveNet(input(crop, featureSize), weights);
          const fine = featureSize === size ? coarse : moveNet(input(crop, size), weights);
          const on = (cells: number, map: tf.Tensor4D) => regrid(coveringMap(map.squeeze([0])), cells);
          const within = (finer: number, map: tf.Tensor4D) => sideBySide(on(finer * grid, map), finer);
          const points = within(2, tf.sigmoid(coarse.heads.heatmap));
          const shared = [on(grid, coarse.pyramid.s16), points];
          const after = (numbers: readonly number[]) =>
            tf.concat(
              [...numbers.map((number) => within(BLOCK_FINENESS[number]!, coarse.blocks[number]!)), ...shared],
              2,
            );
          return {
            features: after(blocks),
            s32: after(LAST_BLOCKS),
            s4: fine.blocks[S4]!.squeeze<tf.Tensor3D>([0]),
            s8: fine.blocks[S8]!.squeeze<tf.Tensor3D>([0]),
            head: fine.hidden.heatmap.squeeze<tf.Tensor3D>([0]),
          };
        });
        const levels = { s32, s4, s8, head, rgb: crop.clone() };
        const pyramid = Object.fromEntries(Object.entries(levels).map(([level, map]) => [level, coveringMap(map)]));
        return { features: coveringMap(features), pyramid };
      }),
    inspect: (crop, names) =>
      inspectNetwork(crop, names, (watch) => tf.tidy(() => moveNet(input(crop, size), weights, watch).heads.heatmap)),
    dispose: () => disposeAll(weights),
  };
}

/** Channels of blocks with s16 and the key points behind them. */
function channelsOf(blocks: readonly number[]): number {
  const own = blocks.map((number) => BLOCK_CHANNELS[number]! * BLOCK_FINENESS[number]! ** 2);
  return own.reduce((sum, channels) => sum + channels, 0) + S16_CHANNELS + 4 * KEYPOINTS;
}

/** The n × n finer cells of each cell side by side, row by row, all channels of one before those of the next: [n·g, n·g, C] → [g, g, n²·C]. */
function sideBySide(map: tf.Tensor3D, n: number): tf.Tensor3D {
  if (n === 1) return map;
  const [h, w, C] = map.shape, [rows, columns] = [h / n, w / n];
  return tf.transpose(map.reshape([rows, n, columns, n, C]), [0, 2, 1, 3, 4]).reshape([rows, columns, n * n * C]);
}
