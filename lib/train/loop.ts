/**
 * # The loop: draw, learn, step, report, save
 *
 * ```
 * for each step t:   examples and points drawn by (seed, t)  →  loss, gradients  →  Adam
 *                    every `report` steps: mean losses, time left;   every `save` steps: a checkpoint
 * ```
 *
 * Step t draws from a stream of its own, so t and the checkpoint say all there is to know: killed and resumed equals
 * unbroken, as long as the examples are the same. While a worker still adds examples, a step draws from those that
 * are there.
 *
 * A loss or gradient that is not finite stops the run before it touches the parameters; the error names the parameter, and
 * the last checkpoint stands. An aborted signal saves and returns.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { disposeAll } from "../tensor/scope.ts";
import { expectInteger } from "../tensor/options.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import type { Example } from "./examples.ts";
import type { LossConfig } from "./losses.ts";
import type { Optimizer } from "./optimizer.ts";
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
export interface LoopOptions {
  /** What learns. */
  readonly trainee: Trainee;
  /** Over its variables. */
  readonly optimizer: Optimizer;
  /** What it learns from. */
  readonly source: ExampleSource;
  /** Where points are drawn on. */
  readonly body: AnchoredBody;
  /** How long, on how much. */
  readonly config: LoopConfig;
  /** Where checkpoints are written; read first if it is there and `resume` is set. */
  readonly checkpoint: string;
  /** Go on from the checkpoint. */
  readonly resume: boolean;
  /** The run's whole configuration, kept in the checkpoint and compared on resuming. */
  readonly identity: unknown;
  /** Steps between two rows of the history. */
  readonly report: number;
  /** Steps between two checkpoints. */
  readonly save: number;
  /** Is told each row. */
  readonly onRow?: (row: Row) => void | Promise<void>;
  /** Is told each step; for a progress line. */
  readonly onStep?: (step: number, loss: number) => void | Promise<void>;
  /** Ends the run after the current step, saved. */
  readonly signal?: AbortSignal;
}

/**
 * Trains until the last step or the signal.
 *
 * @returns the history.
 * @throws {RangeError} if a loss or gradient is not finite.
 */
export async function train(options: LoopOptions): Promise<readonly Row[]> {
  const { trainee, optimizer, source, body, config, checkpoint, identity, signal } = options;
  expectInteger("train", "steps", config.steps, 1);
  expectInteger("train", "batch", config.batch, 1);
  const history = options.resume ? [...await loadCheckpoint(checkpoint, optimizer, identity) as Row[]] : [];
  let sums = { loss: 0, error3d: 0, error2d: 0, gradient: 0 }, since = performance.now(), counted = 0;
  const row = (): Row => ({
    step: optimizer.steps,
    loss: sums.loss / counted,
    error3d_mm: 1000 * sums.error3d / counted,
    error2d: sums.error2d / counted,
    gradient: sums.gradient / counted,
    examples: source.count(),
    seconds: (performance.now() - since) / 1000,
  });
  while (optimizer.steps < config.steps && !signal?.aborted) {
    const drawn = drawBatch(source, body, config, optimizer.steps);
    const { loss, error3d, error2d, gradients } = await trainee.learn(
      drawn.examples,
      drawn.points,
      body.canonical,
      config.losses,
    );
    const { gradientNorm, broken } = Number.isFinite(loss)
      ? await optimizer.step(gradients, config.steps).finally(() => disposeAll(gradients))
      : { gradientNorm: NaN, broken: await firstBroken(gradients).finally(() => disposeAll(gradients)) };
    if (broken !== undefined) {
      throw new RangeError(
        `train: step ${optimizer.steps + 1}: ${broken} is not finite: ${checkpoint} holds the last good parameters; ` +
          `lower the rate and resume from it`,
      );
    }
    sums = {
      loss: sums.loss + loss,
      error3d: sums.error3d + error3d,
      error2d: sums.error2d + error2d,
      gradient: sums.gradient + gradientNorm,
    };
    counted++;
    await options.onStep?.(optimizer.steps, loss);
    if (optimizer.steps % options.report === 0) {
      history.push(row());
      await options.onRow?.(history.at(-1)!);
      [sums, counted, since] = [{ loss: 0, error3d: 0, error2d: 0, gradient: 0 }, 0, performance.now()];
    }
    if (optimizer.steps % options.save === 0) {
      await saveCheckpoint(checkpoint, optimizer, { config: identity, history });
    }
    await new Promise((resume) => setTimeout(resume)); // lets signals through
  }
  await saveCheckpoint(checkpoint, optimizer, { config: identity, history });
  return history;
}

/** The examples and points of step t. */
function drawBatch(source: ExampleSource, body: AnchoredBody, { seed, batch, points }: LoopConfig, step: number) {
  const stream = new RandomStream(seed, "step", step), there = source.count();
  if (there === 0) throw new RangeError("train: there are no examples: make some first");
  const examples = Array.from({ length: batch }, () => source.read(stream.integer(there)));
  return { examples, points: samplePoints(body, stream.fork("points"), points) };
}

/** The first gradient that is not finite, in words; the loss, if all are. */
async function firstBroken(gradients: Readonly<Record<string, tf.Tensor>>): Promise<string> {
  for (const [name, gradient] of Object.entries(gradients)) {
    if (!(await gradient.data()).every(Number.isFinite)) return `the loss and the gradient of ${name}`;
  }
  return "the loss";
}
