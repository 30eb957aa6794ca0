/**
 * # Adam with decoupled weight decay, warm-up and cosine
 *
 * ```
 * m ← β₁·m + (1−β₁)·g      v ← β₂·v + (1−β₂)·g²
 * θ ← θ − η_t·( m̂/(√v̂ + ε) + λ·θ )          m̂ = m/(1−β₁^t)   v̂ = v/(1−β₂^t);  λ for matrices only
 *
 * g is scaled down beforehand so that its norm over all parameters is at most `clip`
 * η_t = η·min(1, t/warmUp)·(f + (1−f)·½(1 + cos(π·t/steps)))          f: the last rate, as a fraction of η
 * ```
 *
 * The state lies in plain arrays: a pass over them is one loop, which is quicker than ten tensor operations, and saving and
 * resuming is exact.
 *
 * Source: Loshchilov & Hutter, *Decoupled Weight Decay Regularization*, 2019.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { resolveOptions } from "../tensor/options.ts";

/** What the optimizer is told. */
export interface OptimizerConfig {
  /** η, the largest rate; 0.001. */
  readonly rate: number;
  /** Steps until that rate is reached; 100. */
  readonly warmUp: number;
  /** f, the last rate as a fraction of η; 0.02. */
  readonly lastRate: number;
  /** β₁ and β₂; 0.9 and 0.98. */
  readonly momentum: readonly [first: number, second: number];
  /** λ; 0.02. */
  readonly weightDecay: number;
  /** Largest norm of the gradient; 1. */
  readonly clip: number;
}

/** The defaults of {@linkcode OptimizerConfig}. */
export const OPTIMIZER_DEFAULTS: OptimizerConfig = {
  rate: 1e-3,
  warmUp: 100,
  lastRate: 0.02,
  momentum: [0.9, 0.98],
  weightDecay: 0.02,
  clip: 1,
};

const EPSILON = 1e-8;

/** What a step says of itself. */
export interface StepReport {
  /** Norm of the gradient before clipping. */
  readonly gradientNorm: number;
  /** What is not finite, in words; the step was then not taken. */
  readonly broken?: string;
}

/** Adam over named variables. */
export class Optimizer {
  /** The resolved configuration. */
  readonly config: OptimizerConfig;
  /** Steps taken so far. */
  steps = 0;
  /** m and v by parameter name. */
  readonly state: ReadonlyMap<string, { readonly m: Float32Array; readonly v: Float32Array }>;

  /**
   * An optimizer at its first step.
   *
   * @param variables What is optimised, by name; they stay the caller's.
   * @param shareOf A variable's rate as a share of η, by its name; 1 by default.
   */
  constructor(
    readonly variables: Readonly<Record<string, tf.Variable>>,
    config?: Partial<OptimizerConfig>,
    readonly shareOf: (name: string) => number = () => 1,
  ) {
    this.config = resolveOptions("Optimizer", OPTIMIZER_DEFAULTS, config);
    this.state = new Map(
      Object.entries(variables).map(([name, { size }]) => {
        return [name, { m: new Float32Array(size), v: new Float32Array(size) }];
      }),
    );
  }

  /**
   * One step; gradients that are not finite change nothing.
   *
   * @param gradients By variable name; they stay the caller's.
   * @param total Steps of the whole training, which the cosine is stretched over.
   */
  async step(gradients: Readonly<Record<string, tf.Tensor>>, total: number): Promise<StepReport> {
    const named = await Promise.all(
      Object.entries(gradients).map(async ([name, gradient]) => {
        return [name, await gradient.data() as Float32Array] as const;
      }),
    );
    let squares = 0;
    for (const [name, g] of named) {
      let sum = 0;
      for (let i = 0; i < g.length; i++) sum += g[i]! * g[i]!;
      if (!Number.isFinite(sum)) return { gradientNorm: sum, broken: `the gradient of ${name}` };
      squares += sum;
    }
    const gradientNorm = Math.sqrt(squares);
    const t = ++this.steps, rate = learningRate(this.config, t, total);
    const shrink = Math.min(1, this.config.clip / Math.max(gradientNorm, EPSILON));
    for (const [name, gradient] of named) {
      const variable = this.variables[name]!, theta = await variable.data() as Float32Array;
      const decay = variable.rank > 1 ? this.config.weightDecay : 0;
      const own = rate * this.shareOf(name);
      const moved = update(theta, gradient, this.state.get(name)!, { ...this.config, t, rate: own, shrink, decay });
      const next = tf.tensor(moved, variable.shape);
      variable.assign(next);
      next.dispose();
    }
    return { gradientNorm };
  }
}

/** η_t at step t, counted from 1. */
export function learningRate({ rate, warmUp, lastRate }: OptimizerConfig, t: number, total: number): number {
  const cosine = 0.5 * (1 + Math.cos(Math.PI * Math.min(1, t / total)));
  return rate * Math.min(1, t / Math.max(1, warmUp)) * (lastRate + (1 - lastRate) * cosine);
}

/** θ after a step, an array of its own: on the cpu backend θ is the tensor's very data, and its clones'. */
function update(
  theta: Float32Array,
  gradient: Float32Array,
  { m, v }: { readonly m: Float32Array; readonly v: Float32Array },
  { momentum: [b1, b2], t, rate, shrink, decay }: {
    readonly momentum: readonly [number, number];
    readonly t: number;
    readonly rate: number;
    readonly shrink: number;
    readonly decay: number;
  },
): Float32Array {
  const moved = new Float32Array(theta.length);
  const step = rate / (1 - b1 ** t), unbias = 1 / Math.sqrt(1 - b2 ** t), keep = 1 - rate * decay;
  for (let i = 0; i < theta.length; i++) {
    const g = gradient[i]! * shrink;
    const mi = m[i] = b1 * m[i]! + (1 - b1) * g;
    const vi = v[i] = b2 * v[i]! + (1 - b2) * g * g;
    moved[i] = keep * theta[i]! - step * mi / (unbias * Math.sqrt(vi) + EPSILON);
  }
  return moved;
}
