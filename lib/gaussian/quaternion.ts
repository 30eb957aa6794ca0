/**
 * # Quaternions: rotations as four numbers
 *
 * ```
 * q = (w, x, y, z) = (cos ½θ, sin ½θ · axis)      rotation by q∘p: first p, then q      −q rotates as q does
 * ```
 *
 * A Gaussian's orientation is a unit quaternion, w first. Every function here takes and returns one row each Gaussian.
 *
 * Sources: Shoemake, *Animating rotation with quaternion curves*, 1985; for {@linkcode matrixToQuaternion} Shepperd,
 * *Quaternion from rotation matrix*, 1978.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { exceeds } from "../tensor/indicator.ts";
import { expectShape } from "../tensor/shape.ts";

type Column = tf.Tensor1D;

/** The columns of a tensor [n, c], each [n]. */
function columns(rows: tf.Tensor2D): Column[] {
  return tf.unstack(rows, 1) as Column[];
}

/**
 * Quaternions of length one.
 *
 * @param quaternion [n, 4] wxyz; a zero row becomes the identity.
 * @returns [n, 4]; the caller disposes of it.
 * @throws {TypeError} if the shape is not [n, 4].
 */
export function normalizeQuaternion(quaternion: tf.Tensor2D): tf.Tensor2D {
  expectShape("normalizeQuaternion", { quaternion }, "n 4");
  return tf.tidy(() => {
    const length = quaternion.square().sum(1, true).sqrt(); // [n, 1]
    const unit = quaternion.div(length.maximum(1e-12));
    const identity = tf.tensor2d([[1, 0, 0, 0]]).mul(tf.sub(1, exceeds(length as tf.Tensor2D, 1e-12)));
    return unit.add<tf.Tensor2D>(identity);
  });
}

/**
 * The rotation "first b, then a", a∘b.
 *
 * @param a [n, 4] wxyz
 * @param b [n, 4] wxyz
 * @returns [n, 4], a unit where both are; the caller disposes of it.
 * @throws {TypeError} if the shapes are not [n, 4] alike.
 */
export function multiplyQuaternions(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  expectShape("multiplyQuaternions", { a, b }, "n 4");
  return tf.tidy(() => {
    const [aw, ax, ay, az] = columns(a) as [Column, Column, Column, Column];
    const [bw, bx, by, bz] = columns(b) as [Column, Column, Column, Column];
    // Each in a scope of its own: the products of one are gone before the next is made.
    const w = tf.tidy(() => aw.mul(bw).sub(ax.mul(bx)).sub(ay.mul(by)).sub(az.mul(bz)));
    const x = tf.tidy(() => aw.mul(bx).add(ax.mul(bw)).add(ay.mul(bz)).sub(az.mul(by)));
    const y = tf.tidy(() => aw.mul(by).sub(ax.mul(bz)).add(ay.mul(bw)).add(az.mul(bx)));
    const z = tf.tidy(() => aw.mul(bz).add(ax.mul(by)).sub(ay.mul(bx)).add(az.mul(bw)));
    return tf.stack([w, x, y, z], 1) as tf.Tensor2D;
  });
}

/**
 * The inverse of unit quaternions: the same axis, the other way round.
 *
 * @param quaternion [n, 4] wxyz
 * @returns [n, 4]; the caller disposes of it.
 * @throws {TypeError} if the shape is not [n, 4].
 */
export function conjugate(quaternion: tf.Tensor2D): tf.Tensor2D {
  expectShape("conjugate", { quaternion }, "n 4");
  return tf.tidy(() => quaternion.mul<tf.Tensor2D>(tf.tensor2d([[1, -1, -1, -1]])));
}

/**
 * Vectors turned by unit quaternions: v + 2w·(u × v) + 2u × (u × v), with u = (x, y, z).
 *
 * @param quaternion [n, 4] wxyz
 * @param vector [n, 3]
 * @returns [n, 3]; the caller disposes of it.
 * @throws {TypeError} if the shapes are not [n, 4] and [n, 3].
 */
