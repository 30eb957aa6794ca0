/**
 * # Progress, once for terminals and notebooks
 *
 * Long work says how far it is and how long it will still take. In a terminal one line on standard error is redrawn; in
 * a file or a pipe a plain line is added every few seconds; in a notebook one output is updated in place. Standard
 * output stays free for results.
 *
 * ```ts
 * import { Progress } from "./progress.ts";
 * {
 *   await using progress = new Progress("Rendering", 48, { unit: "views" });
 *   for (let view = 0; view < 48; view++) await progress.advance();
 * } // the end of the block writes the last line
 * ```
 *
 * @module
 */
import { expectInteger, resolveOptions } from "../tensor/options.ts";
import { DISPLAY, display, type MediaBundle } from "./display.ts";
import { inKernel } from "./kernel.ts";

/** Where progress is written to. */
export interface ProgressOptions {
  /** What is counted, such as "views". */
  readonly unit: string;
  /** `terminal` redraws a line, `lines` adds plain lines, `notebook` updates an output, `silent` says nothing. */
  readonly to: "terminal" | "lines" | "notebook" | "silent";
  /** Takes the text of `terminal` and `lines`; standard error unless told. */
  readonly write: (text: string) => void;
  /** The clock, in milliseconds. */
  readonly now: () => number;
  /** Lines that stand above the progress in a terminal and are redrawn with it; none unless told. */
  readonly above: () => readonly string[];
  /** How many letters a line of the terminal has; what is longer is cut, because a broken line could not be redrawn. */
  readonly columns: () => number;
}

/** Least time between two updates, in milliseconds. */
const PAUSE = { terminal: 100, lines: 5000, notebook: 200, silent: Infinity } as const;

/** Says how far a piece of work is. */
export class Progress implements AsyncDisposable {
  readonly #options: ProgressOptions;
  readonly #start: number;
  readonly #id = crypto.randomUUID();
  #done = 0;
  #note = "";
  #last = -Infinity;
  #shown = false;
  #finished = false;
  #above = 0; // lines drawn above the last one
  static #current: Progress | undefined; // a terminal is one: what was shown in it last and goes on

  /**
   * Starts the clock.
   *
   * @param label What is being done, such as "Rendering".
   * @param total How many steps there are.
   */
  constructor(readonly label: string, readonly total: number, options?: Partial<ProgressOptions>) {
    expectInteger("Progress", "total", total, 0);
    this.#options = resolveOptions<ProgressOptions>("Progress", {
      unit: "",
      to: inKernel ? "notebook" : Deno.stderr.isTerminal() ? "terminal" : "lines",
      write: writeToStandardError,
      now: () => performance.now(),
      above: () => [],
      columns: columnsOfTerminal,
    }, options);
    this.#start = this.#options.now();
  }

  /** Writes a line of its own: above what is drawn in a terminal, which is redrawn; to standard error where nothing is. */
  static say(message: string): void {
    const shown = Progress.#current;
    if (!shown) return writeToStandardError(`${message}\n`);
    const { to, write } = shown.#options;
    write(to === "terminal" ? `${shown.#cleared()}${message}\n${shown.#drawing()}` : `${message}\n`);
  }

  /** Where it is written to. */
  get to(): ProgressOptions["to"] {
    return this.#options.to;
  }

  /** Takes text that belongs between two lines. */
  get write(): ProgressOptions["write"] {
    return this.#options.write;
  }

  /** Some more steps are done; `note` says what the last one was or gave. */
  async advance(steps = 1, note = ""): Promise<void> {
    this.#done = Math.min(this.total, this.#done + steps);
    this.#note = note;
    const now = this.#options.now();
    if (now - this.#last < PAUSE[this.#options.to]) return;
    this.#last = now;
    await this.#show();
  }

  /** Shows the end: all time spent, whether or not every step was done. Later calls do nothing. */
  async finish(): Promise<void> {
    if (this.#finished) return;
    this.#finished = true;
    await this.#show();
  }

  /** Finishes at the end of an `await using` block, on error paths too. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.finish();
  }

  /** The state as one line, such as `Rendering 12/48 views · 25 % · 3 s, 9 s left`. */
  toString(): string {
    const spent = this.#options.now() - this.#start;
    const left = this.#done > 0 && !this.#finished ? spent / this.#done * (this.total - this.#done) : undefined;
    const count = `${this.#done}/${this.total}${this.#options.unit && ` ${this.#options.unit}`}`;
    const percent = this.total > 0 ? Math.floor(100 * this.#done / this.total) : 100;
    const time = duration(spent) + (left === undefined ? "" : `, ${duration(left)} left`);
    return [`${this.label} ${count}`, `${percent} %`, time, this.#note].filter((part) => part !== "").join(" · ");
  }

  async #show(): Promise<void> {
    const { to, write } = this.#options;
    const line = this.toString();
    Progress.#current = this.#finished || to === "silent" || to === "notebook" ? undefined : this;
    if (to === "terminal") write(`${this.#cleared()}${this.#drawing()}${this.#finished ? "\n" : ""}`);
    if (to === "lines") write(`${line}\n`);
    if (to === "notebook") {
      await display({ [DISPLAY]: () => this.#bundle(line) }, { id: this.#id, update: this.#shown });
    }
    this.#shown = true;
  }

  /** Goes to where the drawing begins, and clears what is there. */
  #cleared(): string {
    return `${this.#above > 0 ? `\x1b[${this.#above}A` : ""}\r\x1b[J`;
  }

  /** The lines as they are now. */
  #drawing(): string {
    const all = [...this.#options.above(), this.toString()];
    this.#above = all.length - 1;
    return all.map((text) => [...text].slice(0, this.#options.columns() - 1).join("")).join("\n");
  }

  #bundle(line: string): MediaBundle {
    const escaped = line.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    const bar = `<progress value="${this.#done}" max="${this.total}" style="width:16em"></progress>`;
    return { "text/html": this.#finished ? escaped : `${bar} ${escaped}`, "text/plain": line };
  }
}

function writeToStandardError(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

function columnsOfTerminal(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80; // a terminal that does not say
  }
}

/** Milliseconds for people: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
}
