/**
 * # A loss curve that grows while one watches
 *
 * In a terminal the curve stands above the progress line and is redrawn with it ({@link ./text_curve.ts}); in a notebook
 * it is a figure, updated in place ({@link ./live_figure.ts}); in a file or a pipe each row of the history is a plain line.
 *
 * `step`, `row` and `resume` fit the `onStep`, `onRow` and `onResume` of a training:
 *
 * ```ts
 * import { LiveCurve } from "./live_curve.ts";
 * {
 *   await using curve = new LiveCurve("Training", 400);
 *   for (let step = 1; step <= 400; step++) {
 *     const loss = 1 / step;
 *     await curve.step(step, loss);
 *     if (step % 20 === 0) await curve.row({ step, loss });
 *   }
 * }
 * ```
 *
 * @module
 */
import { lines } from "./curves.ts";
import { LiveFigure } from "./live_figure.ts";
import { Progress, type ProgressOptions } from "./progress.ts";
import { type CurvePoint, textCurve } from "./text_curve.ts";

const SIZE = { columns: 64, rows: 8 } as const; // letters, in a terminal

/** One row of a history: means since the row before. */
export interface CurveRow {
  /** The step, from 1. */
  readonly step: number;
  /** What is minimised. */
  readonly loss: number;
}

/** Shows how a loss falls. */
export class LiveCurve implements AsyncDisposable {
  readonly #options: Partial<ProgressOptions>;
  readonly #points: CurvePoint[] = [];
  readonly #figure = new LiveFigure();
  #progress: Progress | undefined; // of the steps of this process: a resumed run starts in the middle
  #words = "";

  /**
   * Waits for the first step; the clock starts there.
   *
   * @param label What learns, such as "Training".
   * @param total The number of the last step.
   */
  constructor(readonly label: string, readonly total: number, options: Partial<ProgressOptions> = {}) {
    this.#options = { unit: "steps", ...options, above: () => this.#drawn() };
  }

  /** Rows of the run that goes on: the curve begins with them. */
  readonly resume = (rows: readonly CurveRow[]): void => {
    this.#points.push(...rows.map(({ step, loss }) => ({ x: step, y: loss })));
  };

  /** A step was taken, counted from 1. */
  readonly step = async (step: number, loss: number): Promise<void> => {
    await this.#started(step).advance(1, `loss ${loss.toFixed(3)}`);
  };

  /** A row of the history: a point of the curve. `words` says what else there is to know of it. */
  readonly row = async ({ step, loss }: CurveRow, words = `step ${step}: loss ${loss.toFixed(4)}`): Promise<void> => {
    const progress = this.#started(step + 1);
    this.#points.push({ x: step, y: loss });
    this.#words = words;
    if (progress.to === "lines") progress.write(`${words}\n`);
    if (progress.to === "notebook") await this.#figure.show(this.#plotted());
  };

  /** Shows the end. Later calls do nothing. */
  async finish(): Promise<void> {
    await this.#progress?.finish();
    await this.#figure.finish();
  }

  /** Finishes at the end of an `await using` block, on error paths too. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.finish();
  }

  #started(step: number): Progress {
    return this.#progress ??= new Progress(this.label, Math.max(0, this.total - step + 1), this.#options);
  }

  #drawn(): readonly string[] {
    return [...textCurve(this.#points, SIZE), this.#words].filter((line) => line !== "");
  }

  #plotted() {
    const x = this.#points.map((point) => point.x), y = this.#points.map((point) => point.y);
    return lines({
      title: `${this.label}: loss`,
      subtitle: this.#words,
      x: { title: "step" },
      y: { title: "loss" },
      lines: [{ name: "loss", x, y }],
    });
  }
}
