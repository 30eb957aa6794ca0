/**
 * # Projection: a Gaussian in space becomes an ellipse in the picture
 *
 * ```
 * c = W·mean + t                        camera coordinates, x right, y down, z forward
 * p = (fx·c_x/c_z + cx, fy·c_y/c_z + cy)                     centre in pixels
 * J = ∂p/∂c = [fx/c_z, 0, −fx·c_x/c_z²; 0, fy/c_z, −fy·c_y/c_z²]
 * Σ' = J·W·Σ·Wᵀ·Jᵀ + 0.3·I              Σ = R·S·Sᵀ·Rᵀ        [2, 2], pixels²
 * α(pixel) = opacity·exp(−½·dᵀ·Σ'⁻¹·d)  d: from p to the pixel's centre
 * ```
 *
 * Perspective bends a Gaussian; J is the straight approximation at its centre (elliptical weighted averaging). The 0.3
 * square pixels are the width of the pixel itself, without which Gaussians thinner than a pixel would flicker.
 *
 * A Gaussian ends where its exponent passes 3σ or its α falls below 1/255, whichever comes first: dᵀ·Σ'⁻¹·d ≤ reach. For
 * J alone, c_x/c_z and c_y/c_z are clamped to a frame three tenths of the picture wider, because beyond it the
 * approximation grows without bound while the Gaussian hardly shows.
 *
 * With u, v the rows of J·W·R·S, Σ' = [u·u, u·v; u·v, v·v] + 0.3·I, and by Lagrange's identity
 * det Σ' = |u × v|² + 0.3·(u·u + v·v) + 0.09: a sum of positive terms, so that no needle is too thin to be inverted.
 *
 * Sources: Zwicker et al., *EWA volume splatting*, 2001; Kerbl et al., *3D Gaussian Splatting*, 2023; the clamped frame is
 * gsplat's.
 *
 * @module
 */
import { scaledAxes } from "./covariance.ts";
import type { View } from "./view.ts";

/** Gaussians as flat arrays, colours already chosen for the view. */
export interface Splats {
  /** n */
  readonly count: number;
  /** [n, 3], world, metres. */
  readonly means: Float32Array;
  /** [n, 4], wxyz, of any length but 0. */
  readonly rotations: Float32Array;
  /** [n, 3]: standard deviations in metres. */
  readonly scales: Float32Array;
  /** [n], 0..1 */
  readonly opacity: Float32Array;
  /** [n, 3]: red, green, blue. */
  readonly colors: Float32Array;
}

/** What happened to a Gaussian. */
export const STATE = { drawn: 0, unseen: 1, invalid: 2 } as const;

/** The ellipses; entries of Gaussians that are not drawn mean nothing. */
export interface Ellipses {
  /** [n]: one of {@linkcode STATE}; `invalid` where a number is not finite or the rotation is zero. */
  readonly state: Uint8Array;
  /** [n]: c_z, metres. */
  readonly depth: Float32Array;
  /** [n, 2]: p, pixels. */
  readonly center: Float64Array;
  /** [n, 3]: Σ'⁻¹ as xx, xy, yy. */
  readonly conic: Float64Array;
  /** [n]: the largest dᵀ·Σ'⁻¹·d that is drawn. */
  readonly reach: Float64Array;
  /** [n, 2]: half the width and height of the drawn ellipse, pixels. */
  readonly extent: Float64Array;
}

/** Gaussians nearer to the camera than this (metres) are not drawn. */
export const NEAR = 0.01;
/** Opacities below this are not drawn. */
export const ALPHA_MIN = 1 / 255;
/** The pixel's own variance, square pixels. */
const PIXEL_VARIANCE = 0.3;
/** How far beyond the picture's edge J is taken, in parts of the picture's size. */
export const FRAME = 0.15;
/** 3σ. */
const REACH_MAX = 9;

