/**
 * # One grid for all
 *
 * Maps of different networks, or of different depths of one network, lie on grids of different fineness. Before they are
 * concatenated each is resampled to the same grid of cells × cells that covers the crop: by averaging where it is finer
 * (a triangle as wide as two cells, so nothing aliases), bilinearly where it is coarser, its border repeated.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { resampleSquare } from "../image/resample.ts";
import { CROP, type FeatureMap } from "./encoder.ts";

/**
 * A map on another grid.
 *
 * @param features A map that knows where its cells lie.
 * @param cells Rows and columns wanted.
 * @returns [cells, cells, C], covering the crop; the caller disposes of it.
 */
export function regrid({ map, origin, stride }: FeatureMap, cells: number): tf.Tensor3D {
  const start = 0.5 - origin / stride; // the crop's upper left corner, in cells of the map
  return resampleSquare(map, { x: start, y: start, size: CROP / stride }, cells, { pad: "edge" });
}
