/**
 * # Rotating harmonics: the same sheen, written in another frame
 *
 * ```
 * Σ sh'_lm·Y_lm(d) = Σ sh_lm·Y_lm(R⁻¹d) for every direction d
 * sh'_lm = ∫ Y_lm(d)·[Σ_m' sh_lm'·Y_lm'(R⁻¹d)] dΩ
 * ```
 *
 * A rotation mixes the harmonics of one degree among themselves, so each degree is done alone: look at the function in
 * fixed directions of the new frame, and project it onto the harmonics there. Products of harmonics of degree ≤ 3 are
 * polynomials of degree ≤ 6, equal at d and −d, for which the 14 directions below integrate exactly: Gauss–Legendre in z
 * (the two positive nodes of four) times seven equal steps around the axis.
 *
 * Needed when an avatar leaves the library: its harmonics live in the faces' frames, those of a .ply in the world.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { TensorScope } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { conjugate, rotateVector } from "./quaternion.ts";
import { shBasis, shDegree } from "./spherical_harmonics.ts";

/** Gauss–Legendre nodes z > 0 and weights for polynomials up to degree 7. */
const LATITUDES = [
  { z: 0.33998104358485626, weight: 0.6521451548625461 },
  { z: 0.8611363115940526, weight: 0.34785484513745385 },
];
const AROUND = 7;

/** The directions d and the area of the sphere that each stands for; the areas sum to 4π. */
const NODES = LATITUDES.flatMap(({ z, weight }) =>
  Array.from({ length: AROUND }, (_, i) => {
    const [r, angle] = [Math.sqrt(1 - z * z), 2 * Math.PI * i / AROUND];
    return { direction: [r * Math.cos(angle), r * Math.sin(angle), z], area: 4 * Math.PI * weight / AROUND };
  })
);

/** So many Gaussians are looked at together. */
const CHUNK = 4096;

/**
 * Harmonics of a turned frame, as seen from the frame around it.
 *
 * @param sh [n, (L+1)², 3], in the inner frame.
 * @param rotation [n, 4] wxyz, unit: turns inner directions into outer ones.
 * @returns [n, (L+1)², 3], in the outer frame; the caller disposes of it.
 * @throws {TypeError} if the shapes do not fit.
 * @throws {RangeError} if there are not (L+1)² harmonics.
 */
export async function rotateHarmonics(sh: tf.Tensor3D, rotation: tf.Tensor2D): Promise<tf.Tensor3D> {
  const { n, k } = expectShape("rotateHarmonics", { sh, rotation }, { sh: "n k 3", rotation: "n 4" });
  const degree = shDegree("rotateHarmonics", k);
  if (degree === 0) return sh.clone(); // knows no direction
  using scope = new TensorScope();
  const outer = scope.own(tf.tensor2d(NODES.map(({ direction }) => direction))); // [q, 3]
  const onto = await scope.tidy(() => shBasis(outer, degree)).data(); // Y(d), [q, k]
  const inner = await sh.data(), turned = new Float32Array(n * k * 3);
  for (let start = 0; start < n; start += CHUNK) {
    using chunk = new TensorScope();
    const size = Math.min(CHUNK, n - start);
    const seen = await chunk.tidy(() => {
      const back = conjugate(rotation.slice([start, 0], [size, 4])).expandDims(1);
      const each = tf.tile(back, [1, NODES.length, 1]).reshape<tf.Tensor2D>([-1, 4]);
      return shBasis(rotateVector(each, tf.tile(outer, [size, 1])), degree); // Y(R⁻¹d), [size·q, k]
    }).data();
    for (let i = 0; i < size; i++) {
      const first = (start + i) * k * 3; // this Gaussian's harmonics in `inner` and `turned`
      turned.set(inner.subarray(first, first + 3), first);
      NODES.forEach(({ area }, node) => {
        for (let l = 1; l <= degree; l++) {
          for (let channel = 0; channel < 3; channel++) {
            let value = 0; // what the inner harmonics of degree l say in this direction
            for (let m = l * l; m < (l + 1) ** 2; m++) {
              value += seen[(i * NODES.length + node) * k + m]! * inner[first + 3 * m + channel]!;
            }
            for (let m = l * l; m < (l + 1) ** 2; m++) {
              turned[first + 3 * m + channel]! += area * value * onto[node * k + m]!;
            }
          }
        }
      });
    }
  }
  return tf.tensor3d(turned, [n, k, 3]);
}
