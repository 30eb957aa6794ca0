/**
 * # The gradient of projection: from ellipses back to Gaussians
 *
 * `projection.ts` read backwards. Given ∂L/∂p, ∂L/∂Σ' and ∂L/∂c_z of each ellipse, with M = R·S, a and b the rows of
 * J·W, u = Mᵀ·a and v = Mᵀ·b (Σ' = [u·u, u·v; u·v, v·v] + 0.3·I), and slopes m = c_x/c_z, clamped to m̄ inside J:
 *
 * ```
 * ∂u = 2·∂Σ'xx·u + ∂Σ'xy·v            ∂v = 2·∂Σ'yy·v + ∂Σ'xy·u          (∂Σ'xy stands for both off-diagonal entries)
 * ∂a = M·∂u      ∂b = M·∂v            ∂M = a·∂uᵀ + b·∂vᵀ                  → `covariance.ts` → ∂q, ∂s
 * a  = j·(w_x − m̄·w_z)                j = fx/c_z                          w_x, w_z: rows of W
 * ∂j = ∂a·a/j                         ∂m̄ = −j·∂a·w_z                      b alike, with fy and c_y
 * ∂m = fx·∂p_x + (∂m̄ where m = m̄, else 0)
 * ∂c_x = ∂m/c_z                       ∂c_z = ∂z − (m·∂m + j·∂j)/c_z       (x and y summed)
 * ∂mean = Wᵀ·∂c
 * ```
 *
 * The camera's own numbers: with f in place of fx and c of cx, y alike, and ∂m̄ only where m was clamped, because the clamped frame
 * moves with them, m̄ = (bound − c)/f,
 *
 * ```
 * ∂f = m·∂p + (∂a·a − m̄·∂m̄)/f            ∂c = ∂p − ∂m̄/f                  (each Gaussian's share)
 * ```
 *
 * Which Gaussians are drawn, and how far they reach, is held fixed: at those edges the picture jumps by at most 1/255.
 *
 * Source: derived from the equations of `projection.ts`; compare Kerbl et al., *3D Gaussian Splatting*, 2023, appendix A.
 *
 * @module
 */
import { scaledAxes, scaledAxesGradient } from "./covariance.ts";
import { clampedFrame, type Ellipses, type Splats, STATE } from "./projection.ts";
import type { View } from "./view.ts";

/** ∂L by what is painted. */
export interface EllipseGradients {
  /** [n, 2]: ∂L/∂p */
  readonly center: Float64Array;
  /** [n, 3]: ∂L/∂Σ' as xx, xy, yy, where xy stands for both off-diagonal entries. */
  readonly covariance: Float64Array;
  /** [n]: ∂L/∂c_z through the depth picture alone. */
  readonly depth: Float64Array;
}

/**
 * ∂L by what is drawn; shapes as in {@linkcode Splats}, 0 for Gaussians that are not drawn. `intrinsics` [n, 4] are each Gaussian's
 * shares of ∂L by fx, fy, cx, cy.
 */
export type SplatGradients = {
  readonly [name in Exclude<keyof Splats, "count"> | "intrinsics"]: Float32Array;
};

/** Gradients of means, rotations, scales and intrinsics. */
export function projectionGradient(
  splats: Splats,
  view: View,
  { state }: Ellipses,
  gradients: EllipseGradients,
): Pick<SplatGradients, "means" | "rotations" | "scales" | "intrinsics"> {
  const { count, means, rotations, scales } = splats;
  const { rotation: w, translation: t, fx, fy } = view;
  const { left, right, top, bottom } = clampedFrame(view);
  const result = {
    means: new Float32Array(3 * count),
    rotations: new Float32Array(4 * count),
    scales: new Float32Array(3 * count),
    intrinsics: new Float32Array(4 * count),
  };
  const axes = new Float64Array(9), axesGradient = new Float64Array(9); // M, ∂M
  for (let i = 0; i < count; i++) {
    if (state[i] !== STATE.drawn) continue;
    const [x, y, z] = [means[3 * i]!, means[3 * i + 1]!, means[3 * i + 2]!];
    const depth = w[6]! * x + w[7]! * y + w[8]! * z + t[2]!;
    const slopeX = (w[0]! * x + w[1]! * y + w[2]! * z + t[0]!) / depth;
    const slopeY = (w[3]! * x + w[4]! * y + w[5]! * z + t[1]!) / depth;
    const sx = Math.min(right, Math.max(left, slopeX)), sy = Math.min(bottom, Math.max(top, slopeY));
    const [jx, jy] = [fx / depth, fy / depth];
    const xx = gradients.covariance[3 * i]!, xy = gradients.covariance[3 * i + 1]!;
    const yy = gradients.covariance[3 * i + 2]!;

    scaledAxes(rotations, scales, i, axes);
    const a0 = jx * (w[0]! - sx * w[6]!), a1 = jx * (w[1]! - sx * w[7]!), a2 = jx * (w[2]! - sx * w[8]!);
    const b0 = jy * (w[3]! - sy * w[6]!), b1 = jy * (w[4]! - sy * w[7]!), b2 = jy * (w[5]! - sy * w[8]!);
    let da0 = 0, da1 = 0, da2 = 0, db0 = 0, db1 = 0, db2 = 0;
    for (let k = 0; k < 3; k++) {
      const m0 = axes[k]!, m1 = axes[3 + k]!, m2 = axes[6 + k]!;
      const u = a0 * m0 + a1 * m1 + a2 * m2, v = b0 * m0 + b1 * m1 + b2 * m2;
      const du = 2 * xx * u + xy * v, dv = 2 * yy * v + xy * u;
      da0 += m0 * du, da1 += m1 * du, da2 += m2 * du;
      db0 += m0 * dv, db1 += m1 * dv, db2 += m2 * dv;
      axesGradient[k] = a0 * du + b0 * dv;
      axesGradient[3 + k] = a1 * du + b1 * dv;
      axesGradient[6 + k] = a2 * du + b2 * dv;
    }
    scaledAxesGradient(rotations, scales, i, axesGradient, result.rotations, result.scales);

    const dpx = gradients.center[2 * i]!, dpy = gradients.center[2 * i + 1]!;
    const ada = da0 * a0 + da1 * a1 + da2 * a2, bdb = db0 * b0 + db1 * b1 + db2 * b2; // j·∂j of x and y
    const bentX = -jx * (da0 * w[6]! + da1 * w[7]! + da2 * w[8]!); // ∂m̄
    const bentY = -jy * (db0 * w[6]! + db1 * w[7]! + db2 * w[8]!);
    const [insideX, outsideX] = sx === slopeX ? [bentX, 0] : [0, bentX];
    const [insideY, outsideY] = sy === slopeY ? [bentY, 0] : [0, bentY];
    result.intrinsics[4 * i] = slopeX * dpx + (ada - sx * outsideX) / fx;
    result.intrinsics[4 * i + 1] = slopeY * dpy + (bdb - sy * outsideY) / fy;
    result.intrinsics[4 * i + 2] = dpx - outsideX / fx;
    result.intrinsics[4 * i + 3] = dpy - outsideY / fy;
    const dmx = fx * dpx + insideX, dmy = fy * dpy + insideY, dcx = dmx / depth, dcy = dmy / depth;
    const dcz = gradients.depth[i]! - (slopeX * dmx + slopeY * dmy + ada + bdb) / depth;
    for (let k = 0; k < 3; k++) result.means[3 * i + k] = w[k]! * dcx + w[3 + k]! * dcy + w[6 + k]! * dcz;
  }
  return result;
}
