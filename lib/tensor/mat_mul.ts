/**
 * # A matrix product that is fast forwards and backwards
 *
 * ```
 * C = A·B      ∂A = ∂C·Bᵀ      ∂B = Aᵀ·∂C
 * ```
 *
 * tfjs's wasm backend reaches about 25 GFLOP/s a thread only when the batch is one and no transpose flag is set; with a
 * flag it is 10–17 times slower, and tfjs's own gradient of `matMul` sets the flags. Here the transposes are carried
 * out as operations of their own, and batches as a loop, which makes a training step about five times faster. Elsewhere
 * (WebGPU, cpu, and wasm with the machine's own BLAS, {@link ./native_blas.ts}) flags and batches are used as they are.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectShape } from "./shape.ts";

/**
 * The product of two matrices, with a gradient that stays fast on wasm.
 *
 * @param a [m, k]
 * @param b [k, n]
 * @returns [m, n]; the caller disposes of it.
 * @throws {TypeError} if the inner sizes differ.
 */
export function matMul(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  expectShape("matMul", { a, b }, { a: "m k", b: "k n" });
  return product(a, b) as tf.Tensor2D;
}

/**
 * `count` products of matrices, one after the other where that is faster; with a gradient.
 *
 * @param a [count, m, k]
 * @param b [count, k, n]
 * @returns [count, m, n]; the caller disposes of it.
 * @throws {TypeError} if the sizes differ.
 */
export function batchMatMul(a: tf.Tensor3D, b: tf.Tensor3D): tf.Tensor3D {
  expectShape("batchMatMul", { a, b }, { a: "count m k", b: "count k n" });
  return product(a, b) as tf.Tensor3D;
}

/**
 * op(A)·op(B) of matrices or of batches of them (a batch of one goes with any), by the fastest way of the backend; without a gradient of its own, for
 * use inside `tf.customGrad`.
 */
export function times<T extends tf.Tensor>(a: T, b: T, transposeA = false, transposeB = false): T {
  if (transposedProductsAreFast || tf.getBackend() !== "wasm") return tf.matMul(a, b, transposeA, transposeB) as T;
  return tf.tidy(() => {
    const A = transposeA ? turned(a) : a, B = transposeB ? turned(b) : b;
    if (a.rank === 2) return tf.matMul(A, B) as T;
    const count = Math.max(A.shape[0]!, B.shape[0]!);
    return tf.stack(Array.from({ length: count }, (_, i) => tf.matMul(matrixOf(A, i), matrixOf(B, i)))) as T;
  });
}

/** The i-th matrix of a batch, or the only one. By `gather`, because wasm's `slice` copies all of its input each time. */
function matrixOf(batch: tf.Tensor, i: number): tf.Tensor2D {
  const [count, rows, columns] = batch.shape as [number, number, number];
  if (count === 1) return batch.reshape([rows, columns]);
  return tf.gather(batch.reshape([count, rows * columns]), tf.tensor1d([i], "int32")).reshape([rows, columns]);
}

function turned(x: tf.Tensor): tf.Tensor {
  return tf.transpose(x, x.rank === 2 ? [1, 0] : [0, 2, 1]);
}

let transposedProductsAreFast = false;

/** Whether the wasm backend's products are those of the machine's own BLAS. */
export function nativeProducts(): boolean {
  return transposedProductsAreFast && tf.getBackend() === "wasm";
}

/** Says whether the wasm backend's products were replaced by such as need no care; for `native_blas.ts`. */
export function declareTransposedProductsFast(fast: boolean): void {
  transposedProductsAreFast = fast;
}

const product = tf.customGrad((...args) => {
  const [a, b, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
  save([a, b]);
  return {
    value: times(a, b),
    gradFunc: (dC: tf.Tensor, saved: tf.Tensor[]) => {
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      return [times(dC, b, false, true), times(a, dC, true, false)];
    },
  };
});
