/**
 * # The layers of small convolutional networks
 *
 * Convolution, bias and activation in one step, with the parameters `NAME.weight` and `NAME.bias` (absent where a layer
 * has none). Kernels are [row, column, in, out], depthwise ones [row, column, channel, 1]. Padding is TensorFlow's
 * `same`: with stride 2 on an even number of pixels it adds one row below and one column to the right.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
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

function biasOf(weights: Weights, name: string): { bias?: tf.Tensor } {
  const bias = weights[`${name}.bias`];
  return bias ? { bias } : {};
}
