/**
 * # The joints that move a vertex most
 *
 * ```
 * weights [V, 55] → k joints and weights a vertex, largest first, scaled to sum to 1
 * ```
 *
 * File formats and viewers want few joints a vertex. The embedded body has at most six a vertex, so six lose nothing; four
 * move single vertices by up to 20 mm.
 *
 * @module
 */
import { expectInteger } from "../tensor/options.ts";

/** The k largest weights of every row. */
export interface TopWeights {
  /** rows·k joint numbers, largest weight first; 0 where there are fewer. */
  readonly joints: Uint8Array;
  /** rows·k weights; each row sums to 1. */
  readonly weights: Float32Array;
}

/**
 * Keeps the k largest weights of every row.
 *
 * @param weights rows·width, at least 0, each row with something above it.
 * @param width How many joints there are, at most 256.
 * @param k How many to keep.
 * @throws {RangeError} if k is not between 1 and `width`.
 */
export function topWeights(weights: Float32Array, width: number, k: number): TopWeights {
  expectInteger("topWeights", "k", k, 1, width);
  const rows = weights.length / width;
  const kept = { joints: new Uint8Array(rows * k), weights: new Float32Array(rows * k) };
  for (let row = 0; row < rows; row++) {
    const values = weights.subarray(row * width, (row + 1) * width);
    const order = Array.from(values.keys()).filter((joint) => values[joint]! > 0)
      .sort((a, b) => values[b]! - values[a]! || a - b).slice(0, k);
    const sum = order.reduce((all, joint) => all + values[joint]!, 0);
    order.forEach((joint, i) => {
      kept.joints[row * k + i] = joint;
      kept.weights[row * k + i] = values[joint]! / sum;
    });
  }
  return kept;
}
