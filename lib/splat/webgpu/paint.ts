/**
 * # Painting on the device
 *
 * ```
 * T_1 = 1        T_{i+1} = T_i·(1 − α_i)        colour = Σ T_i·α_i·c_i + T_end·background
 * coverage = Σ T_i·α_i = 1 − T_end        depth = Σ T_i·α_i·z_i / coverage
 * ```
 *
 * A workgroup is a tile of 16×16 pixels, a thread a pixel. The tile's Gaussians come through shared memory, 256 at a
 * time; a pixel ends where T would fall below 10⁻⁴, a tile where all its pixels have ended. Sums, T, and the last
 * Gaussian that was painted stay in buffers, so that a later round can go on where this one stopped and the gradient
 * knows where to begin.
 *
 * @module
 */
import type { Shader } from "./passes.ts";
import { TILE } from "../tiles.ts";
import { VIEW_WGSL } from "./view_uniform.ts";

/** WGSL: a Gaussian's dᵀ·Σ'⁻¹·d and Σ'⁻¹·d at a pixel. */
export const ELLIPSE_WGSL = /* wgsl */ `
// shape: a, m, 1/Σ'yy, reach
fn exponentOf(shape: vec4f, d: vec2f) -> f32 {
  let x = d.x - shape.y * d.y;
  return shape.x * x * x + shape.z * d.y * d.y;
}
fn pullOf(shape: vec4f, d: vec2f) -> vec2f { // Σ'⁻¹·d
  let x = shape.x * (d.x - shape.y * d.y);
  return vec2f(x, shape.z * d.y - shape.y * x);
}
const ENDED = 0x80000000u; // the highest bit of \`last\`: T would fall below its bound
`;

/** Paints a round's pairs, nearest first. */
export const PAINT: Shader = {
  name: "paint tiles",
  code: VIEW_WGSL + ELLIPSE_WGSL + /* wgsl */ `
@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> records: array<vec4f>;
@group(0) @binding(2) var<storage, read> list: array<vec4u>;
@group(0) @binding(3) var<storage, read> ranges: array<vec2u>;
@group(0) @binding(4) var<storage, read_write> sums: array<vec4f>;  // Σ T·α·(red, green, blue, depth)
@group(0) @binding(5) var<storage, read_write> light: array<vec2f>; // T, Σ T·α: 1 − T would lose digits where little is covered
@group(0) @binding(6) var<storage, read_write> last: array<u32>;    // 1 + place by depth of the last one painted
var<workgroup> centers: array<vec4f, 256>; // p, depth, –
var<workgroup> shapes: array<vec4f, 256>;
var<workgroup> paints: array<vec4f, 256>;
var<workgroup> places: array<u32, 256>; // by depth; not among the floats, where small integers may be flushed to 0
var<workgroup> open: atomic<u32>;
var<workgroup> stop: u32;

@compute @workgroup_size(${TILE}, ${TILE})
fn main(@builtin(local_invocation_index) t: u32, @builtin(workgroup_id) group: vec3u, @builtin(global_invocation_id) at: vec3u) {
  let range = ranges[group.y * view.columns + group.x];
  let inside = at.x < view.width && at.y < view.height;
  let place = at.y * view.width + at.x;
  let pixel = vec2f(at.xy) + 0.5;
  var sum = vec4f(0.0);
  var T = 1.0;
  var coverage = 0.0;
  var mark = ENDED;
  if (inside) { sum = sums[place]; T = light[place].x; coverage = light[place].y; mark = last[place]; }
  var done = mark >= ENDED;

  for (var k = range.x; k < range.y; k += 256u) {
    if (t == 0u) { atomicStore(&open, 0u); }
    workgroupBarrier();
    if (!done) { atomicAdd(&open, 1u); }
    workgroupBarrier();
    if (t == 0u) { stop = select(0u, 1u, atomicLoad(&open) == 0u); }
    if (workgroupUniformLoad(&stop) == 1u) { break; }
    let some = min(256u, range.y - k);
    if (t < some) {
      let entry = list[k + t];
      centers[t] = vec4f(records[4u * entry.x].xy, records[4u * entry.x + 3u].x, 0.0);
      places[t] = entry.y;
      shapes[t] = records[4u * entry.x + 1u];
      paints[t] = records[4u * entry.x + 2u];
    }
    workgroupBarrier();
    for (var i = 0u; i < some && !done; i++) {
      let center = centers[i];
      let shape = shapes[i];
      let exponent = exponentOf(shape, pixel - center.xy);
      if (exponent > shape.w) { continue; }
      let paint = paints[i];
      let alpha = min(ALPHA_MAX, paint.x * exp(-0.5 * exponent));
      if (alpha < ALPHA_MIN) { continue; }
      let rest = T * (1.0 - alpha);
      if (rest < T_MIN) { done = true; mark |= ENDED; break; }
      sum += T * alpha * vec4f(paint.yzw, center.z);
      coverage += T * alpha;
      T = rest;
      mark = places[i] + 1u;
    }
  }
  if (inside) { sums[place] = sum; light[place] = vec2f(T, coverage); last[place] = mark; }
}`,
};

/** Puts each pixel before its first Gaussian. */
export const BLANK: Shader = {
  name: "blank picture",
  code: VIEW_WGSL + /* wgsl */ `
@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read_write> sums: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> light: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> last: array<u32>;

@compute @workgroup_size(${TILE}, ${TILE}) fn main(@builtin(global_invocation_id) at: vec3u) {
  if (at.x >= view.width || at.y >= view.height) { return; }
  let place = at.y * view.width + at.x;
  sums[place] = vec4f(0.0);
  light[place] = vec2f(1.0, 0.0);
  last[place] = 0u;
}`,
};

/** Puts the background behind the picture and divides the depth by the coverage. */
export const DEVELOP: Shader = {
  name: "develop picture",
  code: VIEW_WGSL + /* wgsl */ `
@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> sums: array<vec4f>;
@group(0) @binding(2) var<storage, read> light: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> image: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> depth: array<f32>;

@compute @workgroup_size(${TILE}, ${TILE}) fn main(@builtin(global_invocation_id) at: vec3u) {
  if (at.x >= view.width || at.y >= view.height) { return; }
  let place = at.y * view.width + at.x;
  let coverage = light[place].y;
  image[place] = vec4f(sums[place].xyz + light[place].x * view.background.xyz, coverage);
  depth[place] = select(0.0, sums[place].w / max(coverage, 1e-30), coverage > 0.0);
}`,
};
