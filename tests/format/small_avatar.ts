/**
 * An avatar on the small body: seeded shapes in the faces' frames, red left (x > 0), blue right.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { attachGaussians } from "../../lib/body/gaussians.ts";
import { loadBody, SMALL_BODY } from "../../lib/body/template.ts";
import { assembleAvatar, type Avatar } from "../../lib/gaussian/assemble.ts";
import { normalizeQuaternion } from "../../lib/gaussian/quaternion.ts";
import { SH_0 } from "../../lib/gaussian/spherical_harmonics.ts";
import { disposeAll } from "../../lib/tensor/scope.ts";

/** The avatar and what frees it, body included. */
export async function smallAvatar(total?: number): Promise<{ avatar: Avatar; dispose: () => void }> {
  const body = await loadBody(SMALL_BODY);
  const template = attachGaussians(body, total === undefined ? { perFace: 1 } : { total });
  const n = template.count;
  const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);
  const tensors = tf.tidy(() => {
    const left = template.canonical.slice([0, 0], [n, 1]).greater(0).toFloat();
    const rgb = tf.concat([left, tf.zeros([n, 1]), tf.sub(1, left)], 1);
    const constant = rgb.sub(0.5).div(SH_0).reshape([n, 1, 3]);
    return {
      translation: normal([n, 3], 1).mul<tf.Tensor2D>(0.05),
      rotation: normalizeQuaternion(normal([n, 4], 2).mul(0.2).add(tf.tensor2d([[1, 0, 0, 0]])) as tf.Tensor2D),
      scale: normal([n, 3], 3).mul(0.2).exp().mul(0.4) as tf.Tensor2D,
      opacity: normal([n], 4).sigmoid() as tf.Tensor1D,
      sh: tf.concat([constant, normal([n, 3, 3], 5).mul(0.1)], 1) as tf.Tensor3D,
    };
  });
  const avatar = assembleAvatar(template, tensors, tensors);
  return {
    avatar,
    dispose: () => {
      disposeAll(tensors);
      template.dispose();
      body.dispose();
    },
  };
}
