/**
 * # What a refinement may change of the Gaussians: small offsets from the prediction
 *
 * ```
 * sh          = sh⁰ + 0.1·γ·θ_c / Y_00                     a colour by 0.1
 * opacity     = σ(logit(opacity⁰) + 0.25·γ·θ_o)
 * scale       = scale⁰·exp(0.1·γ·θ_s)                      a size by a tenth
 * mean        = mean⁰ + 0.003·γ·θ_t                         3 mm, in the photo's axes
 * ```
 *
 * Means move in the world, where the body stands as in the photo; the avatar's translation is the same move in the face's frame, in
 * face sizes. θ are what is optimised. All start at 0, and a θ of 1 is a change worth mentioning, so that one rate serves them all. γ, 0 to
 * 1, says how much of a Gaussian the photo shows ({@link ./shown.ts}): what it does not show stays as it was predicted.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { SlotFrames } from "../body/drive.ts";
import { assembleAvatar, type Avatar } from "../gaussian/assemble.ts";
import type { Gaussians } from "../gaussian/gaussians.ts";
import { conjugate, rotateVector } from "../gaussian/quaternion.ts";
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
 * Gaussians in the world with offsets; differentiable in them.
 *
 * @param shown γ [n], 0..1.
 * @returns new tensors beside those that stay as they are; the caller disposes of all.
 */
export function offsetGaussians(posed: Gaussians, offsets: GaussianOffsets, shown: tf.Tensor1D): Gaussians {
  return tf.tidy(() => {
    const { scale, opacity, sh } = changed({ ...posed, scale: posed.scales }, offsets, shown);
    const means = posed.means.add<tf.Tensor2D>(moved(offsets, shown));
    return { means, rotations: posed.rotations.clone(), scales: scale, opacity, sh, ...frames(posed) };
  });
}

/**
 * The avatar with offsets.
 *
 * @param shown γ [n], 0..1.
 * @param on The posed faces' frames and sizes, which turn what was moved in the camera's axes back into theirs.
 * @returns a new avatar on the same template; the caller disposes of its tensors.
 */
export function offsetAvatar(
  avatar: Avatar,
  offsets: GaussianOffsets,
  shown: tf.Tensor1D,
  on: Pick<SlotFrames, "frames" | "size">,
): Avatar {
  const { template, translation, rotation } = avatar, { scale, opacity, sh } = changed(avatar, offsets, shown);
  const back = rotateVector(conjugate(on.frames), moved(offsets, shown)).div<tf.Tensor2D>(on.size);
  return assembleAvatar(template, { translation: translation.add(back), rotation: rotation.clone(), scale }, {
    opacity,
    sh,
  });
}

function moved({ translation }: GaussianOffsets, shown: tf.Tensor1D): tf.Tensor2D {
  return translation.mul(shown.expandDims(1)).mul<tf.Tensor2D>(REACH.translation);
}

function changed(
  { scale, opacity, sh }: Pick<Avatar, "scale" | "opacity" | "sh">,
  offsets: GaussianOffsets,
  shown: tf.Tensor1D,
): { readonly scale: tf.Tensor2D; readonly opacity: tf.Tensor1D; readonly sh: tf.Tensor3D } {
  const column = shown.expandDims<tf.Tensor2D>(1);
  const certain = opacity.clipByValue(LEAST, 1 - LEAST), logit = certain.div(tf.sub(1, certain)).log();
  return {
    scale: scale.mul(offsets.scale.mul(column).mul(REACH.scale).exp()),
    opacity: logit.add<tf.Tensor1D>(offsets.opacity.mul(shown).mul(REACH.opacity)).sigmoid(),
    sh: sh.add(offsets.colour.mul(column.expandDims(2)).mul(REACH.colour / SH_0)),
  };
}

const frames = ({ frames }: Gaussians) => frames ? { frames: frames.clone() } : {};
