/**
 * # The gradient of painting
 *
 * With w_i = T_i·α_i, D the depth, and g, ġ, g_D the gradients of a pixel's colour, coverage and depth:
 *
 * ```
 * g_N = g_D/Σ w                   v_i = g·c_i + g_N·(z_i − D)
 * S_i = Σ_{k>i} w_k·v_k + T_end·(g·background − ġ)                         what lies behind i
 * ∂L/∂c_i = w_i·g                 ∂L/∂z_i = w_i·g_N
 * ∂L/∂α_i = T_i·v_i − S_i/(1 − α_i)
 * ∂L/∂opacity = e^{−q/2}·∂L/∂α    q = dᵀ·Σ'⁻¹·d    r = Σ'⁻¹·d
 * ∂L/∂p = α·∂L/∂α·r               ∂L/∂Σ' = ½·α·∂L/∂α·(r_x², 2·r_x·r_y, r_y²)     xx, xy, yy
 * ```
 *
 * Backwards, farthest first, a pixel carries T and S. Depths count from the pixel's own, D, because a weight moves a mean
 * only by what its depth differs; differences of large numbers would leave little of float32. Where α is cut at 0.999 it
 * passes nothing on; which pixels a Gaussian reaches is held fixed.
 *
 * There are no atomic floats, and no order left to chance: each pair of Gaussian and tile has ten numbers of its own, the
 * sums over the tile's 256 pixels in a fixed order. `pairs.ts` sums them.
 *
 * @module
 */
import type { Shader } from "./passes.ts";
import { ELLIPSE_WGSL } from "./paint.ts";
import { PAIR_NUMBERS, unrolled } from "./pairs.ts";
import { TILE } from "../tiles.ts";
import { VIEW_WGSL } from "./view_uniform.ts";

/** Threads of a tile, and Gaussians in shared memory at a time. */
const THREADS = 64;
/** Pixels of a thread, one below the other. */
const ROWS = TILE * TILE / THREADS;
/** Gaussians between two barriers; with four, 16 KiB of shared memory are enough. */
const AT_ONCE = 4;
const PARTS = AT_ONCE * PAIR_NUMBERS * (THREADS + 1);

