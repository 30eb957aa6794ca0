/**
 * # Time and peak memory of one call
 *
 * Peak tensor bytes are exact: tfjs's engine is watched at every allocation while the call runs. What counts is what the
 * call needs *beside* its result: bytes above the start, less those of the returned tensors.
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
  const engine = tf.engine() as unknown as { trackTensor: (...args: unknown[]) => void };
  const track = engine.trackTensor;
  const start = tf.memory().numBytes;
  let peak = start;
  engine.trackTensor = function (...args: unknown[]) {
    track.apply(this, args);
    peak = Math.max(peak, tf.memory().numBytes);
  };
  try {
    const begin = performance.now();
    const result = await fn();
    for (const tensor of tensorsIn(result)) await tensor.data(); // wait for the device
    const ms = performance.now() - begin;
    const resultBytes = [...tensorsIn(result)].reduce((sum, tensor) => sum + tensor.size * 4, 0);
    return { result, ms, peakBytes: Math.max(0, peak - start - resultBytes), resultBytes };
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
