/**
 * # What a refinement may change of the Gaussians: small offsets from the prediction
 *
 * ```
 * sh          = sh⁰ + 0.1·γ·θ_c / Y_00                     a colour by 0.1
 * opacity     = σ(logit(opacity⁰) + 0.25·γ·θ_o)
 * scale       = scale⁰·exp(0.1·γ·θ_s)                      a size by a tenth
 * translation = translation⁰ + 0.003·γ·θ_t / s             3 mm, in the face's frame
 * ```
 *
 * θ are what is optimised. All start at 0, and a θ of 1 is a change worth mentioning, so that one rate serves them all. γ, 0 to
 * 1, says how much of a Gaussian the photo shows ({@link ./shown.ts}): what it does not show stays as it was predicted.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { assembleAvatar, type Avatar } from "../gaussian/assemble.ts";
import { SH_0 } from "../gaussian/spherical_harmonics.ts";

/** θ by name. (A type, not an interface, so that it is a record of variables.) */
export type GaussianOffsets = {
  /** θ_c [n, k, 3] */
  readonly colour: tf.Variable;
  /** θ_o [n] */
  readonly opacity: tf.Variable;
  /** θ_s [n, 3] */
  readonly scale: tf.Variable;
  /** θ_t [n, 3] */
  readonly translation: tf.Variable;
};

const REACH = { colour: 0.1, opacity: 0.25, scale: 0.1, translation: 0.003 };
const LEAST = 1e-4; // of an opacity and of what is missing to 1, so that its logit is finite

/** No offsets, as variables; the caller disposes of them. */
export function noOffsets({ sh, opacity, scale, translation }: Avatar): GaussianOffsets {
  const none = (like: tf.Tensor) => tf.tidy(() => tf.variable(tf.zerosLike(like)));
  return { colour: none(sh), opacity: none(opacity), scale: none(scale), translation: none(translation) };
}

/**
 * The avatar with offsets; differentiable in them.
 *
 * @param shown γ [n], 0..1.
 * @param size s [n, 1] metres, of the posed faces.
 * @returns a new avatar on the same template; the caller disposes of its tensors.
 */
export function offsetAvatar(avatar: Avatar, offsets: GaussianOffsets, shown: tf.Tensor1D, size: tf.Tensor2D): Avatar {
  const { template, translation, rotation, scale, opacity, sh } = avatar;
  const column = shown.expandDims<tf.Tensor2D>(1);
  const certain = opacity.clipByValue(LEAST, 1 - LEAST), logit = certain.div(tf.sub(1, certain)).log();
  return assembleAvatar(template, {
    translation: translation.add(offsets.translation.mul(column).mul(REACH.translation).div(size)),
    rotation: rotation.clone(),
    scale: scale.mul(offsets.scale.mul(column).mul(REACH.scale).exp()),
  }, {
    opacity: logit.add<tf.Tensor1D>(offsets.opacity.mul(shown).mul(REACH.opacity)).sigmoid(),
    sh: sh.add(offsets.colour.mul(column.expandDims(2)).mul(REACH.colour / SH_0)),
  });
}
