/**
 * # A thread beside the caller's
 *
 * Waits for a call, takes part in the phase that is open, waits again. See `threads.ts`.
 *
 * @module
 */
import { workerData } from "node:worker_threads";
import { type SplatExports, WORDS, type WorkerTask } from "./threads.ts";

const { module, memory, thread } = workerData as WorkerTask;
const { work } = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as SplatExports;
const words = new Int32Array(memory.buffer, 0, 16);
for (let call = 0;;) {
  Atomics.wait(words, WORDS.CALL, call);
  call = Atomics.load(words, WORDS.CALL);
  Atomics.add(words, WORDS.ACTIVE, 1);
  const phase = Atomics.load(words, WORDS.OPEN);
  try {
    if (phase > 0) work(thread, phase - 1, Atomics.load(words, WORDS.ITEMS));
  } catch {
    Atomics.store(words, WORDS.FAILED, 1); // the caller says so
  }
  if (Atomics.sub(words, WORDS.ACTIVE, 1) === 1) Atomics.notify(words, WORDS.ACTIVE);
}
