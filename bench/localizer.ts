/**
 * # The localizer head beside the same head in PyTorch
 *
 * Both sides turn the same number of hidden vectors Φ(g) into positions and uncertainties over the same grid, in the same
 * chunks, naively (W_pose of each chunk) and reordered (F' once). Ours runs on the current backend, PyTorch on the CPU with
 * as many threads as there are cores. Ours includes ω's hidden layers, theirs starts from Φ: a handicap for us of a few percent.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { coveringMap } from "../lib/encoder/encoder.ts";
import { createField } from "../lib/field/field.ts";
import { locate } from "../lib/localize/locate.ts";
import { leastMilliseconds } from "./measure.ts";
import { peer } from "./python.ts";

/** One line of the comparison. */
export interface HeadRow {
  readonly points: number;
  readonly side: number;
  readonly method: "naive" | "reordered";
  readonly ms: number;
  readonly peerMs: number;
  /** Peer's time over ours: above 1 ours is faster. */
  readonly ratio: number;
}

/** Measures the head at each number of points on grids of each side. */
export async function benchLocalizer(
  { counts, sides, repeats, chunk = 1000 }: {
    readonly counts: readonly number[];
    readonly sides: readonly number[];
    readonly repeats: number;
    readonly chunk?: number;
  },
): Promise<{ readonly rows: readonly HeadRow[]; readonly torch: string; readonly threads: number }> {
  const rows: HeadRow[] = [];
  const threads = navigator.hardwareConcurrency;
  let torch = "";
  const field = createField({});
  try {
    const { linkWidth: link, hidden, depthBins: depth } = { ...field.config, hidden: field.readout.shape[0] - 1 };
    for (const side of sides) {
      for (const points of counts) {
        const theirs = await peer<{ torch: string; naive: number; reordered: number }>("localizer.py", {
          side,
          link,
          hidden,
          depth,
          points,
          chunk,
          repeats,
          threads,
        });
        torch = theirs.torch;
        const features = coveringMap(tf.randomNormal([side, side, link], 0, 1, "float32", 1));
        const places = tf.randomUniform<tf.Rank.R2>([points, 3], -0.8, 0.8, "float32", 2);
        try {
          for (const method of ["naive", "reordered"] as const) {
            const ms = await leastMilliseconds(repeats, () => locate(features, field, places, { chunk, method }));
            rows.push({ points, side, method, ms, peerMs: theirs[method], ratio: theirs[method] / ms });
          }
        } finally {
          tf.dispose([features.map, places]);
        }
      }
    }
  } finally {
    field.dispose();
  }
  return { rows, torch, threads };
}
