/**
 * # A training step beside the same step in PyTorch
 *
 * Both sides take the same sizes through the same layers and losses, backwards, and through AdamW: link with a tail of twelve inverted
 * residual blocks and two attention blocks, head at P points of B pictures, float32. Ours runs on wasm, and on wasm with the machine's BLAS where there is
 * one; PyTorch on as many threads as there are cores. Ours includes laying out the batch and its truth.
 *
 * @module
 */
import { MOVENET_TAIL } from "../lib/encoder/movenet_tail.ts";
import { createLocalizer } from "../lib/localize/localizer.ts";
import { loadBody, SMALL_BODY } from "../lib/body/template.ts";
import { useNativeBlas } from "../lib/tensor/native_blas.ts";
import { disposeAll } from "../lib/tensor/scope.ts";
import type { Example } from "../lib/train/examples.ts";
import { Optimizer } from "../lib/train/optimizer.ts";
import { RandomStream } from "../lib/train/people/random.ts";
import { anchorBody, samplePoints } from "../lib/train/points.ts";
import { RUN_DEFAULTS } from "../lib/train/run.ts";
import { Trainee } from "../lib/train/trainee.ts";
import { peer } from "./python.ts";

/** One line of the comparison. */
export interface TrainRow {
  readonly batch: number;
  readonly points: number;
  /** `wasm`, or the BLAS library's name. */
  readonly products: string;
  readonly ms: number;
  readonly stepsPerSecond: number;
  readonly peerMs: number;
  /** Peer's time over ours: above 1 ours is faster. */
  readonly ratio: number;
}

const CHANNELS = MOVENET_TAIL.reads + 100, SIDE = 16; // MoveNet's f_I

/** Measures a step at each batch size and number of points. */
export async function benchTraining(
  { sizes, repeats }: {
    readonly sizes: readonly (readonly [batch: number, points: number])[];
    readonly repeats: number;
  },
): Promise<{ readonly rows: readonly TrainRow[]; readonly torch: string; readonly threads: number }> {
  const threads = navigator.hardwareConcurrency, rows: TrainRow[] = [];
  const options = {
    encoder: "made-up",
    link: { ...RUN_DEFAULTS.link, channels: CHANNELS, grid: [SIDE, SIDE] as const, tail: MOVENET_TAIL },
  };
  const shape = createLocalizer(options), { link, field } = shape.config;
  shape.dispose();
  let torch = "";
  for (const [batch, points] of sizes) {
    const theirs = await peer<{ torch: string; ms: number }>("train.py", {
      batch,
      points,
      side: SIDE,
      channels: CHANNELS,
      tail: MOVENET_TAIL,
      link: link.width,
      heads: link.heads,
      blocks: link.mixing.length,
      depth: field.depthBins,
      hidden: field.hidden,
      repeats,
      threads,
    });
    torch = theirs.torch;
    const measured = async (products: string) => {
      const ms = await leastStep(options, batch, points, repeats);
      rows.push({ batch, points, products, ms, stepsPerSecond: 1000 / ms, peerMs: theirs.ms, ratio: theirs.ms / ms });
    };
    await measured("wasm");
    using blas = useNativeBlas({ threads });
    if (blas) await measured(`BLAS, ${threads} threads`);
  }
  return { rows, torch, threads };
}

async function leastStep(
  options: ConstructorParameters<typeof Trainee>[0],
  batch: number,
  count: number,
  repeats: number,
): Promise<number> {
  const small = await loadBody(SMALL_BODY), body = await anchorBody(small), stream = new RandomStream(1);
  small.dispose();
  using trainee = new Trainee(options, undefined, RUN_DEFAULTS.logitScale);
  const optimizer = new Optimizer(trainee.variables);
  const examples: Example[] = Array.from({ length: batch }, () => ({
    features: Float32Array.from({ length: SIDE * SIDE * CHANNELS }, () => stream.uniform(-1, 1)),
    anchors: body.canonical,
    camera: Float32Array.of(0, 0, 3, 600, 256, 256),
  }));
  const points = samplePoints(body, stream, { joints: 22, surface: count - 22, volume: 0 });
  let least = Infinity;
  for (let i = 0; i < repeats + 2; i++) {
    const start = performance.now();
    const { gradients } = await trainee.learn(examples, points, body.canonical, RUN_DEFAULTS.loop.losses);
    await optimizer.step(gradients, 1000);
    disposeAll(gradients);
    if (i > 1) least = Math.min(least, performance.now() - start);
  }
  return least;
}
