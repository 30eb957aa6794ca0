/**
 * # A few steps of Adam on offsets
 *
 * ```
 * θ ← Adam(θ, ∂L/∂θ)          the rate falls by a cosine to a tenth
 * ```
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { namedGradients } from "../tensor/named_gradients.ts";
import { disposeAll } from "../tensor/scope.ts";
import { Optimizer } from "../train/optimizer.ts";

/** How far to go. */
export interface Minimising {
  readonly steps: number;
  readonly rate: number;
  /** L at step t, counted from 0; called inside `namedGradients`. */
  readonly loss: (t: number) => tf.Scalar;
  /** Is told each step's number, from 1, and the loss before it. */
  readonly onStep: (step: number, loss: number) => void | Promise<void>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Changes variables so that a loss falls.
 *
 * @returns the loss before each step.
 * @throws {RangeError} if the loss or a gradient is not finite; the variables are then as after the last good step.
 * @throws the signal's reason, if it is aborted.
 */
export async function minimise(
  variables: Readonly<Record<string, tf.Variable>>,
  { steps, rate, loss, onStep, signal }: Minimising,
): Promise<number[]> {
  const optimizer = new Optimizer(variables, { rate, warmUp: 1, lastRate: 0.1, weightDecay: 0, clip: Infinity });
  const losses: number[] = [];
  for (let t = 0; t < steps; t++) {
    signal?.throwIfAborted();
    const { value, gradients } = namedGradients(() => loss(t), variables);
    try {
      const [now] = await value.data();
      const { broken } = Number.isFinite(now) ? await optimizer.step(gradients, steps) : { broken: "the loss" };
      if (broken !== undefined) {
        throw new RangeError(`refine: ${broken} is not finite at step ${t + 1} of ${steps}: lower the rate`);
      }
      losses.push(now!);
      await onStep(t + 1, now!);
    } finally {
      disposeAll(value, gradients);
    }
    await new Promise((resume) => setTimeout(resume)); // lets others run, an abort among them
  }
  return losses;
}
