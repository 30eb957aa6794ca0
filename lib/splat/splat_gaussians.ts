/**
 * # Splatting with gradients: a picture that says how each Gaussian should change
 *
 * ```
 * image, depth = GaussianSplat(means, rotations, scales, opacity, colours(sh, frames, means → camera))
 * ```
 *
 * The same picture as `render.ts` draws, made at once and inside tfjs' record of operations: `tf.grad` and
 * `tf.variableGrads` of any loss on colour, coverage or depth reach every number of every Gaussian.
 *
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { splatGaussians } from "./splat_gaussians.ts";
 * const [means, rotations] = [tf.tensor2d([[0, 0, 2]]), tf.tensor2d([[1, 0, 0, 0]])];
 * const [scales, opacity, sh] = [tf.fill<tf.Rank.R2>([1, 3], 0.1), tf.tensor1d([0.8]), tf.zeros<tf.Rank.R3>([1, 1, 3])];
 * const eye = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]];
 * const camera = { K: [[16, 0, 8], [0, 16, 8], [0, 0, 1]], worldToCamera: eye };
 * const brightness = (means: tf.Tensor2D) =>
 *   splatGaussians({ means, rotations, scales, opacity, sh }, camera, { width: 16, height: 16 }).image.mean();
 * const gradient = tf.grad(brightness as (means: tf.Tensor) => tf.Tensor)(means); // [1, 3]
 * const [, , z] = await gradient.data();
 * console.log(z! < 0); // true: nearer is larger is brighter
 * tf.dispose([means, rotations, scales, opacity, sh, gradient]);
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectGaussians, type Gaussians } from "../gaussian/gaussians.ts";
import type { Camera } from "../image/cameras.ts";
import { expectIntrinsics, gaussianSplat } from "./gaussian_splat.ts";
import { recombine } from "../tensor/components.ts";
import { expectShape } from "../tensor/shape.ts";
import { expectRenderOptions, type RenderOptions } from "./render_options.ts";
import { viewColors } from "./view_colors.ts";
import { viewOf } from "./view.ts";
import "./webgpu/kernels.ts"; // registers the kernels of webgpu

/** A picture that gradients flow through; the caller disposes of it. */
export interface SplatPicture {
  /** [H, W, 4]: red, green, blue over the background, 0..1, and coverage 0..1 (1 where nothing shines through). */
  readonly image: tf.Tensor3D;
  /** [H, W]: mean depth of what is seen, metres along the camera's axis, 0 where nothing is. */
  readonly depth: tf.Tensor2D;
}

/** Options of {@linkcode splatGaussians}. */
export interface SplatPictureOptions extends RenderOptions {
  /** [4]: fx, fy, cx, cy in pixels, in place of those of the camera's K; gradients reach them. */
  readonly intrinsics?: tf.Tensor1D;
}

/**
 * Draws Gaussians as a camera sees them, differentiably in means, rotations, scales, opacity, sh and frames, and in the camera's
 * intrinsics where they are given as a tensor.
 *
 * Gaussians with NaN, infinities or a zero rotation are left out, and so are those outside of the picture; their gradients
 * are 0. On cpu and wasm a gradient that is not finite is an error; on webgpu, where numbers cannot be looked at in time, it
 * passes on.
 *
 * @param gaussians Gaussians in the world, as `drive` returns them.
 * @param camera Where from; see `lib/image/cameras.ts`. The gradient of its place: `moveAgainstCamera`.
 * @param options Size (512×512 by default), background, and intrinsics.
 * @throws {TypeError} if shapes do not fit or an option is unknown.
 * @throws {RangeError} if the size, the background, the camera or, on cpu and wasm, the intrinsics are out of range, and out of
 * the gradient if a number of it is not finite, with the tensor's name.
 */
export function splatGaussians(gaussians: Gaussians, camera: Camera, options: SplatPictureOptions = {}): SplatPicture {
  const { intrinsics, ...rendering } = options;
  const { background, ...size } = expectRenderOptions("splatGaussians", rendering);
  if (intrinsics) expectShape("splatGaussians", { intrinsics }, "4");
  expectGaussians("splatGaussians", gaussians);
  const view = viewOf("splatGaussians", camera, size);
  if (intrinsics) expectIntrinsics("splatGaussians", intrinsics);
  const { means, rotations, scales, opacity } = gaussians;
  return tf.tidy(() => {
    const colors = viewColors(view, gaussians);
    const [image, depth] = gaussianSplat(
      { means, rotations, scales, opacity, colors },
      { view, background },
      intrinsics,
    );
    return { image, depth };
  });
}

const COLOUR = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]], COVERAGE = [[0], [0], [0], [1]]; // of a pixel's four numbers

/**
 * A picture taken apart; differentiable.
 *
 * @param image [H, W, 4], as {@linkcode splatGaussians} draws it.
 * @returns colour [H, W, 3] and coverage [H, W, 1]; the caller disposes of both.
 * @throws {TypeError} if the shape is another.
 */
export function colourAndCoverage(
  image: tf.Tensor3D,
): { readonly colour: tf.Tensor3D; readonly coverage: tf.Tensor3D } {
  const { H, W } = expectShape("colourAndCoverage", { image }, "H W 4");
  return tf.tidy(() => {
    const pixels = image.reshape<tf.Tensor2D>([H * W, 4]);
    return {
      colour: recombine(pixels, COLOUR).reshape<tf.Tensor3D>([H, W, 3]),
      coverage: recombine(pixels, COVERAGE).reshape<tf.Tensor3D>([H, W, 1]),
    };
  });
}
