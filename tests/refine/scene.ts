/** A small avatar before a camera, and the photo that it is to be refined to. */
import * as tf from "@tensorflow/tfjs";
import { drive } from "../../lib/body/drive.ts";
import { attachGaussians, type Template } from "../../lib/body/gaussians.ts";
import type { BodyParameters } from "../../lib/body/skinning.ts";
import { loadBody, SMALL_BODY } from "../../lib/body/template.ts";
import { activateShape, SHAPE_OUTPUTS } from "../../lib/gaussian/activations.ts";
import { assembleAvatar, type Avatar } from "../../lib/gaussian/assemble.ts";
import type { Camera } from "../../lib/image/cameras.ts";
import { standingBody } from "../../lib/pipeline/standing_body.ts";
import "../harness.ts"; // starts the backend
import { renderGaussians } from "../../lib/splat/render.ts";

export const camera: Camera = {
  K: [[600, 0, 256], [0, 600, 256], [0, 0, 1]],
  worldToCamera: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
};

const body = await loadBody(SMALL_BODY);
const [px, py, pz] = await body.jointTemplate.data();

/** The body, standing before the camera. */
export const standing = (): BodyParameters => standingBody(body, [px!, py!, pz!]);

/** Gaussians on its faces. */
export const template = (): Template => attachGaussians(body, { perFace: 1 });

/** Grey Gaussians, or of colours that change over the body. */
export function avatarOf(template: Template, coloured: boolean): Avatar {
  const n = template.count;
  const { template: _, ...tensors } = tf.tidy(() => {
    const shape = activateShape(tf.zeros([n, SHAPE_OUTPUTS]), tf.tensor1d(template.share));
    const waves = () => template.canonical.mul<tf.Tensor2D>(12).sin().expandDims<tf.Tensor3D>(1);
    const sh = coloured ? waves() : tf.zeros<tf.Rank.R3>([n, 1, 3]);
    return { ...assembleAvatar(template, shape, { opacity: tf.fill([n], 0.9), sh }) } as unknown as tf.TensorContainer;
  }) as unknown as Avatar;
  return { template, ...tensors };
}

/** The photo that an avatar would give: [512, 512, 3] on black, and its mask. */
export async function photoOf(avatar: Avatar, parameters: BodyParameters) {
  const gaussians = drive(avatar, parameters);
  const { image } = await renderGaussians(gaussians, camera);
  return {
    crop: image.slice<tf.Tensor3D>([0, 0, 0], [512, 512, 3]),
    mask: image.slice([0, 0, 3], [512, 512, 1]).squeeze<tf.Tensor2D>([2]),
    camera,
  };
}
