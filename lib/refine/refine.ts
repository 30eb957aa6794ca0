/**
 * # Refinement: an avatar closer to its photo, by gradients through the renderer
 *
 * ```
 * body       pose, shape, place        30 steps at 128²              refine_body.ts
 * estimate   the avatar made anew on the moved body, if the caller can
 * Gaussians  colour, opacity, scale, translation of what the photo shows        60 steps at 256² and 512²    refine_gaussians.ts
 * ```
 *
 * What one pass through the networks predicts is near; a photo says more than they caught. This is optional: it takes about a minute,
 * where the rest takes seconds. What the photo does not show stays as it was predicted, and all changes are small, so that
 * the avatar is the same from elsewhere.
 *
 * @example
 * ```ts ignore
 * const { avatar, parameters } = await refine(run.avatar, { crop, mask, camera }, run.body.parameters);
 * ```
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { placeInFrames, slotFrames } from "../body/drive.ts";
import { type BodyParameters, skin } from "../body/skinning.ts";
import { CROP } from "../encoder/encoder.ts";
import type { Avatar } from "../gaussian/assemble.ts";
import { type Camera, scaleCamera } from "../image/cameras.ts";
import { expectInteger, resolveOptions } from "../tensor/options.ts";
import { TensorScope } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { photoTarget } from "./photo_loss.ts";
import { refineBody } from "./refine_body.ts";
import { refineGaussians, type SizedPhoto } from "./refine_gaussians.ts";
import { shownShare } from "./shown.ts";

/** A photo of the person. */
export interface PhotoOfPerson {
  /** [512, 512, 3], colours 0..1. */
  readonly crop: tf.Tensor3D;
  /** [512, 512]: where the person is, 0..1. */
  readonly mask: tf.Tensor2D;
  /** Of the crop; the body's parameters stand in its frame. */
  readonly camera: Camera;
}

/** What is refined. */
export type RefineStage = "body" | "gaussians";

/** A step, for whoever watches. */
export interface RefineStep {
  /** What is refined. */
  readonly stage: RefineStage;
  /** From 1 to `of`. */
  readonly step: number;
  /** How many there are. */
  readonly of: number;
  /** Before the step. */
  readonly loss: number;
}

