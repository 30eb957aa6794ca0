/**
 * # The two smooth activations of the networks here
 *
 * ```
 * GELU(x) = x·Φ(x) = ½·x·(1 + erf(x/√2))        SiLU(x) = x·σ(x)
 * ```
 *
 * GELU is the exact form with erf, as in PyTorch's default, not the tanh approximation.
 *
 * Source: Hendrycks & Gimpel, *Gaussian Error Linear Units*, 2016; Elfwing et al., *Sigmoid-Weighted Linear Units*, 2017.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/** ½·x·(1 + erf(x/√2)), elementwise; the caller disposes of the result. */
export function gelu<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)) as T);
}

/** x·σ(x), elementwise; the caller disposes of the result. */
export function silu<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => tf.mul(x, tf.sigmoid(x)) as T);
}
