/**
 * # Covariance: three axes from a quaternion and three lengths, and the way back for gradients
 *
 * ```
 * Σ = M·Mᵀ        M = R·S        S = diag(s)        R of the unit quaternion q̂ = q/|q| = (w, x, y, z):
 *
 *     1 − 2(y² + z²)   2(xy − wz)       2(xz + wy)
 *     2(xy + wz)       1 − 2(x² + z²)   2(yz − wx)
 *     2(xz − wy)       2(yz + wx)       1 − 2(x² + y²)
 * ```
 *
 * With G = ∂L/∂M, the product rule gives ∂L/∂s_k = Σ_r R_rk·G_rk and ∂L/∂R_rk = s_k·G_rk. ∂L/∂q̂ follows entry by entry
 * from the table above, and since q̂ does not change along q,
 *
 * ```
 * ∂L/∂q = (∂L/∂q̂ − q̂·(q̂·∂L/∂q̂)) / |q|
 * ```
 *
 * Working with M and never with Σ keeps lengths of 0 harmless: their gradient is 0 or finite, nothing is divided by them.
 *
 * @module
 */

/** Numbers in single or double precision. */
export type Numbers = Float32Array | Float64Array;

/** R·S of Gaussian `i` into `axes` [3, 3], row by row: its axes are columns, each as long as its standard deviation. */
export function scaledAxes(rotations: Numbers, scales: Numbers, i: number, axes: Float64Array): void {
  const [w, x, y, z] = [rotations[4 * i]!, rotations[4 * i + 1]!, rotations[4 * i + 2]!, rotations[4 * i + 3]!];
  const two = 2 / (w * w + x * x + y * y + z * z);
  const [s0, s1, s2] = [scales[3 * i]!, scales[3 * i + 1]!, scales[3 * i + 2]!];
  axes[0] = (1 - two * (y * y + z * z)) * s0;
  axes[1] = two * (x * y - w * z) * s1;
  axes[2] = two * (x * z + w * y) * s2;
  axes[3] = two * (x * y + w * z) * s0;
  axes[4] = (1 - two * (x * x + z * z)) * s1;
  axes[5] = two * (y * z - w * x) * s2;
  axes[6] = two * (x * z - w * y) * s0;
  axes[7] = two * (y * z + w * x) * s1;
  axes[8] = (1 - two * (x * x + y * y)) * s2;
}

const UNIT = Float64Array.of(1, 1, 1), turn = new Float64Array(9);

/**
 * The gradients of Gaussian `i`'s quaternion and lengths from that of its axes.
 *
 * @param axesGradient [3, 3]: G, row by row.
 * @param rotationsOut [n, 4], of which row `i` is written.
 * @param scalesOut [n, 3], of which row `i` is written.
 */
export function scaledAxesGradient(
  rotations: Numbers,
  scales: Numbers,
  i: number,
  axesGradient: Float64Array,
  rotationsOut: Numbers,
  scalesOut: Numbers,
): void {
  const q = rotations.subarray(4 * i, 4 * i + 4), length = Math.hypot(q[0]!, q[1]!, q[2]!, q[3]!);
  scaledAxes(q, UNIT, 0, turn); // R
  const g = axesGradient;
  for (let k = 0; k < 3; k++) {
    scalesOut[3 * i + k] = turn[k]! * g[k]! + turn[3 + k]! * g[3 + k]! + turn[6 + k]! * g[6 + k]!;
  }
  const [s0, s1, s2] = [scales[3 * i]!, scales[3 * i + 1]!, scales[3 * i + 2]!];
  const r00 = s0 * g[0]!, r01 = s1 * g[1]!, r02 = s2 * g[2]!; // ∂L/∂R
  const r10 = s0 * g[3]!, r11 = s1 * g[4]!, r12 = s2 * g[5]!;
  const r20 = s0 * g[6]!, r21 = s1 * g[7]!, r22 = s2 * g[8]!;
  const [w, x, y, z] = [q[0]! / length, q[1]! / length, q[2]! / length, q[3]! / length];
  const dw = 2 * (x * (r21 - r12) + y * (r02 - r20) + z * (r10 - r01)); // ∂L/∂q̂
  const dx = 2 * (w * (r21 - r12) + y * (r01 + r10) + z * (r02 + r20) - 2 * x * (r11 + r22));
  const dy = 2 * (w * (r02 - r20) + x * (r01 + r10) + z * (r12 + r21) - 2 * y * (r00 + r22));
  const dz = 2 * (w * (r10 - r01) + x * (r02 + r20) + y * (r12 + r21) - 2 * z * (r00 + r11));
  const along = w * dw + x * dx + y * dy + z * dz;
  rotationsOut[4 * i] = (dw - w * along) / length;
  rotationsOut[4 * i + 1] = (dx - x * along) / length;
  rotationsOut[4 * i + 2] = (dy - y * along) / length;
  rotationsOut[4 * i + 3] = (dz - z * along) / length;
}
