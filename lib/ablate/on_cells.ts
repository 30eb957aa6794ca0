/**
 * # f_I on another grid
 *
 * Localizers whose heads see another grid are compared on one cache of features: f_I is resampled between encoder and link
 * ({@link ../encoder/regrid.ts}), in training and when it is read alike.
 *
 * ```
 * f_I [g, g, C] → [cells, cells, C] → link → heads
 * ```
 *
 * A coarser grid is what the encoder itself would give; a finer one holds more places for a heatmap's peak and nothing that
 * was not in f_I.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { coveringMap, type FeatureMap } from "../encoder/encoder.ts";
import { regrid } from "../encoder/regrid.ts";
import type { ExampleSource } from "../train/loop.ts";

/**
 * A map on a grid of cells × cells that covers the crop.
 *
 * @param features f_I [h, w, C]; it stays the caller's.
 * @param cells Rows and columns wanted; those of the map unless told.
 * @returns [cells, cells, C]; the caller disposes of it.
 */
export function onCells(features: FeatureMap, cells: number = features.map.shape[0]): FeatureMap {
  if (cells === features.map.shape[0]) return { ...features, map: features.map.clone() };
  return coveringMap(regrid(features, cells));
}

/**
 * Examples whose features are on another grid; the rest of each stays.
 *
 * @param channels C of their features, which are square maps.
 */
export function examplesOnCells(source: ExampleSource, channels: number, cells: number): ExampleSource {
  return {
    count: () => source.count(),
    read: (index) => {
      const example = source.read(index), given = example["features"]!, side = Math.sqrt(given.length / channels);
      const features = tf.tidy(() =>
        onCells(coveringMap(tf.tensor3d(given, [side, side, channels])), cells).map.dataSync<"float32">().slice()
      );
      return { ...example, features };
    },
  };
}
