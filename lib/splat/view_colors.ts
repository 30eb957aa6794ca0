/**
 * # View colours: what each Gaussian shows the camera
 *
 * ```
 * colour_i = max(0, ½ + Σ sh_i·Y(F_i⁻¹·d_i))        d_i = (mean_i − eye)/|mean_i − eye|
 * ```
 *
 * Tensors throughout, so that gradients reach the harmonics, the frames F and, through the direction, the means.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Gaussians } from "../gaussian/gaussians.ts";
import { conjugate, rotateVector } from "../gaussian/quaternion.ts";
import { shColor } from "../gaussian/spherical_harmonics.ts";
import { cameraCenter, type View } from "./view.ts";

/** [n, 3]: the Gaussians' colours towards the camera; the caller disposes of it. */
export function viewColors(
  view: View,
  { means, sh, frames }: Pick<Gaussians, "means" | "sh" | "frames">,
): tf.Tensor2D {
  return tf.tidy(() => {
    if (sh.shape[0] === 0) return sh.slice<tf.Tensor3D>([0, 0, 0], [0, 1, 3]).reshape([0, 3]); // wasm cannot sum nothing
    if (sh.shape[1] === 1) return shColor(sh, means); // the direction plays no part
    const away = means.sub<tf.Tensor2D>(tf.tensor2d([cameraCenter(view)]));
    // the bound lies inside the root, where a Gaussian in the camera itself has the gradient 0 and not 0/0
    const direction = away.div<tf.Tensor2D>(away.square().sum(1, true).maximum(1e-24).sqrt());
    return shColor(sh, frames ? rotateVector(conjugate(frames), direction) : direction);
  });
}
