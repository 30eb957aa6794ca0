/**
 * # The gradient of projection
 *
 * From the gradients of the ellipse, p, Σ' and depth, to the Gaussian's parameters, one thread each:
 *
 * ```
 * ∂u = 2·∂Σ'xx·u + ∂Σ'xy·v        ∂v = ∂Σ'xy·u + 2·∂Σ'yy·v
 * ∂(R·S) = a·∂uᵀ + b·∂vᵀ          ∂a = R·S·∂u        ∂b = R·S·∂v          a, b: rows of J·W
 * ∂s_k = Σ_i R_ik·∂(R·S)_ik       ∂R_ik = ∂(R·S)_ik·s_k
 * ∂slope = f·∂p − (f/z)·∂a·W_z    (the second term only inside the clamped frame)
 * ∂c_xy = ∂slope/z                ∂c_z = ∂depth − Σ (f/z²·∂a·(W_x − slope·W_z) + ∂slope·slope/z)
 * ∂mean = Wᵀ·∂c
 * ∂f = slope·∂p + (∂a·a − m̄·∂m̄)/f       ∂c = ∂p − ∂m̄/f          ∂m̄ = −(f/z)·∂a·W_z outside the clamped frame, else 0
 * ```
 *
 * and from ∂R through the unit quaternion to one of any length, q: (∂q̂ − q̂·(q̂·∂q̂))/|q|.
 *
 * @module
 */
import type { Shader } from "./passes.ts";
import { AXES_WGSL } from "./project.ts";
import { VIEW_WGSL } from "./view_uniform.ts";

/** (∂p, ∂z), ∂Σ' → ∂means, ∂rotations, ∂scales, and each Gaussian's shares of ∂fx, ∂fy, ∂cx, ∂cy. */
export const PROJECT_GRADIENT: Shader = {
  name: "gradient of projection",
  code: VIEW_WGSL + AXES_WGSL + /* wgsl */ `
@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> means: array<f32>;
@group(0) @binding(2) var<storage, read> rotations: array<f32>;
@group(0) @binding(3) var<storage, read> scales: array<f32>;
@group(0) @binding(4) var<storage, read> ellipses: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> meansOut: array<f32>;
@group(0) @binding(6) var<storage, read_write> rotationsOut: array<f32>;
@group(0) @binding(7) var<storage, read_write> scalesOut: array<f32>;
@group(0) @binding(8) var<storage, read_write> lensOut: array<vec4f>;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= view.count) { return; }
  let place = ellipses[2u * i];
  var dMean = vec3f(0.0);
  var dRotation = vec4f(0.0);
  var dScale = vec3f(0.0);
  var dLens = vec4f(0.0);
  if (place.w == 1.0) { // drawn
    let mean = vec3f(means[3u * i], means[3u * i + 1u], means[3u * i + 2u]);
    let rotation = vec4f(rotations[4u * i], rotations[4u * i + 1u], rotations[4u * i + 2u], rotations[4u * i + 3u]);
    let scale = vec3f(scales[3u * i], scales[3u * i + 1u], scales[3u * i + 2u]);
    let x = axesOf(mean, rotation, scale, view);
    let sigma = ellipses[2u * i + 1u];
    let du = 2.0 * sigma.x * x.u + sigma.y * x.v;
    let dv = sigma.y * x.u + 2.0 * sigma.z * x.v;

    let m0 = x.a.x * du + x.b.x * dv; // rows of ∂(R·S)
    let m1 = x.a.y * du + x.b.y * dv;
    let m2 = x.a.z * du + x.b.z * dv;
    dScale = x.r0 * m0 + x.r1 * m1 + x.r2 * m2;
    dScale = select(dScale, vec3f(0.0), abs(scale) > vec3f(x.widest));

    let r0 = m0 * x.s; // rows of ∂R
    let r1 = m1 * x.s;
    let r2 = m2 * x.s;
    let q = x.q; // w, x, y, z
    let dq = 2.0 * vec4f(
      q.y * (r2.y - r1.z) + q.z * (r0.z - r2.x) + q.w * (r1.x - r0.y),
      q.x * (r2.y - r1.z) + q.z * (r0.y + r1.x) + q.w * (r0.z + r2.x) - 2.0 * q.y * (r1.y + r2.z),
      q.x * (r0.z - r2.x) + q.y * (r0.y + r1.x) + q.w * (r1.z + r2.y) - 2.0 * q.z * (r0.x + r2.z),
      q.x * (r1.x - r0.y) + q.y * (r0.z + r2.x) + q.z * (r1.z + r2.y) - 2.0 * q.w * (r0.x + r1.y),
    );
    dRotation = (dq - q * dot(q, dq)) / length(rotation);

    let z = x.camera.z;
    let da = vec3f(dot(x.r0 * x.s, du), dot(x.r1 * x.s, du), dot(x.r2 * x.s, du));
    let db = vec3f(dot(x.r0 * x.s, dv), dot(x.r1 * x.s, dv), dot(x.r2 * x.s, dv));
    let bent = -view.lens.xy / z * vec2f(dot(da, view.row2.xyz), dot(db, view.row2.xyz));
    let inside = x.clamped == x.slope;
    let outside = select(bent, vec2f(0.0), inside);
    dLens = vec4f(
      place.xy * x.slope + (vec2f(dot(da, x.a), dot(db, x.b)) - x.clamped * outside) / view.lens.xy,
      place.xy - outside / view.lens.xy,
    );
    let dSlope = view.lens.xy * place.xy + select(vec2f(0.0), bent, inside);
    // a = (f/z)·(W_x − slope·W_z), so (∂a·a)/z is f/z²·∂a·(…)
    let dz = place.z - (dot(da, x.a) + dot(db, x.b) + dot(dSlope, x.slope)) / z;
    dMean = (dSlope.x * view.row0.xyz + dSlope.y * view.row1.xyz) / z + dz * view.row2.xyz;
  }
  for (var c = 0u; c < 3u; c++) {
    meansOut[3u * i + c] = dMean[c];
    scalesOut[3u * i + c] = dScale[c];
  }
  for (var c = 0u; c < 4u; c++) { rotationsOut[4u * i + c] = dRotation[c]; }
  lensOut[i] = dLens;
}`,
};
