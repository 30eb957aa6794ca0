/**
 * # The WebGPU kernels of `GaussianSplat`
 *
 * The op's inputs and outputs are tensors on the device already; a kernel records the passes of `render.ts` over their
 * buffers, submits them and returns. No number comes back to the processor.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import {
  GAUSSIAN_SPLAT,
  GAUSSIAN_SPLAT_GRAD,
  SPLAT_INPUTS,
  type SplatAttributes,
  type SplatTensors,
} from "../gaussian_splat.ts";
import { bufferOf, Passes, type WebGpuBackend } from "./passes.ts";
import { recordGradient, recordPicture, type Scene } from "./render.ts";
import { roundSizes } from "./rounds.ts";

type Inputs = SplatTensors<tf.TensorInfo> & { readonly intrinsics?: tf.TensorInfo };

/** {@linkcode SplatAttributes}, and how many pairs of Gaussian and tile are painted at a time; tests choose few. */
export interface WebGpuAttributes extends SplatAttributes {
  readonly pairs?: number | undefined;
}

tf.registerKernel({
  kernelName: GAUSSIAN_SPLAT,
  backendName: "webgpu",
  kernelFunc: ({ inputs, backend, attrs }) =>
    splatOnWebGpu(backend as WebGpuBackend, inputs as unknown as Inputs, attrs as unknown as WebGpuAttributes),
});

tf.registerKernel({
  kernelName: GAUSSIAN_SPLAT_GRAD,
  backendName: "webgpu",
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { imageGradient: image, depthGradient: depth, ...splats } = inputs as Record<string, tf.TensorInfo>;
    const gradient = splatGradientOnWebGpu(
      backend as WebGpuBackend,
      splats as unknown as Inputs,
      { image: image!, depth: depth! },
      attrs as unknown as WebGpuAttributes,
    );
    return [...SPLAT_INPUTS, "intrinsics" as const].map((name) => gradient[name]);
  },
});

/** Draws: image [H, W, 4] and depth [H, W]. */
export function splatOnWebGpu(
  backend: WebGpuBackend,
  inputs: Inputs,
  attributes: WebGpuAttributes,
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

/** Gradients of all inputs, from those of image and depth; `intrinsics` [n, 4] is each Gaussian's share. */
export function splatGradientOnWebGpu(
  backend: WebGpuBackend,
  inputs: Inputs,
  dy: { readonly image: tf.TensorInfo; readonly depth: tf.TensorInfo },
  attributes: WebGpuAttributes,
): Required<Inputs> {
  const scene = sceneOf(backend, inputs, attributes);
  const none = inputs.means.shape[0] === 0 ? new Float32Array(0) : undefined;
  const made = (shape: readonly number[]) => backend.makeTensorInfo([...shape], "float32", none);
  const intrinsics = made([inputs.means.shape[0]!, 4]);
  const gradient = { ...forEach((name) => made(inputs[name].shape)), intrinsics };
  if (none) return gradient;
  const picture = { image: bufferOf(backend, dy.image), depth: bufferOf(backend, dy.depth) };
  const buffers = { ...buffersOf(backend, gradient), intrinsics: bufferOf(backend, intrinsics) };
  using passes = new Passes(backend);
  recordGradient(passes, scene, picture, buffers);
  passes.submit();
  return gradient;
}

function sceneOf(backend: WebGpuBackend, inputs: Inputs, { view, background, pairs }: WebGpuAttributes): Scene {
  const count = inputs.means.shape[0]!;
  const sizes = roundSizes(count, view, backend.device.limits.maxStorageBufferBindingSize, pairs);
  const splats = count === 0 ? undefined : buffersOf(backend, inputs); // empty buffers cannot be bound
  const given = inputs.intrinsics?.shape[0] ? bufferOf(backend, inputs.intrinsics) : undefined;
  return { count, splats, intrinsics: given, view, background, sizes };
}

const buffersOf = (backend: WebGpuBackend, tensors: Inputs) => forEach((name) => bufferOf(backend, tensors[name]));

/** The same for each of the op's inputs. */
function forEach<T>(of: (name: typeof SPLAT_INPUTS[number]) => T): SplatTensors<T> {
  return Object.fromEntries(SPLAT_INPUTS.map((name) => [name, of(name)])) as unknown as SplatTensors<T>;
}
