/**
 * # Clones that share their numbers on wasm
 *
 * ```
 * y = clone(x)        y's data are x's, counted twice; they are freed with the last of the two
 * ```
 *
 * No kernel writes into a tensor, so a copy of one needs no numbers of its own. tfjs's cpu and WebGPU backends count who holds the data,
 * and so does its wasm backend where a tensor is reshaped; but there it copies what is cloned, and a gradient clones all that it saves
 * for the way back: a tenth of a training step (`docs/training.md`). Where a wasm kernel copies its input for itself (a transpose that moves
 * nothing, a concatenation of one), it still does.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/** The part of the wasm backend that counts who holds the data. */
interface Counted {
  incRef(dataId: object): void;
}

/** Lets clones on the wasm backend, which must be registered, share their numbers from now on. */
export function shareClones(): void {
  const { kernelFunc: copied } = tf.getKernel(tf.Identity, "wasm");
  tf.unregisterKernel(tf.Identity, "wasm");
  tf.registerKernel({
    kernelName: tf.Identity,
    backendName: "wasm",
    kernelFunc: (call) => {
      const { dataId, shape, dtype } = call.inputs.x!;
      if (dtype === "string") return copied(call); // tfjs loses count of the bytes of words that are shared
      (call.backend as Counted).incRef(dataId);
      return { dataId, shape, dtype };
    },
  });
}
