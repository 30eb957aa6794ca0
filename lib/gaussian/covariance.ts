/**
 * # Covariance: the shape of a Gaussian as one matrix
 *
 * ```
 * Σ = R·S·Sᵀ·Rᵀ        R: rotation of the quaternion        S = diag(scale)
 * ```
 *
 * The scales are the standard deviations along the Gaussian's own axes, the columns of R. Written so, Σ is symmetric and
 * has no negative eigenvalue whatever the network says, which would not hold if its six numbers were predicted directly.
 *
 * Source: Kerbl et al., *3D Gaussian Splatting*, 2023, equation 6.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectShape } from "../tensor/shape.ts";
import { quaternionToMatrix } from "./quaternion.ts";

/**
 * Covariance matrices of Gaussians.
 *
 * @param rotation [n, 4] wxyz, unit.
 * @param scale [n, 3]: standard deviations, in metres (or any unit of length).
 * @returns [n, 3, 3], in that unit squared; the caller disposes of it.
 * @throws {TypeError} if the shapes do not fit.
 */
export function covariance(rotation: tf.Tensor2D, scale: tf.Tensor2D): tf.Tensor3D {
  expectShape("covariance", { rotation, scale }, { rotation: "n 4", scale: "n 3" });
  return tf.tidy(() => {
    const axes = quaternionToMatrix(rotation).mul(scale.expandDims(1)); // R·S, [n, 3, 3]
    // (R·S)(R·S)ᵀ as sums of products: a batched matMul of 3×3 matrices is slow on wasm
    return axes.expandDims(2).mul(axes.expandDims(1)).sum<tf.Tensor3D>(3);
  });
}
