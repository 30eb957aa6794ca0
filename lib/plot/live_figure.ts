/**
 * # A figure that changes while work goes on
 *
 * One output of a notebook, replaced in place. While it changes it is a picture, because JupyterLab's plotly keeps the first
 * figure that an output has shown; at the end the live form takes its place. A picture takes some tenths of a second, so they
 * take about a tenth of the time at most. Outside the kernel the last figure is named at the end.
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

const PAUSE = { least: 300, most: 5000 } as const; // milliseconds between two pictures
const SHARE = 0.1; // of the time may be spent on pictures, but for the first, for which plotly is loaded

/** One output of a notebook, updated in place. */
export class LiveFigure implements AsyncDisposable {
  readonly #id = crypto.randomUUID();
  #figure: Figure | undefined;
  #next = -Infinity; // when the next picture may be drawn
  #shown = false;

  /** Shows a figure in place of the one before. */
  async show(figure: Figure): Promise<void> {
    this.#figure = figure;
    const start = performance.now();
    if (!inKernel || start < this.#next) return;
    const { [PLOTLY]: _, ...picture } = await figure[DISPLAY]();
    await display({ [DISPLAY]: () => picture }, { id: this.#id, update: this.#shown });
    this.#shown = true;
    const end = performance.now(), pause = (end - start) * (1 / SHARE - 1);
    this.#next = end + Math.min(PAUSE.most, Math.max(PAUSE.least, pause));
  }

  /** Shows the last figure as it is, live where it can be; later calls do nothing unless another figure came. */
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