/** What each pixel starts with: g and g_N, T_end and S. */
export const SEED: Shader = {
  name: "seed gradient",
  code: VIEW_WGSL + /* wgsl */ `
@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> imageGradient: array<vec4f>;
@group(0) @binding(2) var<storage, read> depthGradient: array<f32>;
@group(0) @binding(3) var<storage, read> sums: array<vec4f>;
@group(0) @binding(4) var<storage, read> light: array<vec2f>;
@group(0) @binding(5) var<storage, read_write> seeds: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> states: array<vec4f>;

@compute @workgroup_size(${TILE}, ${TILE}) fn main(@builtin(global_invocation_id) at: vec3u) {
  if (at.x >= view.width || at.y >= view.height) { return; }
  let place = at.y * view.width + at.x;
  let g = imageGradient[place];
  let T = light[place].x;
  let coverage = light[place].y;
  seeds[place] = vec4f(g.xyz, 0.0);
  states[place] = vec4f(T, T * (dot(g.xyz, view.background.xyz) - g.w), 0.0, 0.0);
  if (coverage > 0.0) {
    seeds[place].w = depthGradient[place] / coverage;
    states[place].z = sums[place].w / coverage;
  }
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
@group(0) @binding(6) var<storage, read_write> states: array<vec4f>; // T, S, D, –
@group(0) @binding(7) var<storage, read_write> slots: array<f32>;
const NUMBERS = ${PAIR_NUMBERS}u;
const AT_ONCE = ${AT_ONCE}u;
var<workgroup> centers: array<vec4f, ${THREADS}>; // p, depth, –
var<workgroup> shapes: array<vec4f, ${THREADS}>;
var<workgroup> paints: array<vec4f, ${THREADS}>;
var<workgroup> places: array<u32, ${THREADS}>; // by depth
var<workgroup> pairs: array<u32, ${THREADS}>;
var<workgroup> parts: array<f32, ${PARTS}>; // [4][10][64], rows 65 apart: in different banks
var<workgroup> farthest: atomic<u32>;
var<workgroup> reached: atomic<u32>;
var<workgroup> painted: u32;

struct Pixel {
  at: vec2f,
  mine: u32,    // 1 + place by depth of the last Gaussian that the pixel shows
  g: vec4f,
  state: vec4f, // T, S, D, –
}

// Takes Gaussian i off a pixel and adds its ten numbers.
fn unpaint(pixel: ptr<function, Pixel>, part: ptr<function, array<f32, ${PAIR_NUMBERS}>>, i: u32) {
  let center = centers[i];
  let shape = shapes[i];
  let d = (*pixel).at - center.xy;
  let exponent = exponentOf(shape, d);
  if (places[i] >= (*pixel).mine || exponent > shape.w) { return; }
  let paint = paints[i];
  let fall = exp(-0.5 * exponent);
  let free = paint.x * fall;
  if (free < ALPHA_MIN) { return; }
  let alpha = min(ALPHA_MAX, free);
  let through = 1.0 / (1.0 - alpha);
  let T = (*pixel).state.x * through;
  let weight = T * alpha;
  let value = dot((*pixel).g, vec4f(paint.yzw, center.z - (*pixel).state.z));
  let slope = T * value - (*pixel).state.y * through; // ∂L/∂α
  (*pixel).state.x = T;
  (*pixel).state.y += weight * value;
  (*part)[5] += weight * (*pixel).g.w;
  (*part)[7] += weight * (*pixel).g.x;
  (*part)[8] += weight * (*pixel).g.y;
  (*part)[9] += weight * (*pixel).g.z;
  if (free > ALPHA_MAX) { return; }
  let pull = pullOf(shape, d);
  let push = alpha * slope;
  (*part)[0] += push * pull.x;
  (*part)[1] += push * pull.y;
  (*part)[2] += 0.5 * push * pull.x * pull.x;
  (*part)[3] += push * pull.x * pull.y;
  (*part)[4] += 0.5 * push * pull.y * pull.y;
  (*part)[6] += fall * slope;
}

fn startOf(at: vec2u) -> Pixel {
  if (at.x >= view.width || at.y >= view.height) { return Pixel(vec2f(at), 0u, vec4f(0.0), vec4f(1.0, vec3f(0.0))); }
  let place = at.y * view.width + at.x;
  let mine = last[place] & ~ENDED;
  atomicMax(&farthest, mine);
  return Pixel(vec2f(at) + 0.5, mine, seeds[place], states[place]);
}

fn keep(pixel: Pixel) {
  let at = vec2u(pixel.at);
  if (at.x < view.width && at.y < view.height) { states[at.y * view.width + at.x] = pixel.state; }
}

@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) t: u32, @builtin(workgroup_id) group: vec3u) {
  let range = ranges[group.y * view.columns + group.x];
  let corner = vec2u(${TILE}u * group.x + t % ${TILE}u, ${TILE}u * group.y + ${ROWS}u * (t / ${TILE}u));
  ${unrolled(ROWS, (r) => `var pixel${r} = startOf(corner + vec2u(0u, ${r}u));`)}

  var end = range.y;
  while (end > range.x) {
    let some = min(${THREADS}u, end - range.x);
    let start = end - some;
    if (t == 0u) { atomicStore(&reached, 0u); }
    workgroupBarrier();
    if (t < some) {
      let entry = list[start + t];
      centers[t] = vec4f(records[4u * entry.x].xy, records[4u * entry.x + 3u].x, 0.0);
      places[t] = entry.y;
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
        ${unrolled(ROWS, (r) => `unpaint(&pixel${r}, &part, i);`)}
        let to = (k - 1u) * NUMBERS * ${THREADS + 1}u + t;
        ${unrolled(PAIR_NUMBERS, (c) => `parts[to + ${c * (THREADS + 1)}u] = part[${c}];`)}
      }
      workgroupBarrier();
      if (t < now * NUMBERS) {
        let origin = t * ${THREADS + 1}u;
        var sum = 0.0;
        ${unrolled(THREADS, (p) => `sum += parts[origin + ${p}u];`)}
        slots[NUMBERS * pairs[left - 1u - t / NUMBERS] + t % NUMBERS] = sum;
      }
      workgroupBarrier();
      left -= now;
    }
    end = start;
  }
  ${unrolled(ROWS, (r) => `keep(pixel${r});`)}
}`,
};
