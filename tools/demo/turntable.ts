/**
 * # A turntable: the avatar once around
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import type { Gaussians } from "../../lib/gaussian/gaussians.ts";
import { orbitCamera } from "../../lib/image/cameras.ts";
import { encodeAnimation } from "../../lib/image/write.ts";
import { STANDS_AT } from "../../lib/pipeline/standing_body.ts";
import { renderGaussians } from "../../lib/splat/render.ts";
import { disposeAll } from "../../lib/tensor/scope.ts";

const SIZE = { width: 320, height: 400 };

/** An animated WebP of `views` pictures from all around; `onView` is called after each. */
export async function turntable(gaussians: Gaussians, views: number, onView: () => Promise<void>): Promise<Uint8Array> {
  const frames: tf.Tensor3D[] = [];
  try {
    for (let view = 0; view < views; view++) {
      const yaw = 2 * Math.PI * view / views;
      const camera = orbitCamera({ target: STANDS_AT, distance: 3, yaw, pitch: 0.08, world: "photo", ...SIZE });
      const { image, depth } = await renderGaussians(gaussians, camera, { ...SIZE, background: [1, 1, 1] });
      depth.dispose();
      frames.push(image);
      await onView();
    }
    return await encodeAnimation(frames, { fps: 12, quality: 80 });
  } finally {
    disposeAll(frames);
  }
}
