/**
 * # `GaussianSplat`: drawing as one op with a gradient
 *
 * ```
 * (means [n, 3], rotations [n, 4], scales [n, 3], opacity [n], colors [n, 3], intrinsics [4 or 0]) → image [H, W, 4], depth [H, W]
 * ```
 *
 * tfjs knows an op by its name, by one kernel for each backend, and by one gradient, which is written in terms of ops
 * itself. So there are two names: `GaussianSplat` and `GaussianSplatGrad`, whose inputs are the former's and the picture's
 * gradients, and whose outputs are the gradients of all inputs in the order above, but that of the intrinsics [n, 4] is each
 * Gaussian's share. A backend that registers both can be
 * trained through with `tf.grad`, `tf.variableGrads` and every optimiser.
 *
 * Here are the kernels of the backends whose numbers lie in memory, cpu and wasm: read, draw, write, each number copied
 * once. What the forward pass worked out is kept for the gradient as long as tfjs keeps the call's attributes, and worked
 * out again if it is gone.
 *
 * A gradient that is not finite stops with the name of its tensor: in training it would spoil every weight at once.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { drawSplats, drawSplatsGradient } from "./draw.ts";
import type { Splats } from "./projection.ts";
import type { Color, Raster } from "./rasterize.ts";
import type { View } from "./view.ts";

/** The op's name, and its gradient's. */
export const GAUSSIAN_SPLAT = "GaussianSplat", GAUSSIAN_SPLAT_GRAD = "GaussianSplatGrad";

/** The Gaussians, colours already chosen for the view. */
export interface SplatTensors<T = tf.Tensor> {
  /** [n, 3], world, metres. */
  readonly means: T;
  /** [n, 4], wxyz, of any length but 0. */
  readonly rotations: T;
  /** [n, 3]: standard deviations in metres. */
  readonly scales: T;
  /** [n], 0..1 */
  readonly opacity: T;
  /** [n, 3]: red, green, blue. */
  readonly colors: T;
}

/** The inputs' names in the order of `GaussianSplatGrad`'s outputs. */
export const SPLAT_INPUTS = ["means", "rotations", "scales", "opacity", "colors"] as const;

const INTRINSICS = "intrinsics";

/** What does not come as a tensor. */
export interface SplatAttributes {
  readonly view: View;
  readonly background: Color;
}

/**
 * Runs the op on the current backend: image [H, W, 4] and depth [H, W].
 *
 * @param intrinsics [4]: fx, fy, cx, cy in pixels, in place of the view's; see {@linkcode expectIntrinsics}.
 */
export function gaussianSplat(
  splats: SplatTensors,
  attributes: SplatAttributes,
  intrinsics?: tf.Tensor1D,
): [tf.Tensor3D, tf.Tensor2D] {
  const attrs = { ...attributes }; // an object of its own, by which the gradient finds what the forward pass kept
  return tf.tidy(() => {
    const inputs = { ...splats, intrinsics: intrinsics ?? tf.tensor1d([]) }; // tfjs records no input that is missing
    return run(GAUSSIAN_SPLAT, inputs, attrs) as [tf.Tensor3D, tf.Tensor2D];
  });
}

function run(name: string, inputs: Record<string, tf.Tensor>, attrs: SplatAttributes): tf.Tensor[] {
  return tf.engine().runKernel(name, inputs, attrs as unknown as tf.NamedAttrMap) as unknown as tf.Tensor[];
}

tf.registerGradient({
  kernelName: GAUSSIAN_SPLAT,
  inputsToSave: [...SPLAT_INPUTS, INTRINSICS],
  gradFunc: (dy, saved, attrs) => {
    const [imageGradient, depthGradient] = dy as unknown as [tf.Tensor, tf.Tensor];
    const inputs = Object.fromEntries([...SPLAT_INPUTS, INTRINSICS].map((name, i) => [name, saved[i]!]));
    const all = { ...inputs, imageGradient, depthGradient };
    const gradients = freeingRecord(() => run(GAUSSIAN_SPLAT_GRAD, all, attrs as unknown as SplatAttributes));
    const shares = gradients[SPLAT_INPUTS.length]!;
    return {
      ...Object.fromEntries(SPLAT_INPUTS.map((name, i) => [name, () => gradients[i]!])),
      // asked for only where they were given; backends do not agree on the sum of nothing
      [INTRINSICS]: () => shares.shape[0] === 0 ? tf.zeros([4]) : tf.sum(shares, 0),
    };
  },
});

/** What tfjs recorded for a gradient it frees only when the gradient succeeds; this frees it when `fn` throws. */
function freeingRecord<T>(fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    const { state } = tf.engine();
    if (state.gradientDepth === 0) {
      state.activeTape?.forEach(({ saved }) => saved?.forEach((tensor) => tensor.dispose()));
    }
    throw error;
  }
}

