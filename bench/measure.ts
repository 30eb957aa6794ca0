/**
 * # Time and peak memory of one call
 *
 * Peak tensor bytes are exact: tfjs's engine is watched at every allocation while the call runs. What counts is what the
 * call needs *beside* its result:
 *
 * ```
 * peak = max over time of (bytes now − bytes of those tensors that will be returned) − bytes at the start
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { disposeAll, tensorsIn } from "../lib/tensor/scope.ts";

/** What one call cost. */
export interface Cost<T> {
  readonly result: T;
  readonly ms: number;
  /** Largest number of tensor bytes above the start, returned tensors not counted. */
  readonly peakBytes: number;
  /** Bytes of the returned tensors. */
  readonly resultBytes: number;
}

/** Runs `fn` once and measures it; the caller disposes of the result. */
export async function measure<T>(fn: () => T | Promise<T>): Promise<Cost<T>> {
  const engine = tf.engine() as unknown as { trackTensor: (tensor: tf.Tensor, ...rest: unknown[]) => void };
  const track = engine.trackTensor;
  const start = tf.memory().numBytes;
  const allocations: { readonly data: object; readonly total: number }[] = [];
  engine.trackTensor = function (tensor, ...rest) {
    track.call(this, tensor, ...rest);
    allocations.push({ data: tensor.dataId, total: tf.memory().numBytes });
  };
  try {
    const begin = performance.now();
    const result = await fn();
    const returned = [...tensorsIn(result)];
    for (const tensor of returned) await tensor.data(); // wait for the device
    const ms = performance.now() - begin;
    const bytesOf = new Map(returned.map((tensor) => [tensor.dataId as object, tensor.size * 4]));
    let lasting = 0, peakBytes = 0;
    for (const { data, total } of allocations) {
      lasting += bytesOf.get(data) ?? 0;
      bytesOf.delete(data); // a clone of the same data is no further allocation
      peakBytes = Math.max(peakBytes, total - lasting - start);
    }
    return { result, ms, peakBytes, resultBytes: returned.reduce((sum, tensor) => sum + tensor.size * 4, 0) };
  } finally {
    engine.trackTensor = track;
  }
}

/** Least milliseconds of several calls after one that is not counted; results are disposed of. */
export async function leastMilliseconds(repeats: number, fn: () => unknown): Promise<number> {
  let least = Infinity;
  for (let i = 0; i <= repeats; i++) {
    const { result, ms } = await measure(fn);
    disposeAll(result);
    if (i > 0) least = Math.min(least, ms);
  }
  return least;
}
