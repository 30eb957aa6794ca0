/**
 * # The tail: an encoder's last blocks, trained along
 *
 * An encoder is frozen, and its last blocks know what it was once trained for: MoveNet's end in 17 key points. A link with a tail takes
 * the encoder's features from further up, and goes on in inverted residual blocks of its own, which begin as the encoder's and
 * learn with the link:
 *
 * ```
 * x ← f_I[…, 0 : reads], n × n finer cells in each taken apart             [B·H·W, C]   H = n·h, W = n·w, C = reads/n²; n = 1 unless told
 * block:   y = relu6(x·W_e + b_e)                              expand       [B·H·W, 6C]
 *          z = relu6(F ∗ y + b_f)                              filter       each channel by itself, 3×3, stride s: [B·(H/s)·(W/s), 6C]
 *          x ← z·W_p + b_p, plus x where the shape is the same  project      [B·(H/s)·(W/s), C']
 * tailed = [ x after each stage, brought to h × w ‖ f_I[…, reads : ] ]
 * ```
 *
 * A stage is a run of blocks of one width, the first of which has the stride. Coarser cells are brought back bilinearly, the border
 * repeated, as encoders do it; finer ones are averaged. W_e, W_p and their biases are learned; the filters F, a fortieth of the numbers, stay.
 *
 * Source: Sandler et al., *MobileNetV2*, 2018.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { affine } from "../tensor/affine.ts";
import { filterChannels, relu6 } from "../tensor/depthwise.ts";
import { times } from "../tensor/mat_mul.ts";
import { expectInteger, resolveOptions } from "../tensor/options.ts";
import type { BlockParameters, CellGrid } from "./mixing.ts";

/** A run of blocks of one width. */
export interface TailStage {
  /** Channels behind each block. */
  readonly channels: number;
  /** How many blocks. */
  readonly blocks: number;
  /** Of the first of them. */
  readonly stride: 1 | 2;
}

/** What a tail is made from. */
export interface TailConfig {
  /** How many of f_I's channels go through it, the first ones; the others pass by. */
  readonly reads: number;
  /**
   * n, how many times finer than f_I's cells, in rows and in columns, those are that it begins with: 1, 2, 4, 8 or 16; 1 by default. Each cell
   * of f_I then holds n² of them in its first channels, row by row, all channels of one before those of the next.
   */
  readonly finer?: number | undefined;
  /** First to last. */
  readonly stages: readonly TailStage[];
}

const WIDENING = 6;
const MOST = { stages: 8, blocks: 64, channels: 8192 }; // a file's header may ask for anything

const FINER: readonly number[] = [1, 2, 4, 8, 16]; // so that stages of stride 2 come to f_I's cells

/** Channels of what a tail makes of f_I's C. */
export function tailedChannels({ reads, stages }: TailConfig, C: number): number {
  return stages.reduce((sum, { channels }) => sum + channels, C - reads);
}

/** Whether a parameter of a tail, by its name in the block, is learned. */
export function isLearned(name: string): boolean {
  return !name.startsWith("filter");
}

/** The shapes of a tail's parameters: for each block, by number, its parameters by name. */
export function tailShapes(config: TailConfig): Record<string, readonly number[]>[] {
  return blocksOf(config).map(({ from, to }) => ({
    expandWeight: [from, WIDENING * from],
    expandBias: [WIDENING * from],
    filterWeight: [3, 3, WIDENING * from, 1],
    filterBias: [WIDENING * from],
    projectWeight: [WIDENING * from, to],
    projectBias: [to],
  }));
}

/** A seeded tail; its variance stays alike from block to block. */
export function createTail(config: TailConfig, seed: number): Record<string, BlockParameters> {
  const inputs: Record<string, (shape: readonly number[]) => number> = {
    expandWeight: ([from]) => from! / 2,
    filterWeight: ([rows, columns]) => rows! * columns! / 2,
    projectWeight: ([from]) => from!,
  };
  return Object.fromEntries(
    tailShapes(config).map((shapes, i) => {
      const made = Object.entries(shapes).map(([name, shape], j) => {
        const heard = inputs[name]?.(shape);
        if (heard === undefined) return [name, tf.zeros([...shape])];
        return [name, tf.randomNormal([...shape], 0, 1 / Math.sqrt(heard), "float32", seed + 10 * i + j)];
      });
      return [String(i), Object.fromEntries(made)];
    }),
  );
}

/**
 * Checks a tail's configuration.
 *
 * @throws {TypeError} if it is no record of a tail's entries.
 * @throws {RangeError} if it reads more than the C channels that there are, or a stage or the grid does not fit it.
 */
