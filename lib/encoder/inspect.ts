/**
 * # Looking into a network while it runs
 *
 * A network shows every intermediate tensor to a *watch* function, by name; here is the one that keeps those that were
 * asked for. A name may end in `*` for all that begin so; names that match nothing are an error that lists what there is.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { disposeAll } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { CROP } from "./encoder.ts";
import type { Watch } from "./vision_transformer.ts";

/**
 * Runs a network and keeps the named intermediates.
 *
 * @param run Runs it with the watch, and returns what is not wanted here.
 * @returns The tensors by name; the caller disposes of them.
 * @throws {RangeError} if a name matches none.
 */
export function inspectNetwork(
  crop: tf.Tensor3D,
  names: readonly string[],
  run: (watch: Watch) => tf.Tensor | tf.Tensor[],
): Promise<Record<string, tf.Tensor>> {
  return Promise.try(() => {
    expectShape("inspect", { crop }, `${CROP} ${CROP} 3`);
    const seen: string[] = [];
    const kept: Record<string, tf.Tensor> = {};
    try {
      disposeAll(run((name, value) => {
        seen.push(name);
        if (names.some((wanted) => matches(wanted, name))) kept[name] = tf.keep(value.clone());
      }));
      const missing = names.find((wanted) => !seen.some((name) => matches(wanted, name)));
      if (missing !== undefined) {
        throw new RangeError(`inspect: no intermediate matches "${missing}": there are ${seen.join(", ")}`);
      }
      // tf.keep() hid them from every scope; the clones belong to the caller's, as any result does.
      return Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, value.clone()]));
    } finally {
      disposeAll(kept);
    }
  });
}

function matches(wanted: string, name: string): boolean {
  return wanted.endsWith("*") ? name.startsWith(wanted.slice(0, -1)) : name === wanted;
}
