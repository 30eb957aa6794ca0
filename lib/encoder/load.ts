/**
 * # The encoders by name
 *
 * | name | f_I by default | pyramid | time on one wasm thread | knows |
 * |---|---|---|---|---|
 * | `dinov2-s` | 16 × 16 × 1,152 | rgb | 0.45 s | parts, silhouettes |
 * | `movenet-thunder` | 16 × 16 × 324 | s32, s4, s8, head, rgb | 0.5 s | key points, left from right |
 * | `dinov2-s+movenet-thunder` | 16 × 16 × 1,700 | s32, s4, s8, head, rgb | 0.95 s | both |
 *
 * All take the same crop and keep the same interface (`encoder.ts`), so a step that follows does not care which it is. A
 * larger DINOv2 comes in through `dinov2-s` with the option `weights`.
 *
 * @module
 */
import { expectInteger, expectOneOf, resolveOptions } from "../tensor/options.ts";
import { concatenateEncoders } from "./concatenation.ts";
import { type DinoV2Options, loadDinoV2 } from "./dinov2.ts";
import type { InspectableEncoder } from "./encoder.ts";
import { loadMoveNet, type MoveNetOptions } from "./movenet.ts";
import { LAST_BLOCKS } from "./movenet_network.ts";

export type { DinoV2Options, MoveNetOptions };

/** How the concatenation is made. */
export interface ConcatenationOptions {
  /** Rows and columns of f_I; those of DINOv2's own grid by default. */
  readonly grid?: number | undefined;
  /** DINOv2's options. */
  readonly dinov2?: DinoV2Options;
  /** MoveNet's options; its blocks are 12 and 15 by default, where the network ends. */
  readonly movenet?: MoveNetOptions;
}

/** The options of each encoder by name. */
export interface EncoderOptions {
  /** DINOv2, small, or a user's own. */
  "dinov2-s": DinoV2Options;
  /** MoveNet Thunder. */
  "movenet-thunder": MoveNetOptions;
  /** Both on one grid. */
  "dinov2-s+movenet-thunder": ConcatenationOptions;
}

/** The name of an encoder. */
export type EncoderName = keyof EncoderOptions;
/** All names. */
export const ENCODERS: readonly EncoderName[] = ["dinov2-s", "movenet-thunder", "dinov2-s+movenet-thunder"];

/**
 * Loads an encoder with its weights.
 *
 * @example
 * ```ts
 * import { loadEncoder } from "./load.ts";
 * import { useBackend } from "../tensor/backend.ts";
 * import * as tf from "@tensorflow/tfjs";
 *
 * await useBackend("wasm");
 * const encoder = await loadEncoder("dinov2-s", { blocks: [9] });
 * const { features } = await encoder.encode(tf.zeros([512, 512, 3]));
 * console.log(features.map.shape); // [16, 16, 384]
 * ```
 *
 * @returns the encoder; `dispose()` frees its weights.
 * @throws {RangeError} if the name is unknown or an option out of range.
 * @throws {TypeError} if an option is unknown or the weights are of another network.
 */
export async function loadEncoder<N extends EncoderName>(
  name: N,
  options?: EncoderOptions[N],
): Promise<InspectableEncoder> {
  const known: EncoderName = expectOneOf("loadEncoder", "name", name, ENCODERS);
  switch (known) {
    case "dinov2-s":
      return await loadDinoV2(known, options as DinoV2Options | undefined);
    case "movenet-thunder":
      return await loadMoveNet(known, options as MoveNetOptions | undefined);
    case "dinov2-s+movenet-thunder":
      return await loadBoth(known, options as ConcatenationOptions | undefined);
  }
}

async function loadBoth(name: string, options?: ConcatenationOptions): Promise<InspectableEncoder> {
  const { grid, dinov2, movenet } = resolveOptions<Required<ConcatenationOptions>>(
    "loadEncoder",
    { grid: undefined, dinov2: {}, movenet: {} },
    options,
  );
  if (grid !== undefined) expectInteger("loadEncoder", "grid", grid, 1, 128);
  const parts = [await loadDinoV2("dinov2-s", dinov2)];
  try {
    const cells = grid ?? parts[0]!.grid[0];
    parts.push(await loadMoveNet("movenet-thunder", { grid: cells, blocks: LAST_BLOCKS, ...movenet })); // there is no tail here
    return concatenateEncoders(name, parts, cells);
  } catch (error) {
    parts.forEach((part) => part.dispose());
    throw error;
  }
}