export function expectTail(caller: string, given: TailConfig, C: number, grid: readonly number[]): void {
  const { reads, finer = 1, stages } = resolveOptions<TailConfig>(
    `${caller}: tail`,
    { reads: 0, finer: undefined, stages: [] },
    given,
  );
  expectInteger(caller, "tail.reads", reads, 1, C);
  if (!FINER.includes(finer)) {
    throw new RangeError(`${caller}: tail.finer must be one of ${FINER.join(", ")}: got ${finer}`);
  }
  if (reads % finer ** 2 !== 0) {
    throw new RangeError(
      `${caller}: tail.reads must hold the channels of ${finer} × ${finer} cells, a multiple of ${
        finer ** 2
      }: got ${reads}`,
    );
  }
  if (!Array.isArray(stages)) throw new TypeError(`${caller}: tail.stages must list stages: got ${stages}`);
  expectInteger(caller, "how many stages tail has", stages.length, 1, MOST.stages);
  let stride = 1;
  for (const each of stages) {
    const stage = resolveOptions<TailStage>(`${caller}: a stage of tail`, { channels: 0, blocks: 0, stride: 1 }, each);
    expectInteger(caller, "channels of a stage of tail", stage.channels, 1, MOST.channels);
    expectInteger(caller, "blocks of a stage of tail", stage.blocks, 1, MOST.blocks);
    expectInteger(caller, "stride of a stage of tail", stage.stride, 1, 2);
    stride *= stage.stride;
  }
  if (grid.some((size) => size * finer % stride !== 0)) {
    throw new RangeError(
      `${caller}: tail must have strides that divide the grid: got ${stride} in all on ${
        grid.map((size) => size * finer).join(" × ")
      } cells`,
    );
  }
}

/**
 * Runs a tail over a batch of maps; with gradients to its parameters. Call inside `tf.tidy`.
 *
 * @param cells f_I [B·h·w, C]
 * @param blocks The parameters by the block's number.
 * @returns [B·h·w, {@linkcode tailedChannels}]
 */
export function runTail(
  cells: tf.Tensor2D,
  config: TailConfig,
  blocks: Readonly<Record<string, BlockParameters>>,
  { batch, h, w }: CellGrid,
): tf.Tensor2D {
  const C = cells.shape[1], { reads, finer = 1 } = config;
  const [read, past] = tf.split(cells, [reads, C - reads], 1) as tf.Tensor2D[];
  let x = apart(read!, w, finer), rows = h * finer, columns = w * finer;
  const stages: tf.Tensor2D[] = [];
  blocksOf(config).forEach(({ stride, to, last }, i) => {
    const block = blocks[i]!, matrix = (name: string) => block[name] as tf.Tensor2D;
    const bias = (name: string) => block[name] as tf.Tensor1D;
    const wide = relu6(affine(x, matrix("expandWeight"), bias("expandBias"), { frozenInput: i === 0 }));
    const map = wide.reshape<tf.Tensor4D>([batch, rows, columns, wide.shape[1]]);
    const filtered = relu6(filterChannels(map, block.filterWeight as tf.Tensor4D, bias("filterBias"), stride));
    [rows, columns] = [rows / stride, columns / stride];
    const flat = filtered.reshape<tf.Tensor2D>([batch * rows * columns, wide.shape[1]]);
    const narrow = affine(flat, matrix("projectWeight"), bias("projectBias"));
    x = stride === 1 && x.shape[1] === to ? tf.add(x, narrow) : narrow;
    if (last) stages.push(brought(x, batch, [rows, columns], [h, w]));
  });
  return tf.concat([...stages, past!], 1);
}

/** The blocks one by one. */
function blocksOf({ reads, finer = 1, stages }: TailConfig) {
  let from = reads / finer ** 2;
  return stages.flatMap(({ channels, blocks, stride }) =>
    Array.from({ length: blocks }, (_, i) => {
      const block = { from, to: channels, stride: i === 0 ? stride : 1 as const, last: i === blocks - 1 };
      from = channels;
      return block;
    })
  );
}

/** The n × n cells within each cell on a grid of their own: [B·h·w, n²·C] → [B·n·h·n·w, C]. */
function apart(cells: tf.Tensor2D, w: number, n: number): tf.Tensor2D {
  if (n === 1) return cells;
  const [count, C] = [cells.shape[0] * n ** 2, cells.shape[1] / n ** 2];
  return cells.reshape([-1, w, n, n, C]).transpose([0, 2, 1, 3, 4]).reshape([count, C]);
}

type Size = readonly [h: number, w: number];

/** Cells on another grid: the mean of n × n where they are n times finer; where they are coarser bilinearly, x ↦ U·x for each map. */
function brought(x: tf.Tensor2D, batch: number, from: Size, to: Size): tf.Tensor2D {
  const C = x.shape[1], n = from[0] / to[0];
  if (n === 1) return x;
  if (n > 1) return x.reshape([batch * to[0], n, to[1], n, C]).mean([1, 3]).reshape([-1, C]);
  const U = upsampling(from, to);
  const finer = tf.customGrad((...args) => {
    const [maps, save] = args as unknown as [tf.Tensor3D, tf.GradSaveFunc];
    save([U]);
    return {
      value: times(U, maps),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => times(saved[0] as tf.Tensor3D, dy as tf.Tensor3D, true),
    };
  });
  return finer(x.reshape([batch, from[0] * from[1], C])).reshape([batch * to[0] * to[1], C]);
}

/** U [1, to cells, from cells]. */
function upsampling(from: Size, to: Size): tf.Tensor3D {
  const [down, across] = [shares(from[0], to[0]), shares(from[1], to[1])];
  const U = down.flatMap((row) => across.map((column) => row.flatMap((a) => column.map((b) => a * b))));
  return tf.tensor3d([U]);
}

/** What each of the fine cells takes from each coarse one, along one axis; beyond the border the last cell repeats. */
function shares(coarse: number, fine: number): number[][] {
  return Array.from({ length: fine }, (_, i) => {
    const at = Math.min(coarse - 1, Math.max(0, (i + 0.5) * coarse / fine - 0.5)), left = Math.floor(at);
    const row = new Array<number>(coarse).fill(0);
    row[left] = 1 - (at - left);
    if (left + 1 < coarse) row[left + 1] = at - left;
    return row;
  });
}