/** Projects all Gaussians into a view. */
export function projectSplats(splats: Splats, view: View): Ellipses {
  const { count, means, rotations, scales, opacity } = splats;
  const { rotation: w, translation: t, fx, fy, cx, cy, width, height } = view;
  const ellipses: Ellipses = {
    state: new Uint8Array(count),
    depth: new Float32Array(count),
    center: new Float64Array(2 * count),
    conic: new Float64Array(3 * count),
    reach: new Float64Array(count),
    extent: new Float64Array(2 * count),
  };
  const { left, right, top, bottom } = clampedFrame(view);
  const axes = new Float64Array(9); // R·S
  for (let i = 0; i < count; i++) {
    if (!isUsable(splats, i)) {
      ellipses.state[i] = STATE.invalid;
      continue;
    }
    ellipses.state[i] = STATE.unseen;
    const [x, y, z] = [means[3 * i]!, means[3 * i + 1]!, means[3 * i + 2]!];
    const depth = w[6]! * x + w[7]! * y + w[8]! * z + t[2]!;
    if (depth < NEAR || opacity[i]! < ALPHA_MIN) continue;
    const slopeX = (w[0]! * x + w[1]! * y + w[2]! * z + t[0]!) / depth;
    const slopeY = (w[3]! * x + w[4]! * y + w[5]! * z + t[1]!) / depth;

    scaledAxes(rotations, scales, i, axes);
    // Rows of J·W; J's last column is −f·slope/depth.
    const [jx, jy] = [fx / depth, fy / depth];
    const sx = Math.min(right, Math.max(left, slopeX)), sy = Math.min(bottom, Math.max(top, slopeY));
    const a0 = jx * (w[0]! - sx * w[6]!), a1 = jx * (w[1]! - sx * w[7]!), a2 = jx * (w[2]! - sx * w[8]!);
    const b0 = jy * (w[3]! - sy * w[6]!), b1 = jy * (w[4]! - sy * w[7]!), b2 = jy * (w[5]! - sy * w[8]!);
    const u0 = a0 * axes[0]! + a1 * axes[3]! + a2 * axes[6]!, v0 = b0 * axes[0]! + b1 * axes[3]! + b2 * axes[6]!;
    const u1 = a0 * axes[1]! + a1 * axes[4]! + a2 * axes[7]!, v1 = b0 * axes[1]! + b1 * axes[4]! + b2 * axes[7]!;
    const u2 = a0 * axes[2]! + a1 * axes[5]! + a2 * axes[8]!, v2 = b0 * axes[2]! + b1 * axes[5]! + b2 * axes[8]!;
    const uu = u0 * u0 + u1 * u1 + u2 * u2, uv = u0 * v0 + u1 * v1 + u2 * v2, vv = v0 * v0 + v1 * v1 + v2 * v2;
    const n0 = u1 * v2 - u2 * v1, n1 = u2 * v0 - u0 * v2, n2 = u0 * v1 - u1 * v0; // u × v
    const det = n0 * n0 + n1 * n1 + n2 * n2 + PIXEL_VARIANCE * (uu + vv) + PIXEL_VARIANCE * PIXEL_VARIANCE;

    const xx = uu + PIXEL_VARIANCE, yy = vv + PIXEL_VARIANCE; // Σ'
    const reach = Math.min(REACH_MAX, 2 * Math.log(opacity[i]! / ALPHA_MIN));
    const px = fx * slopeX + cx, py = fy * slopeY + cy;
    const extentX = Math.sqrt(reach * xx), extentY = Math.sqrt(reach * yy);
    if (px + extentX < 0 || px - extentX > width || py + extentY < 0 || py - extentY > height) continue;
    ellipses.state[i] = STATE.drawn;
    ellipses.depth[i] = depth;
    ellipses.center[2 * i] = px;
    ellipses.center[2 * i + 1] = py;
    ellipses.conic[3 * i] = yy / det;
    ellipses.conic[3 * i + 1] = -uv / det;
    ellipses.conic[3 * i + 2] = xx / det;
    ellipses.reach[i] = reach;
    ellipses.extent[2 * i] = extentX;
    ellipses.extent[2 * i + 1] = extentY;
  }
  return ellipses;
}

/** Between which c_x/c_z and c_y/c_z J is taken. */
export function clampedFrame({ fx, fy, cx, cy, width, height }: View) {
  return {
    left: -cx / fx - FRAME * width / fx,
    right: (width - cx) / fx + FRAME * width / fx,
    top: -cy / fy - FRAME * height / fy,
    bottom: (height - cy) / fy + FRAME * height / fy,
  };
}

/** Whether all numbers are finite and the quaternion has a direction. */
function isUsable({ means, rotations, scales, opacity, colors }: Splats, i: number): boolean {
  const [w, x, y, z] = [rotations[4 * i]!, rotations[4 * i + 1]!, rotations[4 * i + 2]!, rotations[4 * i + 3]!];
  const length = w * w + x * x + y * y + z * z;
  const sum = means[3 * i]! + means[3 * i + 1]! + means[3 * i + 2]! + scales[3 * i]! + scales[3 * i + 1]! +
    scales[3 * i + 2]! + opacity[i]! + colors[3 * i]! + colors[3 * i + 1]! + colors[3 * i + 2]!; // NaN and ∞ survive sums
  return length > 0 && Number.isFinite(length + sum);
}
