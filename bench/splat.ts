/**
 * # Splatting beside PyTorch
 *
 * ```
 * n Gaussians on the shell of a body-sized ellipsoid 4 m away, standard deviations 4 to 16 mm, every opacity
 * loss = Σ image·g, g random          forward: the picture; forward + backward: all gradients of the loss as well
 * ```
 *
 * No rasteriser for a CPU is published for PyTorch, so that the peer is the same mathematics in its vectorised operations, with
 * the two ways of mixing colours that people use: tile by tile as dense matrices, and as one long list of pairs of Gaussian
 * and pixel. The ratio is to the faster one at each size. Both sides use all cores and start from numbers in memory; ours is
 * the public `splatGaussians` with `tf.grads`, tensors and all.
 *
 * @module
 */
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { writeSafetensors } from "../lib/format/safetensors.ts";
import type { Gaussians } from "../lib/gaussian/gaussians.ts";
import type { Camera } from "../lib/image/cameras.ts";
import { splatGaussians } from "../lib/splat/splat_gaussians.ts";
import { disposeAll } from "../lib/tensor/scope.ts";
import { RandomStream } from "../lib/train/people/random.ts";
import { leastMilliseconds } from "./measure.ts";
import { peer } from "./python.ts";

/** What is drawn: Gaussians, the picture's side, and whether gradients are wanted. */
export interface SplatCase {
  readonly count: number;
  readonly side: number;
  readonly backward: boolean;
}

/** Times of a case. */
export interface SplatRow extends SplatCase {
  readonly ms: number;
  /** PyTorch's, tile by tile and as pairs; absent where it was not asked. */
  readonly tilesMs?: number;
  readonly pairsMs?: number;
  /** The faster of PyTorch's times over ours. */
  readonly ratio?: number;
  /** Mean absolute difference of the two pictures, or of the gradients over their mean, the worst input's. */
  readonly pictureDifference?: number;
  readonly gradientDifference?: number;
}

/** Measures cases; `compared` ones beside PyTorch. */
export async function benchSplat(
  { compared, grown, repeats }: {
    readonly compared: readonly SplatCase[];
    readonly grown: readonly SplatCase[];
    readonly repeats: number;
  },
): Promise<{ readonly rows: readonly SplatRow[]; readonly torch: string; readonly threads: number }> {
  const threads = navigator.hardwareConcurrency, folder = await Deno.makeTempDir(), rows: SplatRow[] = [];
  let torch = "";
  try {
    for (const one of [...compared, ...grown]) {
      const scene = sceneOf(one.count), { side, backward } = one;
      const weights = tf.randomNormal([side, side, 4], 0, 1, "float32", 3);
      const ms = await leastMilliseconds(repeats, () => draw(scene, weights, one));
      if (!compared.includes(one)) rows.push({ ...one, ms });
      else {
        const path = join(folder, "scene.safetensors"), drawn = draw(scene, weights, one);
        const arrays = { ...scene, weights, ...drawn };
        const entries = await Promise.all(
          Object.entries(arrays).map(async ([name, tensor]) =>
            [name, { dtype: "F32", shape: tensor.shape, data: await tensor.data() as Float32Array }] as const
          ),
        );
        await Deno.writeFile(path, writeSafetensors(Object.fromEntries(entries)));
        disposeAll(drawn);
        const theirs = await peer<
          { torch: string; tiles: number; pairs: number; difference: number }
        >("splat.py", { path, side, backward, repeats, threads });
        torch = theirs.torch;
        rows.push({
          ...one,
          ms,
          tilesMs: theirs.tiles,
          pairsMs: theirs.pairs,
          ratio: Math.min(theirs.tiles, theirs.pairs) / ms,
          ...(backward ? { gradientDifference: theirs.difference } : { pictureDifference: theirs.difference }),
        });
      }
      disposeAll({ ...scene }, weights);
    }
    return { rows, torch, threads };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The picture, or the gradients of all that is drawn. */
function draw(scene: Gaussians, weights: tf.Tensor, { side, backward }: SplatCase): Record<string, tf.Tensor> {
  const camera: Camera = {
    K: [[side, 0, side / 2], [0, side, side / 2], [0, 0, 1]],
    worldToCamera: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
  };
  const size = { width: side, height: side };
  if (!backward) return tf.tidy(() => ({ "drawn.image": splatGaussians(scene, camera, size).image }));
  const { value, grads } = tf.valueAndGrads((means, rotations, scales, opacity, sh) =>
    splatGaussians({ means, rotations, scales, opacity, sh } as unknown as Gaussians, camera, size).image.mul(weights)
      .sum()
  )([scene.means, scene.rotations, scene.scales, scene.opacity, scene.sh]);
  value.dispose();
  const names = ["means", "rotations", "scales", "opacity", "sh"];
  return Object.fromEntries(names.map((name, i) => [`drawn.${name}`, grads[i]!]));
}

function sceneOf(n: number): Gaussians {
  const random = new RandomStream(7, "shell");
  const means = Float32Array.from(
    Array.from({ length: n }, () => {
      const height = random.uniform(-1, 1),
        around = random.uniform(-Math.PI, Math.PI),
        out = Math.sqrt(1 - height ** 2);
      return [0.7 * out * Math.cos(around), 1.7 * height, 4 + 0.5 * out * Math.sin(around)];
    }).flat(),
  );
  const numbers = (length: number, next: () => number) => Float32Array.from({ length }, next);
  return {
    means: tf.tensor2d(means, [n, 3]),
    rotations: tf.tensor2d(numbers(4 * n, () => random.normal(0, 1)), [n, 4]),
    scales: tf.tensor2d(numbers(3 * n, () => 0.004 * 4 ** random.uniform(0, 1)), [n, 3]),
    opacity: tf.tensor1d(numbers(n, () => random.uniform(0.1, 0.95))),
    sh: tf.tensor3d(numbers(3 * n, () => random.uniform(-1.5, 1.5)), [n, 1, 3]),
  };
}
