/**
 * # Several maps of one crop
 *
 * A crop may be seen more than once: as it is and mirrored, in the simplest case. Each look gives a map of linked features; laid back
 * over the crop ({@link ./crop_views.ts}) their cells are the same cells. What is asked of a mirrored look are mirror images on the body,
 * and the looks' opinions are averaged as logits:
 *
 * ```
 * H = 1/N·Σ_v conv1×1(f_v; W_pose(asked_v(g)))         asked_v(g) = (−g_x, g_y, g_z) if v is mirrored, else g
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { FeatureMap } from "../encoder/encoder.ts";
import { mirrorPoints } from "../field/symmetry.ts";
import { expectShape } from "../tensor/shape.ts";
import type { Heatmaps } from "./heatmaps.ts";

/** A map that lies over the crop. */
export interface SeenMap {
  /** The linked features [h, w, L] and where their cells lie on the crop. */
  readonly features: FeatureMap;
  /** Whether they are those of the mirrored crop: mirror images of the points are asked of them. */
  readonly mirrored: boolean;
}

const SAME_PLACE = 1e-3; // crop pixels

const isMap = (value: unknown): value is FeatureMap => value instanceof Object && "map" in value && "origin" in value;

/**
 * One map or several as a list.
 *
 * @param L Channels that are wanted.
 * @throws {TypeError} if it is neither, or a map has other channels, or another grid than the first.
 * @throws {RangeError} if there is none, or their cells lie in other places of the crop.
 */
export function seenMaps(caller: string, seen: FeatureMap | readonly SeenMap[], L: number): readonly SeenMap[] {
  const maps = isMap(seen) ? [{ features: seen, mirrored: false }] : seen;
  if (!Array.isArray(maps) || !maps.every((each) => isMap(each?.features))) {
    throw new TypeError(
      `${caller}: wanted a feature map { map, origin, stride }, or a list of { features, mirrored }, one for each`,
    );
  }
  if (maps.length === 0) throw new RangeError(`${caller}: there must be a map`);
  const [{ features: first }] = maps as [SeenMap];
  const { h, w } = expectShape(caller, { "features.map": first.map }, `h w ${L}`);
  for (const { features: { map, origin, stride } } of maps) {
    expectShape(caller, { "features.map": map }, `${h!} ${w!} ${L}`);
    if (Math.abs(origin - first.origin) > SAME_PLACE || Math.abs(stride - first.stride) > SAME_PLACE) {
      throw new RangeError(`${caller}: several maps must have their cells in the same places of the crop`);
    }
  }
  return maps;
}

/** The canonical points [n, 3] that a map is asked for; for `tf.tidy`. */
export function askedOf({ mirrored }: SeenMap, points: tf.Tensor2D): tf.Tensor2D {
  return mirrored ? mirrorPoints(points) : points;
}

/** The mean of logits of one kind; for `tf.tidy`. */
export function meanLogits<T extends tf.Tensor>(each: readonly T[]): T {
  return each.length === 1 ? each[0]! : tf.div<T>(tf.addN([...each]), each.length);
}

/** The mean of each of the heatmaps; for `tf.tidy`. */
export function meanHeatmaps(each: readonly Heatmaps[]): Heatmaps {
  return {
    heatmap2d: meanLogits(each.map(({ heatmap2d }) => heatmap2d)),
    heatmap3d: meanLogits(each.map(({ heatmap3d }) => heatmap3d)),
    uncertaintyMap: meanLogits(each.map(({ uncertaintyMap }) => uncertaintyMap)),
  };
}
