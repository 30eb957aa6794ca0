/**
 * # Up and down in files
 *
 * After a photo the world is the camera's: x right, y down, z forward. A body without a photo stands in its own world, y up,
 * x to its left, facing +z. A half turn about x takes one into the other.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Gaussians } from "../gaussian/gaussians.ts";
import { multiplyQuaternions, rotateVector } from "../gaussian/quaternion.ts";
import { rotateHarmonics } from "../gaussian/rotate_harmonics.ts";
import { TensorScope } from "../tensor/scope.ts";

/** Which ways a world may be up. */
export const UPRIGHT = ["y-down", "y-up"] as const;
/** `"y-down"`: a camera's axes; `"y-up"`: the body's own. */
export type Upright = typeof UPRIGHT[number];

/**
 * Gaussians with harmonics in the world's frame instead of the faces', optionally after a half turn about x.
 *
 * @param degree L, of the harmonics.
 * @returns new tensors, of which the caller disposes.
 */
export async function inFileAxes(
  gaussians: Gaussians,
  degree: number,
  halfTurn: boolean,
): Promise<Omit<Gaussians, "frames">> {
  const { means, rotations, scales, opacity, sh, frames } = gaussians;
  using scope = new TensorScope();
  const rigid = scope.tidy(() => {
    const all = (quaternion: number[]) => tf.tile(tf.tensor2d([quaternion]), [means.shape[0], 1]) as tf.Tensor2D;
    const outer = frames ?? all([1, 0, 0, 0]);
    if (!halfTurn) return { means: means.clone(), rotations: rotations.clone(), outer: outer.clone() };
    const turn = all([0, 1, 0, 0]); // a half turn about x
    return {
      means: rotateVector(turn, means),
      rotations: multiplyQuaternions(turn, rotations),
      outer: multiplyQuaternions(turn, outer),
    };
  });
  const still = degree === 0 || (!halfTurn && !frames);
  const turned = scope.own(still ? sh.clone() : await rotateHarmonics(sh, rigid.outer));
  return scope.release({
    means: rigid.means,
    rotations: rigid.rotations,
    scales: scales.clone(),
    opacity: opacity.clone(),
    sh: turned,
  });
}
