/**
 * # Time and peak memory of one call
 *
 * What counts as memory is what the call needs *beside* its result; see `lib/tensor/peak.ts`.
 *
 * @module
 */
import { PeakWatch } from "../lib/tensor/peak.ts";
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
  using watch = new PeakWatch();
  const begin = performance.now();
  const result = await fn();
  const returned = [...tensorsIn(result)];
  for (const tensor of returned) await tensor.data(); // wait for the device
  const ms = performance.now() - begin;
  const resultBytes = returned.reduce((sum, tensor) => sum + tensor.size * 4, 0);
  return { result, ms, peakBytes: watch.bytesBeside(returned), resultBytes };
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
