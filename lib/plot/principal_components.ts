/**
 * # Principal components
 *
 * ```
 * X = rows − mean,  [n, C]          XᵀX v = λ v          score = X·v,  largest λ first
 * ```
 *
 * Where there are fewer rows than channels the smaller problem X Xᵀ u = λ u is solved, whose scores are u·√λ. A
 * component's sign means nothing; here its score of the largest size is positive, so that pictures repeat.
 *
 * @module
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import * as tf from "@tensorflow/tfjs";
import { expectInteger } from "../tensor/options.ts";
import { TensorScope } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";

/** The rows seen along the directions in which they vary most. */
export interface PrincipalComponents {
  /** [n, k] */
  readonly scores: tf.Tensor2D;
  /** [k]: each component's share of the whole variance, 0..1, largest first. */
  readonly share: tf.Tensor1D;
}

/**
 * The first k principal components of n rows.
 *
 * @param rows [n, C]
 * @returns scores and shares; the caller disposes of both.
 * @throws {RangeError} if k is not from 1 to the smaller of n and C, or a number is not finite.
 */
export async function principalComponents(rows: tf.Tensor2D, k: number): Promise<PrincipalComponents> {
  const { n, c } = expectShape("principalComponents", { rows }, { rows: "n c" });
  expectInteger("principalComponents", "k", k, 1, Math.min(n, c));
  using scope = new TensorScope();
  const x = scope.tidy(() => rows.sub(rows.mean(0, true)) as tf.Tensor2D);
  const square = scope.tidy(() => c <= n ? tf.matMul(tf.transpose(x), x) : tf.matMul(x, tf.transpose(x)));
  const values = await square.data();
  if (!values.every(Number.isFinite)) throw new RangeError("principalComponents: rows must be finite");
  const size = Math.min(n, c);
  const matrix = Matrix.from1DArray(size, size, values as Float32Array);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!).slice(0, k);
  const vectors = scope.tidy(() =>
    tf.tensor2d(order.map((i) => eigenvectorMatrix.getColumn(i))).transpose<tf.Tensor2D>()
  );
  const largest = order.map((i) => Math.max(0, realEigenvalues[i]!));
  const total = matrix.trace() || 1;
  const scores = scope.tidy(() => {
    const unsigned = c <= n ? tf.matMul(x, vectors) : vectors.mul(largest.map(Math.sqrt)) as tf.Tensor2D;
    const sign = unsigned.max(0).add(unsigned.min(0)).sign();
    return unsigned.mul(tf.where(sign.equal(0), 1, sign)) as tf.Tensor2D;
  });
  return { scores: scope.release(scores), share: tf.tensor1d(largest.map((value) => value / total)) };
}
