/**
 * # γ: how much of each Gaussian the photo shows
 *
 * ```
 * w_i = Σ_pixels m·T_i·α_i            the Gaussian's part in the picture, pixels on the person
 * γ_i = seen_i · w_i² / (w_i² + (w̄/5)²)        w̄: the mean of w      seen_i: whether its face can be seen, 0..1 (`sight.ts`)
 * ```
 *
 * The renderer itself knows what hides what: w_i is the gradient of Σ m·red with respect to the Gaussian's red. What is behind an
 * arm, outside of the crop or off the person has w = 0 and γ = 0; what is seen has about 2·w̄ and γ ≈ 1. Faces that look away have
 * γ = 0 even where the front is thin enough for them to shine through: else the back would be painted with the front's pattern.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Gaussians } from "../gaussian/gaussians.ts";
import { SH_0 } from "../gaussian/spherical_harmonics.ts";
import { sightOf } from "../gaussian/sight.ts";
import type { Template } from "../body/gaussians.ts";
import { CROP } from "../encoder/encoder.ts";
import { type Camera, scaleCamera } from "../image/cameras.ts";
import { TensorScope } from "../tensor/scope.ts";
import { splatGaussians } from "../splat/splat_gaussians.ts";

const SHARE = 0.2; // of the mean at which γ is ½

/** A body with Gaussians in a photo. */
export interface ShownBody {
  readonly template: Template;
  /** [V, 3] metres, in the axes of the photo's camera. */
  readonly vertices: tf.Tensor2D;
  /** On those vertices. */
  readonly gaussians: Gaussians;
  /** Of the 512² crop. */
  readonly camera: Camera;
}

/**
 * γ of Gaussians on a body.
 *
 * @param mask m [size, size, 1], 0..1, of the crop at any size.
 * @returns γ [n], 0..1; the caller disposes of it.
 */
export async function shownShare(
  { template, vertices, gaussians, camera }: ShownBody,
  mask: tf.Tensor3D,
): Promise<tf.Tensor1D> {
  using scope = new TensorScope();
  const { sight } = scope.own({ ...await sightOf(template, vertices, camera.K) });
  const { means, rotations, scales, opacity } = gaussians, [height, width] = mask.shape;
  return tf.tidy(() => {
    const red = (sh: tf.Tensor) => {
      const grey = { means, rotations, scales, opacity, sh: sh as tf.Tensor3D }; // a colour at its bound has no gradient
      const { image } = splatGaussians(grey, scaleCamera(camera, width / CROP), { width, height });
      return image.slice([0, 0, 0], [height, width, 1]).mul(mask).sum();
    };
    const gradient = tf.grad(red)(tf.zeros([means.shape[0], 1, 3])); // SH_0·w in red
    const w = gradient.slice([0, 0, 0], [-1, 1, 1]).reshape<tf.Tensor1D>([-1]).div<tf.Tensor1D>(SH_0).maximum(0);
    const squared = w.square(), seen = sight.slice([0, 0], [-1, 1]).reshape<tf.Tensor1D>([-1]);
    return squared.div<tf.Tensor1D>(squared.add(w.mean().mul(SHARE).square()).add(1e-18)).mul<tf.Tensor1D>(seen);
  });
}
