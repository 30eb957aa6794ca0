/**
 * # Pairs of Gaussian and tile
 *
 * ```
 * emit:     for each Gaussian of the round, nearest first, for each tile it touches: (tile, pair)
 * sort by tile, stably
 * resolve:  sorted (tile, pair) → Gaussian; begin and end of each tile
 * ```
 *
 * A pair's number is its place before the sort, so a Gaussian's pairs are neighbours: the gradient writes there, and
 * {@linkcode GATHER} sums them in that order.
 *
 * @module
 */
import type { Shader } from "./passes.ts";
import { FIRST_WGSL, STEP_WGSL } from "./prefix_sum.ts";
import { VIEW_WGSL } from "./view_uniform.ts";

/** Numbers that the gradient has for each pair: ∂p (2), ∂Σ' (3), ∂z, ∂opacity, ∂colour (3). */
export const PAIR_NUMBERS = 10;

/** WGSL: a loop of n turns written out, where turns are dear (see `GAUSSIANS` in `rounds.ts`). */
export function unrolled(n: number, line: (i: number) => string): string {
  return Array.from({ length: n }, (_, i) => line(i)).join(" ");
}

/** Writes a round's pairs: tile, own number, and which Gaussian (by depth) it belongs to. */
export const EMIT: Shader = {
  name: "emit pairs",
  code: VIEW_WGSL + STEP_WGSL + /* wgsl */ `
@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read> plan: array<vec4u>;
@group(0) @binding(3) var<storage, read> records: array<vec4f>;
@group(0) @binding(4) var<storage, read> order: array<u32>;
@group(0) @binding(5) var<storage, read> first: array<u32>;
@group(0) @binding(6) var<storage, read> blocks: array<u32>;
@group(0) @binding(7) var<storage, read_write> keys: array<u32>;
@group(0) @binding(8) var<storage, read_write> values: array<u32>;
@group(0) @binding(9) var<storage, read_write> owners: array<u32>;
${FIRST_WGSL}
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let round = plan[step.slot];
  let j = round.x + id.x;
  if (j >= round.y || firstOf(j + 1u) == firstOf(j)) { return; } // past the round, or not drawn
  let box = tileBox(records[4u * order[j]], view);
  var pair = firstOf(j) - round.z;
  for (var row = box.y; row <= box.w; row++) {
    for (var column = box.x; column <= box.z; column++) {
      keys[pair] = u32(row) * view.columns + u32(column);
      values[pair] = pair;
      owners[pair] = j;
      pair++;
    }
  }
}`,
};

/** From sorted pairs to (Gaussian, its place by depth, pair), and where each tile's pairs begin and end. */
export const RESOLVE: Shader = {
  name: "resolve pairs",
  code: STEP_WGSL + /* wgsl */ `
@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> plan: array<vec4u>;
@group(0) @binding(2) var<storage, read> keys: array<u32>;
@group(0) @binding(3) var<storage, read> values: array<u32>;
@group(0) @binding(4) var<storage, read> owners: array<u32>;
@group(0) @binding(5) var<storage, read> order: array<u32>;
@group(0) @binding(6) var<storage, read_write> list: array<vec4u>;
@group(0) @binding(7) var<storage, read_write> ranges: array<vec2u>;

@compute @workgroup_size(256) fn main(@builtin(global_invocation_id) id: vec3u) {
  let s = id.x;
  let pairs = plan[step.slot].w;
  if (s >= pairs) { return; }
  let tile = keys[s];
  let j = owners[values[s]];
  list[s] = vec4u(order[j], j, values[s], tile);
  if (s == 0u || keys[max(s, 1u) - 1u] != tile) { ranges[tile].x = s; }
  if (s + 1u == pairs || keys[min(s + 1u, pairs - 1u)] != tile) { ranges[tile].y = s + 1u; }
}`,
};

/** Sums each Gaussian's pairs of a round; (∂p, ∂z, 1) and (∂Σ', –) go on to the projection's gradient. */
export const GATHER: Shader = {
  name: "gather gradient",
  code: STEP_WGSL + /* wgsl */ `
@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> plan: array<vec4u>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> first: array<u32>;
@group(0) @binding(4) var<storage, read> blocks: array<u32>;
@group(0) @binding(5) var<storage, read> slots: array<f32>;
@group(0) @binding(6) var<storage, read_write> ellipses: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> opacity: array<f32>;
@group(0) @binding(8) var<storage, read_write> colors: array<f32>;
${FIRST_WGSL}
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let round = plan[step.slot];
  let j = round.x + id.x;
  if (j >= round.y) { return; }
  let end = firstOf(j + 1u) - round.z;
  let start = firstOf(j) - round.z;
  if (start == end) { return; }
  var sum: array<f32, ${PAIR_NUMBERS}>;
  for (var pair = start; pair < end; pair++) {
    let origin = ${PAIR_NUMBERS}u * pair;
    ${unrolled(PAIR_NUMBERS, (c) => `sum[${c}] += slots[origin + ${c}u];`)}
  }
  let i = order[j];
  ellipses[2u * i] = vec4f(sum[0], sum[1], sum[5], 1.0);
  ellipses[2u * i + 1u] = vec4f(sum[2], sum[3], sum[4], 0.0);
  opacity[i] = sum[6];
  for (var c = 0u; c < 3u; c++) { colors[3u * i + c] = sum[7u + c]; }
}`,
};
