/**
 * # Projection on the device
 *
 * The equations of `projection.ts`, one thread a Gaussian:
 *
 * ```
 * u, v = rows of J·W·R·S          Σ' = [u·u, u·v; u·v, v·v] + 0.3·I
 * det Σ' = |u × v|² + 0.3·(u·u + v·v) + 0.09
 * ```
 *
 * Float32 has less room than the reference's float64: standard deviations that would show as more than 10⁶ pixels are
 * drawn as 10⁶, which in a picture of 8192 changes α by less than 4·10⁻⁵ and keeps det Σ' finite.
 *
 * WGSL lets a compiler assume that there is no NaN or infinity, so these are told by their bits.
 *
 * @module
 */
import type { Shader } from "./passes.ts";
import { VIEW_WGSL } from "./view_uniform.ts";

/** WGSL: from a Gaussian's parameters to u, v, shared with the gradient. */
export const AXES_WGSL = /* wgsl */ `
const NEAR = 0.01;
const PIXEL_VARIANCE = 0.3;
const WIDEST = 1e6;   // pixels

struct Axes {
  camera: vec3f,      // c
  slope: vec2f,       // c_xy / c_z
  clamped: vec2f,     // the same inside the frame
  a: vec3f, b: vec3f, // rows of J·W
  q: vec4f,           // unit quaternion wxyz
  widest: f32,        // the largest standard deviation that is not cut
  r0: vec3f, r1: vec3f, r2: vec3f, // rows of R
  s: vec3f,
  u: vec3f, v: vec3f,
}

fn axesOf(mean: vec3f, rotation: vec4f, scale: vec3f, view: View) -> Axes {
  var x: Axes;
  let m = vec4f(mean, 1.0);
  x.camera = vec3f(dot(view.row0, m), dot(view.row1, m), dot(view.row2, m));
  x.slope = x.camera.xy / x.camera.z;
  let size = vec2f(f32(view.width), f32(view.height));
  x.clamped = clamp(x.slope, (-FRAME * size - view.lens.zw) / view.lens.xy, ((1.0 + FRAME) * size - view.lens.zw) / view.lens.xy);
  let j = view.lens.xy / x.camera.z;
  x.a = j.x * (view.row0.xyz - x.clamped.x * view.row2.xyz);
  x.b = j.y * (view.row1.xyz - x.clamped.y * view.row2.xyz);
  let q = normalize(rotation / max(max(abs(rotation.x), abs(rotation.y)), max(abs(rotation.z), abs(rotation.w))));
  x.q = q;
  x.r0 = vec3f(1.0 - 2.0 * (q.z * q.z + q.w * q.w), 2.0 * (q.y * q.z - q.x * q.w), 2.0 * (q.y * q.w + q.x * q.z));
  x.r1 = vec3f(2.0 * (q.y * q.z + q.x * q.w), 1.0 - 2.0 * (q.y * q.y + q.w * q.w), 2.0 * (q.z * q.w - q.x * q.y));
  x.r2 = vec3f(2.0 * (q.y * q.w - q.x * q.z), 2.0 * (q.z * q.w + q.x * q.y), 1.0 - 2.0 * (q.y * q.y + q.z * q.z));
  x.widest = WIDEST / max(length(x.a), length(x.b));
  x.s = clamp(scale, vec3f(-x.widest), vec3f(x.widest));
  x.u = (x.a.x * x.r0 + x.a.y * x.r1 + x.a.z * x.r2) * x.s;
  x.v = (x.b.x * x.r0 + x.b.y * x.r1 + x.b.z * x.r2) * x.s;
  return x;
}

// Σ' as xx, xy, yy
fn covariance(x: Axes) -> vec3f {
  return vec3f(dot(x.u, x.u) + PIXEL_VARIANCE, dot(x.u, x.v), dot(x.v, x.v) + PIXEL_VARIANCE);
}
`;

/** means, rotations, scales, opacity, colors → records, depth keys, indices. */
export const PROJECT: Shader = {
  name: "project Gaussians",
  code: VIEW_WGSL + AXES_WGSL + /* wgsl */ `
@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> means: array<f32>;
@group(0) @binding(2) var<storage, read> rotations: array<f32>;
@group(0) @binding(3) var<storage, read> scales: array<f32>;
@group(0) @binding(4) var<storage, read> opacity: array<f32>;
@group(0) @binding(5) var<storage, read> colors: array<f32>;
@group(0) @binding(6) var<storage, read_write> records: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> keys: array<u32>;
@group(0) @binding(8) var<storage, read_write> indices: array<u32>;

fn finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }
fn finite3(x: vec3f) -> bool { return finite(x.x) && finite(x.y) && finite(x.z); }

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= view.count) { return; }
  indices[i] = i;
  keys[i] = 0xffffffffu; // not drawn: behind all that is
  records[4u * i + 3u] = vec4f(0.0);
  let mean = vec3f(means[3u * i], means[3u * i + 1u], means[3u * i + 2u]);
  let rotation = vec4f(rotations[4u * i], rotations[4u * i + 1u], rotations[4u * i + 2u], rotations[4u * i + 3u]);
  let scale = vec3f(scales[3u * i], scales[3u * i + 1u], scales[3u * i + 2u]);
  let color = vec3f(colors[3u * i], colors[3u * i + 1u], colors[3u * i + 2u]);
  let peak = opacity[i];
  let usable = finite3(mean) && finite3(rotation.xyz) && finite(rotation.w) && finite3(scale) && finite3(color) &&
    finite(peak) && any(rotation != vec4f(0.0));
  if (!usable || peak < ALPHA_MIN || dot(view.row2, vec4f(mean, 1.0)) < NEAR) { return; }

  let x = axesOf(mean, rotation, scale, view);
  let sigma = covariance(x);
  let n = cross(x.u, x.v);
  let det = dot(n, n) + PIXEL_VARIANCE * (dot(x.u, x.u) + dot(x.v, x.v)) + PIXEL_VARIANCE * PIXEL_VARIANCE;
  let reach = min(9.0, 2.0 * log(peak / ALPHA_MIN));
  let center = view.lens.xy * x.slope + view.lens.zw;
  let extent = sqrt(reach * sigma.xz);
  if (any(center + extent < vec2f(0.0)) || any(center - extent > vec2f(f32(view.width), f32(view.height)))) { return; }
  let box = tileBox(vec4f(center, extent), view);
  let touched = vec2u(max(box.zw - box.xy + 1, vec2i(0)));
  if (touched.x * touched.y == 0u) { return; }
  records[4u * i] = vec4f(center, extent);
  records[4u * i + 1u] = vec4f(sigma.z / det, sigma.y / sigma.z, 1.0 / sigma.z, reach);
  records[4u * i + 2u] = vec4f(peak, color);
  records[4u * i + 3u] = vec4f(x.camera.z, f32(touched.x * touched.y), 0.0, 0.0);
  keys[i] = bitcast<u32>(x.camera.z); // the bits of positive floats order as the numbers do
}`,
};
