/**
 * # Rounds: any number of Gaussians a tile in bounded memory
 *
 * How many (Gaussian, tile) pairs there are only the device knows, and asking it would make rendering asynchronous. So
 * memory is fixed beforehand and the work is cut on the device. With the Gaussians sorted by depth and c_j the tiles that
 * the j-th touches,
 *
 * ```
 * first_j = Σ_{i<j} c_i                    exclusive prefix sum
 * round(j) = ⌊(first_j + w·j) / pairs⌋     a round holds fewer than pairs + tiles pairs of at most pairs/w Gaussians
 * ```
 *
 * Rounds are painted one after another, nearest first, onto pixels that remember where they stand. As many rounds are
 * recorded as the worst case needs (every Gaussian in every tile); those that turn out empty start no workgroup, because
 * the device counts the workgroups itself.
 *
 * Within a round pairs are written in depth order and then sorted by tile, stably: each tile gets its Gaussians nearest
 * first.
 *
 * @module
 */
import type { Groups, Passes, Shader } from "./passes.ts";
import type { PictureSize } from "../view.ts";
import { EMIT, PAIR_NUMBERS, RESOLVE } from "./pairs.ts";
import { BLOCK, FIRST_WGSL, SCAN, TALLY } from "./prefix_sum.ts";
import { histogramBytes, radixSort } from "./radix_sort.ts";
import { tileGrid, VIEW_WGSL } from "./view_uniform.ts";

/** Pairs of Gaussian and tile that a round has room for. */
export const PAIRS = 1 << 20;

/**
 * Gaussians in a round, and so in a tile of it, at most. It bounds how long a shader loops: drivers stop what takes long, and
 * Mesa's software driver silently leaves a shader's loops after 65,535 turns.
 */
export const GAUSSIANS = 1 << 15;

/** Slots of the plan: how many Gaussians, how many and one, then one for each round. */
export const SLOT = { gaussians: 0, prefix: 1, rounds: 2 } as const;
/** Bytes of workgroup counts a round: emit, sort, resolve and paint, three numbers each. */
const COUNTS_BYTES = 48;

/** plan[2 + r] = (first j, end j, first pair, pairs) of round r, and its workgroup counts. */
export const PLAN: Shader = {
  name: "plan rounds",
  code: VIEW_WGSL + /* wgsl */ `
@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> first: array<u32>;
@group(0) @binding(2) var<storage, read> blocks: array<u32>;
@group(0) @binding(3) var<storage, read_write> plan: array<vec4u>;
@group(0) @binding(4) var<storage, read_write> counts: array<u32>;
${FIRST_WGSL}
// The first j with first_j + w·j >= bound, at most count.
fn lowerBound(bound: u32) -> u32 {
  var low = 0u;
  var high = view.count;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (firstOf(middle) + view.perGaussian * middle < bound) { low = middle + 1u; } else { high = middle; }
  }
  return low;
}

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let r = id.x;
  if (r >= view.rounds) { return; }
  let start = lowerBound(r * view.pairs);
  var end = view.count;
  if (r + 1u < view.rounds) { end = lowerBound((r + 1u) * view.pairs); }
  let base = firstOf(start);
  let pairs = firstOf(end) - base;
  plan[2u + r] = vec4u(start, end, base, pairs);
  let painted = min(pairs, 1u);
  var groups = array<u32, 12>(
    (end - start + 63u) / 64u, painted, 1u,
    (pairs + ${BLOCK - 1}u) / ${BLOCK}u, 1u, 1u,
    (pairs + 255u) / 256u, 1u, 1u,
    view.columns * painted, view.rows, 1u,
  );
  for (var k = 0u; k < 12u; k++) { counts[12u * r + k] = groups[k]; }
}`,
};

/** How many pairs a round holds, and how many rounds the worst case has. */
export interface RoundSizes {
  /** Pairs a round, but for the tiles of its last Gaussian. */
  readonly pairs: number;
  /** w: so many pairs each Gaussian counts beside its own, which bounds a round's Gaussians. */
  readonly perGaussian: number;
  /** Rounds recorded. */
  readonly rounds: number;
  /** Tiles of the picture: the most pairs a Gaussian can have. */
  readonly tiles: number;
}

/**
 * How the pairs are cut into rounds.
 *
 * @param count Gaussians.
 * @param view The picture's size.
 * @param limit The device's largest storage binding in bytes.
 * @param pairs Pairs a round at most, but for the tiles of its last Gaussian; by default what {@linkcode PAIRS} leaves.
 * @throws {RangeError} if Gaussians or pixels are too many for the device, saying the bound.
 */
