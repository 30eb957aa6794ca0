/**
 * # A vision transformer's blocks, in plain sight
 *
 * A picture cut into N patches is a list of N tokens, each a vector of D numbers; a class token precedes them. Every
 * block lets the tokens look at one another, then thinks about each alone, and adds both to what was there:
 *
 * ```
 * x ← x + λ₁ ⊙ attention(norm₁(x))          x [1 + N, D]
 * x ← x + λ₂ ⊙ mlp(norm₂(x))
 *
 * attention:  A_k = softmax(q_k·k_kᵀ/√d)    for each head k, of width d = 64;  A_k [1 + N, 1 + N]
 *             out = [A_1·v_1 … A_H·v_H]·Wᵀ + b
 * mlp:        W₂·gelu(W₁·x + b₁) + b₂       gelu(z) = z·½(1 + erf(z/√2))
 * norm:       (x − mean)/√(variance + 1e-6) ⊙ γ + β, over the D numbers of a token
 * ```
 *
 * λ is DINOv2's *layer scale*, a learned factor a channel. Heads are computed one after the other: tfjs's wasm kernel
 * multiplies single matrices without transpose flags about ten times faster than batches of them.
 *
 * Parameters carry the names of Hugging Face's `Dinov2Model`; matrices were transposed to [in, out] when loaded.
 *
 * Source: Dosovitskiy et al., *An Image is Worth 16x16 Words*, 2021; Touvron et al., *Going deeper with Image
 * Transformers*, 2021 (layer scale); Oquab et al., *DINOv2*, 2023.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Weights } from "./weights.ts";

/** Is shown every intermediate tensor by name while a network runs; it must not dispose of them. */
export type Watch = (name: string, value: tf.Tensor) => void;

/** The width d of one head; DINOv2 has it in every size. */
export const HEAD_WIDTH = 64;
const EPSILON = 1e-6;

/** The shapes of one block's parameters, as PyTorch stores them: matrices [out, in]. */
export function blockShapes(prefix: string, width: number, hidden: number): Record<string, number[]> {
  const attention = `${prefix}.attention`;
  return {
    ...affineShapes(`${prefix}.norm1`, [width], width),
    ...affineShapes(`${attention}.attention.query`, [width, width], width),
    ...affineShapes(`${attention}.attention.key`, [width, width], width),
    ...affineShapes(`${attention}.attention.value`, [width, width], width),
    ...affineShapes(`${attention}.output.dense`, [width, width], width),
    [`${prefix}.layer_scale1.lambda1`]: [width],
    ...affineShapes(`${prefix}.norm2`, [width], width),
    ...affineShapes(`${prefix}.mlp.fc1`, [hidden, width], hidden),
    ...affineShapes(`${prefix}.mlp.fc2`, [width, hidden], width),
    [`${prefix}.layer_scale2.lambda1`]: [width],
  };
}

/** The shapes of a matrix and its bias. */
export function affineShapes(name: string, weight: number[], out: number): Record<string, number[]> {
  return { [`${name}.weight`]: weight, [`${name}.bias`]: [out] };
}

/**
 * One block. Call inside `tf.tidy`.
 *
 * @param x [1 + N, D]
 * @param watch Is shown `attention.probability` [heads, 1 + N, 1 + N], `attention` and `mlp` [1 + N, D].
 * @returns [1 + N, D]
 */
export function block(x: tf.Tensor2D, weights: Weights, prefix: string, watch?: Watch): tf.Tensor2D {
  return tf.tidy(() => {
    const seen = attention(layerNorm(x, weights, `${prefix}.norm1`), weights, `${prefix}.attention`, watch);
    watch?.("attention", seen);
    const attended = x.add<tf.Tensor2D>(seen.mul(weights[`${prefix}.layer_scale1.lambda1`]!));
    const thought = mlp(layerNorm(attended, weights, `${prefix}.norm2`), weights, `${prefix}.mlp`);
    watch?.("mlp", thought);
    return attended.add<tf.Tensor2D>(thought.mul(weights[`${prefix}.layer_scale2.lambda1`]!));
  });
}

/** Multi-head self-attention: [1 + N, D] → [1 + N, D]. */
function attention(x: tf.Tensor2D, weights: Weights, prefix: string, watch?: Watch): tf.Tensor2D {
  const [tokens, width] = x.shape;
  const query = affine(x, weights, `${prefix}.attention.query`).mul<tf.Tensor2D>(1 / Math.sqrt(HEAD_WIDTH));
  const key = affine(x, weights, `${prefix}.attention.key`);
  const value = affine(x, weights, `${prefix}.attention.value`);
  const probabilities: tf.Tensor2D[] = [];
  const heads: tf.Tensor2D[] = [];
  for (let start = 0; start < width; start += HEAD_WIDTH) {
    const [q, k, v] = [query, key, value].map((all) => all.slice([0, start], [tokens, HEAD_WIDTH])); // [1 + N, d]
    const probability = tf.softmax(tf.matMul<tf.Tensor2D>(q!, tf.transpose(k!))); // [1 + N, 1 + N], rows sum to 1
    heads.push(tf.matMul(probability, v!)); // [1 + N, d]
    if (watch) probabilities.push(probability);
    else probability.dispose(); // a megabyte or more for each head
  }
  watch?.("attention.probability", tf.stack(probabilities));
  return affine(tf.concat(heads, 1), weights, `${prefix}.output.dense`);
}

function mlp(x: tf.Tensor2D, weights: Weights, prefix: string): tf.Tensor2D {
  return affine(gelu(affine(x, weights, `${prefix}.fc1`)), weights, `${prefix}.fc2`);
}

/** x·W + b, with W [in, out]. */
function affine(x: tf.Tensor2D, weights: Weights, name: string): tf.Tensor2D {
  return tf.matMul(x, weights[`${name}.weight`] as tf.Tensor2D).add(weights[`${name}.bias`]!);
}

function gelu(z: tf.Tensor2D): tf.Tensor2D {
  return z.mul(z.mul(Math.SQRT1_2).erf().add(1).mul(0.5));
}

/** Each token to mean 0 and variance 1, then scaled and shifted: [1 + N, D] → [1 + N, D]. */
export function layerNorm(x: tf.Tensor2D, weights: Weights, name: string): tf.Tensor2D {
  const centred = x.sub(x.mean(1, true)); // [1 + N, D] − [1 + N, 1]
  const variance = centred.square().mean(1, true);
  return centred.mul(variance.add(EPSILON).rsqrt()).mul(weights[`${name}.weight`]!).add(weights[`${name}.bias`]!);
}
