/**
 * # Tiles: which Gaussians touch which part of the picture, front to back
 *
 * The picture is cut into squares of 16×16 pixels, small enough to stay in the processor's nearest cache, and each gets
 * the list of Gaussians whose ellipse touches it, nearest first. Two stable sorts do it: all drawn Gaussians by depth
 * (radix sort on the bits of the float, which for positive numbers order as the numbers do), then, walked in that
 * order, into their tiles (counting sort). Gaussians of equal depth keep their order, so a picture is the same each time.
 *
 * @module
 */
import { type Ellipses, STATE } from "./projection.ts";
import type { PictureSize } from "./view.ts";

/** The side of a tile in pixels. */
export const TILE = 16;

/** Gaussians by tile. */
export interface Tiles {
  /** Tiles in a row. */
  readonly columns: number;
  /** Rows of tiles. */
  readonly rows: number;
  /** [columns·rows + 1]: tile t's Gaussians are `list[start[t]]` to `list[start[t + 1] − 1]`. */
  readonly start: Uint32Array;
  /** Indices of Gaussians, nearest first in each tile. */
  readonly list: Uint32Array;
}

/** Sorts the drawn Gaussians into tiles, front to back. */
export function sortIntoTiles(ellipses: Ellipses, { width, height }: PictureSize): Tiles {
  const columns = Math.ceil(width / TILE), rows = Math.ceil(height / TILE);
  const order = nearestFirst(ellipses);
  const start = new Uint32Array(columns * rows + 1);
  const { center, extent } = ellipses;
  const low = (i: number, axis: number) =>
    Math.max(0, Math.floor((center[2 * i + axis]! - extent[2 * i + axis]!) / TILE));
  const high = (i: number, axis: number, tiles: number) =>
    Math.min(tiles - 1, Math.floor((center[2 * i + axis]! + extent[2 * i + axis]!) / TILE));

  for (const i of order) {
    const left = low(i, 0), right = high(i, 0, columns), bottom = high(i, 1, rows);
    for (let row = low(i, 1); row <= bottom; row++) {
      for (let column = left; column <= right; column++) start[row * columns + column + 1]!++;
    }
  }
  for (let tile = 0; tile < columns * rows; tile++) start[tile + 1]! += start[tile]!; // counts → first places
  const next = start.slice(), list = new Uint32Array(start[columns * rows]!);
  for (const i of order) {
    const left = low(i, 0), right = high(i, 0, columns), bottom = high(i, 1, rows);
    for (let row = low(i, 1); row <= bottom; row++) {
      for (let column = left; column <= right; column++) list[next[row * columns + column]!++] = i;
    }
  }
  return { columns, rows, start, list };
}

const DIGIT = 11, BUCKETS = 1 << DIGIT; // 3 passes of 11 bits cover 32

/** Indices of the drawn Gaussians by depth. */
function nearestFirst({ state, depth }: Ellipses): Uint32Array {
  const key = new Uint32Array(depth.buffer, depth.byteOffset, depth.length);
  let order = Uint32Array.from(state.keys()).filter((i) => state[i] === STATE.drawn);
  for (let shift = 0; shift < 32; shift += DIGIT) {
    const next = new Uint32Array(BUCKETS + 1);
    for (const i of order) next[((key[i]! >>> shift) & (BUCKETS - 1)) + 1]!++;
    for (let bucket = 0; bucket < BUCKETS; bucket++) next[bucket + 1]! += next[bucket]!;
    const sorted = new Uint32Array(order.length);
    for (const i of order) sorted[next[(key[i]! >>> shift) & (BUCKETS - 1)]!++] = i;
    order = sorted;
  }
  return order;
}
