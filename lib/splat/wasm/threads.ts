/**
 * # Threads that work on one memory while the caller waits
 *
 * The caller opens a phase, takes items from it like everybody else, and waits until nobody is at work any more:
 *
 * ```
 * caller   next = 0, open = phase, call ─ work ─ open = 0 ─ wait for active = 0
 * worker   wait for a call ─ active + 1 ─ work if open ─ active − 1
 * ```
 *
 * A worker that starts late, wakes late or never comes costs time and nothing else. Since it counts itself in before it looks
 * whether the phase is open, the caller, who closes it before looking at the count, never leaves one behind.
 *
 * The meeting place is the first 64 bytes of the memory: words of 32 bits. Workers are Node's, which Deno has too, because they can
 * be told not to keep the process alive. Where there are none, in a browser's page say, the caller does all the work.
 *
 * @module
 */

/** The words at which threads meet. `NEXT` is counted up by WebAssembly, see `layout.as`. */
export const WORDS = { CALL: 0, OPEN: 1, NEXT: 2, ACTIVE: 3, ITEMS: 4, FAILED: 5 } as const;

/** What the WebAssembly module exports. */
export interface SplatExports {
  work(thread: number, phase: number, items: number): void;
  sortByDepth(): number;
  countPairs(): number;
  fillTiles(drawn: number): void;
  sumSlots(pairs: number): void;
}

/** What a worker is given. */
export interface WorkerTask {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Its number, from 1; the caller is 0. */
  readonly thread: number;
}

type NodeWorker = import("node:worker_threads").Worker;

/** A module's instance in this thread and, on the same memory, in others. */
export class Threads implements Disposable {
  /** The instance of this thread. */
  readonly exports: SplatExports;
  /** How many threads there may be, this one included. */
  readonly count: number;
  readonly #words: Int32Array;
  readonly #workers: NodeWorker[] = [];

  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory, count: number) {
    this.exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as SplatExports;
    this.#words = new Int32Array(memory.buffer, 0, 16);
    this.count = count;
    for (let thread = 1; thread < count; thread++) {
      const worker = startWorker({ module, memory, thread });
      if (worker) this.#workers.push(worker);
    }
  }

  /** Runs a phase, 1 to 4 (one more than `work`'s number), over `items`, and returns when it is done. */
  run(phase: number, items: number): void {
    const words = this.#words;
    Atomics.store(words, WORDS.NEXT, 0);
    Atomics.store(words, WORDS.ITEMS, items);
    Atomics.store(words, WORDS.OPEN, phase);
    Atomics.add(words, WORDS.CALL, 1);
    Atomics.notify(words, WORDS.CALL);
    this.exports.work(0, phase - 1, items);
    Atomics.store(words, WORDS.OPEN, 0);
    for (let active; (active = Atomics.load(words, WORDS.ACTIVE)) > 0;) Atomics.wait(words, WORDS.ACTIVE, active);
    if (Atomics.exchange(words, WORDS.FAILED, 0) > 0) {
      throw new Error("splatting: a thread failed; its tiles are missing");
    }
  }

  /** Ends the workers. */
  [Symbol.dispose](): void {
    for (const worker of this.#workers.splice(0)) void worker.terminate();
  }
}

function startWorker(workerData: WorkerTask): NodeWorker | undefined {
  try {
    const { Worker } = process.getBuiltinModule("node:worker_threads");
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData });
    worker.on("error", () => {}); // one that cannot start is not missed
    worker.unref();
    return worker;
  } catch {
    return undefined; // no such workers here, or not allowed
  }
}
