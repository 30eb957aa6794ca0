/**
 * # A stable radix sort of any length
 *
 * ```
 * for each digit of 4 bits, lowest first:
 *   histogram[digit][block] = how often a block of 1024 has the digit
 *   place[digit][block]     = exclusive sum over (digit, block)
 *   out[place[digit(x)][block(x)] + rank of x among its block's equal digits] = x
 * ```
 *
 * Each pass keeps the order of equal digits, because a block's threads own neighbouring elements and ranks come from a
 * prefix sum rather than from atomics: the result is the same every time. Sixteen counters of a thread share eight
 * words, two of 16 bits each.
 *
 * Source: Satish, Harris, Garland, *Designing efficient sorting algorithms for manycore GPUs*, 2009.
 *
 * @module
 */
import type { Groups, Passes, Shader } from "./passes.ts";
import { BLOCK, SCAN, STEP_BINDINGS_WGSL, STEP_WGSL } from "./prefix_sum.ts";

const DIGIT_BITS = 4;

/** How often a block has each digit. */
export const HISTOGRAM: Shader = {
  name: "radix histogram",
  code: STEP_WGSL + STEP_BINDINGS_WGSL + /* wgsl */ `
@group(0) @binding(2) var<storage, read> keys: array<u32>;
@group(0) @binding(3) var<storage, read_write> histogram: array<u32>;
var<workgroup> tally: array<atomic<u32>, 16>;

@compute @workgroup_size(256) fn main(@builtin(local_invocation_index) t: u32, @builtin(workgroup_id) group: vec3u) {
  let count = plan[step.slot].w;
  for (var e = 0u; e < 4u; e++) {
    let i = group.x * ${BLOCK}u + e * 256u + t;
    if (i < count) { atomicAdd(&tally[(keys[i] >> step.shift) & 15u], 1u); }
  }
  workgroupBarrier();
  let blocks = (count + ${BLOCK - 1}u) / ${BLOCK}u;
  if (t < 16u) { histogram[t * blocks + group.x] = atomicLoad(&tally[t]); }
}`,
};

/** Writes a block's elements to their places. */
export const SCATTER: Shader = {
  name: "radix scatter",
  code: STEP_WGSL + STEP_BINDINGS_WGSL + /* wgsl */ `
@group(0) @binding(2) var<storage, read> places: array<u32>;
@group(0) @binding(3) var<storage, read> keysIn: array<u32>;
@group(0) @binding(4) var<storage, read> valuesIn: array<u32>;
@group(0) @binding(5) var<storage, read_write> keysOut: array<u32>;
@group(0) @binding(6) var<storage, read_write> valuesOut: array<u32>;
var<workgroup> counters: array<u32, 2048>; // [8][256]: word w holds digits w and w + 8 of a thread

@compute @workgroup_size(256) fn main(@builtin(local_invocation_index) t: u32, @builtin(workgroup_id) group: vec3u) {
  let count = plan[step.slot].w;
  let blocks = (count + ${BLOCK - 1}u) / ${BLOCK}u;
  let first = group.x * ${BLOCK}u + 4u * t;
  var place: array<u32, 4>; // digit, then rank among the thread's own equal digits from bit 8 on
  for (var e = 0u; e < 4u; e++) {
    if (first + e >= count) { continue; }
    let digit = (keysIn[first + e] >> step.shift) & 15u;
    let half = 16u * (digit >> 3u);
    let word = (digit & 7u) * 256u + t;
    place[e] = digit | (((counters[word] >> half) & 0xffffu) << 8u);
    counters[word] += 1u << half;
  }
  workgroupBarrier();
  for (var reach = 1u; reach < 256u; reach *= 2u) {
    var more = array<u32, 8>(); // naga zeroes a variable without initialiser only once, not in every turn
    for (var w = 0u; w < 8u; w++) { if (t >= reach) { more[w] = counters[w * 256u + t - reach]; } }
    workgroupBarrier();
    for (var w = 0u; w < 8u; w++) { counters[w * 256u + t] += more[w]; }
    workgroupBarrier();
  }
  for (var e = 0u; e < 4u; e++) {
    if (first + e >= count) { continue; }
    let digit = place[e] & 15u;
    var before = 0u;
    if (t > 0u) { before = (counters[(digit & 7u) * 256u + t - 1u] >> (16u * (digit >> 3u))) & 0xffffu; }
    let to = places[digit * blocks + group.x] + before + (place[e] >> 8u);
    keysOut[to] = keysIn[first + e];
    valuesOut[to] = valuesIn[first + e];
  }
}`,
};

/** Keys with a value each, and a second pair of buffers to sort into. */
export interface Sortable {
  /** u32 */
  keys: GPUBuffer;
  /** u32 */
  values: GPUBuffer;
  /** Scratch as long as `keys`. */
  keysSpare: GPUBuffer;
  /** Scratch as long as `values`. */
  valuesSpare: GPUBuffer;
}

/** Bytes of the histogram of so many elements. */
export function histogramBytes(count: number): number {
  return 4 * 16 * Math.max(1, Math.ceil(count / BLOCK));
}

/**
 * Sorts `plan[slot].w` elements by the lowest bits of their keys, `bits` rounded up to whole digits; the result lies in
 * the returned `keys` and `values`.
 *
 * @param blocks How many blocks of 1024 there are.
 */
export function radixSort(
  passes: Passes,
  sortable: Sortable,
  bits: number,
  { plan, slot, histogram, blocks }: {
    readonly plan: GPUBuffer;
    readonly slot: number;
    readonly histogram: GPUBuffer;
    readonly blocks: Groups;
  },
): Sortable {
  let { keys, values, keysSpare, valuesSpare } = sortable;
  for (let shift = 0; shift < bits; shift += DIGIT_BITS) {
    const step = passes.uniform(Uint32Array.of(slot, shift, 16, 0));
    passes.run(HISTOGRAM, [step, plan, keys, histogram], blocks);
    passes.run(SCAN, [step, plan, histogram], [1]);
    passes.run(SCATTER, [step, plan, histogram, keys, values, keysSpare, valuesSpare], blocks);
    [keys, values, keysSpare, valuesSpare] = [keysSpare, valuesSpare, keys, values];
  }
  return { keys, values, keysSpare, valuesSpare };
}
