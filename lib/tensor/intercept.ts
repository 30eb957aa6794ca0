/**
 * # Interception: looking at, and taking over, what passes by in chunks
 *
 * The large tensors of all Gaussians are never whole: they exist for one chunk and are gone. A function that streams takes
 * an `intercept`, which it calls with every named tensor of every chunk, inside `tf.tidy`; what is returned takes the
 * tensor's place. Names are those of `docs/steps.md`.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";

/**
 * Called with each named tensor of a chunk; must return a tensor of the same shape, the given one to leave it be.
 *
 * @param name Such as `localize.heatmap2d`.
 * @param tensor Its first axis runs over the chunk's rows.
 * @param rows The number of each row's Gaussian.
 */
export type Intercept = <T extends tf.Tensor>(name: string, tensor: T, rows: Int32Array) => T;

/** Leaves every tensor as it is. */
export const passThrough: Intercept = (_name, tensor) => tensor;

/** The numbers start … end − 1. */
export function rowsFrom(start: number, end: number): Int32Array {
  return Int32Array.from({ length: end - start }, (_, i) => start + i);
}
