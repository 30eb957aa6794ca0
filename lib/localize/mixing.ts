/**
 * # Mixing: cells look at one another before each is read alone
 *
 * The head reads every cell of the grid by itself, so a cell must already know what it is part of: that this knee belongs to
 * a person seen from behind is written in the whole picture. A mixing block adds to each cell what others tell it:
 *
 * ```
 * attention    x ← x + [A₁·v₁ … A_H·v_H]·W_o + b_o          A_k = softmax(q_k·k_kᵀ/√(L/H))   over the cells of one map
 *              x ← x + silu(z·W₁ + b₁)·W₂ + b₂              q, k, v: affine maps of z = norm(x);  hidden width 2L
 *
 * convolution  x ← x + silu(conv3×3(norm(x)) + b)           beyond the border: zeros
 * ```
 *
 * x [B·h·w, L]: the cells of a batch of B maps, row by row. A convolution is the nine shifted copies of a map side by
 * side times one matrix [9L, L]; shifting is padding and slicing. All products are plain ones with written-out
 * gradients, fast on every backend ({@link ../tensor/mat_mul.ts}).
 *
 * The last matrix of each branch starts at zero, so an untrained block is the identity.
 *
 * Source: Vaswani et al., *Attention Is All You Need*, 2017; Xiong et al., *On Layer Normalization in the Transformer
 * Architecture*, 2020 (norm first).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { silu } from "../tensor/activations.ts";
import { affine, layerNorm } from "../tensor/affine.ts";
import { times } from "../tensor/mat_mul.ts";
import type { ParameterTree } from "../tensor/parameters.ts";

/** The kinds of mixing blocks. */
export const MIXINGS = ["attention", "convolution"] as const;
/** A name from {@linkcode MIXINGS}. */
export type Mixing = typeof MIXINGS[number];

/** How many cells a batch of maps has. */
export interface CellGrid {
  /** B */
  readonly batch: number;
  /** Rows. */
  readonly h: number;
  /** Columns. */
  readonly w: number;
}

/** The parameters of one block by name. */
export interface BlockParameters extends ParameterTree {
  /** Weights and biases by name. */
  readonly [name: string]: tf.Tensor;
}

const HIDDEN = 2; // width of the hidden layer in units of L

/** The shapes of a block's parameters; `heads` do not enter. */
export function mixingShapes(kind: Mixing, L: number): Record<string, readonly number[]> {
  if (kind === "convolution") return { normGain: [L], normBias: [L], weight: [9 * L, L], bias: [L] };
  return {
    norm1Gain: [L],
    norm1Bias: [L],
    queryWeight: [L, L],
    queryBias: [L],
    keyWeight: [L, L],
    keyBias: [L],
    valueWeight: [L, L],
    valueBias: [L],
    outWeight: [L, L],
    outBias: [L],
    norm2Gain: [L],
    norm2Bias: [L],
    hiddenWeight: [L, HIDDEN * L],
    hiddenBias: [HIDDEN * L],
    mlpWeight: [HIDDEN * L, L],
    mlpBias: [L],
  };
}

/** A seeded block that is the identity until trained. */
export function createMixing(kind: Mixing, L: number, seed: number): BlockParameters {
  const last = kind === "attention" ? ["outWeight", "mlpWeight"] : ["weight"];
  const made = Object.entries(mixingShapes(kind, L)).map(([name, shape], i) => {
    if (name.endsWith("Gain")) return [name, tf.ones([...shape])];
    if (shape.length === 1 || last.includes(name)) return [name, tf.zeros([...shape])];
    return [name, tf.randomNormal([...shape], 0, 1 / Math.sqrt(shape[0]!), "float32", seed + i)];
  });
  return Object.fromEntries(made);
}

/**
 * One block over a batch of maps. Call inside `tf.tidy`.
 *
 * @param x [B·h·w, L]
 * @param block The parameters of its kind.
 * @param heads H of attention; divides L.
 * @returns [B·h·w, L]
 */
