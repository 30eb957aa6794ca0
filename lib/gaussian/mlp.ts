/**
 * # MLP: a stack of affine layers with ReLU between them
 *
 * ```
 * x₁ = relu(x·W₁ + b₁), x₂ = relu(x₁·W₂ + b₂), …, y = x·W + b
 * ```
 *
 * Weights are stored [in, out], so that x·W needs no transpose. The parameters are a plain record of tensors; a file
 * names them by their path in it, `hidden1.weight`, `hidden1.bias`, …, `output.bias`.
 *
 * The hidden layers start at He's normal distribution, which keeps the size of activations through ReLUs, the output
 * layer at zero: an untrained network says 0 for every input, which the activations behind it turn into a neutral answer.
 *
 * Source: He et al., *Delving deep into rectifiers*, 2015.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectInteger } from "../tensor/options.ts";
import { expectShape } from "../tensor/shape.ts";
import { matMul } from "../tensor/mat_mul.ts";

/** One affine layer. */
export interface Affine {
  /** [in, out] */
  readonly weight: tf.Tensor2D;
  /** [out] */
  readonly bias: tf.Tensor1D;
}

/** The layers by name in the order in which they apply: `hidden1`, `hidden2`, …, `output`. */
export type Mlp = Readonly<Record<string, Affine>>;

/**
 * A seeded network whose output layer is zero.
 *
 * @param widths Inputs, hidden widths, outputs: `[384, 128, 128, 10]` has two hidden layers.
 * @param seed Equal seeds give equal weights on every backend.
 * @returns the layers; the caller disposes of them.
 * @throws {RangeError} if a width is no positive whole number.
 */
export function createMlp(widths: readonly number[], seed: number): Mlp {
  if (widths.length < 2) throw new RangeError(`createMlp: widths must name inputs and outputs: got [${widths}]`);
  for (const width of widths) expectInteger("createMlp", "every width", width, 1);
  const last = widths.length - 2;
  const layers = widths.slice(1).map((outputs, i) => {
    const inputs = widths[i]!;
    const weight = i === last
      ? tf.zeros<tf.Rank.R2>([inputs, outputs])
      : tf.randomNormal<tf.Rank.R2>([inputs, outputs], 0, Math.sqrt(2 / inputs), "float32", seed + i);
    return [i === last ? "output" : `hidden${i + 1}`, { weight, bias: tf.zeros<tf.Rank.R1>([outputs]) }];
  });
  return Object.fromEntries(layers);
}

/**
 * The network's answer for each row.
 *
 * @param x [n, in]
 * @returns [n, out]; the caller disposes of it.
 * @throws {TypeError} if the rows are not as wide as the first layer's inputs.
 */
export function applyMlp(mlp: Mlp, x: tf.Tensor2D): tf.Tensor2D {
  const layers = Object.values(mlp);
  expectShape("applyMlp", { x, weight: layers[0]!.weight }, { x: "n inputs", weight: "inputs outputs" });
  return tf.tidy(() =>
    layers.reduce((rows, { weight, bias }, i) => {
      const sum = matMul(rows, weight).add<tf.Tensor2D>(bias);
      return i < layers.length - 1 ? sum.relu<tf.Tensor2D>() : sum;
    }, x)
  );
}
