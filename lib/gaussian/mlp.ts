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
import { affine } from "../tensor/affine.ts";

/** One affine layer. (A type, not an interface, so that a network is a tree of parameters.) */
export type Affine = {
  /** [in, out] */
  readonly weight: tf.Tensor2D;
  /** [out] */
  readonly bias: tf.Tensor1D;
};

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
  const layers = layerNames(widths).map((name, i) => {
    const shape: [number, number] = [widths[i]!, widths[i + 1]!];
    const weight = name === "output"
      ? tf.zeros<tf.Rank.R2>(shape)
      : tf.randomNormal<tf.Rank.R2>(shape, 0, Math.sqrt(2 / shape[0]), "float32", seed + i);
    return [name, { weight, bias: tf.zeros<tf.Rank.R1>([shape[1]]) }];
  });
  return Object.fromEntries(layers);
}

/** Every parameter's shape by its name, preceded by `prefix`, for a network of these widths. */
export function mlpShapes(prefix: string, widths: readonly number[]): Record<string, readonly number[]> {
  return Object.fromEntries(
    layerNames(widths).flatMap((name, i) => [
      [`${prefix}${name}.weight`, [widths[i]!, widths[i + 1]!]],
      [`${prefix}${name}.bias`, [widths[i + 1]!]],
    ]),
  );
}

function layerNames(widths: readonly number[]): string[] {
  return widths.slice(1).map((_, i) => i === widths.length - 2 ? "output" : `hidden${i + 1}`);
}

/**
 * The network's answer for each row.
 *
 * @param x [n, in]
 * @param options `frozenInput`: x is data, of which no gradient is asked; saves a third of the backward pass.
 * @returns [n, out]; the caller disposes of it.
 * @throws {TypeError} if the rows are not as wide as the first layer's inputs.
 */
export function applyMlp(
  mlp: Mlp,
  x: tf.Tensor2D,
  { frozenInput = false }: { readonly frozenInput?: boolean } = {},
): tf.Tensor2D {
  const layers = Object.values(mlp);
  expectShape("applyMlp", { x, weight: layers[0]!.weight }, { x: "n inputs", weight: "inputs outputs" });
  return tf.tidy(() =>
    layers.reduce((rows, { weight, bias }, i) => {
      const sum = affine(rows, weight, bias, { frozenInput: frozenInput && i === 0 });
      return i < layers.length - 1 ? sum.relu<tf.Tensor2D>() : sum;
    }, x)
  );
}
