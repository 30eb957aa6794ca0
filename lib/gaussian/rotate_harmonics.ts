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

/**
 * Harmonics of a turned frame, as seen from the frame around it.
 *
 * @param sh [n, (L+1)², 3], in the inner frame.
 * @param rotation [n, 4] wxyz, unit: turns inner directions into outer ones.
 * @returns [n, (L+1)², 3], in the outer frame; the caller disposes of it.
 * @throws {TypeError} if the shapes do not fit.
 * @throws {RangeError} if there are not (L+1)² harmonics.
 */
export function rotateHarmonics(sh: tf.Tensor3D, rotation: tf.Tensor2D): tf.Tensor3D {
  const { n, k } = expectShape("rotateHarmonics", { sh, rotation }, { sh: "n k 3", rotation: "n 4" });
  const degree = shDegree("rotateHarmonics", k);
  return tf.tidy(() => {
    const bands: tf.Tensor3D[] = [sh.slice([0, 0, 0], [-1, 1, -1])]; // degree 0 knows no direction
    if (degree === 0) return bands[0]!.clone();
    const q = NODES.length;
    const outer = tf.tensor2d(NODES.map(({ direction }) => direction)); // [q, 3]
    const back = tf.tile(conjugate(rotation).expandDims(1), [1, q, 1]).reshape<tf.Tensor2D>([n * q, 4]);
    const inner = rotateVector(back, tf.tile(outer, [n, 1])); // R⁻¹d, [n·q, 3]
    const seen = shBasis(inner, degree).reshape([n, q, k]);
    const area = tf.tensor2d(NODES.map(({ area }) => [area]));
    const project = shBasis(outer, degree).mul(area); // Y(d)·dΩ, [q, k]
    for (let l = 1; l <= degree; l++) {
      const [first, width] = [l * l, 2 * l + 1];
      const band = sh.slice([0, first, 0], [-1, width, -1]).expandDims(1); // [n, 1, width, 3]
      const value = seen.slice([0, 0, first], [-1, -1, width]).expandDims(3).mul(band).sum(2); // [n, q, 3]
      const onto = project.slice([0, first], [-1, width]).transpose<tf.Tensor2D>(); // [width, q]
      const columns = value.transpose([1, 0, 2]).reshape<tf.Tensor2D>([q, n * 3]);
      bands.push(tf.matMul(onto, columns).reshape([width, n, 3]).transpose([1, 0, 2]));
    }
    return tf.concat3d(bands, 1);
  });
}
