/**
 * # Films of an avatar: once around, and in motion
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { drive } from "../../lib/body/drive.ts";
import { type Motion, motionSeconds, sampleMotion } from "../../lib/body/motion/motion.ts";
import { restParameters } from "../../lib/body/poses.ts";
import type { BodyParameters } from "../../lib/body/skinning.ts";
import type { Avatar } from "../../lib/gaussian/assemble.ts";
import type { Gaussians } from "../../lib/gaussian/gaussians.ts";
import { type Camera, orbitCamera, type Vector3 } from "../../lib/image/cameras.ts";
import { encodeAnimation } from "../../lib/image/write.ts";
import { pelvisOf } from "../../lib/pipeline/standing_body.ts";
import { renderGaussians } from "../../lib/splat/render.ts";
import { disposeAll, TensorScope } from "../../lib/tensor/scope.ts";

const SIZE = { width: 320, height: 400 };
const FPS = 12;

/** Where the pelvis of an avatar's body is, world, metres. */
export async function pelvisIn({ template }: Avatar, { transl }: BodyParameters): Promise<Vector3> {
  const rest = await pelvisOf(template.body), moved = await transl.data();
  return [0, 1, 2].map((axis) => rest[axis]! + moved[axis]!) as unknown as Vector3;
}

/** An animated WebP of `views` pictures from all around a place; `onView` is called after each. */
export function turntable(
  gaussians: Gaussians,
  target: Vector3,
  views: number,
  onView: () => Promise<void>,
): Promise<Uint8Array> {
  return film(views, onView, async (view, scope) => {
    const yaw = 2 * Math.PI * view / views;
    return await frame(
      gaussians,
      orbitCamera({ target, distance: 3.2, yaw, pitch: 0.08, world: "photo", ...SIZE }),
      scope,
    );
  });
}

/** How many pictures a film of a whole motion has. */
export function filmFrames(motion: Motion): number {
  return Math.max(1, Math.round(FPS * motionSeconds(motion)));
}

/** An animated WebP of a motion, once and at its own pace, from the front and a little aside. */
export async function motionFilm(
  avatar: Avatar,
  { betas }: BodyParameters,
  motion: Motion,
  onFrame: () => Promise<void>,
): Promise<Uint8Array> {
  using scope = new TensorScope();
  const { body } = avatar.template, rest = scope.own({ ...restParameters(body) });
  const camera = orbitCamera({ target: [0, -0.1, 0], distance: 3.4, yaw: 0.5, pitch: 0.05, ...SIZE });
  const frames = filmFrames(motion);
  return await film(frames, onFrame, async (number, frameScope) => {
    const posed = frameScope.own({ ...sampleMotion(motion, motionSeconds(motion) * number / frames) });
    const inPlace = { ...rest, ...posed, betas, transl: rest.transl };
    return await frame(frameScope.own(drive(avatar, inPlace)), camera, frameScope);
  });
}

async function frame(gaussians: Gaussians, camera: Camera, scope: TensorScope): Promise<tf.Tensor3D> {
  const { image, depth } = await renderGaussians(gaussians, camera, { ...SIZE, background: [1, 1, 1] });
  scope.own(depth);
  return image;
}

async function film(
  count: number,
  onFrame: () => Promise<void>,
  draw: (number: number, scope: TensorScope) => Promise<tf.Tensor3D>,
): Promise<Uint8Array> {
  const frames: tf.Tensor3D[] = [];
  try {
    for (let number = 0; number < count; number++) {
      using scope = new TensorScope();
      frames.push(await draw(number, scope));
      await onFrame();
    }
    return await encodeAnimation(frames, { fps: FPS, quality: 80 });
  } finally {
    disposeAll(frames);
  }
}