/** How an avatar is refined. */
export interface RefineOptions {
  /** Steps on the body; 0 leaves it where it is; 30 by default. */
  readonly bodySteps?: number;
  /** Steps on the Gaussians; 0 leaves them; 60 by default. */
  readonly steps?: number;
  /** Pixels a side of the larger pictures, an even number from 64 to 512; 512 by default. */
  readonly size?: number;
  /**
   * Makes the avatar anew once the body has moved: what networks read at a place of the photo depends on where the body is. The
   * avatar becomes the refinement's. Without it the avatar goes along with the body.
   */
  readonly estimate?: ((parameters: BodyParameters) => Promise<Avatar>) | undefined;
  /** Is told each step. */
  readonly onStep?: ((step: RefineStep) => void | Promise<void>) | undefined;
  /** Stops between two steps when aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** A refined avatar; the caller disposes of the tensors, the template's excepted. */
export interface Refined {
  /** On the template of the avatar that was refined. */
  readonly avatar: Avatar;
  /** Of the body in the photo, moved a little. */
  readonly parameters: BodyParameters;
  /** [n] 0..1: how much of each Gaussian the photo shows. */
  readonly shown: tf.Tensor1D;
  /** The loss before each step; those of different stages and sizes do not compare. */
  readonly losses: Readonly<Record<RefineStage, readonly number[]>>;
}

/** The defaults of {@linkcode RefineOptions}. */
export const REFINE_DEFAULTS: Required<RefineOptions> = {
  bodySteps: 30,
  steps: 60,
  size: CROP,
  estimate: undefined,
  onStep: undefined,
  signal: undefined,
};
const BODY_SIZE = 128, RATE = 0.1;
const LEAST_PIXELS = 100; // of the crop

/**
 * Brings an avatar and its body closer to a photo.
 *
 * @param avatar It stays the caller's, unchanged.
 * @param parameters Of the body in the photo; they stay the caller's.
 * @returns new tensors; the caller disposes of them.
 * @throws {TypeError} if a shape does not fit or an option is unknown.
 * @throws {RangeError} if an option is out of range, the mask shows nobody or misses the body, the camera moves the world, or the loss is not finite.
 * @throws the signal's reason, if it is aborted.
 */
export async function refine(
  avatar: Avatar,
  photo: PhotoOfPerson,
  parameters: BodyParameters,
  options: RefineOptions = {},
): Promise<Refined> {
  const { bodySteps, steps, size, estimate, onStep, signal } = resolveOptions("refine", REFINE_DEFAULTS, options);
  expectInteger("refine", "bodySteps", bodySteps, 0, 1000);
  expectInteger("refine", "steps", steps, 0, 1000);
  expectInteger("refine", "size", size, 64, CROP);
  if (size % 2 !== 0) throw new RangeError(`refine: size must be even, as half of it comes first: got ${size}`);
  await expectPhoto(photo);
  using scope = new TensorScope();
  const sized = (side: number): SizedPhoto => ({
    target: scope.own(photoTarget(photo.crop, photo.mask, side)),
    camera: scaleCamera(photo.camera, side / CROP),
  });
  const told = (stage: RefineStage, of: number) => (step: number, loss: number) => onStep?.({ stage, step, of, loss });
  const body = scope.own({
    ...await refineBody(avatar, parameters, {
      ...sized(BODY_SIZE),
      steps: bodySteps,
      rate: RATE,
      signal,
      onStep: told("body", bodySteps),
    }),
  });
  const anew = bodySteps > 0 ? await estimate?.(body.parameters) : undefined;
  if (anew) {
    const { template: _, ...tensors } = anew;
    scope.own(tensors);
  }
  const start = anew ?? avatar;
  const { vertices } = scope.own({ ...skin(start.template.body, body.parameters) });
  const frames = scope.own(slotFrames(start.template, vertices));
  const coarse = sized(size / 2), fine = sized(size);
  const posed = scope.own({ ...placeInFrames(start, frames) });
  const seen = { template: start.template, vertices, gaussians: posed, camera: photo.camera };
  const shown = scope.own(await shownShare(seen, coarse.target.core));
  const gaussians = await refineGaussians(start, frames, {
    coarse,
    fine,
    shown,
    steps,
    rate: RATE,
    signal,
    onStep: told("gaussians", steps),
  });
  return {
    avatar: gaussians.avatar,
    parameters: scope.release(body.parameters),
    shown: scope.release(shown),
    losses: { body: body.losses, gaussians: gaussians.losses },
  };
}

async function expectPhoto({ crop, mask, camera }: PhotoOfPerson): Promise<void> {
  if (camera.worldToCamera.some((row, i) => row.some((value, j) => value !== (i === j ? 1 : 0)))) {
    throw new RangeError("refine: camera.worldToCamera must be the identity: the body stands in the camera's frame");
  }
  expectShape("refine", { crop, mask }, { crop: `${CROP} ${CROP} 3`, mask: `${CROP} ${CROP}` });
  const [colours, cover] = await Promise.all([crop.data(), mask.data()]);
  if (!colours.every((value) => value >= -0.01 && value <= 1.01)) {
    throw new RangeError("refine: crop must hold colours from 0 to 1: divide by 255?");
  }
  let pixels = 0;
  for (const value of cover) {
    if (!(value >= -0.01 && value <= 1.01)) throw new RangeError(`refine: mask must be from 0 to 1: got ${value}`);
    if (value > 0.5) pixels++;
  }
  if (pixels < LEAST_PIXELS) {
    throw new RangeError(
      `refine: the mask shows nobody: ${pixels} of its pixels are above one half: there is nothing to refine to`,
    );
  }
}
