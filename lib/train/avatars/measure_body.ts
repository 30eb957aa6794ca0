/**
 * # An avatar and the baselines on one body, picture by picture
 *
 * ```
 * for each picture: place the body → Gaussians → render on black → compare with the truth
 * ```
 *
 * The baselines keep the body that the avatar was made on, also where a change moved it.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { placeGaussians } from "../../body/drive.ts";
import { type BodyParameters, skin } from "../../body/skinning.ts";
import type { Body } from "../../body/template.ts";
import { CROP, type Encoded, type Encoder } from "../../encoder/encoder.ts";
import type { Avatar } from "../../gaussian/assemble.ts";
import type { Gaussians } from "../../gaussian/gaussians.ts";
import { type Camera, scaleCamera } from "../../image/cameras.ts";
import { renderGaussians } from "../../splat/render.ts";
import { TensorScope } from "../../tensor/scope.ts";
import { comparePortraits, type PictureMetrics, type Portrait, portraitOf } from "../image_metrics.ts";
import { baselineAvatars, type BaselineName, BASELINES, freeAvatar } from "./baselines.ts";
import type { AvatarParts, BodyInPhoto } from "../../pipeline/avatar_of_crop.ts";
import { type AvatarMaker, type ChangeAvatar, makeAvatar, ownChanged } from "./made_avatar.ts";
import type { PictureTable } from "./picture_table.ts";
import { parameterTensors, type Subject, type TruePicture } from "./subject.ts";

/** A picture beside its truth. */
export interface ShownPicture {
  readonly maker: AvatarMaker;
  readonly truth: TruePicture;
  readonly shown: Portrait;
  readonly metrics: PictureMetrics;
}

/** Whom to show pictures, and who may change avatars. */
export interface MeasuringOptions {
  /** For the perceptual distance, which is left out without one. */
  readonly perceptual?: Encoder | undefined;
  /** Is shown every picture of the avatars; the tensors are freed after it. */
  readonly onPicture?: (subject: Subject, shown: ShownPicture) => void | Promise<void>;
  /** See {@linkcode ChangeAvatar}. */
  readonly change?: ChangeAvatar | undefined;
}

/** Where a body is for a picture, and the camera that looks at it; the caller frees the vertices. */
export type Placing = (
  picture: TruePicture,
  parameters: BodyParameters,
) => Promise<{ readonly vertices: tf.Tensor2D; readonly camera: Camera }>;

/** True bodies are where they are. */
export const placedByTruth: Placing = ({ view, camera }) =>
  Promise.resolve({ vertices: tf.tensor2d(view.vertices, [view.vertices.length / 3, 3]), camera });

/** A fitted body stays in its camera's frame for the photo's view; else it is posed, and its pelvis put on the true one. */
export function placedByPhoto(body: Body, guessed: Camera): Placing {
  return async ({ kind, view, camera }, parameters) => {
    using scope = new TensorScope();
    const { expression, pose, transl } = scope.own({ ...parameterTensors(view.parameters) });
    const shown = kind === "new_pose" ? { betas: parameters.betas, expression, pose, transl } : parameters;
    const { vertices, joints } = scope.own({ ...skin(body, shown) });
    if (kind === "input_view") {
      return { vertices: scope.release(vertices), camera: scaleCamera(guessed, view.size / CROP) };
    }
    const own = await joints.data(), target = view.joints.subarray(0, 3);
    return { vertices: tf.tidy(() => vertices.add(tf.tensor1d(target.map((value, c) => value - own[c]!)))), camera };
  };
}

/** What is measured. */
export interface Measuring {
  readonly maker: AvatarMaker;
  readonly body: BodyInPhoto;
  readonly place: Placing;
  /** [n, 2]: where the localizer found the Gaussians, if it did. */
  readonly located?: tf.Tensor2D;
}

/** Makes the avatar and the baselines on a body and compares all pictures. */
export async function measureBody(
  parts: AvatarParts,
  encoded: Encoded,
  subject: Subject,
  { maker, body, place, located }: Measuring,
  table: PictureTable,
  { change, onPicture, perceptual }: MeasuringOptions,
): Promise<void> {
  using owned = new DisposableStack();
  const { avatar, parameters } = ownChanged(
    owned,
    body,
    await makeAvatar(parts, encoded, subject.crop, { maker, body, change }),
  );
  const made = await baselineAvatars(parts.template, { ...body, crop: subject.crop, position2d: located });
  const baselines: Readonly<Record<BaselineName, Avatar>> = made;
  Object.values(baselines).forEach((baseline) => owned.adopt(baseline, freeAvatar));
  for (const picture of subject.pictures) {
    using scope = new TensorScope();
    const placed = async (avatar: Avatar, parameters: BodyParameters) => {
      const { vertices, camera } = await place(picture, parameters);
      scope.own(vertices);
      return { gaussians: scope.own({ ...placeGaussians(avatar, vertices) }), camera };
    };
    const { gaussians, camera } = await placed(avatar, parameters), { size } = picture.view;
    const shown = scope.own({ ...await portrait(gaussians, camera, size) });
    const metrics = await comparePortraits(shown, picture, perceptual);
    if (!metrics) continue; // nobody is in the true picture
    table.add(picture.kind, picture.angle, "avatar", metrics);
    await onPicture?.(subject, { maker, truth: picture, shown, metrics });
    const neutral = await placed(baselines.mean_colour, body.parameters); // they differ in colour alone
    for (const name of BASELINES) {
      const painted = { ...neutral.gaussians, sh: baselines[name].sh };
      const plain = scope.own({ ...await portrait(painted, neutral.camera, size) });
      table.add(picture.kind, picture.angle, name, (await comparePortraits(plain, picture))!);
    }
  }
}

/** A picture of Gaussians on black; the caller disposes of it. */
async function portrait(gaussians: Gaussians, camera: Camera, size: number): Promise<Portrait> {
  using scope = new TensorScope();
  const { image, depth } = await renderGaussians(gaussians, camera, { width: size, height: size });
  scope.own([image, depth]);
  return portraitOf(image);
}
