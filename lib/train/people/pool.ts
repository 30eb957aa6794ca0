/**
 * # People from several threads, in order
 *
 * ```ts
 * import { PeoplePool } from "./pool.ts";
 * using pool = new PeoplePool({ seed: 1, size: 256 }, 2);
 * for await (const { image, joints2d } of pool.people(0, 4)) console.log(image.length, joints2d.length);
 * ```
 *
 * A person is a function of (seed, index), so the threads share nothing, and the order in which they finish does not
 * matter. A few people are made ahead of the one that is asked for, not more: memory stays bounded when the reader is
 * slow.
 *
 * @module
 */
import { expectInteger } from "../../tensor/options.ts";
import type { Person } from "./person.ts";
import type { PeopleOptions } from "./studio.ts";

/** To a worker: how to make people, then which. */
export type ToWorker =
  | { readonly kind: "open"; readonly options: Partial<PeopleOptions> }
  | { readonly kind: "make"; readonly index: number };
/** From a worker. */
export type ToPool =
  | { readonly kind: "person"; readonly index: number; readonly person: Person }
  | { readonly kind: "error"; readonly name: string; readonly message: string };

const AHEAD = 2; // people under way for each worker

/** Threads that make people; dispose of it to end them. */
export class PeoplePool implements Disposable {
  readonly #workers: Worker[];
  readonly #ready = new Map<number, Person>();
  #failure: Error | undefined;
  #wake: () => void = () => {};
  #busy = false;

  /** @param workers How many threads; the machine's cores by default. */
  constructor(options: Partial<PeopleOptions>, workers: number = navigator.hardwareConcurrency) {
    expectInteger("PeoplePool", "workers", workers, 1, 64);
    this.#workers = Array.from({ length: workers }, () => {
      const worker = new Worker(new URL("./people_worker.ts", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }: MessageEvent<ToPool>) => this.#receive(data);
      worker.onerror = (event) => {
        event.preventDefault();
        this.#receive({ kind: "error", name: "Error", message: event.message });
      };
      worker.postMessage({ kind: "open", options } satisfies ToWorker);
      return worker;
    });
  }

  /**
   * People number `from` to `from + count − 1`, in order.
   *
   * @throws what making one of them threw.
   * @throws {Error} if the people of an earlier call are still being read.
   */
  async *people(from: number, count: number): AsyncGenerator<Person> {
    expectInteger("people", "from", from, 0);
    expectInteger("people", "count", count, 0);
    if (this.#busy) throw new Error("people: an earlier call of this pool is not finished: read it to its end first");
    this.#busy = true;
    const end = from + count;
    let asked = from;
    const ask = () => {
      const worker = this.#workers[(asked - from) % this.#workers.length]!;
      worker.postMessage({ kind: "make", index: asked++ } satisfies ToWorker);
    };
    try {
      while (asked < Math.min(end, from + AHEAD * this.#workers.length)) ask();
      for (let index = from; index < end; index++) {
        while (!this.#ready.has(index)) {
          if (this.#failure) throw this.#failure;
          await new Promise<void>((resolve) => this.#wake = resolve);
        }
        const person = this.#ready.get(index)!;
        this.#ready.delete(index);
        if (asked < end) ask();
        yield person;
      }
      this.#busy = false;
    } finally {
      if (this.#busy) this[Symbol.dispose](); // left early: what is under way would come too late
    }
  }

  #receive(message: ToPool): void {
    if (message.kind === "person") this.#ready.set(message.index, message.person);
    else {
      const kinds: Record<string, ErrorConstructor> = { RangeError, TypeError, SyntaxError };
      this.#failure ??= new (kinds[message.name] ?? Error)(message.message);
    }
    this.#wake();
  }

  /** Ends the threads. */
  [Symbol.dispose](): void {
    for (const worker of this.#workers) worker.terminate();
    this.#ready.clear();
  }
}
