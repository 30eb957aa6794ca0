/**
 * # Who frees what
 *
 * tfjs tensors live outside the garbage collector's sight. Synchronous code is scoped by `tf.tidy`; code that awaits
 * cannot be, because `tf.tidy`'s scope ends at the first `await`. The rule of this library is one sentence: *a function
 * frees all that it made but what it returns; the caller owns what is returned.* A {@linkcode TensorScope} holds that
 * rule across `await` and on every error path:
 *
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { TensorScope } from "./scope.ts";
 * async function sharpest(map: tf.Tensor3D): Promise<{ peak: tf.Tensor; value: number }> {
 *   using scope = new TensorScope(); //  frees its tensors when the block ends, by return or by throw
 *   const peak = scope.own(map.max());
 *   const [value] = await peak.data();
 *   return { peak: scope.release(peak), value: value! };
 * }
 * const map = tf.ones<tf.Rank.R3>([2, 2, 1]);
 * (await sharpest(map)).peak.dispose();
 * map.dispose();
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/** Anything that holds tensors: a tensor, or arrays and plain records of such. */
export type TensorTree = unknown;

/** All tensors inside a value, found through arrays and plain records (class instances are not entered). */
export function tensorsIn(tree: TensorTree, found: Set<tf.Tensor> = new Set()): Set<tf.Tensor> {
  if (tree instanceof tf.Tensor) found.add(tree);
  else if (Array.isArray(tree)) { for (const item of tree) tensorsIn(item, found); }
  else if (tree !== null && typeof tree === "object" && Object.getPrototypeOf(tree) === Object.prototype) {
    for (const item of Object.values(tree)) tensorsIn(item, found);
  }
  return found;
}

/** Disposes of every tensor inside a value; those already disposed of are passed over. */
export function disposeAll(...trees: TensorTree[]): void {
  for (const tensor of tensorsIn(trees)) if (!tensor.isDisposed) tensor.dispose();
}

/** Owns tensors until its block ends. Use with `using`; see the module's example. */
export class TensorScope implements Disposable {
  #owned = new Set<tf.Tensor>();

  /** Takes ownership of every tensor inside `tree` and returns `tree`. */
  own<T>(tree: T): T {
    for (const tensor of tensorsIn(tree)) this.#owned.add(tensor);
    return tree;
  }

  /** Runs `fn` in `tf.tidy` and owns what it returns. */
  tidy<T extends tf.TensorContainer>(fn: () => T): T {
    return this.own(tf.tidy(fn));
  }

  /** Gives ownership of every tensor inside `tree` to the caller and returns `tree`. */
  release<T>(tree: T): T {
    for (const tensor of tensorsIn(tree)) this.#owned.delete(tensor);
    return tree;
  }

  /** Frees what is still owned. */
  [Symbol.dispose](): void {
    for (const tensor of this.#owned) if (!tensor.isDisposed) tensor.dispose();
    this.#owned.clear();
  }
}
