import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { coveringMap } from "../../lib/encoder/encoder.ts";
import { createDecoders, decodeAppearance, type Decoders, decodeShape } from "../../lib/gaussian/decode.ts";
import { estimateGaussians } from "../../lib/gaussian/estimate.ts";
import type { Mlp } from "../../lib/gaussian/mlp.ts";
import { sampleFeatures } from "../../lib/gaussian/sample.ts";
import { disposeAll } from "../../lib/tensor/scope.ts";
import { everyBackend, failsCleanly, leaves, maxAbsDiff } from "../harness.ts";

/** Decoders that say something, unlike fresh ones. */
function talkative(config: Parameters<typeof createDecoders>[0]): Decoders {
  const decoders = createDecoders(config);
  const speak = (mlp: Mlp, seed: number): Mlp => ({
    ...mlp,
    output: { ...mlp.output!, weight: tf.randomNormal(mlp.output!.weight.shape, 0, 0.3, "float32", seed) },
  });
  return { ...decoders, shape: speak(decoders.shape, 1), appearance: speak(decoders.appearance, 2) };
}

const scene = (n: number) => ({
  coarse: tf.randomNormal<tf.Rank.R3>([4, 4, 3], 0, 1, "float32", 3),
  fine: tf.randomNormal<tf.Rank.R3>([8, 8, 2], 0, 1, "float32", 4),
  at: tf.randomUniform<tf.Rank.R2>([n, 2], 0, 512, "float32", 5),
  share: tf.ones<tf.Rank.R1>([n]),
});

everyBackend("estimateGaussians() in chunks equals sampling and decoding all together", async () => {
  const decoders = talkative({ channels: 5, shDegree: 1, condition: "feature+canonical", encoding: 2 });
  const { coarse, fine, at, share } = scene(11);
  const maps = [coveringMap(coarse), coveringMap(fine)];
  const gamma = tf.range(0, 22).div(10).reshape([11, 2]) as tf.Tensor2D;
  const known = (start: number, end: number) => ({ encoding: gamma.slice<tf.Tensor2D>([start, 0], [end - start, 2]) });
  const feature = sampleFeatures(maps, at);
  const expected: Record<string, tf.Tensor> = {
    ...decodeShape(decoders, feature, share, { encoding: gamma }),
    ...decodeAppearance(decoders, feature, { encoding: gamma }),
  };
  const streamed: Record<string, tf.Tensor> = {
    ...await estimateGaussians(maps, at, decoders, share, { chunk: 4, known }),
  };
  assertEquals(Object.keys(streamed), Object.keys(expected));
  for (const [name, value] of Object.entries(expected)) assert(await maxAbsDiff(streamed[name]!, value) < 1e-5, name);
});

Deno.test("estimateGaussians() takes no Gaussians", async () => {
  const decoders = createDecoders({ channels: 3 });
  await leaves(
    "result",
    scene(0),
    ({ coarse, at, share }) => estimateGaussians(coveringMap(coarse), at, decoders, share),
  );
  decoders.dispose();
});

Deno.test("estimateGaussians() needs no more memory for more Gaussians", async () => {
  const config = { channels: 3, condition: "feature+canonical", encoding: 1 } as const;
  const decoders = createDecoders(config);
  const peaks: number[] = [];
  for (const n of [1000, 4000]) {
    const { coarse, fine, at, share } = scene(n);
    const start = tf.memory().numBytes;
    let peak = 0;
    const known = (from: number, to: number) => { // called in the midst of each chunk
      peak = Math.max(peak, tf.memory().numBytes - start);
      return { encoding: tf.zeros<tf.Rank.R2>([to - from, 1]) };
    };
    const result = await estimateGaussians(coveringMap(coarse), at, decoders, share, { chunk: 250, known });
    peaks.push(peak);
    disposeAll(result, coarse, fine, at, share);
  }
  assert(peaks[0]! > 0);
  assertEquals(peaks[1], peaks[0]);
  decoders.dispose();
});

Deno.test("estimateGaussians() leaves five tensors behind, and none when it fails", async () => {
  const decoders = createDecoders({ channels: 3 }), wider = createDecoders({ channels: 4 });
  await leaves(
    5,
    scene(9),
    ({ coarse, at, share }) => estimateGaussians(coveringMap(coarse), at, decoders, share, { chunk: 4 }),
  );
  const { coarse, fine, at, share } = scene(9);
  const error = await failsCleanly(() => estimateGaussians(coveringMap(coarse), at, wider, share));
  assertEquals(error.message, 'decodeShape: feature must be "n 4": got [9, 3]');
  disposeAll(coarse, fine, at, share);
  decoders.dispose();
  wider.dispose();
});
