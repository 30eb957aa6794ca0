/**
 * # Two encoders as one
 *
 * ```
 * f_I = [regrid(f_I of the first) ‖ regrid(f_I of the second) ‖ …]        one grid, ΣC channels
 * ```
 *
 * What one network does not know another may: DINOv2 tells parts, MoveNet tells sides. Their pyramids are put side by
 * side, the crop itself (`rgb`) once. Channels are not rescaled here; the trained link that follows weighs them.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { disposeAll } from "../tensor/scope.ts";
import { coveringMap, type Encoded, type FeatureMap, type InspectableEncoder } from "./encoder.ts";
import { regrid } from "./regrid.ts";

/**
 * Joins encoders; the joint one owns them.
 *
 * @param grid Rows and columns of f_I.
 * @throws {RangeError} if two of them have a pyramid level of the same name.
 */
export function concatenateEncoders(
  name: string,
  parts: readonly InspectableEncoder[],
  grid: number,
): InspectableEncoder {
  const levels: Record<string, number> = {};
  for (const part of parts) {
    for (const [level, channels] of Object.entries(part.levels)) {
      if (level in levels && level !== "rgb") {
        throw new RangeError(`concatenateEncoders: two of ${name} have the pyramid level "${level}"`);
      }
      levels[level] = channels;
    }
  }
  return {
    name,
    channels: parts.reduce((sum, part) => sum + part.channels, 0),
    grid: [grid, grid],
    levels,
    encode: async (crop) => {
      const encoded: Encoded[] = [];
      try {
        for (const part of parts) encoded.push(await part.encode(crop)); // one after the other: memory
        const features = tf.tidy(() => tf.concat(encoded.map(({ features }) => regrid(features, grid)), 2));
        return { features: coveringMap(features), pyramid: joined(encoded) };
      } catch (error) {
        disposeAll(encoded.map(({ pyramid }) => pyramid));
        throw error;
      } finally {
        for (const { features } of encoded) features.map.dispose();
      }
    },
    inspect: async (crop, names) => {
      const found: Record<string, tf.Tensor> = {};
      const stranger = names.find((wanted) => !parts.some((part) => wanted.startsWith(`${part.name}.`)));
      if (stranger !== undefined) {
        const starts = parts.map((part) => `"${part.name}."`).join(" or ");
        throw new RangeError(`inspect: no intermediate matches "${stranger}": names here begin with ${starts}`);
      }
      try {
        for (const part of parts) {
          const prefix = `${part.name}.`;
          const own = names.filter((wanted) => wanted.startsWith(prefix)).map((wanted) => wanted.slice(prefix.length));
          if (own.length === 0) continue;
          for (const [key, value] of Object.entries(await part.inspect(crop, own))) found[prefix + key] = value;
        }
        return found;
      } catch (error) {
        disposeAll(found);
        throw error;
      }
    },
    dispose: () => parts.forEach((part) => part.dispose()),
  };
}

/** All levels; of those that several have (`rgb`) the first is kept, the others are freed. */
function joined(encoded: readonly Encoded[]): Record<string, FeatureMap> {
  const pyramid: Record<string, FeatureMap> = {};
  for (const [level, features] of encoded.flatMap((each) => Object.entries(each.pyramid))) {
    if (level in pyramid) features.map.dispose();
    else pyramid[level] = features;
  }
  return pyramid;
}
