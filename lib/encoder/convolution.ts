/**
 * # The layers of small convolutional networks
 *
 * Convolution, bias and activation in one step (1×1 kernels by the machine's own BLAS where it is in use), with the parameters `NAME.weight` and `NAME.bias` (absent where a layer
 * has none). Kernels are [row, column, in, out], depthwise ones [row, column, channel, 1]. Padding is TensorFlow's
 * `same`: with stride 2 on an even number of pixels it adds one row below and one column to the right.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { nativeProducts, times } from "../tensor/mat_mul.ts";
import type { Weights } from "./weights.ts";

/** What follows a convolution. */
export type Activation = "linear" | "relu" | "relu6";

/** A convolution: [1, h, w, in] → [1, h/stride, w/stride, out]. */
export function convolution(
  x: tf.Tensor4D,
  weights: Weights,
  name: string,
  activation: Activation = "linear",
  strides = 1,
): tf.Tensor4D {
  const filter = weights[`${name}.weight`] as tf.Tensor4D;
  const [rows, , from, to] = filter.shape, bias = weights[`${name}.bias`];
  if (rows === 1 && strides === 1 && nativeProducts()) {
    const product = times(x.reshape([-1, from]), filter.reshape([from, to]));
    const flat = activate(bias ? tf.add(product, bias) : product, activation);
    return flat.reshape([x.shape[0], x.shape[1], x.shape[2], to]);
  }
  return tf.fused.conv2d({ x, filter, strides, pad: "same", ...biasOf(weights, name), activation });
}

/** A convolution of each channel by itself: [1, h, w, C] → [1, h/stride, w/stride, C]. */
export function depthwise(
  x: tf.Tensor4D,
  weights: Weights,
  name: string,
  activation: Activation = "linear",
  strides = 1,
): tf.Tensor4D {
  const filter = weights[`${name}.weight`] as tf.Tensor4D;
  return tf.fused.depthwiseConv2d({ x, filter, strides, pad: "same", ...biasOf(weights, name), activation });
}

/** The shapes of a convolution's kernel and bias. */
export function convolutionShapes(name: string, side: number, from: number, to: number): Record<string, number[]> {
  return { [`${name}.weight`]: [side, side, from, to], [`${name}.bias`]: [to] };
}

/** The shapes of a depthwise convolution's kernel and bias. */
export function depthwiseShapes(name: string, side: number, channels: number): Record<string, number[]> {
  return { [`${name}.weight`]: [side, side, channels, 1], [`${name}.bias`]: [channels] };
}

function activate(x: tf.Tensor, activation: Activation): tf.Tensor {
  if (activation === "linear") return x;
  return activation === "relu" ? tf.relu(x) : tf.clipByValue(x, 0, 6);
}

function biasOf(weights: Weights, name: string): { bias?: tf.Tensor } {
  const bias = weights[`${name}.bias`];
  return bias ? { bias } : {};
}
