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

/** Gaussians in shared memory at a time, so that 16 KiB are enough. */
const BATCH = 64;

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

/** The ten numbers of each pair of a round. */
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
var<workgroup> centers: array<vec4f, ${BATCH}>; // p, depth, place by depth (bits)
var<workgroup> shapes: array<vec4f, ${BATCH}>;
var<workgroup> paints: array<vec4f, ${BATCH}>;
var<workgroup> pairs: array<u32, ${BATCH}>;
var<workgroup> parts: array<f32, ${256 * PAIR_NUMBERS}>;   // [10][256 pixels]
var<workgroup> rows: array<f32, ${16 * PAIR_NUMBERS}>;     // [10][16]
var<workgroup> farthest: atomic<u32>;
var<workgroup> reached: atomic<u32>;
var<workgroup> painted: u32;

@compute @workgroup_size(${TILE}, ${TILE})
fn main(@builtin(local_invocation_index) t: u32, @builtin(workgroup_id) group: vec3u, @builtin(global_invocation_id) at: vec3u) {
  let range = ranges[group.y * view.columns + group.x];
  let inside = at.x < view.width && at.y < view.height;
  let place = at.y * view.width + at.x;
  let pixel = vec2f(at.xy) + 0.5;
  var mine = 0u;
  var g = vec4f(0.0);
  var T = 1.0;
  var behind = 0.0;
  if (inside) {
    mine = last[place] & ~ENDED;
    g = seeds[place];
    T = states[place].x;
    behind = states[place].y;
  }
  atomicMax(&farthest, mine);

  var end = range.y;
  while (end > range.x) {
    let some = min(${BATCH}u, end - range.x);
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
        for (var c = 0u; c < ${PAIR_NUMBERS}u; c++) { slots[${PAIR_NUMBERS}u * entry.z + c] = 0.0; }
      }
    }
    workgroupBarrier();
    if (t == 0u) { painted = atomicLoad(&reached); }
    let number = workgroupUniformLoad(&painted); // those that some pixel painted come first
    for (var k = number; k > 0u; k--) {
      let i = k - 1u;
      let center = centers[i];
      let shape = shapes[i];
      let paint = paints[i];
      let d = pixel - center.xy;
      let exponent = exponentOf(shape, d);
      let fall = exp(-0.5 * exponent);
      let free = paint.x * fall;
      var part = array<f32, ${PAIR_NUMBERS}>(); // zeroed in every turn only because it says so
      if (bitcast<u32>(center.w) < mine && exponent <= shape.w && free >= ALPHA_MIN) {
        let alpha = min(ALPHA_MAX, free);
        let through = 1.0 / (1.0 - alpha);
        T *= through;
        let weight = T * alpha;
        let value = dot(g, vec4f(paint.yzw, center.z));
        let slope = T * value - behind * through; // ∂L/∂α
        behind += weight * value;
        part[5] = weight * g.w;
        part[7] = weight * g.x;
        part[8] = weight * g.y;
        part[9] = weight * g.z;
        if (free <= ALPHA_MAX) {
          let pull = pullOf(shape, d);
          let push = alpha * slope;
          part[0] = push * pull.x;
          part[1] = push * pull.y;
          part[2] = 0.5 * push * pull.x * pull.x;
          part[3] = push * pull.x * pull.y;
          part[4] = 0.5 * push * pull.y * pull.y;
          part[6] = fall * slope;
        }
      }
      for (var c = 0u; c < ${PAIR_NUMBERS}u; c++) { parts[256u * c + t] = part[c]; }
      workgroupBarrier();
      if (t < ${16 * PAIR_NUMBERS}u) {
        var sum = 0.0;
        for (var p = 0u; p < 16u; p++) { sum += parts[16u * t + p]; }
        rows[t] = sum;
      }
      workgroupBarrier();
      if (t < ${PAIR_NUMBERS}u) {
        var sum = 0.0;
        for (var p = 0u; p < 16u; p++) { sum += rows[16u * t + p]; }
        slots[${PAIR_NUMBERS}u * pairs[i] + t] = sum;
      }
    }
    end = start;
    workgroupBarrier();
  }
  if (inside) { states[place] = vec2f(T, behind); }
}`,
};
