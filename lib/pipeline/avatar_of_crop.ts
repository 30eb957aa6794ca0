/**
 * # From a crop to an avatar and its body, with the pipeline's own steps
 *
 * ```
 * crop → encoder → link → locate → fitPhotoBody → vertices               or the true vertices
 *      → maps ───────────────────→ sample at the projected Gaussians → decode → avatar
 * ```
 *
 * The same steps as `createPipeline().run`, but on a crop that is there already, and open in the middle: the avatar can be made
 * from a body that was fitted or from the true one.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { FittedBody } from "../body/fit/fit_body.ts";
import { type BodyParameters, skin } from "../body/skinning.ts";
import { coveringMap, type Encoded } from "../encoder/encoder.ts";
import { assembleAvatar, type Avatar } from "../gaussian/assemble.ts";
import { estimateWithEvidence, evidenceOf, sampledMaps } from "../gaussian/evidence.ts";
import type { Camera } from "../image/cameras.ts";
import { linkFeatures } from "../localize/link.ts";
import { ViewedCrop } from "../localize/locate_in_views.ts";
import { fitPhotoBody, type PhotoFitOptions } from "./photo_body.ts";
import type { Pipeline } from "./pipeline.ts";
import { TensorScope } from "../tensor/scope.ts";

/** What avatars are made with. */
export type AvatarParts = Pick<Pipeline, "encoder" | "body" | "template" | "localizer" | "decoders">;

/** Where the body is in a photo. */
export interface BodyInPhoto {
  /** [V, 3], in the photo's camera frame. */
  readonly vertices: tf.Tensor2D;
  readonly parameters: BodyParameters;
  /** Of the 512² crop. */
  readonly camera: Camera;
  /** [512, 512]: where the person is. */
  readonly mask: tf.Tensor2D;
}

/** What was located, and the body fitted to it. */
export interface PhotoBody {
  readonly fitted: FittedBody;
  /** [n, 2]: where the localizer found the template's Gaussians, crop pixels. */
  readonly position2d: tf.Tensor2D;
}

/**
 * Locates and fits the body in a crop, seen upright and mirrored; the caller disposes of the tensors.
 *
 * @param encoded The crop, encoded.
 * @param crop [512, 512, 3], colours 0..1.
 */
export async function bodyOf(
  parts: AvatarParts,
  { features }: Encoded,
  crop: tf.Tensor3D,
  camera: Camera,
  options?: PhotoFitOptions,
): Promise<PhotoBody> {
  const { localizer, encoder } = parts;
  using scope = new TensorScope();
  const linked = linkFeatures(features, localizer.link);
  scope.own(linked.map);
  using viewed = new ViewedCrop(crop, encoder, localizer, linked);
  return await bodyInViews(parts, viewed, camera, options);
}

/** The same of a crop that is looked at already, as {@linkcode bodyOf}. */
export async function bodyInViews(
  { body, template }: Pick<AvatarParts, "body" | "template">,
  viewed: ViewedCrop,
  camera: Camera,
  options?: PhotoFitOptions,
): Promise<PhotoBody> {
  using scope = new TensorScope();
  const views = await viewed.views("upright", body.jointTemplate);
  const found = scope.own({ ...await viewed.locate(template.canonical, views) });
  const joints = await viewed.joints(body.jointTemplate, views);
  const fitted = await fitPhotoBody(template, found, joints, camera, options);
  return { fitted, position2d: scope.release(found.position2d) };
}

/**
 * The avatar that the photo makes of a body.
 *
 * @param encoded The crop, encoded: the maps that decoders sample.
 * @param crop [512, 512, 3], colours 0..1.
 * @returns the avatar; the caller disposes of its tensors, the template's excepted.
 */
export async function avatarOn(
  { template, decoders }: AvatarParts,
  encoded: Encoded,
  crop: tf.Tensor3D,
  { vertices, camera, mask }: Omit<BodyInPhoto, "parameters">,
): Promise<Avatar> {
  using scope = new TensorScope();
  const seen = {
    vertices,
    K: camera.K,
    photo: coveringMap(crop),
    mask: coveringMap(scope.tidy(() => mask.expandDims(2))),
  };
  const evidence = scope.own({ ...await evidenceOf(decoders.config, template, seen) });
  const estimate = await estimateWithEvidence(sampledMaps(decoders.config, encoded), decoders, template, evidence);
  return assembleAvatar(template, estimate, estimate);
}

/** The avatar that the photo makes of a body that stands elsewhere, as {@linkcode avatarOn}. */
export async function avatarOfParameters(
  parts: AvatarParts,
  encoded: Encoded,
  crop: tf.Tensor3D,
  { camera, mask }: Pick<BodyInPhoto, "camera" | "mask">,
  parameters: BodyParameters,
): Promise<Avatar> {
  using scope = new TensorScope();
  const { vertices } = scope.own({ ...skin(parts.body, parameters) });
  return await avatarOn(parts, encoded, crop, { vertices, camera, mask });
}