const kept = new WeakMap<object, Raster>();
const IN_MEMORY: readonly string[] = ["cpu", "wasm"];

/**
 * Checks intrinsics where the current backend can look at them; to be called before anything is made, since tfjs frees
 * what it recorded for a gradient only when that succeeds.
 *
 * @throws {RangeError} if no camera has them.
 */
export function expectIntrinsics(caller: string, intrinsics: tf.Tensor1D): void {
  if (!IN_MEMORY.includes(tf.getBackend())) return;
  const numbers = intrinsics.dataSync(), [fx, fy] = numbers as unknown as [number, number];
  if (fx > 0 && fy > 0 && numbers.every(Number.isFinite)) return;
  throw new RangeError(`${caller}: intrinsics must be finite fx, fy, cx, cy with fx, fy > 0: got ${numbers}`);
}

for (const backendName of IN_MEMORY) {
  tf.registerKernel({
    kernelName: GAUSSIAN_SPLAT,
    backendName,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { view, background } = attributesOf(inputs, backend as tf.KernelBackend, attrs), { width, height } = view;
      const raster = drawSplats(splatsOf(inputs, backend as tf.KernelBackend), view, background);
      kept.set(attrs!, raster);
      return [
        tensorOf(backend as tf.KernelBackend, raster.image, [height, width, 4]),
        tensorOf(backend as tf.KernelBackend, raster.depth, [height, width]),
      ];
    },
  });
  tf.registerKernel({
    kernelName: GAUSSIAN_SPLAT_GRAD,
    backendName,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { view, background } = attributesOf(inputs, backend as tf.KernelBackend, attrs);
      const splats = splatsOf(inputs, backend as tf.KernelBackend);
      const [image, depth] = (["imageGradient", "depthGradient"] as const).map((name) =>
        finite(name, numbersOf(backend as tf.KernelBackend, inputs[name]!))
      ) as [Float32Array, Float32Array];
      const gradients = drawSplatsGradient(splats, view, background, kept.get(attrs!), { image, depth });
      const names = [...SPLAT_INPUTS, INTRINSICS] as const;
      for (const name of names) finite(`gradient of ${name}`, gradients[name]); // before the first is made
      const shapes = [...SPLAT_INPUTS.map((name) => inputs[name]!.shape), [splats.count, 4]];
      return names.map((name, i) => tensorOf(backend as tf.KernelBackend, gradients[name], shapes[i]!));
    },
  });
}

/** With the intrinsics that are given in place of the view's. */
function attributesOf(inputs: tf.NamedTensorInfoMap, backend: tf.KernelBackend, attrs: unknown): SplatAttributes {
  const { view, background } = attrs as SplatAttributes, given = inputs[INTRINSICS];
  if (!given?.shape[0]) return { view, background };
  const [fx, fy, cx, cy] = numbersOf(backend, given) as unknown as [number, number, number, number];
  return { view: { ...view, fx, fy, cx, cy }, background };
}

function splatsOf(inputs: tf.NamedTensorInfoMap, backend: tf.KernelBackend): Splats {
  const numbers = SPLAT_INPUTS.map((name) => [name, numbersOf(backend, inputs[name]!)]);
  return { count: inputs["means"]!.shape[0]!, ...Object.fromEntries(numbers) };
}

/** What of tfjs's wasm backend is used here. */
interface WasmBackend extends tf.KernelBackend {
  typedArrayFromHeap(info: tf.TensorInfo): Float32Array;
}

function isWasm(backend: tf.KernelBackend): backend is WasmBackend {
  return "typedArrayFromHeap" in backend;
}

/** A tensor's numbers where they lie, good until the next tensor is made. */
function numbersOf(backend: tf.KernelBackend, info: tf.TensorInfo): Float32Array {
  return isWasm(backend) ? backend.typedArrayFromHeap(info) : backend.readSync(info.dataId) as Float32Array;
}

/** A tensor of numbers that are lent: wasm copies them into its memory, cpu would keep them. */
function tensorOf(backend: tf.KernelBackend, values: Float32Array, shape: number[]): tf.TensorInfo {
  const dataId = backend.write(isWasm(backend) ? values : values.slice(), shape, "float32");
  return { dataId, shape, dtype: "float32" };
}

/** @throws {RangeError} naming the tensor and the place where a number is NaN or infinite. */
function finite<T extends Float32Array>(name: string, values: T): T {
  for (let place = 0; place < values.length; place++) { // a plain loop over what may be millions of numbers, at each step
    if (values[place]! - values[place]! === 0) continue; // NaN for NaN and ±∞
    throw new RangeError(`splatGaussians: ${name} must be finite: got ${values[place]} at number ${place}`);
  }
  return values;
}
