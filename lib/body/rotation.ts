/**
 * # Axis-angle and rotation matrices
 *
 * ```
 * r = θ·axis        R(r) = I + (sin θ / θ)·[r]× + ((1 − cos θ) / θ²)·[r]×²        [r]×·v = r × v
 * ```
 *
 * Poses are three numbers a joint, the axis times the angle in radians. Both quotients have a limit at θ = 0 (1 and ½),
 * but 1 − cos θ loses all its digits there: it is written 2·sin²(θ/2), and θ is kept above 10⁻⁶, which makes value and
 * gradient exact to rounding everywhere.
 *
 * Source: Rodrigues' formula.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { matrixToQuaternion } from "../gaussian/quaternion.ts";
import { expectShape } from "../tensor/shape.ts";

const LEAST_ANGLE_SQUARED = 1e-12;

/**
 * Rotation matrices of axis-angle vectors; has a gradient, also at zero.
 *
 * @param axisAngle [n, 3] radians.
 * @returns [n, 3, 3]; the caller disposes of it.
 * @throws {TypeError} if the shape is not [n, 3].
 */
export function axisAngleToMatrix(axisAngle: tf.Tensor2D): tf.Tensor3D {
  expectShape("axisAngleToMatrix", { axisAngle }, "n 3");
  return tf.tidy(() => {
    const angle = axisAngle.square().sum(1).add(LEAST_ANGLE_SQUARED).sqrt(); // [n]
    const half = angle.div(2);
    const sine = tf.sin(angle).div(angle); // sin θ / θ
    const versine = tf.sin(half).div(half).square().div(2); // (1 − cos θ) / θ²
    const [x, y, z] = tf.unstack(axisAngle, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const [sx, sy, sz] = [sine.mul(x), sine.mul(y), sine.mul(z)];
    const [xy, xz, yz] = [versine.mul(x).mul(y), versine.mul(x).mul(z), versine.mul(y).mul(z)];
    const [xx, yy, zz] = [x, y, z].map((c) => versine.mul(c.square())) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const rows = [
      [tf.sub(1, yy.add(zz)), xy.sub(sz), xz.add(sy)],
      [xy.add(sz), tf.sub(1, xx.add(zz)), yz.sub(sx)],
      [xz.sub(sy), yz.add(sx), tf.sub(1, xx.add(yy))],
    ];
    return tf.stack(rows.flat(), 1).reshape<tf.Tensor3D>([-1, 3, 3]);
  });
}

/**
 * The shortest axis-angle vectors of rotation matrices, angles from 0 to π; has no gradient.
 *
 * @param rotation [n, 3, 3]
 * @returns [n, 3] radians; the caller disposes of it.
 * @throws {TypeError} if the shape is not [n, 3, 3].
 */
export function matrixToAxisAngle(rotation: tf.Tensor3D): tf.Tensor2D {
  expectShape("matrixToAxisAngle", { rotation }, "n 3 3");
  return tf.tidy(() => {
    const [w, x, y, z] = tf.unstack(matrixToQuaternion(rotation), 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const sign = w.less(0).toFloat().mul(-2).add(1); // of q and −q, the one with the smaller angle
    const sine = x.square().add(y.square()).add(z.square()).sqrt(); // sin ½θ
    const scale = tf.where(sine.greater(1e-6), tf.atan2(sine, w.abs()).div(sine.maximum(1e-6)), tf.onesLike(sine));
    return tf.stack([x, y, z].map((c) => c.mul(sign).mul(scale).mul(2)), 1) as tf.Tensor2D;
  });
}

/**
 * Matrix products of rotations, one each row: first b, then a.
 *
 * @param a [n, 3, 3]
 * @param b [n, 3, 3]
 * @returns [n, 3, 3]; the caller disposes of it.
 * @throws {TypeError} if the shapes are not [n, 3, 3] alike.
 */
export function composeRotations(a: tf.Tensor3D, b: tf.Tensor3D): tf.Tensor3D {
  expectShape("composeRotations", { a, b }, "n 3 3");
  return tf.tidy(() => a.expandDims(3).mul(b.expandDims(1)).sum<tf.Tensor3D>(2)); // [n,3,3,1]·[n,1,3,3], summed over k
}

/**
 * Vectors turned by rotation matrices, one each row.
 *
 * @param rotation [n, 3, 3]
 * @param vector [n, 3]
 * @returns [n, 3]; the caller disposes of it.
 * @throws {TypeError} if the shapes are not [n, 3, 3] and [n, 3].
 */
export function turnVectors(rotation: tf.Tensor3D, vector: tf.Tensor2D): tf.Tensor2D {
  expectShape("turnVectors", { rotation, vector }, { rotation: "n 3 3", vector: "n 3" });
  return tf.tidy(() => rotation.mul(vector.expandDims(1)).sum<tf.Tensor2D>(2));
}
