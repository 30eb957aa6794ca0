/**
 * # Descent: learn, step, report, save
 *
 * ```
 * for each step t:   loss, gradients := learn(t)  →  Adam
 *                    every `report` steps: mean figures;   every `save` steps: a checkpoint
 * ```
 *
 * What is learned and from what is the caller's; nothing here knows the model. If `learn(t)` draws from a stream of t's own, t and
 * the checkpoint say all there is to know: killed and resumed equals unbroken, as long as the data are the same.
 *
 * A loss or gradient that is not finite stops the run before it touches the parameters; the error names the parameter, and
 * the last checkpoint stands. An aborted signal saves, if there was a step, and returns.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { expectInteger } from "../tensor/options.ts";
import { disposeAll } from "../tensor/scope.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import type { Optimizer } from "./optimizer.ts";

/** What one step found. */
export interface Learned {
  /** What is minimised. */
  readonly loss: number;
  /** Further numbers to report, by name. */
  readonly figures: Readonly<Record<string, number>>;
  /** By parameter name; they are disposed of by the descent. */
  readonly gradients: Readonly<Record<string, tf.Tensor>>;
}

/** One row of the history: the step, its seconds, and means since the row before. */
export type DescentRow =
  & Readonly<Record<string, number>>
  & Readonly<Record<"step" | "loss" | "gradient" | "seconds", number>>;

/** How long to go and whom to tell. */
export interface DescentOptions {
  /** The loss and its gradients at step t, counted from 0. */
  readonly learn: (t: number) => Promise<Learned>;
  /** Over what is learned. */
  readonly optimizer: Optimizer;
  /** Steps in all. */
  readonly steps: number;
  /** Where checkpoints are written; read first if `resume` is set. */
  readonly checkpoint: string;
  /** Go on from the checkpoint. */
  readonly resume: boolean;
  /** The run's whole configuration, kept in the checkpoint and compared on resuming. */
  readonly identity: unknown;
  /** Steps between two rows of the history. */
  readonly report: number;
  /** Steps between two checkpoints. */
  readonly save: number;
  /** Is told the rows so far when a run goes on. */
  readonly onResume?: ((rows: readonly DescentRow[]) => void) | undefined;
  /** Is told each row. */
  readonly onRow?: ((row: DescentRow) => void | Promise<void>) | undefined;
  /** Is told each step; for a progress line. */
  readonly onStep?: ((step: number, loss: number) => void | Promise<void>) | undefined;
  /** Ends the run after the current step, saved. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Descends until the last step or the signal.
 *
 * @returns the history.
 * @throws {RangeError} if a loss or gradient is not finite.
 */
export async function descend(options: DescentOptions): Promise<readonly DescentRow[]> {
  const { learn, optimizer, steps, checkpoint, identity, signal } = options;
  expectInteger("train", "steps", steps, 1);
  const history = options.resume ? [...await loadCheckpoint(checkpoint, optimizer, identity) as DescentRow[]] : [];
  if (options.resume) options.onResume?.(history);
  const first = optimizer.steps;
  let saved = options.resume; // whether there is a checkpoint of this run
  const save = async () => {
    await saveCheckpoint(checkpoint, optimizer, { config: identity, history });
    saved = true;
  };
  const stopped = (what: string, cause?: unknown) => {
    const kept = saved ? `${checkpoint} holds the last good parameters; lower the rate and resume from it` : NONE_YET;
    return new RangeError(`train: step ${optimizer.steps + 1}: ${what}: ${kept}`, { cause });
  };
  let sums: Record<string, number> = {}, since = performance.now(), counted = 0;
  while (optimizer.steps < steps && !signal?.aborted) {
    const { loss, figures, gradients } = await learn(optimizer.steps).catch((error) => {
      if (!(error instanceof RangeError)) throw error; // a number that is not finite may be met on the way
      throw stopped(error.message, error);
    });
    const { gradientNorm, broken } = Number.isFinite(loss)
      ? await optimizer.step(gradients, steps).finally(() => disposeAll(gradients))
      : { gradientNorm: NaN, broken: await firstBroken(gradients).finally(() => disposeAll(gradients)) };
    if (broken !== undefined) throw stopped(`${broken} is not finite`);
    for (const [name, value] of Object.entries({ loss, gradient: gradientNorm, ...figures })) {
      sums[name] = (sums[name] ?? 0) + value;
    }
    counted++;
    await options.onStep?.(optimizer.steps, loss);
    if (optimizer.steps % options.report === 0) {
      const means = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / counted]));
      const row = { step: optimizer.steps, ...means, seconds: (performance.now() - since) / 1000 } as DescentRow;
      history.push(row);
      await options.onRow?.(row);
      [sums, counted, since] = [{}, 0, performance.now()];
    }
    if (optimizer.steps % options.save === 0) await save();
    await new Promise((resume) => setTimeout(resume)); // lets signals through
  }
  if (optimizer.steps > first) await save(); // a run that was stopped before it began changes nothing
  return history;
}

const NONE_YET = "there is no checkpoint yet; lower the rate and start again";

/** The first gradient that is not finite, in words; the loss, if all are. */
async function firstBroken(gradients: Readonly<Record<string, tf.Tensor>>): Promise<string> {
  for (const [name, gradient] of Object.entries(gradients)) {
    if (!(await gradient.data()).every(Number.isFinite)) return `the loss and the gradient of ${name}`;
  }
  return "the loss";
}