export function rotateVector(quaternion: tf.Tensor2D, vector: tf.Tensor2D): tf.Tensor2D {
  expectShape("rotateVector", { quaternion, vector }, { quaternion: "n 4", vector: "n 3" });
  return tf.tidy(() => {
    const w = quaternion.slice([0, 0], [-1, 1]), u = quaternion.slice([0, 1], [-1, 3]);
    const twice = tf.tidy(() => cross(u, vector).mul<tf.Tensor2D>(2));
    const sum = tf.tidy(() => vector.add<tf.Tensor2D>(w.mul(twice)));
    return sum.add<tf.Tensor2D>(cross(u, twice));
  });
}

function cross(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const [ax, ay, az] = columns(a) as [Column, Column, Column];
    const [bx, by, bz] = columns(b) as [Column, Column, Column];
    const parts = [
      tf.tidy(() => ay.mul(bz).sub(az.mul(by))),
      tf.tidy(() => az.mul(bx).sub(ax.mul(bz))),
      tf.tidy(() => ax.mul(by).sub(ay.mul(bx))),
    ];
    return tf.stack(parts, 1) as tf.Tensor2D;
  });
}

/**
 * Rotation matrices of unit quaternions.
 *
 * @param quaternion [n, 4] wxyz
 * @returns [n, 3, 3], columns are the turned axes; the caller disposes of it.
 * @throws {TypeError} if the shape is not [n, 4].
 */
export function quaternionToMatrix(quaternion: tf.Tensor2D): tf.Tensor3D {
  expectShape("quaternionToMatrix", { quaternion }, "n 4");
  return tf.tidy(() => {
    const [w, x, y, z] = columns(quaternion) as [Column, Column, Column, Column];
    const one = (a: tf.Tensor, b: tf.Tensor) => tf.sub(1, a.square().add(b.square()).mul(2)); // 1 − 2(a² + b²)
    const two = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor, d: tf.Tensor) => a.mul(b).add(c.mul(d)).mul(2); // 2(ab + cd)
    const back = w.neg();
    const rows = [
      [one(y, z), two(x, y, back, z), two(x, z, w, y)],
      [two(x, y, w, z), one(x, z), two(y, z, back, x)],
      [two(x, z, back, y), two(y, z, w, x), one(x, y)],
    ];
    return tf.stack(rows.flat(), 1).reshape<tf.Tensor3D>([-1, 3, 3]);
  });
}

/**
 * Unit quaternions of rotation matrices; of q and −q, the one whose largest number is positive.
 *
 * Each of the four candidates below is the quaternion times four times one of its own numbers, 4w·q, 4x·q, …; the one
 * with the largest such number is free of cancellation, and normalising it gives q.
 *
 * @param rotation [n, 3, 3]
 * @returns [n, 4] wxyz; the caller disposes of it.
 * @throws {TypeError} if the shape is not [n, 3, 3].
 */
export function matrixToQuaternion(rotation: tf.Tensor3D): tf.Tensor2D {
  expectShape("matrixToQuaternion", { rotation }, "n 3 3");
  return tf.tidy(() => {
    const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = columns(rotation.reshape([-1, 9])) as Nine;
    const trace = xx.add(yy).add(zz);
    const [ww4, xx4, yy4, zz4] = [trace, xx.mul(2).sub(trace), yy.mul(2).sub(trace), zz.mul(2).sub(trace)]
      .map((value) => value.add(1)) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const [wx4, wy4, wz4] = [zy.sub(yz), xz.sub(zx), yx.sub(xy)];
    const [xy4, xz4, yz4] = [xy.add(yx), xz.add(zx), yz.add(zy)];
    const candidates = [[ww4, wx4, wy4, wz4], [wx4, xx4, xy4, xz4], [wy4, xy4, yy4, yz4], [wz4, xz4, yz4, zz4]];
    const largest = tf.oneHot(tf.stack([ww4, xx4, yy4, zz4], 1).argMax<tf.Tensor1D>(1), 4).toFloat(); // [n, 4]
    const chosen = candidates.map((row, i) => tf.stack(row, 1).mul(largest.slice([0, i], [-1, 1])));
    return normalizeQuaternion(tf.addN(chosen) as tf.Tensor2D);
  });
}
type Nine = [Column, Column, Column, Column, Column, Column, Column, Column, Column];
