/**
 * # Gradients of the camera: a camera that moves is a scene that moves the other way
 *
 * ```
 * worldToCamera' = [R(q) | τ]·worldToCamera        c' = R(q)·c + τ, in the camera's own axes
 *
 * the same picture with the camera at rest:   mean' = Wᵀ·(R(q)·(W·mean + t) + τ − t)
 *                                             rotation' = q_w∘rotation     frame' = q_w∘frame     q_w = (w, Wᵀ·(x, y, z))
 * ```
 *
 * q_w is q with its axis written in the world. Everything is tensor operations, so that the gradient of any loss on
 * `splatGaussians` of the moved Gaussians reaches q and τ: six numbers by which a photo says where it was taken from.
 * Start at q = (1, 0, 0, 0), τ = 0; fold what was found into the camera with {@linkcode movedCamera}.
 *
 * Focal lengths and principal point are not among them: `splatGaussians` takes them as a tensor, `intrinsics`. From one photo focal
 * length can hardly be told from distance.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectGaussians, type Gaussians } from "../gaussian/gaussians.ts";
import { multiplyQuaternions, rotateVector } from "../gaussian/quaternion.ts";
import type { Camera } from "../image/cameras.ts";
import { expectShape } from "../tensor/shape.ts";
import { viewOf } from "./view.ts";

/** How a camera moves, in its own axes: x right, y down, z forward. */
export interface CameraMotion {
  /** [4]: q, a quaternion wxyz of any length but 0. */
  readonly rotation: tf.Tensor1D;
  /** [3]: τ, metres. */
  readonly translation: tf.Tensor1D;
}

/**
 * The Gaussians as they must lie for the camera at rest to see what the moved camera would.
 *
 * @returns Gaussians that depend differentiably on `gaussians` and `motion`; the caller disposes of the means, rotations and frames,
 * the other tensors are those of `gaussians`.
 * @throws {TypeError} if a shape does not fit.
 * @throws {RangeError} if the camera is out of range.
 */
export function moveAgainstCamera(gaussians: Gaussians, camera: Camera, motion: CameraMotion): Gaussians {
  const { n, degree } = expectGaussians("moveAgainstCamera", gaussians);
  expectShape("moveAgainstCamera", { ...motion }, { rotation: "4", translation: "3" });
  const { rotation: w, translation: t } = viewOf("moveAgainstCamera", camera, { width: 1, height: 1 });
  const { means, rotations, frames } = gaussians;
  const moved = tf.tidy(() => {
    const W = tf.tensor2d(Float32Array.from(w), [3, 3]), shift = tf.tensor2d(Float32Array.from(t), [1, 3]);
    const unit = motion.rotation.div<tf.Tensor1D>(motion.rotation.square().sum().sqrt()).reshape<tf.Tensor2D>([1, 4]);
    const turn = tf.concat2d([unit.slice([0, 0], [1, 1]), unit.slice([0, 1], [1, 3]).matMul(W) as tf.Tensor2D], 1); // q_w
    const turns = turn.tile<tf.Tensor2D>([n, 1]), inCamera = unit.tile<tf.Tensor2D>([n, 1]);
    const seen = means.matMul(W, false, true).add<tf.Tensor2D>(shift); // [n, 3] c
    const placed = rotateVector(inCamera, seen).add(motion.translation).sub(shift).matMul(W) as tf.Tensor2D;
    return {
      means: placed,
      rotations: multiplyQuaternions(turns, rotations),
      // without frames the harmonics lie in the world's axes, which have to turn along
      ...((frames || degree > 0) && { frames: frames ? multiplyQuaternions(turns, frames) : turns }),
    };
  });
  return { ...gaussians, ...moved };
}

/**
 * The moved camera itself.
 *
 * @throws {TypeError} if a shape does not fit.
 */
export async function movedCamera({ K, worldToCamera }: Camera, motion: CameraMotion): Promise<Camera> {
  expectShape("movedCamera", { ...motion }, { rotation: "4", translation: "3" });
  const [q, translation] = await Promise.all([motion.rotation.data(), motion.translation.data()]);
  const length = Math.hypot(...q),
    [w, x, y, z] = [...q].map((part) => part / length) as [number, number, number, number];
  const R = [
    [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ];
  const rows = R.map((row, i) =>
    [0, 1, 2, 3].map((column) =>
      row.reduce((sum, part, k) => sum + part * worldToCamera[k]![column]!, column === 3 ? translation[i]! : 0)
    )
  );
  return { K, worldToCamera: [...rows, [0, 0, 0, 1]] };
}