export function mix(x: tf.Tensor2D, kind: Mixing, block: BlockParameters, grid: CellGrid, heads: number): tf.Tensor2D {
  const weight = (name: string) => block[name] as tf.Tensor2D, vector = (name: string) => block[name] as tf.Tensor1D;
  if (kind === "convolution") {
    const normed = layerNorm(x, vector("normGain"), vector("normBias"));
    return tf.add(x, silu(affine(neighbours(normed, grid), weight("weight"), vector("bias"))));
  }
  const { batch, h, w } = grid, L = x.shape[1], cells = h * w;
  const before = layerNorm(x, vector("norm1Gain"), vector("norm1Bias"));
  const [q, k, v] = (["query", "key", "value"] as const).map((part) => {
    const all = affine(before, weight(`${part}Weight`), vector(`${part}Bias`)); // [B·cells, L]
    const byHead = tf.transpose(all.reshape([batch, cells, heads, L / heads]), [0, 2, 1, 3]);
    return byHead.reshape<tf.Tensor3D>([batch * heads, cells, L / heads]);
  }) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
  const seen = tf.transpose(attend(q, k, v).reshape([batch, heads, cells, L / heads]), [0, 2, 1, 3]);
  const told = affine(seen.reshape([batch * cells, L]), weight("outWeight"), vector("outBias"));
  const attended = tf.add<tf.Tensor2D>(x, told);
  const normed = layerNorm(attended, vector("norm2Gain"), vector("norm2Bias"));
  const hidden = silu(affine(normed, weight("hiddenWeight"), vector("hiddenBias")));
  return tf.add(attended, affine(hidden, weight("mlpWeight"), vector("mlpBias")));
}

/**
 * softmax(q·kᵀ/√d)·v for each of n pairs of picture and head.
 *
 * ```
 * ∂v = Aᵀ·∂o    ∂A = ∂o·vᵀ    ∂S = A ⊙ (∂A − rowsum(∂A ⊙ A))    ∂q = ∂S·k/√d    ∂k = ∂Sᵀ·q/√d
 * ```
 *
 * @param q [n, cells, d], as are k and v.
 * @returns [n, cells, d]
 */
export function attend(q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D): tf.Tensor3D {
  return attendWithGradient(q, k, v) as tf.Tensor3D;
}

const attendWithGradient = tf.customGrad((...args) => {
  const [q, k, v, save] = args as unknown as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D, tf.GradSaveFunc];
  const scale = 1 / Math.sqrt(q.shape[2]);
  const scaled = tf.mul<tf.Tensor3D>(q, scale);
  const A = tf.softmax(times(scaled, k, false, true)); // [n, cells, cells]
  const out = times(A, v);
  save([scaled, k, v, A, out]);
  return {
    value: out,
    gradFunc: (dOut: tf.Tensor, saved: tf.Tensor[]) => {
      const [scaled, k, v, A, out] = saved as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
      const dO = dOut as tf.Tensor3D;
      const [n, cells] = A.shape, dA = times(dO, v, false, true).reshape([n * cells, cells]);
      const rows = tf.sum(tf.mul(dO, out), 2).reshape([n * cells, 1]); // = rowsum(∂A ⊙ A)
      const dS = tf.mul<tf.Tensor3D>(A, tf.sub(dA, rows).reshape(A.shape)); // matrices: wasm broadcasts cubes slowly
      return [tf.mul(times(dS, k), scale), times(dS, scaled, true), times(A, dO, true)];
    },
  };
});

/** Each cell's 3×3 neighbourhood side by side: [B·h·w, L] → [B·h·w, 9L]. */
function neighbours(x: tf.Tensor2D, { batch, h, w }: CellGrid): tf.Tensor2D {
  const L = x.shape[1];
  const padded = tf.pad(x.reshape<tf.Tensor4D>([batch, h, w, L]), [[0, 0], [1, 1], [1, 1], [0, 0]]);
  const shifted = [];
  for (let dy = 0; dy < 3; dy++) {
    for (let dx = 0; dx < 3; dx++) shifted.push(tf.slice(padded, [0, dy, dx, 0], [batch, h, w, L]));
  }
  return tf.concat(shifted, 3).reshape([batch * h * w, 9 * L]);
}
