/**
 * # Two layers whose gradients are written out: affine map and layer norm
 *
 * ```
 * affine:  y = x·W + b                             ∂x = ∂y·Wᵀ    ∂W = xᵀ·∂y    ∂b = 1ᵀ·∂y
 * norm:    z = (x − μ)/σ,  y = z ⊙ γ + β           ∂z = ∂y ⊙ γ    ∂γ = 1ᵀ·(∂y ⊙ z)    ∂β = 1ᵀ·∂y
 *          μ, σ² = mean, variance of each row      ∂x = (∂z − mean(∂z) − z·mean(∂z ⊙ z))/σ
 * ```
 *
 * Rows are independent. tfjs would find the same gradients by itself, through a dozen operations each and column sums
 * that are slow on wasm; here column sums are products with a row of ones.
 *
 * Source: Ba et al., *Layer Normalization*, 2016.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { times } from "./mat_mul.ts";
import { expectShape } from "./shape.ts";

/**
 * x·W + b.
 *
 * @param x [n, in]
 * @param weight W [in, out]
 * @param bias b [out]
 * @param options `frozenInput`: x is data, of which no gradient is asked; saves a third of the backward pass.
 * @returns [n, out]; the caller disposes of it.
 * @throws {TypeError} if the sizes differ.
 */
export function affine(
  x: tf.Tensor2D,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D,
  { frozenInput = false }: { readonly frozenInput?: boolean } = {},
): tf.Tensor2D {
  expectShape("affine", { x, weight, bias }, { x: "n in", weight: "in out", bias: "out" });
  return (frozenInput ? affineOfData(x)(weight, bias) : affineWithGradient(x, weight, bias)) as tf.Tensor2D;
}

const EPSILON = 1e-6; // keeps a row of equal numbers finite

/**
 * Each row to mean 0 and variance 1, then scaled and shifted.
 *
 * @param x [n, c]
 * @param gain γ [c]
 * @param bias β [c]
 * @returns [n, c]; the caller disposes of it.
 * @throws {TypeError} if the sizes differ.
 */
export function layerNorm(x: tf.Tensor2D, gain: tf.Tensor1D, bias: tf.Tensor1D): tf.Tensor2D {
  expectShape("layerNorm", { x, gain, bias }, { x: "n c", gain: "c", bias: "c" });
  return normWithGradient(x, gain, bias) as tf.Tensor2D;
}

const affineWithGradient = tf.customGrad((...args) => {
  const [x, weight, bias, save] = args as unknown as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc];
  save([x, weight]);
  return {
    value: tf.add(times(x, weight), bias),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, weight] = saved as [tf.Tensor2D, tf.Tensor2D], dY = dy as tf.Tensor2D;
      return [times(dY, weight, false, true), times(x, dY, true), columnSums(dY)];
    },
  };
});

const affineOfData = (x: tf.Tensor2D) =>
  tf.customGrad((...args) => {
    const [weight, bias, save] = args as unknown as [tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc];
    save([x]);
    return {
      value: tf.add(times(x, weight), bias),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        return [times(saved[0] as tf.Tensor2D, dy as tf.Tensor2D, true), columnSums(dy as tf.Tensor2D)];
      },
    };
  });

const normWithGradient = tf.customGrad((...args) => {
  const [x, gain, bias, save] = args as unknown as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
  const centred = tf.sub(x, tf.mean(x, 1, true));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), EPSILON)); // [n, 1]
  const z = tf.mul(centred, inverse);
  save([z, inverse, gain]);
  return {
    value: tf.add(tf.mul(z, gain), bias),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [z, inverse, gain] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
      const dz = tf.mul(dy, gain), along = tf.mean(tf.mul(dz, z), 1, true);
      const dx = tf.mul(tf.sub(tf.sub(dz, tf.mean(dz, 1, true)), tf.mul(z, along)), inverse);
      return [dx, columnSums(tf.mul(dy, z)), columnSums(dy as tf.Tensor2D)];
    },
  };
});

/** The sum of each column, [n, c] → [c]. */
export function columnSums(x: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => times(tf.ones<tf.Rank.R2>([1, x.shape[0]]), x).reshape<tf.Tensor1D>([x.shape[1]]));
}
