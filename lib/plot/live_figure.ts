/**
 * # A figure that changes while work goes on
 *
 * One output of a notebook, replaced in place. While it changes only plotly's live form is sent, which costs nothing;
 * at the end the picture for all other front ends is drawn once. Outside the kernel the last figure is named at the end.
 *
 * ```ts
 * import { lines } from "./curves.ts";
 * import { LiveFigure } from "./live_figure.ts";
 * {
 *   await using live = new LiveFigure();
 *   const y: number[] = [];
 *   for (let x = 0; x < 10; x++) {
 *     y.push(x ** 2);
 *     const line = { name: "x²", x: y.map((_, x) => x), y };
 *     await live.show(lines({ title: "Squares", x: { title: "x" }, y: { title: "x²" }, lines: [line] }));
 *   }
 * }
 * ```
 *
 * @module
 */
import { DISPLAY, display } from "./display.ts";
import { type Figure, PLOTLY } from "./figure.ts";
import { inKernel } from "./kernel.ts";

const PAUSE = 300; // least milliseconds between two updates

/** One output of a notebook, updated in place. */
export class LiveFigure implements AsyncDisposable {
  readonly #id = crypto.randomUUID();
  #figure: Figure | undefined;
  #last = -Infinity;
  #shown = false;

  /** Shows a figure in place of the one before. */
  async show(figure: Figure): Promise<void> {
    this.#figure = figure;
    if (!inKernel || performance.now() - this.#last < PAUSE) return;
    this.#last = performance.now();
    const bundle = { [PLOTLY]: figure.live, "text/plain": `Figure: ${figure.title}` };
    await display({ [DISPLAY]: () => bundle }, { id: this.#id, update: this.#shown });
    this.#shown = true;
  }

  /** Shows the last figure with its picture; later calls do nothing unless another figure came. */
  async finish(): Promise<void> {
    const figure = this.#figure;
    this.#figure = undefined;
    if (figure !== undefined) await display(figure, { id: this.#id, update: this.#shown });
    this.#shown ||= figure !== undefined;
  }

  /** Finishes at the end of an `await using` block, on error paths too. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.finish();
  }
}
