/**
 * # Watching memory: the most tensor bytes that a piece of work held
 *
 * tfjs's engine is watched at every allocation, so nothing that lived shortly is missed:
 *
 * ```
 * peak = max over time of (bytes now − bytes of those tensors that will be returned) − bytes at the start
 * ```
 *
 * tfjs counts the bytes of each tensor, also of those that share their data with another, as clones and reshaped tensors do: so no
 * more memory was held than this, and mostly less.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { PeakWatch } from "./peak.ts";
 *
 * using watch = new PeakWatch();
 * tf.tidy(() => void tf.zeros([1000]));
 * console.log(watch.bytesBeside([])); // 4000
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/** The part of tfjs's engine that sees every tensor. */
interface Engine {
  trackTensor(tensor: tf.Tensor, ...rest: unknown[]): void;
}

/** Notes every allocation until its `using` block ends. */
export class PeakWatch implements Disposable {
  readonly #engine = tf.engine() as unknown as Engine;
  readonly #track: Engine["trackTensor"];
  readonly #start = tf.memory().numBytes;
  readonly #allocations: { readonly data: object; readonly total: number }[] = [];

  /** Begins to watch. */
  constructor() {
    const track = this.#track = this.#engine.trackTensor, allocations = this.#allocations;
    this.#engine.trackTensor = function (this: Engine, tensor, ...rest) {
      track.call(this, tensor, ...rest);
      allocations.push({ data: tensor.dataId, total: tf.memory().numBytes });
    };
  }

  /** The most bytes above those at the start, the given tensors (the work's result) not counted. */
  bytesBeside(result: Iterable<tf.Tensor>): number {
    const bytesOf = new Map([...result].map((tensor) => [tensor.dataId as object, tensor.size * 4]));
    let lasting = 0, peak = 0;
    for (const { data, total } of this.#allocations) {
      lasting += bytesOf.get(data) ?? 0;
      bytesOf.delete(data); // a clone of the same data is no further allocation
      peak = Math.max(peak, total - lasting - this.#start);
    }
    return peak;
  }

  /** Ends watching. */
  [Symbol.dispose](): void {
    this.#engine.trackTensor = this.#track;
  }
}
