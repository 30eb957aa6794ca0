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
import { bilinear, bilinearOf, cross, recombine } from "../tensor/components.ts";
import { expectShape } from "../tensor/shape.ts";

/** a∘b: w = aw·bw − ax·bx − ay·by − az·bz, and so on. */
const HAMILTON = bilinearOf(
  [
    ...[[0, 0, 0, 1], [1, 1, 0, -1], [2, 2, 0, -1], [3, 3, 0, -1]] as const,
    ...[[0, 1, 1, 1], [1, 0, 1, 1], [2, 3, 1, 1], [3, 2, 1, -1]] as const,
    ...[[0, 2, 2, 1], [1, 3, 2, -1], [2, 0, 2, 1], [3, 1, 2, 1]] as const,
    ...[[0, 3, 3, 1], [1, 2, 3, 1], [2, 1, 3, -1], [3, 0, 3, 1]] as const,
  ],
  4,
  4,
  4,
);
/** w, and (x, y, z), of (w, x, y, z). */
const SCALAR = [[1], [0], [0], [0]], VECTOR = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]];

/** ½·(R − 1), row by row: 2·(xy − wz) is R's entry 1, and so on. */
const TURNED = bilinearOf(
  [
    ...[[2, 2, 0, -1], [3, 3, 0, -1], [1, 2, 1, 1], [0, 3, 1, -1], [1, 3, 2, 1], [0, 2, 2, 1]] as const,
    ...[[1, 2, 3, 1], [0, 3, 3, 1], [1, 1, 4, -1], [3, 3, 4, -1], [2, 3, 5, 1], [0, 1, 5, -1]] as const,
    ...[[1, 3, 6, 1], [0, 2, 6, -1], [2, 3, 7, 1], [0, 1, 7, 1], [1, 1, 8, -1], [2, 2, 8, -1]] as const,
  ],
  4,
  4,
  9,
);
/** Four times each product of two of w, x, y, z: entries of R that are added and subtracted, and whether 1 is added. */
const PRODUCTS: Readonly<Record<string, readonly [plus: readonly number[], minus: readonly number[], one: boolean]>> = {
  ww: [[0, 4, 8], [], true],
  xx: [[0], [4, 8], true],
  yy: [[4], [0, 8], true],
  zz: [[8], [0, 4], true],
  wx: [[7], [5], false],
  wy: [[2], [6], false],
  wz: [[3], [1], false],
  xy: [[1, 3], [], false],
  xz: [[2, 6], [], false],
  yz: [[5, 7], [], false],
};
/** The four candidates one after the other: 4w·(w, x, y, z), 4x·(w, x, y, z), … */
const SIXTEEN = [..."wxyz"].flatMap((one) =>
  [..."wxyz"].map((other) => PRODUCTS[one + other] ?? PRODUCTS[other + one]!)
);
const SQUARES = SIXTEEN.map(([, , one]) => one);
const CANDIDATES = Array.from(
  { length: 9 },
  (_, entry) => SIXTEEN.map(([plus, minus]) => plus.includes(entry) ? 1 : minus.includes(entry) ? -1 : 0),
);
/** The candidates' own squares: columns 0, 5, 10, 15. */
const DIAGONAL = SIXTEEN.map((_, i) => [0, 1, 2, 3].map((j) => i === 5 * j ? 1 : 0));
/** Σ_i choice_i·candidate_i. */
const CHOICE = bilinearOf(SIXTEEN.map((_, i) => [Math.floor(i / 4), i, i % 4, 1] as const), 4, 16, 4);

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
  return bilinear(a, b, HAMILTON);
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
    const w = recombine(quaternion, SCALAR), u = recombine(quaternion, VECTOR);
    const twice = tf.tidy(() => cross(u, vector).mul<tf.Tensor2D>(2));
    const sum = tf.tidy(() => vector.add<tf.Tensor2D>(w.mul(twice)));
    return sum.add<tf.Tensor2D>(cross(u, twice));
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
    const products = bilinear(quaternion, quaternion, TURNED); // of y² + z², xy − wz, …, [n, 9]
    return products.mul(2).add(tf.tensor2d([[1, 0, 0, 0, 1, 0, 0, 0, 1]])).reshape<tf.Tensor3D>([-1, 3, 3]);
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
    const nine = rotation.reshape<tf.Tensor2D>([-1, 9]);
    const candidates = recombine(nine, CANDIDATES).add<tf.Tensor2D>(
      tf.tensor2d([SQUARES.map((square) => square ? 1 : 0)]),
    );
    const squares = recombine(candidates, DIAGONAL); // 4w², 4x², 4y², 4z²
    const largest = tf.oneHot(squares.argMax<tf.Tensor1D>(1), 4).toFloat() as tf.Tensor2D; // [n, 4]
    return normalizeQuaternion(bilinear(largest, candidates, CHOICE));
  });
}
