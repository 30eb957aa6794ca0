/**
 * # Seventeen key points of a person
 *
 * ```
 * centre c   = argmax σ(C)/(|cell − grid centre| + 1.8)                  where the person nearest the middle is
 * guess  g_k = c + R_k(c)                                                where its key point k should be
 * cell   m_k = argmax σ(H_k)/(|cell − g_k| + 1.8)                        the heatmap's peak near that
 * point  p_k = (m_k + O_k(m_k))·4        score s_k = σ(H_k)(m_k)         refined within the cell
 * ```
 *
 * with MoveNet's heads on a grid of stride 4: centre C, regression R, heatmaps H and offsets O (row, column). It finds
 * *one* person, the one nearest the middle. A score below {@linkcode CONFIDENT} is a guess, not a sighting.
 *
 * The picture may have any shape: MoveNet sees a square of it, padded where the square reaches past the edges.
 *
 * Source: Zhou et al., *Objects as Points*, 2019; MoveNet's graph, whose constants these are.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { loadMoveNetWeights, moveNet } from "../encoder/movenet_network.ts";
import { resolveOptions } from "../tensor/options.ts";
import { disposeAll } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { resampleSquare, type Square } from "./resample.ts";

/** The key points in MoveNet's order (COCO's); left and right are the person's own. */
export const KEYPOINTS = [
  "nose",
  "left_eye",
  "right_eye",
  "left_ear",
  "right_ear",
  "left_shoulder",
  "right_shoulder",
  "left_elbow",
  "right_elbow",
  "left_wrist",
  "right_wrist",
  "left_hip",
  "right_hip",
  "left_knee",
  "right_knee",
  "left_ankle",
  "right_ankle",
] as const;
/** The name of a key point. */
export type KeypointName = typeof KEYPOINTS[number];

/** From this score on a key point counts as seen. */
export const CONFIDENT = 0.3;

/** One key point. */
export interface Keypoint {
  /** What it is. */
  readonly name: KeypointName;
  /** Column in image pixels; pixel centres are at .5. */
  readonly x: number;
  /** Row in image pixels. */
  readonly y: number;
  /** 0..1. */
  readonly score: number;
}

/** A network that finds a person's key points. */
export interface PersonDetector {
  /**
   * Finds the person nearest the middle of a square of the image.
   *
   * @param image [H, W, 3], 0..1.
   * @param square Where to look, in image pixels; the smallest square about the whole image by default.
   * @returns all 17 key points in the order of {@linkcode KEYPOINTS}.
   */
  keypoints(image: tf.Tensor3D, square?: Square): Promise<Keypoint[]>;
  /** Frees the weights. */
  dispose(): void;
}

/** How the detector is made. */
export interface PersonDetectorOptions {
  /** A safetensors file of MoveNet Thunder; the embedded one by default. */
  readonly weights?: string | undefined;
}

/** Pixels a side of what the network sees. */
export const DETECTOR_SIZE = 256;
const STRIDE = 4, CELLS = DETECTOR_SIZE / STRIDE, NEARNESS = 1.8;

/** Loads MoveNet Thunder as a detector of one person. */
export async function loadPersonDetector(options?: PersonDetectorOptions): Promise<PersonDetector> {
  const { weights: path } = resolveOptions<PersonDetectorOptions>(
    "loadPersonDetector",
    { weights: undefined },
    options,
  );
  const weights = await loadMoveNetWeights("loadPersonDetector", path);
  return {
    keypoints: async (image, square) => {
      const { h, w } = expectShape("keypoints", { image }, "h w 3");
      const seen = square ?? wholeSquare(w, h);
      const maps = tf.tidy(() => {
        const { heads } = moveNet(resampleSquare(image, seen, DETECTOR_SIZE), weights);
        return [tf.sigmoid(heads.center), tf.sigmoid(heads.heatmap), heads.regression, heads.offset];
      });
      const [center, heatmap, regression, offset] = await Promise.all(
        maps.map((map) => map.data() as Promise<Float32Array>),
      )
        .finally(() => disposeAll(maps));
      const scale = seen.size / DETECTOR_SIZE;
      return decodeKeypoints(center!, heatmap!, regression!, offset!).map(({ row, column, score }, k) => ({
        name: KEYPOINTS[k]!,
        x: seen.x + column * STRIDE * scale,
        y: seen.y + row * STRIDE * scale,
        score,
      }));
    },
    dispose: () => disposeAll(weights),
  };
}

/** The smallest square that holds the whole image, about its centre. */
export function wholeSquare(width: number, height: number): Square {
  const size = Math.max(width, height);
  return { x: (width - size) / 2, y: (height - size) / 2, size };
}

/** The equations above; rows and columns in cells, row-major maps [64, 64, channels]. */
function decodeKeypoints(
  center: Float32Array,
  heatmap: Float32Array,
  regression: Float32Array,
  offset: Float32Array,
): { row: number; column: number; score: number }[] {
  const person = nearestPeak(center, 1, 0, CELLS / 2, CELLS / 2);
  return KEYPOINTS.map((_, k) => {
    const channels = 2 * KEYPOINTS.length;
    const row = Math.floor(person / CELLS) + regression[person * channels + 2 * k]!;
    const column = person % CELLS + regression[person * channels + 2 * k + 1]!;
    const peak = nearestPeak(heatmap, KEYPOINTS.length, k, row, column);
    return {
      row: Math.floor(peak / CELLS) + offset[peak * channels + 2 * k]!,
      column: peak % CELLS + offset[peak * channels + 2 * k + 1]!,
      score: heatmap[peak * KEYPOINTS.length + k]!,
    };
  });
}

/** The cell where the map over (distance to a place + 1.8) is largest. */
function nearestPeak(map: Float32Array, channels: number, channel: number, row: number, column: number): number {
  let best = 0, most = -Infinity;
  for (let cell = 0; cell < CELLS * CELLS; cell++) {
    const distance = Math.hypot(Math.floor(cell / CELLS) - row, cell % CELLS - column);
    const value = map[cell * channels + channel]! / (distance + NEARNESS);
    if (value > most) [best, most] = [cell, value];
  }
  return best;
}
