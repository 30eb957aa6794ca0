/**
 * A training run that takes milliseconds: the small body, made-up features, a localizer of a few hundred numbers.
 *
 * @module
 */
import { loadBody, SMALL_BODY } from "../../lib/body/template.ts";
import type { LocalizerOptions } from "../../lib/localize/localizer.ts";
import type { Example } from "../../lib/train/examples.ts";
import { type ExampleSource, type LoopConfig, type LoopOptions, train } from "../../lib/train/loop.ts";
import { LOSS_DEFAULTS } from "../../lib/train/losses.ts";
import { Optimizer } from "../../lib/train/optimizer.ts";
import { RandomStream } from "../../lib/train/people/random.ts";
import { anchorBody } from "../../lib/train/points.ts";
import { Trainee } from "../../lib/train/trainee.ts";
import "../harness.ts"; // starts the backend

const small = await loadBody(SMALL_BODY);
/** The small body's anchors. */
export const body = await anchorBody(small);
small.dispose();

/** A localizer for features [3, 4, 5]. */
export const LOCALIZER: LocalizerOptions = {
  encoder: "made-up",
  link: { channels: 5, width: 8, mixing: ["attention", "convolution"], heads: 2, grid: [3, 4] },
  field: { frequencies: 4, hidden: [8], depthBins: 3 },
};

/** People in rest pose two metres away, seen through features that say where they stand. */
export const source: ExampleSource = { count: () => 6, read: (index) => EXAMPLES[index]! };

const EXAMPLES: Example[] = Array.from({ length: 6 }, (_, index) => {
  const stream = new RandomStream(9, index), x = stream.uniform(-0.3, 0.3), y = stream.uniform(-0.2, 0.2);
  const pelvis = body.canonical.subarray(3 * body.vertexCount, 3 * body.vertexCount + 3);
  return {
    features: Float32Array.from({ length: 60 }, (_, i) => i % 5 < 2 ? [x, y][i % 5]! * 5 : stream.normal(0, 1)),
    anchors: body.canonical.map((value, i) => (value - pelvis[i % 3]!) * [1, -1, -1][i % 3]!),
    jointSeen: new Float32Array(55).fill(1),
    camera: Float32Array.of(x, y, 2, 500, 256, 256),
  };
});

export const CONFIG: LoopConfig = {
  steps: 12,
  batch: 2,
  seed: 4,
  points: { joints: 4, surface: 3, volume: 2 },
  losses: LOSS_DEFAULTS,
};

/** Runs the tiny training; returns its parameters and history. */
export async function tinyRun(
  checkpoint: string,
  options: Partial<LoopOptions> = {},
  prepare: (trainee: Trainee) => void = () => {},
) {
  using trainee = new Trainee(LOCALIZER, undefined, 4);
  prepare(trainee);
  const optimizer = new Optimizer(trainee.variables, { warmUp: 3, rate: 0.01 });
  const history = await train({
    trainee,
    optimizer,
    source,
    body,
    config: CONFIG,
    checkpoint,
    resume: false,
    identity: { localizer: LOCALIZER, loop: CONFIG },
    report: 2,
    save: 5,
    ...options,
  });
  const parameters = await Promise.all(
    Object.entries(trainee.variables).map(async ([name, variable]) => [name, [...await variable.data()]] as const),
  );
  return { parameters: Object.fromEntries(parameters), history, steps: optimizer.steps };
}
