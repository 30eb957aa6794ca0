/**
 * # Driving: the avatar takes a pose
 *
 * ```
 * mean     = o + s·R_face·translation        o: the slot's point on the posed face, s = √(2·area of the posed face)
 * rotation = R_face·rotation                 R_face: columns t (first edge), n × t, n (normal) of the posed face
 * scale    = s·scale
 * ```
 *
 * The posed face is all a Gaussian knows of the body: as the face moves, turns and stretches, so does the Gaussian.
 * Colours stay in the face's frame, whose orientation is returned beside them, so that a sheen turns with the arm.
 *
 * Source: the method's "index, translation, rotation, scale"; Qian et al., *GaussianAvatars*, 2024, for the face's frame.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Avatar } from "../gaussian/assemble.ts";
import type { Gaussians } from "../gaussian/gaussians.ts";
import { matrixToQuaternion, multiplyQuaternions, rotateVector } from "../gaussian/quaternion.ts";
import { gatherRows } from "../tensor/gather_rows.ts";
import { TensorScope } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import type { Template } from "./gaussians.ts";
import { faceFrames, slotOrigins } from "./face_frame.ts";
import { type BodyParameters, skin } from "./skinning.ts";

/**
 * Puts an avatar onto its body in a shape and pose.
 *
 * @param avatar From `assembleAvatar`.
 * @param parameters Body parameters, such as the fit's or `aPose(body)`.
 * @returns the Gaussians in the world, with `frames`; new tensors, of which the caller disposes.
 * @throws {TypeError} if the parameters do not fit the avatar's body.
 */
export function drive(avatar: Avatar, parameters: BodyParameters): Required<Gaussians> {
  using scope = new TensorScope();
  const { vertices } = scope.own({ ...skin(avatar.template.body, parameters) });
  return placeGaussians(avatar, vertices);
}

/**
 * Puts an avatar onto posed vertices, wherever they come from.
 *
 * @param vertices [V, 3], metres.
 * @returns the Gaussians in the world, with `frames`; new tensors, of which the caller disposes.
 * @throws {TypeError} if the vertices are not those of the avatar's body.
 */
export function placeGaussians(avatar: Avatar, vertices: tf.Tensor2D): Required<Gaussians> {
  expectShape("placeGaussians", { vertices }, `${avatar.template.body.vertexCount} 3`);
  return tf.tidy(() => placeInFrames(avatar, slotFrames(avatar.template, vertices)));
}

/** Where Gaussians sit on a posed body. (A type, not an interface, so that `tf.tidy` may return it.) */
export type SlotFrames = {
  /** o [n, 3] metres. */
  readonly origins: tf.Tensor2D;
  /** R_face [n, 4], quaternions wxyz. */
  readonly frames: tf.Tensor2D;
  /** s [n, 1] metres. */
  readonly size: tf.Tensor2D;
};

/**
 * The frames of all slots on posed vertices: all that driving needs to know of a pose, for many avatars on one body.
 *
 * @param vertices [V, 3], metres.
 * @returns origins, frames and sizes; the caller disposes of them.
 * @throws {TypeError} if the vertices are not those of the template's body.
 */
export function slotFrames(template: Template, vertices: tf.Tensor2D): SlotFrames {
  expectShape("slotFrames", { vertices }, `${template.body.vertexCount} 3`);
  return tf.tidy(() => {
    const faces = faceFrames(vertices, template.body.faces);
    const faceOf = tf.tensor1d(template.faceOf, "int32");
    return {
      origins: slotOrigins(vertices, template),
      frames: gatherRows(matrixToQuaternion(faces.rotation), faceOf),
      size: gatherRows(faces.size.expandDims(1), faceOf),
    };
  });
}

/**
 * Puts an avatar into frames; differentiable in the avatar.
 *
 * @returns the Gaussians in the world, with `frames`; new tensors, of which the caller disposes.
 * @throws {TypeError} if the frames are not as many as the avatar's Gaussians.
 */
export function placeInFrames(avatar: Avatar, { origins, frames, size }: SlotFrames): Required<Gaussians> {
  const { translation, rotation, scale, opacity, sh } = avatar;
  expectShape("placeInFrames", { translation, origins, frames, size }, {
    translation: "n 3",
    origins: "n 3",
    frames: "n 4",
    size: "n 1",
  });
  return tf.tidy(() => {
    const means = tf.tidy(() => { // a scope of its own: intermediates are gone before the rotations are made
      const offset = rotateVector(frames, translation).mul(size);
      return origins.add<tf.Tensor2D>(offset);
    });
    return {
      means,
      rotations: multiplyQuaternions(frames, rotation),
      scales: scale.mul<tf.Tensor2D>(size),
      opacity: opacity.clone(),
      sh: sh.clone(),
      frames: frames.clone(),
    };
  });
}
