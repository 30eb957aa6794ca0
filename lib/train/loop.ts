/**
 * # The localizer's loop: examples and points drawn by (seed, t)
 *
 * ```
 * for each step t:   examples and points drawn by (seed, t)  →  loss, gradients  →  Adam, {@link ./descent.ts}
 * ```
 *
 * Step t draws from a stream of its own, so t and the checkpoint say all there is to know: killed and resumed equals
 * unbroken, as long as the examples are the same. While a worker still adds examples, a step draws from those that
 * are there.
 *
 * @module
 */
import { expectInteger } from "../tensor/options.ts";
import { descend, type DescentOptions } from "./descent.ts";
import type { Example } from "./examples.ts";
import type { LossConfig } from "./losses.ts";
import { type AnchoredBody, type PointCounts, samplePoints } from "./points.ts";
import { RandomStream } from "./people/random.ts";
import type { Trainee } from "./trainee.ts";

/** Examples by number; may grow. */
export interface ExampleSource {
  /** How many there are now. */
  count(): number;
  /** One of them. */
  read(index: number): Example;
}

/** How long and on how much to train. */
export interface LoopConfig {
  /** Steps in all. */
  readonly steps: number;
  /** Examples a step. */
  readonly batch: number;
  /** Of all that is drawn. */
  readonly seed: number;
  /** Points a step. */
  readonly points: PointCounts;
  /** Weights of the losses. */
  readonly losses: LossConfig;
}

/** One row of the history: means since the row before. */
export type Row = Readonly<
  Record<"step" | "loss" | "error3d_mm" | "error2d" | "gradient" | "examples" | "seconds", number>
>;

/** What the loop works on and whom it tells. */
export interface LoopOptions extends Omit<DescentOptions, "learn" | "steps" | "onRow"> {
  /** What learns. */
  readonly trainee: Trainee;
  /** What it learns from. */
  readonly source: ExampleSource;
  /** Where points are drawn on. */
  readonly body: AnchoredBody;
  /** How long, on how much. */
  readonly config: LoopConfig;
  /** Is told each row. */
  readonly onRow?: (row: Row) => void | Promise<void>;
}

/**
 * Trains until the last step or the signal.
 *
 * @returns the history.
 * @throws {RangeError} if there are no examples, or a loss or gradient is not finite.
 */
export async function train(options: LoopOptions): Promise<readonly Row[]> {
  const { trainee, source, body, config, onRow, ...rest } = options;
  expectInteger("train", "batch", config.batch, 1);
  if (source.count() === 0) throw new RangeError("train: there are no examples: make some first");
  const history = await descend({
    ...rest,
    steps: config.steps,
    onRow: onRow && ((row) => onRow(row as Row)),
    learn: async (t) => {
      const { examples, points } = drawBatch(source, body, config, t);
      const { loss, error3d, error2d, gradients } = await trainee.learn(
        examples,
        points,
        body.canonical,
        config.losses,
      );
      return { loss, figures: { error3d_mm: 1000 * error3d, error2d, examples: source.count() }, gradients };
    },
  });
  return history as readonly Row[];
}

/** The examples and points of step t. */
function drawBatch(source: ExampleSource, body: AnchoredBody, { seed, batch, points }: LoopConfig, step: number) {
  const stream = new RandomStream(seed, "step", step), there = source.count();
  const examples = Array.from({ length: batch }, () => source.read(stream.integer(there)));
  return { examples, points: samplePoints(body, stream.fork("points"), points) };
}
