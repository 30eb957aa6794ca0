/**
 * # The gradient of painting
 *
 * Backwards, farthest first, each pixel carries T and what lies behind, S = Σ_{k>i} w_k·(g·c_k) + T_end·(g·background − ġ),
 * with w = T·α, g and ġ the gradients of the colour and of the coverage:
 *
 * ```
 * ∂L/∂c_i = w_i·g                 ∂L/∂z_i = w_i·g_N
 * ∂L/∂α_i = T_i·(g·c_i + g_N·z_i) − S/(1 − α_i)
 * ∂L/∂opacity = e^{−q/2}·∂L/∂α    q = dᵀ·Σ'⁻¹·d    r = Σ'⁻¹·d
 * ∂L/∂p = α·∂L/∂α·r               ∂L/∂Σ' = ½·α·∂L/∂α·(r_x², 2·r_x·r_y, r_y²)     xx, xy, yy
 * ```
 *
 * depth = N/(1 − T_end) gives g_N = g_depth/(1 − T_end) and adds −g_depth·N/(1 − T_end)² to ġ. Where α is cut at 0.999 it
 * passes nothing on; which pixels a Gaussian reaches is held fixed.
 *
 * There are no atomic floats, and no order left to chance: each pair of Gaussian and tile has ten numbers of its own, the
 * sums over the tile's 256 pixels in a fixed order. `pairs.ts` sums them.
 *
 * @module
 */
import type { Shader } from "./passes.ts";
import { ELLIPSE_WGSL } from "./paint.ts";
import { PAIR_NUMBERS } from "./pairs.ts";
import { TILE } from "../tiles.ts";
import { VIEW_WGSL } from "./view_uniform.ts";

/** Threads of a tile, and Gaussians in shared memory at a time. */
const THREADS = 64;
/** Pixels of a thread, one below the other. */
const ROWS = TILE * TILE / THREADS;
/** Gaussians between two barriers; with four, 16 KiB of shared memory are enough. */
const AT_ONCE = 4;

/** What each pixel starts with: g and g_N, T_end and S. */
export const SEED: Shader = {
  name: "seed gradient",
  code: VIEW_WGSL + /* wgsl */ `
@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> imageGradient: array<vec4f>;
@group(0) @binding(2) var<storage, read> depthGradient: array<f32>;
@group(0) @binding(3) var<storage, read> sums: array<vec4f>;
@group(0) @binding(4) var<storage, read> light: array<f32>;
@group(0) @binding(5) var<storage, read_write> seeds: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> states: array<vec2f>;

@compute @workgroup_size(${TILE}, ${TILE}) fn main(@builtin(global_invocation_id) at: vec3u) {
  if (at.x >= view.width || at.y >= view.height) { return; }
  let place = at.y * view.width + at.x;
  let g = imageGradient[place];
  let T = light[place];
  let coverage = 1.0 - T;
  var depth = 0.0;
  var covered = g.w;
  if (coverage > 0.0) {
    depth = depthGradient[place] / coverage;
    covered -= depth * sums[place].w / coverage;
  }
  seeds[place] = vec4f(g.xyz, depth);
  states[place] = vec2f(T, T * (dot(g.xyz, view.background.xyz) - covered));
}`,
};

