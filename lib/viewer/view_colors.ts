/**
 * # Colours as seen from a place, in plain numbers
 *
 * ```
 * colour = max(0, ½ + Σ sh·Y(F⁻¹·d))        d: unit vector from the camera to the Gaussian, F: the frame of its face
 * ```
 *
 * The direction is turned into the face's frame, in which the harmonics are written: as in gaussian/spherical_harmonics.ts,
 * so a sheen moves with the body. Degree 0 knows no direction and need not be done again when the camera moves.
 *
 * @module
 */
import type { PlainAvatar } from "./contents.ts";
import type { PlainGaussians } from "./place_gaussians.ts";

/** How many harmonics an avatar's Gaussians have: 1, 4, 9 or 16. */
export function harmonicsOf({ sh, count }: PlainAvatar): number {
  return count === 0 ? 1 : sh.length / (3 * count);
}

/**
 * The colour of each Gaussian from where the camera stands.
 *
 * @param eye The camera's centre in the world, metres.
 * @param rgb n·3, overwritten; at least 0.
 */
export function viewColors(
  avatar: PlainAvatar,
  { means, frames }: PlainGaussians,
  eye: ArrayLike<number>,
  rgb: Float32Array,
): void {
  const { count, faceOf, sh } = avatar, k = harmonicsOf(avatar), basis = new Float64Array(16);
  basis[0] = 0.28209479177387814;
  for (let i = 0; i < count; i++) {
    if (k > 1) {
      const dx = means[3 * i]! - eye[0]!, dy = means[3 * i + 1]! - eye[1]!, dz = means[3 * i + 2]! - eye[2]!;
      const inverse = 1 / Math.max(Math.sqrt(dx * dx + dy * dy + dz * dz), 1e-12);
      const q = 4 * faceOf[i]!; // F⁻¹·d: the frame's quaternion the other way round
      const w = frames[q]!, x = -frames[q + 1]!, y = -frames[q + 2]!, z = -frames[q + 3]!;
      const cx = 2 * (y * dz - z * dy), cy = 2 * (z * dx - x * dz), cz = 2 * (x * dy - y * dx);
      const turnedX = dx + w * cx + y * cz - z * cy, turnedY = dy + w * cy + z * cx - x * cz;
      const turnedZ = dz + w * cz + x * cy - y * cx;
      harmonics(turnedX * inverse, turnedY * inverse, turnedZ * inverse, k, basis);
    }
    const row = 3 * k * i;
    let red = 0.5, green = 0.5, blue = 0.5;
    for (let m = 0; m < k; m++) {
      const value = basis[m]!;
      red += value * sh[row + 3 * m]!;
      green += value * sh[row + 3 * m + 1]!;
      blue += value * sh[row + 3 * m + 2]!;
    }
    rgb[3 * i] = Math.max(0, red);
    rgb[3 * i + 1] = Math.max(0, green);
    rgb[3 * i + 2] = Math.max(0, blue);
  }
}

/** Y_1 … of a unit vector, in the order l² + l + m. */
function harmonics(x: number, y: number, z: number, k: number, out: Float64Array): void {
  out[1] = -0.4886025119029199 * y;
  out[2] = 0.4886025119029199 * z;
  out[3] = -0.4886025119029199 * x;
  if (k === 4) return;
  const xx = x * x, yy = y * y, zz = z * z, xy = x * y;
  out[4] = 1.0925484305920792 * xy;
  out[5] = -1.0925484305920792 * y * z;
  out[6] = 0.31539156525252005 * (2 * zz - xx - yy);
  out[7] = -1.0925484305920792 * x * z;
  out[8] = 0.5462742152960396 * (xx - yy);
  if (k === 9) return;
  out[9] = -0.5900435899266435 * y * (3 * xx - yy);
  out[10] = 2.890611442640554 * xy * z;
  out[11] = -0.4570457994644658 * y * (5 * zz - 1);
  out[12] = 0.3731763325901154 * z * (5 * zz - 3);
  out[13] = -0.4570457994644658 * x * (5 * zz - 1);
  out[14] = 1.445305721320277 * z * (xx - yy);
  out[15] = -0.5900435899266435 * x * (xx - 3 * yy);
}
