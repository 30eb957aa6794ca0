/**
 * # The WebGPU kernels of `GaussianSplat`
 *
 * The op's inputs and outputs are tensors on the device already; a kernel records the passes of `render.ts` over their
 * buffers, submits them and returns. No number comes back to the processor.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Color } from "../rasterize.ts";
import type { View } from "../view.ts";
import { bufferOf, Passes, type WebGpuBackend } from "./passes.ts";
import { recordGradient, recordPicture, type Scene, type SplatBuffers } from "./render.ts";
import { roundSizes } from "./rounds.ts";

/** The Gaussians, colours already chosen for the view. */
export interface SplatTensors {
  /** [n, 3] */
  readonly means: tf.TensorInfo;
  /** [n, 4], wxyz */
  readonly rotations: tf.TensorInfo;
  /** [n, 3] */
  readonly scales: tf.TensorInfo;
  /** [n] */
  readonly opacity: tf.TensorInfo;
  /** [n, 3] */
  readonly colors: tf.TensorInfo;
}

/** What does not come as a tensor. */
export interface SplatAttributes {
  readonly view: View;
  readonly background: Color;
  /** Pairs of Gaussian and tile that are sorted and painted at a time; tests choose few. */
  readonly pairs?: number | undefined;
}

/** The op's name, and its gradient's. */
export const GAUSSIAN_SPLAT = "GaussianSplat", GAUSSIAN_SPLAT_GRAD = "GaussianSplatGrad";

tf.registerKernel({
  kernelName: GAUSSIAN_SPLAT,
  backendName: "webgpu",
  kernelFunc: ({ inputs, backend, attrs }) =>
    splatOnWebGpu(backend as WebGpuBackend, inputs as unknown as SplatTensors, attrs as unknown as SplatAttributes),
});

tf.registerKernel({
  kernelName: GAUSSIAN_SPLAT_GRAD,
  backendName: "webgpu",
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { imageGradient: image, depthGradient: depth, ...splats } = inputs as Record<string, tf.TensorInfo>;
    const { means, rotations, scales, opacity, colors } = splatGradientOnWebGpu(
      backend as WebGpuBackend,
      splats as unknown as SplatTensors,
      { image: image!, depth: depth! },
      attrs as unknown as SplatAttributes,
    );
    return [means, rotations, scales, opacity, colors];
  },
});

/** Draws: image [H, W, 4] and depth [H, W]. */
export function splatOnWebGpu(
  backend: WebGpuBackend,
  inputs: SplatTensors,
  attributes: SplatAttributes,
): [image: tf.TensorInfo, depth: tf.TensorInfo] {
  const { width, height } = attributes.view, scene = sceneOf(backend, inputs, attributes);
  const image = backend.makeTensorInfo([height, width, 4], "float32");
  const depth = backend.makeTensorInfo([height, width], "float32");
  const picture = { image: bufferOf(backend, image), depth: bufferOf(backend, depth) };
  using passes = new Passes(backend);
  recordPicture(passes, scene, picture);
  passes.submit();
  return [image, depth];
}

/** Gradients of all inputs, from those of image and depth. */
export function splatGradientOnWebGpu(
  backend: WebGpuBackend,
  inputs: SplatTensors,
  dy: { readonly image: tf.TensorInfo; readonly depth: tf.TensorInfo },
  attributes: SplatAttributes,
): SplatTensors {
  const scene = sceneOf(backend, inputs, attributes);
  const names = Object.keys(inputs) as (keyof SplatTensors)[];
  const none = inputs.means.shape[0] === 0 ? new Float32Array(0) : undefined;
  const gradient = Object.fromEntries(
    names.map((name) => [name, backend.makeTensorInfo([...inputs[name].shape], "float32", none)]),
  ) as Record<keyof SplatTensors, tf.TensorInfo>;
  if (none) return gradient;
  const picture = { image: bufferOf(backend, dy.image), depth: bufferOf(backend, dy.depth) };
  const buffers = buffersOf(backend, gradient);
  using passes = new Passes(backend);
  recordGradient(passes, scene, picture, buffers);
  passes.submit();
  return gradient;
}

function sceneOf(backend: WebGpuBackend, inputs: SplatTensors, { view, background, pairs }: SplatAttributes): Scene {
  const count = inputs.means.shape[0]!;
  const sizes = roundSizes(count, view, backend.device.limits.maxStorageBufferBindingSize, pairs);
  const splats = count === 0 ? {} as SplatBuffers : buffersOf(backend, inputs); // empty buffers cannot be bound
  return { count, splats, view, background, sizes };
}

function buffersOf(backend: WebGpuBackend, tensors: SplatTensors): SplatBuffers {
  const { means, rotations, scales, opacity, colors } = tensors;
  return {
    means: bufferOf(backend, means),
    rotations: bufferOf(backend, rotations),
    scales: bufferOf(backend, scales),
    opacity: bufferOf(backend, opacity),
    colors: bufferOf(backend, colors),
  };
}
