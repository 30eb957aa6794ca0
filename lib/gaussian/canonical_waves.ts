/**
 * # γ(g) for the decoders: a Gaussian's place on the body as waves
 *
 * ```
 * γ(g) = [sin(ω_k·x), cos(ω_k·x)] for x, y, z and ω_k = 2^k·π rad/m, k = 0 … 5        36 numbers; g = (x, y, z) at rest
 * ```
 *
 * Wavelengths from 2 m to 6 cm: the shortest tells an eye from a cheek. Fixed, unlike the field's learned waves, so that
 * decoders do not depend on a localizer's weights.
 *
 * Source: Mildenhall et al., *NeRF*, 2020, section 5.1.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { fourierFeatures } from "../field/fourier.ts";

const OCTAVES = 6;

/** E, how many numbers {@linkcode canonicalWaves} gives each Gaussian. */
export const CANONICAL_WAVES: number = 2 * 3 * OCTAVES;

/**
 * γ of canonical places.
 *
 * @param canonical [n, 3] metres.
 * @returns [n, 36]; the caller disposes of it.
 * @throws {TypeError} if the shape is another.
 */
export function canonicalWaves(canonical: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const waves = 3 * OCTAVES, frequencies = new Float32Array(3 * waves);
    for (let k = 0; k < waves; k++) frequencies[Math.floor(k / OCTAVES) * waves + k] = Math.PI * 2 ** (k % OCTAVES);
    return fourierFeatures(canonical, tf.tensor2d(frequencies, [3, waves])).mul<tf.Tensor2D>(Math.sqrt(2 * waves));
  });
}
