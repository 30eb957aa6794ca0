/**
 * # Components of many small vectors, without taking them apart
 *
 * Quaternions and vectors of all Gaussians lie in rows, [n, 4] and [n, 3], and their products are sums of products of components. To
 * cut rows into columns and to put columns together again costs wasm far more than the arithmetic. Products with small constant
 * matrices do the same:
 *
 * ```
 * recombine(x, M)         = x·M                                  columns chosen, negated, added
 * bilinear(a, b, terms)_k = Σ_{(i, j, k, sign)} sign·a_i·b_j     = ((a·P) ⊙ (b·Q))·S         a column of P, Q and a row of S for each term
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { times } from "./mat_mul.ts";
import { expectShape } from "./shape.ts";

/** One product: a's component, b's component, which sum it belongs to, and its sign. */
export type Term = readonly [a: number, b: number, sum: number, sign: 1 | -1];

/**
 * Rows times a constant matrix; differentiable in the rows.
 *
 * @param rows [n, k]
 * @param matrix k rows of m numbers.
 * @returns [n, m]; the caller disposes of it.
 * @throws {TypeError} if the rows are not k wide.
 */
export function recombine(rows: tf.Tensor2D, matrix: readonly (readonly number[])[]): tf.Tensor2D {
  expectShape("recombine", { rows }, `n ${matrix.length}`);
  const constant = () => tf.tensor2d(matrix.map((row) => [...row]));
  return tf.customGrad((x) => ({
    value: tf.tidy(() => times(x as tf.Tensor2D, constant())),
    gradFunc: (dy: tf.Tensor) => tf.tidy(() => times(dy as tf.Tensor2D, constant(), false, true)),
  }))(rows) as tf.Tensor2D;
}

/** A bilinear map by its terms, and how wide its three sides are. */
export interface Bilinear {
  readonly P: readonly (readonly number[])[];
  readonly Q: readonly (readonly number[])[];
  readonly S: readonly (readonly number[])[];
}

/** The matrices of a bilinear map from rows of a and b components to `sums` components. */
export function bilinearOf(terms: readonly Term[], a: number, b: number, sums: number): Bilinear {
  const matrix = (rows: number, columns: number, at: (row: number, column: number) => number) =>
    Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) => at(row, column)));
  return {
    P: matrix(a, terms.length, (row, t) => terms[t]![0] === row ? 1 : 0),
    Q: matrix(b, terms.length, (row, t) => terms[t]![1] === row ? 1 : 0),
    S: matrix(terms.length, sums, (t, column) => terms[t]![2] === column ? terms[t]![3] : 0),
  };
}

/** (a_y·b_z − a_z·b_y, …) */
const CROSS = bilinearOf(
  [[1, 2, 0, 1], [2, 1, 0, -1], [2, 0, 1, 1], [0, 2, 1, -1], [0, 1, 2, 1], [1, 0, 2, -1]],
  3,
  3,
  3,
);

/**
 * The cross product a × b, row by row; differentiable in both.
 *
 * @param a [n, 3]
 * @param b [n, 3]
 * @returns [n, 3]; the caller disposes of it.
 * @throws {TypeError} if the shapes do not fit.
 */
export function cross(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return bilinear(a, b, CROSS);
}

/**
 * A bilinear map, row by row; differentiable in both.
 *
 * @param a [n, width of P's rows], `b` [n, that of Q's]
 * @returns [n, width of S]; the caller disposes of it.
 * @throws {TypeError} if the shapes do not fit.
 */
export function bilinear(a: tf.Tensor2D, b: tf.Tensor2D, { P, Q, S }: Bilinear): tf.Tensor2D {
  return tf.tidy(() => recombine(tf.mul<tf.Tensor2D>(recombine(a, P), recombine(b, Q)), S));
}
