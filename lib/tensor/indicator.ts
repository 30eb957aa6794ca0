/**
 * # Conditions inside differentiable code
 *
 * ```
 * indicator_{x > c} = 1 where x exceeds c, else 0        ∂indicator = 0
 * ```
 *
 * tfjs has no gradient for comparisons, not even zero: a single `x.greater(c)` between parameters and loss stops
 * backpropagation with an error. This one passes on zeros, so a value can be chosen by arithmetic, m·a + (1 − m)·b.
 * Both a and b must be finite, for 0·∞ is not zero.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/**
 * 1 where a tensor exceeds a number, 0 elsewhere; its gradient is zero.
 *
 * @param x any shape.
 * @returns float32 of the same shape; the caller disposes of it.
 */
export function exceeds<T extends tf.Tensor>(x: T, threshold: number): T {
  const step = tf.customGrad((...args) => {
    const [value] = args as unknown as [tf.Tensor, tf.GradSaveFunc];
    return { value: value.greater(threshold).toFloat(), gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy) };
  });
  return tf.tidy(() => step(x) as T);
}
