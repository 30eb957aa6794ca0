/**
 * # γ: how much of each Gaussian the photo shows
 *
 * ```
 * w_i = Σ_pixels m·T_i·α_i            the Gaussian's part in the picture, pixels on the person
 * γ_i = w_i² / (w_i² + (w̄/5)²)        w̄: the mean of w
 * ```
 *
 * The renderer itself knows what hides what: w_i is the gradient of Σ m·red with respect to the Gaussian's red. What faces away, is
 * behind an arm, outside of the crop or off the person has w = 0 and γ = 0; what is seen has about 2·w̄ and γ ≈ 1.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Gaussians } from "../gaussian/gaussians.ts";
import { SH_0 } from "../gaussian/spherical_harmonics.ts";
import type { Camera } from "../image/cameras.ts";
import { splatGaussians } from "../splat/splat_gaussians.ts";

const SHARE = 0.2; // of the mean at which γ is ½

/**
 * γ of Gaussians in the world.
 *
 * @param camera Of the picture that `mask` belongs to.
 * @param mask m [size, size, 1], 0..1.
 * @returns γ [n], 0..1; the caller disposes of it.
 */
export function shownShare(gaussians: Gaussians, camera: Camera, mask: tf.Tensor3D): tf.Tensor1D {
  const { means, rotations, scales, opacity } = gaussians, [height, width] = mask.shape;
  return tf.tidy(() => {
    const red = (sh: tf.Tensor) => {
      const grey = { means, rotations, scales, opacity, sh: sh as tf.Tensor3D }; // a colour at its bound has no gradient
      const { image } = splatGaussians(grey, camera, { width, height });
      return image.slice([0, 0, 0], [height, width, 1]).mul(mask).sum();
    };
    const gradient = tf.grad(red)(tf.zeros([means.shape[0], 1, 3])); // SH_0·w in red
    const w = gradient.slice([0, 0, 0], [-1, 1, 1]).reshape<tf.Tensor1D>([-1]).div<tf.Tensor1D>(SH_0).maximum(0);
    const squared = w.square();
    return squared.div<tf.Tensor1D>(squared.add(w.mean().mul(SHARE).square()).add(1e-18));
  });
}
