/**
 * # The Gaussians, closer to the photo where it shows them
 *
 * ```
 * min over θ  photo loss(splat(avatar + γ·θ)) + λ·mean γ·θ²            first half of the steps at half the size
 * ```
 *
 * The body stands still: the Gaussians are placed on it once, and changed in the world. λ pulls every offset back to the prediction,
 * and few steps leave it little time to go astray: other views must not pay for this one.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { placeInFrames, type SlotFrames } from "../body/drive.ts";
import type { Avatar } from "../gaussian/assemble.ts";
import type { Camera } from "../image/cameras.ts";
import { splatGaussians } from "../splat/splat_gaussians.ts";
import { TensorScope } from "../tensor/scope.ts";
import { minimise, type Minimising } from "./minimise.ts";
import { noOffsets, offsetAvatar, offsetGaussians } from "./offsets.ts";
import { photoLoss, type PhotoTarget } from "./photo_loss.ts";

/** The photo at one size. */
export interface SizedPhoto {
  readonly target: PhotoTarget;
  readonly camera: Camera;
}

/** What Gaussians are refined with. */
export interface GaussianRefinement extends Omit<Minimising, "loss"> {
  readonly coarse: SizedPhoto;
  readonly fine: SizedPhoto;
  /** γ [n] */
  readonly shown: tf.Tensor1D;
}

const WEIGHTS = { structure: 0.2, inside: 0, outline: 0.1 }, PRIOR = 0.03;

/**
 * Refines an avatar on a body.
 *
 * @param frames Of the body in the photo.
 * @returns a new avatar on the same template, of which the caller disposes, and the loss before each step.
 */
export async function refineGaussians(
  avatar: Avatar,
  frames: SlotFrames,
  { coarse, fine, shown, ...how }: GaussianRefinement,
): Promise<{ readonly avatar: Avatar; readonly losses: readonly number[] }> {
  using scope = new TensorScope();
  const theta = scope.own(noOffsets(avatar)), posed = scope.own({ ...placeInFrames(avatar, frames) });
  const loss = (t: number) => {
    const { target, camera } = 2 * t < how.steps ? coarse : fine, [height, width] = target.mask.shape;
    const { image } = splatGaussians(offsetGaussians(posed, theta, shown), camera, { width, height });
    const strayed = tf.addN(Object.values(theta).map((part) => part.square().mean())).mul<tf.Scalar>(PRIOR);
    return photoLoss(image, target, WEIGHTS).add<tf.Scalar>(strayed);
  };
  const losses = await minimise(theta, { ...how, loss });
  return { avatar: refined(), losses };

  function refined(): Avatar {
    const { template } = avatar;
    const { translation, rotation, scale, opacity, sh } = tf.tidy(() => {
      const { template: _, ...tensors } = offsetAvatar(avatar, theta, shown, frames);
      return tensors;
    });
    return { template, translation, rotation, scale, opacity, sh };
  }
}