export function roundSizes(count: number, view: PictureSize, limit: number, pairs?: number): RoundSizes {
  const { columns, rows } = tileGrid(view), tiles = columns * rows, most = count * tiles;
  const gaussians = Math.min(Math.floor(limit / 64), 64 * 65535); // a record's bytes; threads of one dispatch
  const pixels = Math.floor(limit / 16);
  const rest = "choose the wasm backend, fewer Gaussians or a smaller picture";
  if (count > gaussians) {
    throw new RangeError(
      `GaussianSplat on webgpu: ${count} Gaussians, but this device's buffers hold ${gaussians}: ${rest}`,
    );
  }
  if (view.width * view.height > pixels) {
    throw new RangeError(
      `GaussianSplat on webgpu: ${view.width}×${view.height} pixels, but this device's buffers hold ${pixels}: ${rest}`,
    );
  }
  const fits = Math.floor(limit / (4 * PAIR_NUMBERS)) - tiles; // the gradient's numbers are the largest buffer
  const round = Math.max(1, Math.min(pairs ?? PAIRS - tiles, most, fits));
  const perGaussian = count > GAUSSIANS ? Math.ceil(round / GAUSSIANS) : 0, total = most + count * perGaussian;
  if (total >= 2 ** 32) {
    throw new RangeError(
      `GaussianSplat on webgpu: ${count} Gaussians times ${tiles} tiles of 16×16 pixels is ${most}, but pairs are counted in ` +
        `32 bits, up to about ${2 ** 32}: ${rest}`,
    );
  }
  return { pairs: round, perGaussian, rounds: Math.max(1, Math.ceil(total / round)), tiles };
}

/** Gaussians by depth and where their pairs begin; what a round writes lies beside them. */
export interface Plan {
  /** vec4u a slot, see {@linkcode SLOT}. */
  readonly plan: GPUBuffer;
  /** [n]: Gaussians, nearest first; those not drawn last. */
  readonly order: GPUBuffer;
  /** [n + 1] */
  readonly first: GPUBuffer;
  /** [⌈(n + 1)/1024⌉] */
  readonly blocks: GPUBuffer;
  /** [pairs] vec4u: Gaussian, its place by depth, pair, tile; by tile. */
  readonly list: GPUBuffer;
  /** [tiles] vec2u: where a tile's part of `list` begins and ends. */
  readonly ranges: GPUBuffer;
  /** How many workgroups a shader needs in a round. */
  groups(round: number, shader: "emit" | "sort" | "resolve" | "paint"): Groups;
  /** Fills `list` and `ranges` with a round's pairs. */
  fill(round: number): void;
}

/** Sorts the Gaussians by depth and cuts their pairs into rounds. */
export function planRounds(
  passes: Passes,
  { view, count, sizes: { pairs, rounds, tiles }, records, keys, indices }: {
    readonly view: GPUBuffer;
    readonly count: number;
    readonly sizes: RoundSizes;
    readonly records: GPUBuffer;
    readonly keys: GPUBuffer;
    readonly indices: GPUBuffer;
  },
): Plan {
  const capacity = pairs + tiles, words = (length: number) => passes.storage(4 * length);
  const plan = passes.storage(16 * (SLOT.rounds + rounds)), counts = passes.storage(COUNTS_BYTES * rounds);
  passes.write(plan, Uint32Array.of(0, 0, 0, count, 0, 0, 0, count + 1));
  const histogram = passes.storage(histogramBytes(Math.max(count, capacity)));
  const groupsOf = (length: number) => [Math.ceil(length / BLOCK)] as const;

  const byDepth = { keys, values: indices, keysSpare: words(count), valuesSpare: words(count) };
  const { values: order } = radixSort(passes, byDepth, 32, {
    plan,
    slot: SLOT.gaussians,
    histogram,
    blocks: groupsOf(count),
  });
  const first = words(count + 1), blocks = words(groupsOf(count + 1)[0]);
  passes.run(TALLY, [view, records, order, first, blocks], groupsOf(count + 1));
  passes.run(SCAN, [passes.uniform(Uint32Array.of(SLOT.prefix, 0, 1, 0)), plan, blocks], [1]);
  passes.run(PLAN, [view, first, blocks, plan, counts], [Math.ceil(rounds / 64)]);

  const list = passes.storage(16 * capacity), ranges = passes.storage(8 * tiles), owners = words(capacity);
  const byTile = {
    keys: words(capacity),
    values: words(capacity),
    keysSpare: words(capacity),
    valuesSpare: words(capacity),
  };
  const bits = Math.max(1, Math.ceil(Math.log2(tiles)));
  const groups: Plan["groups"] = (round, shader) => ({
    counts,
    offset: COUNTS_BYTES * round + 12 * ["emit", "sort", "resolve", "paint"].indexOf(shader),
  });
  const fill = (round: number) => {
    const slot = SLOT.rounds + round, step = passes.uniform(Uint32Array.of(slot, 0, 0, 0));
    passes.clear(ranges);
    const emitted = [view, step, plan, records, order, first, blocks, byTile.keys, byTile.values, owners];
    passes.run(EMIT, emitted, groups(round, "emit"));
    const sorted = radixSort(passes, byTile, bits, { plan, slot, histogram, blocks: groups(round, "sort") });
    passes.run(
      RESOLVE,
      [step, plan, sorted.keys, sorted.values, owners, order, list, ranges],
      groups(round, "resolve"),
    );
  };
  return { plan, order, first, blocks, list, ranges, groups, fill };
}
