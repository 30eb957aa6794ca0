/**
 * # The second process of a training: makes what the first learns from
 *
 * It runs `tools/train.ts … --collect` with the options of the first, and ends with it. What it says is kept, not shown, so
 * that it does not run into the first one's progress; if it fails, the last of it is the reason that is given.
 *
 * @module
 */

const LAST = 2000; // letters of what it said that are kept
const THROWN = /^error: (?:Uncaught )?(?:\(in promise\) )?(?:\w*Error: )?/; // what Deno puts before a message
const NAMED = "train: the process that makes examples";

/** A process that makes examples. */
export class Collector implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #ended: Promise<void>;
  readonly #failed = new AbortController();
  #said = "";
  #done = false;
  #stopped = false;

  /** @param args What Deno is to run. */
  constructor(args: readonly string[]) {
    this.#process = new Deno.Command(Deno.execPath(), { args: [...args], stdin: "null", stderr: "piped" }).spawn();
    this.#ended = this.#listen();
  }

  /** Is aborted when it fails, with an error that gives the last it said; not when it is done, or ended by its owner. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /**
   * Waits until there is enough to begin with.
   *
   * @param enough Is asked once in a while.
   * @throws {Error} if the process ends before, well or not, with the last it said.
   */
  async until(enough: () => boolean, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const done = this.#done; // looked at first, so that the last it made counts
      if (enough()) return;
      if (done) throw new Error(`${NAMED} ended before there were enough: ${this.#lastWords()}`);
      await new Promise((again) => setTimeout(again, 500));
    }
  }

  /** Ends it at once, where there is no time to wait for it. */
  kill(): void {
    this.#end("SIGKILL");
  }

  async #listen(): Promise<void> {
    for await (const text of this.#process.stderr.pipeThrough(new TextDecoderStream())) {
      this.#said = (this.#said + text).slice(-LAST);
    }
    const { success } = await this.#process.status;
    this.#done = true;
    if (!success && !this.#stopped) this.#failed.abort(new Error(`${NAMED} ended early: ${this.#lastWords()}`));
  }

  /** The error's first line if it threw one, else the last line. */
  #lastWords(): string {
    // deno-lint-ignore no-control-regex -- colours, where it had them
    const plain = this.#said.replaceAll(/\x1b\[[0-9;]*m/g, "").trim(), at = plain.lastIndexOf("error: ");
    const line = at >= 0 ? plain.slice(at).split("\n")[0]! : plain.split("\n").at(-1)!;
    return line.replace(THROWN, "") || "it said nothing";
  }

  #end(signal: Deno.Signal): void {
    this.#stopped = true;
    try {
      this.#process.kill(signal);
    } catch { /* it had ended already */ }
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end("SIGTERM");
    await this.#ended;
  }
}

/** The signal that ends a training after its step: it was stopped, or the process that makes its examples failed. */
export function endingOf(stop: AbortSignal, collector: Collector | undefined): AbortSignal {
  return AbortSignal.any([stop, ...(collector ? [collector.failed] : [])]);
}

/**
 * Says what came of a training that is written.
 *
 * @param whole Whether it took all its steps.
 * @throws {Error} of the second process, if that is what ended it.
 */
export function sayEnd(out: string, whole: boolean, stop: AbortSignal, collector: Collector | undefined): void {
  console.error(whole ? `Wrote ${out}` : `Stopped; go on with --resume. So far: ${out}`);
  if (!whole && !stop.aborted) collector?.failed.throwIfAborted();
}
