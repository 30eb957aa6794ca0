/**
 * # Learnable Fourier features: positions as waves
 *
 * A network of few layers is smooth in its input: fed with bare metres it cannot tell a fingertip from its neighbour
 * 1 cm away. Waves of many directions and lengths can:
 *
 * ```
 * γ(x) = [sin(x·B), cos(x·B)] / √(2m)          x [3] metres   B [3, m] radians a metre   γ [2m]
 * ```
 *
 * B starts normal with standard deviation 12 rad/m (a wavelength of about half a metre) and is learned with the rest. The
 * norm |γ|² = ½ is the same everywhere, so γ(x)·γ(y) depends on x − y alone: it is a learned, shift-invariant kernel.
 *
 * Source: Li et al., *Learnable Fourier Features*, 2021; NLF, section 3.3 (m = 256).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { matMul } from "../tensor/mat_mul.ts";
import { expectShape } from "../tensor/shape.ts";

/**
 * γ of canonical points.
 *
 * @param points [n, 3] metres.
 * @param frequencies B [3, m], radians a metre.
 * @returns [n, 2m], the m sines first; the caller disposes of it.
 * @throws {TypeError} if a shape is another.
 */
export function fourierFeatures(points: tf.Tensor2D, frequencies: tf.Tensor2D): tf.Tensor2D {
  const { m } = expectShape("fourierFeatures", { points, frequencies }, { points: "n 3", frequencies: "3 m" });
  return tf.tidy(() => {
    const phase = matMul(points, frequencies); // [n, m]
    return tf.concat([tf.sin(phase), tf.cos(phase)], 1).div(Math.sqrt(2 * m)) as tf.Tensor2D;
  });
}
