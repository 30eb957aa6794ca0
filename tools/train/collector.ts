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

/** A process that makes examples. */
export class Collector implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #ended: Promise<void>;
  #said = "";
  #failure: string | undefined;
  #stopped = false;

  /** @param args What Deno is to run. */
  constructor(args: readonly string[]) {
    this.#process = new Deno.Command(Deno.execPath(), { args: [...args], stdin: "null", stderr: "piped" }).spawn();
    this.#ended = this.#listen();
  }

  /** Why it ended before it was done, if it did: the last that it said. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /**
   * Waits until there is enough to begin with.
   *
   * @param enough Is asked once in a while.
   * @throws {Error} if the process ends before, with its reason.
   */
  async until(enough: () => boolean, signal: AbortSignal): Promise<void> {
    while (!enough() && !signal.aborted) {
      if (this.#failure !== undefined) {
        throw new Error(`train: the process that makes examples ended before there were enough: ${this.#failure}`);
      }
      await new Promise((again) => setTimeout(again, 500));
    }
  }

  async #listen(): Promise<void> {
    for await (const text of this.#process.stderr.pipeThrough(new TextDecoderStream())) {
      this.#said = (this.#said + text).slice(-LAST);
    }
    const { success } = await this.#process.status;
    if (success || this.#stopped) return;
    // deno-lint-ignore no-control-regex -- colours, where it had them
    const plain = this.#said.replaceAll(/\x1b\[[0-9;]*m/g, ""), at = plain.lastIndexOf("error: ");
    this.#failure = plain.slice(Math.max(0, at)).split("\n")[0]!.replace(THROWN, "") || "it said nothing";
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    try {
      this.#process.kill("SIGTERM");
    } catch { /* it had ended already */ }
    await this.#ended;
  }
}
