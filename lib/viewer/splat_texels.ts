/**
 * # Spark's extended splats: 32 bytes each, for a texture
 *
 * ```
 * A: x f32 · y f32 · z f32 · opacity f16         B: red, green f16 · blue, ln s_x f16 · ln s_y, ln s_z f16 · rotation
 * rotation = angle / π in 12 bits │ v in 10 bits │ u in 10 bits       (u, v): the axis folded onto an octahedron
 * ```
 *
 * What Spark's own `encodeExtSplat` writes, for all Gaussians at once and without what does not change: a hundred thousand have
 * to be written in every picture of a motion. Places are exact to float32, scales to 0.2 %, rotations to half a degree.
 *
 * Source: sparkjsdev/spark 2.2, `encodeExtSplat` and `encodeQuatOctXy1010R12`.
 *
 * @module
 */
import type { PlainGaussians } from "./place_gaussians.ts";

/** The two halves of all splats, four words each. */
export type SplatTexels = [a: Uint32Array<ArrayBuffer>, b: Uint32Array<ArrayBuffer>];

const float = new Float32Array(1), bits = new Uint32Array(float.buffer);

/** The 16 bits of a number in half precision: rounded, nothing below 6·10⁻⁵, at most 65504. */
export function halfBits(value: number): number {
  float[0] = value;
  const word = bits[0]!, sign = (word >>> 16) & 0x8000, size = word & 0x7fffffff;
  if (size < 0x38800000) return sign;
  if (size >= 0x477fe000) return sign | 0x7bff;
  return sign | ((size - 0x38000000 + 0x1000) >>> 13);
}

/**
 * Writes means, scales and rotations; colours and opacities stay.
 *
 * @param shapes The face of each Gaussian, [n], and ln of its scales in the face's size, n·3: ln(s·scale) = ln s + ln scale, and
 * of the first there is one a face.
 */
export function writeGaussians(
  [a, b]: SplatTexels,
  { means, rotations, sizes }: PlainGaussians,
  { faceOf, logScale }: { readonly faceOf: Int32Array; readonly logScale: Float32Array },
): void {
  const places = new Float32Array(a.buffer), logSize = sizes.map(Math.log);
  for (let i = 0; i < faceOf.length; i++) {
    const i3 = 3 * i, i4 = 4 * i, size = logSize[faceOf[i]!]!;
    places[i4] = means[i3]!;
    places[i4 + 1] = means[i3 + 1]!;
    places[i4 + 2] = means[i3 + 2]!;
    b[i4 + 1] = (b[i4 + 1]! & 0xffff) | (halfBits(size + logScale[i3]!) << 16);
    b[i4 + 2] = halfBits(size + logScale[i3 + 1]!) | (halfBits(size + logScale[i3 + 2]!) << 16);
    b[i4 + 3] = rotationBits(rotations[i4]!, rotations[i4 + 1]!, rotations[i4 + 2]!, rotations[i4 + 3]!);
  }
}

/** Writes colours, n·3. */
export function writeColors([, b]: SplatTexels, rgb: Float32Array): void {
  for (let i = 0; 3 * i < rgb.length; i++) {
    b[4 * i] = halfBits(rgb[3 * i]!) | (halfBits(rgb[3 * i + 1]!) << 16);
    b[4 * i + 1] = (b[4 * i + 1]! & 0xffff0000) | halfBits(rgb[3 * i + 2]!);
  }
}

/** Writes opacities, [n]. */
export function writeOpacities([a]: SplatTexels, opacity: Float32Array): void {
  for (let i = 0; i < opacity.length; i++) a[4 * i + 3] = halfBits(opacity[i]!);
}

/** A unit quaternion in 32 bits; −q gives the same as q. */
function rotationBits(w: number, x: number, y: number, z: number): number {
  if (w < 0) [w, x, y, z] = [-w, -x, -y, -z];
  const sum = Math.abs(x) + Math.abs(y) + Math.abs(z);
  if (sum < 1e-7) return (512 << 10) | 512; // no turn: any axis
  let u = x / sum, v = y / sum;
  if (z < 0) { // the lower half is folded over the upper one's edges
    const before = u;
    u = (1 - Math.abs(v)) * (u >= 0 ? 1 : -1);
    v = (1 - Math.abs(before)) * (v >= 0 ? 1 : -1);
  }
  const angle = 2 * Math.atan2(Math.sqrt(x * x + y * y + z * z), w);
  const rounded = (number: number) => (number + 0.5) | 0; // of what is not negative; Math.round takes three times as long
  return (rounded(angle * (4095 / Math.PI)) << 20) | (rounded(511.5 * v + 511.5) << 10) | rounded(511.5 * u + 511.5);
}
