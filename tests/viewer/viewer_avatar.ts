/**
 * A scene on the small body for the viewer's tests: harmonics of degree 1, a bent pose after a photo, everything given.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { poseParameters } from "../../lib/body/poses.ts";
import type { BodyParameters } from "../../lib/body/skinning.ts";
import type { ViewerScene } from "../../lib/format/viewer.ts";
import { disposeAll } from "../../lib/tensor/scope.ts";
import { smallAvatar } from "../format/small_avatar.ts";

/** Parameters with every part in use: a person before a camera, y down. */
export function bentParameters(avatar: ViewerScene["avatar"]): BodyParameters {
  return tf.tidy(() => {
    const { body } = avatar.template;
    const bent = poseParameters(body, {
      pelvis: [3.0, 0.2, -0.1],
      left_elbow: [0.1, -1.2, 0.3],
      right_shoulder: [0.2, 0.3, 0.9],
      left_knee: [1.1, 0, 0.1],
      jaw: [0.2, 0, 0],
      left_index1: [0, 0.1, -0.8],
    });
    const some = (size: number, seed: number) => tf.randomNormal([size], 0, 1, "float32", seed) as tf.Tensor1D;
    return {
      betas: some(bent.betas.size, 7),
      expression: some(bent.expression.size, 8),
      pose: bent.pose,
      transl: tf.tensor1d([0.3, 0.2, 3.1]),
    };
  });
}

/** The scene and what frees it. */
export async function smallScene(): Promise<{ scene: Required<ViewerScene>; dispose: () => void }> {
  const { avatar, dispose } = await smallAvatar();
  const parameters = bentParameters(avatar), n = avatar.template.count, J = avatar.template.body.parents.length;
  const rest = tf.tidy(() => ({
    uncertainty: tf.randomUniform([n], 0.01, 0.2, "float32", 9) as tf.Tensor1D,
    confidence: tf.linspace(0, 1, J),
    photo: tf.randomUniform([48, 32, 3], 0, 1, "float32", 10) as tf.Tensor3D,
  }));
  const scene: Required<ViewerScene> = {
    avatar,
    parameters,
    world: "y-down",
    ...rest,
    camera: {
      K: [[60, 0, 17], [0, 60, 23], [0, 0, 1]],
      worldToCamera: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
    },
    motions: [],
    notices: [],
    title: "Small",
  };
  return {
    scene,
    dispose: () => {
      disposeAll({ ...parameters }, rest);
      dispose();
    },
  };
}
