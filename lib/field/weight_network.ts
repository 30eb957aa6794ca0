/**
 * # The weight network ω: from a canonical point to its own classifier
 *
 * ```
 * h⁰ = γ(g)       hⁱ = GELU(hⁱ⁻¹·Wᵢ + bᵢ)       Φ(g) = the last h  [K]
 * [W_pose  b_pose](g) = [Φ(g), 1]·M             M [K+1, (L+1)·J]
 * ```
 *
 * The last layer is affine in Φ: column l·J + j of M makes entry (l, j) of W_pose [L, J], and the columns with l = L
 * make b_pose [J]; the last row of M is that layer's own bias. So all Gaussians share M, and a Gaussian is its K
 * numbers Φ(g): that is what makes the reordered evaluation of `locate` possible.
 *
 * The published network, 2048 GELU → 1024 → (×0.1/√λ) → 384 GELU → (512+1)·10, is of this form with hidden widths
 * [2048, 384]: the layers between the two GELUs are linear and multiply into one.
 *
 * Initial weights are normal, scaled so that each hidden unit has about unit variance before its GELU and the logits have
 * about unit variance for features of unit size; biases are zero.
 *
 * Source: NLF, section 3.2–3.3; the factorisation in DESIGN decision 3.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { gelu } from "../tensor/activations.ts";
import { matMul } from "../tensor/mat_mul.ts";
import { expectShape } from "../tensor/shape.ts";
import type { ParameterTree } from "../tensor/parameters.ts";

/** One hidden layer. */
export interface Layer extends ParameterTree {
  /** [in, out] */
  readonly weight: tf.Tensor2D;
  /** [out] */
  readonly bias: tf.Tensor1D;
}

/** ω's parameters. */
export interface WeightNetwork extends ParameterTree {
  /** Hidden layers by number, `0` first. */
  readonly layers: { readonly [index: string]: Layer };
  /** M [K+1, (L+1)·J]; its last row is the affine layer's bias. */
  readonly readout: tf.Tensor2D;
}

/** The sizes of ω. */
export interface WeightNetworkSizes {
  /** E, width of the encoding. */
  readonly encoding: number;
  /** Widths of the hidden layers; the last is K. */
  readonly hidden: readonly number[];
  /** L, width of the linked features. */
  readonly linkWidth: number;
  /** J = 2 + d, channels of the head. */
  readonly channels: number;
}

/** The shapes of ω's parameters by dotted name. */
export function weightNetworkShapes(sizes: WeightNetworkSizes): Record<string, readonly number[]> {
  const { encoding, hidden, linkWidth, channels } = sizes;
  const widths = [encoding, ...hidden];
  const layers = hidden.flatMap((width, i) => [
    [`layers.${i}.weight`, [widths[i]!, width]],
    [`layers.${i}.bias`, [width]],
  ]);
  return Object.fromEntries([...layers, ["readout", [widths.at(-1)! + 1, (linkWidth + 1) * channels]]]);
}

/**
 * Φ, the last hidden layer.
 *
 * @param encoding γ(g) [n, E].
 * @returns [n, K]; the caller disposes of it.
 */
export function hiddenLayer(encoding: tf.Tensor2D, network: WeightNetwork): tf.Tensor2D {
  expectShape("hiddenLayer", { encoding, weight: network.layers["0"]!.weight }, { encoding: "n E", weight: "E width" });
  return tf.tidy(() =>
    Object.values(network.layers).reduce((x, { weight, bias }) => gelu(tf.add(matMul(x, weight), bias)), encoding)
  );
}

/**
 * ω_pose: W_pose and b_pose of every point.
 *
 * @param hidden Φ [n, K].
 * @param readout M [K+1, (L+1)·J].
 * @param channels J.
 * @returns weights [n, L, J] and bias [n, J]; the caller disposes of both.
 */
export function readWeights(
  hidden: tf.Tensor2D,
  readout: tf.Tensor2D,
  channels: number,
): { readonly weights: tf.Tensor3D; readonly bias: tf.Tensor2D } {
  const { n } = expectShape("readWeights", { hidden }, "n K");
  return tf.tidy(() => {
    const flat = matMul(withOne(hidden), readout); // [n, (L+1)·J]
    const L = flat.shape[1] / channels - 1;
    const weights = tf.slice(flat, [0, 0], [n, L * channels]).reshape<tf.Tensor3D>([n, L, channels]);
    return { weights, bias: tf.slice(flat, [0, L * channels], [n, channels]) };
  });
}

/** [x, 1]: a column of ones behind the last, so that a matrix product can carry its own bias. */
export function withOne(x: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => tf.concat([x, tf.ones([x.shape[0], 1])], 1) as tf.Tensor2D);
}

/** The mean square of GELU(x) for a standard normal x. */
const GELU_POWER = 0.425;

/**
 * Seeded initial parameters.
 *
 * @param sizes Widths.
 * @param options `seed`, and `energy`: the mean of |γ|² over the body, which sets the first layer's scale.
 */
export function createWeightNetwork(
  sizes: WeightNetworkSizes,
  { seed, energy }: { readonly seed: number; readonly energy: number },
): WeightNetwork {
  const { encoding, hidden, linkWidth, channels } = sizes;
  const widths = [encoding, ...hidden], K = widths.at(-1)!;
  const layers = hidden.map((width, i) => {
    const deviation = i === 0 ? 1 / Math.sqrt(energy) : Math.sqrt(1 / (GELU_POWER * widths[i]!));
    const weight = tf.randomNormal<tf.Rank.R2>([widths[i]!, width], 0, deviation, "float32", seed + 101 + i);
    return { weight, bias: tf.zeros<tf.Rank.R1>([width]) };
  });
  const readout = tf.tidy(() => {
    const columns = (linkWidth + 1) * channels, deviation = Math.sqrt(1 / (GELU_POWER * K * linkWidth));
    const rows = tf.randomNormal([K, columns], 0, deviation, "float32", seed + 100);
    return tf.concat([rows, tf.zeros([1, columns])], 0) as tf.Tensor2D;
  });
  return { layers: Object.fromEntries(layers.map((layer, i) => [String(i), layer])), readout };
}