/** The ten numbers of each pair of a round. A thread has four pixels of a column, so that barriers are few. */
export const PAINT_GRADIENT: Shader = {
  name: "gradient of painting",
  code: VIEW_WGSL + ELLIPSE_WGSL + /* wgsl */ `
@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> records: array<vec4f>;
@group(0) @binding(2) var<storage, read> list: array<vec4u>;
@group(0) @binding(3) var<storage, read> ranges: array<vec2u>;
@group(0) @binding(4) var<storage, read> last: array<u32>;
@group(0) @binding(5) var<storage, read> seeds: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> states: array<vec2f>; // T, S
@group(0) @binding(7) var<storage, read_write> slots: array<f32>;
const NUMBERS = ${PAIR_NUMBERS}u;
const AT_ONCE = ${AT_ONCE}u;
var<workgroup> centers: array<vec4f, ${THREADS}>; // p, depth, place by depth (bits)
var<workgroup> shapes: array<vec4f, ${THREADS}>;
var<workgroup> paints: array<vec4f, ${THREADS}>;
var<workgroup> pairs: array<u32, ${THREADS}>;
var<workgroup> parts: array<f32, ${
    AT_ONCE * PAIR_NUMBERS * (THREADS + 1)
  }>; // [4][10][64]; 65 apart, in different banks
var<workgroup> farthest: atomic<u32>;
var<workgroup> reached: atomic<u32>;
var<workgroup> painted: u32;

@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) t: u32, @builtin(workgroup_id) group: vec3u) {
  let range = ranges[group.y * view.columns + group.x];
  let corner = vec2u(${TILE}u * group.x + t % ${TILE}u, ${TILE}u * group.y + ${ROWS}u * (t / ${TILE}u));
  var mine: array<u32, ${ROWS}>; // 1 + place by depth of the last Gaussian that the pixel shows
  var g: array<vec4f, ${ROWS}>;
  var state: array<vec2f, ${ROWS}>;
  for (var r = 0u; r < ${ROWS}u; r++) {
    let place = (corner.y + r) * view.width + corner.x;
    if (corner.x < view.width && corner.y + r < view.height) {
      mine[r] = last[place] & ~ENDED;
      g[r] = seeds[place];
      state[r] = states[place];
      atomicMax(&farthest, mine[r]);
    }
  }

  var end = range.y;
  while (end > range.x) {
    let some = min(${THREADS}u, end - range.x);
    let start = end - some;
    if (t == 0u) { atomicStore(&reached, 0u); }
    workgroupBarrier();
    if (t < some) {
      let entry = list[start + t];
      centers[t] = vec4f(records[4u * entry.x].xy, records[4u * entry.x + 3u].x, bitcast<f32>(entry.y));
      shapes[t] = records[4u * entry.x + 1u];
      paints[t] = records[4u * entry.x + 2u];
      pairs[t] = entry.z;
      if (entry.y < atomicLoad(&farthest)) { atomicAdd(&reached, 1u); } else {
        for (var c = 0u; c < NUMBERS; c++) { slots[NUMBERS * entry.z + c] = 0.0; }
      }
    }
    workgroupBarrier();
    if (t == 0u) { painted = atomicLoad(&reached); }
    var left = workgroupUniformLoad(&painted); // those that some pixel shows come first
    while (left > 0u) {
      let now = min(left, AT_ONCE);
      for (var k = 1u; k <= now; k++) {
        let i = left - k;
        var part = array<f32, ${PAIR_NUMBERS}>(); // zeroed in every turn only because it says so
        for (var r = 0u; r < ${ROWS}u; r++) {
          let center = centers[i];
          let shape = shapes[i];
          let d = vec2f(corner + vec2u(0u, r)) + 0.5 - center.xy;
          let exponent = exponentOf(shape, d);
          if (bitcast<u32>(center.w) >= mine[r] || exponent > shape.w) { continue; }
          let paint = paints[i];
          let fall = exp(-0.5 * exponent);
          let free = paint.x * fall;
          if (free < ALPHA_MIN) { continue; }
          let alpha = min(ALPHA_MAX, free);
          let through = 1.0 / (1.0 - alpha);
          let T = state[r].x * through;
          let weight = T * alpha;
          let value = dot(g[r], vec4f(paint.yzw, center.z));
          let slope = T * value - state[r].y * through; // ∂L/∂α
          state[r] = vec2f(T, state[r].y + weight * value);
          part[5] += weight * g[r].w;
          part[7] += weight * g[r].x;
          part[8] += weight * g[r].y;
          part[9] += weight * g[r].z;
          if (free > ALPHA_MAX) { continue; }
          let pull = pullOf(shape, d);
          let push = alpha * slope;
          part[0] += push * pull.x;
          part[1] += push * pull.y;
          part[2] += 0.5 * push * pull.x * pull.x;
          part[3] += push * pull.x * pull.y;
          part[4] += 0.5 * push * pull.y * pull.y;
          part[6] += fall * slope;
        }
        for (var c = 0u; c < NUMBERS; c++) { parts[((k - 1u) * NUMBERS + c) * ${THREADS + 1}u + t] = part[c]; }
      }
      workgroupBarrier();
      if (t < now * NUMBERS) {
        var sum = 0.0;
        for (var p = 0u; p < ${THREADS}u; p++) { sum += parts[t * ${THREADS + 1}u + p]; }
        slots[NUMBERS * pairs[left - 1u - t / NUMBERS] + t % NUMBERS] = sum;
      }
      workgroupBarrier();
      left -= now;
    }
    end = start;
  }
  for (var r = 0u; r < ${ROWS}u; r++) {
    let place = (corner.y + r) * view.width + corner.x;
    if (corner.x < view.width && corner.y + r < view.height) { states[place] = state[r]; }
  }
}`,
};
