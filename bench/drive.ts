/**
 * # Skinning and driving beside PyTorch
 *
 * One frame of a motion: shape, pose and blend the embedded body, then put every Gaussian onto its face. Both sides do the same steps on
 * tensors of the same sizes; PyTorch uses as many threads as there are cores, ours one of wasm.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { drive } from "../lib/body/drive.ts";
import { attachGaussians } from "../lib/body/gaussians.ts";
import { aPose } from "../lib/body/poses.ts";
import { EMBEDDED_BODY, loadBody } from "../lib/body/template.ts";
import { disposeAll } from "../lib/tensor/scope.ts";
import { leastMilliseconds } from "./measure.ts";
import { peer } from "./python.ts";

/** One frame of n Gaussians. */
export interface DriveRow {
  readonly gaussians: number;
  readonly ms: number;
  readonly peerMs: number;
  /** Peer's time over ours: above 1 ours is faster. */
  readonly ratio: number;
}

/** Measures a frame at each number of Gaussians. */
export async function benchDrive(
  { counts, repeats }: { readonly counts: readonly number[]; readonly repeats: number },
): Promise<{ readonly rows: readonly DriveRow[]; readonly torch: string; readonly threads: number }> {
  const threads = navigator.hardwareConcurrency, body = await loadBody(EMBEDDED_BODY), parameters = aPose(body);
  const coefficients = body.shapeDirections.shape[2] + body.expressionDirections.shape[2];
  const rows: DriveRow[] = [];
  let torch = "";
  for (const n of counts) {
    const template = attachGaussians(body, { total: n });
    const avatar = {
      template,
      translation: tf.randomNormal<tf.Rank.R2>([n, 3], 0, 0.1, "float32", 1),
      rotation: tf.tidy(() => tf.tile(tf.tensor2d([[1, 0, 0, 0]]), [n, 1])),
      scale: tf.fill<tf.Rank.R2>([n, 3], 0.3),
      opacity: tf.ones<tf.Rank.R1>([n]),
      sh: tf.zeros<tf.Rank.R3>([n, 1, 3]),
    };
    const theirs = await peer<{ torch: string; ms: number }>("drive.py", {
      vertices: body.vertexCount,
      faces: body.faceCount,
      parents: [...body.parents],
      coefficients,
      gaussians: n,
      repeats: 5 * repeats,
      threads,
    });
    torch = theirs.torch;
    const ms = await leastMilliseconds(5 * repeats, () => ({ ...drive(avatar, parameters) }));
    rows.push({ gaussians: n, ms, peerMs: theirs.ms, ratio: theirs.ms / ms });
    const { template: _, ...tensors } = avatar;
    disposeAll(tensors);
    template.dispose();
  }
  disposeAll({ ...parameters });
  body.dispose();
  return { rows, torch, threads };
}
