/**
 * # Prefix sums
 *
 * ```
 * before_i = Σ_{k<i} x_k
 * ```
 *
 * in two levels: inside blocks of 1024 by a workgroup each ({@linkcode TALLY}), then over the blocks' sums by one
 * workgroup ({@linkcode SCAN}). Inside a workgroup the reach of each thread's sum doubles from step to step (Hillis and
 * Steele, *Data parallel algorithms*, 1986). Sums of integers do not depend on the order.
 *
 * How many elements there are is read from `plan[slot].w`, which an earlier pass may have written (`rounds.ts`).
 *
 * @module
 */
import type { Shader } from "./passes.ts";
import { VIEW_WGSL } from "./view_uniform.ts";

/** Elements in a block. */
export const BLOCK = 1024;

/** WGSL: which slot of the plan, which digit, and how many numbers a block has in {@linkcode SCAN}. */
export const STEP_WGSL = /* wgsl */ `
struct Step { slot: u32, shift: u32, perBlock: u32, unused: u32 }
`;

/** WGSL: the first two bindings of a shader that reads its length from the plan. */
export const STEP_BINDINGS_WGSL = /* wgsl */ `
@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> plan: array<vec4u>;
`;

/** WGSL: the sum of the numbers of the threads before thread t of 256; all of them must call it. */
const SUM_BEFORE_WGSL = /* wgsl */ `
var<workgroup> sums: array<u32, 256>;

fn sumBefore(t: u32, own: u32) -> u32 {
  sums[t] = own;
  workgroupBarrier();
  for (var reach = 1u; reach < 256u; reach *= 2u) { // inclusive, doubling the reach (Hillis and Steele)
    var more = 0u;
    if (t >= reach) { more = sums[t - reach]; }
    workgroupBarrier();
    sums[t] += more;
    workgroupBarrier();
  }
  return sums[t] - own;
}
`;

/** Exclusive prefix sum in place of `perBlock` numbers for each block, by one workgroup. */
export const SCAN: Shader = {
  name: "exclusive scan",
  code: STEP_WGSL + STEP_BINDINGS_WGSL + /* wgsl */ `
@group(0) @binding(2) var<storage, read_write> numbers: array<u32>;
${SUM_BEFORE_WGSL}
@compute @workgroup_size(256) fn main(@builtin(local_invocation_index) t: u32) {
  let length = step.perBlock * ((plan[step.slot].w + ${BLOCK - 1}u) / ${BLOCK}u);
  let each = (length + 255u) / 256u;
  let first = min(t * each, length);
  let end = min(first + each, length);
  var sum = 0u;
  for (var i = first; i < end; i++) { sum += numbers[i]; }
  var before = sumBefore(t, sum);
  for (var i = first; i < end; i++) {
    let number = numbers[i];
    numbers[i] = before;
    before += number;
  }
}`,
};

/** `first`: the tiles that nearer Gaussians of the same block touch; `blocks`: each block's sum. */
export const TALLY: Shader = {
  name: "tally tiles",
  code: VIEW_WGSL + /* wgsl */ `
@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> records: array<vec4f>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read_write> first: array<u32>;
@group(0) @binding(4) var<storage, read_write> blocks: array<u32>;
${SUM_BEFORE_WGSL}
fn touched(j: u32) -> u32 {
  if (j >= view.count) { return 0u; }
  return u32(records[4u * order[j] + 3u].y);
}

@compute @workgroup_size(256) fn main(@builtin(local_invocation_index) t: u32, @builtin(workgroup_id) group: vec3u) {
  let start = group.x * ${BLOCK}u + 4u * t;
  var sum = 0u;
  for (var e = 0u; e < 4u; e++) { sum += touched(start + e); }
  var before = sumBefore(t, sum);
  for (var e = 0u; e < 4u; e++) {
    if (start + e <= view.count) { first[start + e] = before; }
    before += touched(start + e);
  }
  if (t == 255u) { blocks[group.x] = before; }
}`,
};

/** WGSL: first_j from the two levels of prefix sums. */
export const FIRST_WGSL = /* wgsl */ `
fn firstOf(j: u32) -> u32 { return first[j] + blocks[j / ${BLOCK}u]; }
`;
