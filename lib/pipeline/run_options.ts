/**
 * # What a run is asked, checked before any work
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { GUESSED_FIELD_OF_VIEW } from "../image/cameras.ts";
import { VIEW_CHOICES, type ViewChoice } from "../localize/locate_in_views.ts";
import { MAX_SIDE } from "../splat/view.ts";
import { expectInteger, expectOneOf, resolveOptions } from "../tensor/options.ts";
import { expectShape } from "../tensor/shape.ts";
import { type PhotoFitOptions, resolvePhotoFitOptions } from "./photo_body.ts";
import type { RecordFilter, Replacements } from "./recorder.ts";
import { type StepName, tensorInfo } from "./steps.ts";
import { statisticsOf } from "./trace.ts";
import type { Watch } from "./watch.ts";

/** What one run may do beside walking through the steps. */
export interface RunOptions {
  /** Tensors to keep: names, patterns with `*`, a RegExp, or `"all"`. */
  readonly record?: RecordFilter;
  /** Functions whose result takes a tensor's place. */
  readonly replace?: Replacements;
  /** Gaussians whose chunked tensors are kept in full. */
  readonly watch?: Watch;
  /**
   * In which views of the crop points are located, {@link ../localize/locate_in_views.ts}; `"crop"` by default, where positions are those of
   * the heatmaps that are watched. `"upright"` finds them best.
   */
  readonly views?: ViewChoice;
  /** How the body is fitted to the photo, or `false` for a body that stands in an A-pose, whose colours are read at p'_2D; `{}` by default. */
  readonly fit?: PhotoFitOptions | false;
  /** What the photo's longer side sees, radians; 55° is guessed. */
  readonly fieldOfView?: number;
  /** Side of the rendered picture in pixels; 512 by default. */
  readonly pictureSize?: number;
  /** Called when a step begins: its name, its number, how many there are. */
  readonly onStep?: ((step: StepName, number: number, of: number) => void) | undefined;
  /** Stops between two chunks or steps when aborted. */
  readonly signal?: AbortSignal | undefined;
}

const RUN_DEFAULTS: Required<RunOptions> = {
  record: [],
  replace: {},
  watch: {},
  views: "crop",
  fit: {},
  fieldOfView: GUESSED_FIELD_OF_VIEW,
  pictureSize: 512,
  onStep: undefined,
  signal: undefined,
};

/**
 * The options with their defaults.
 *
 * @throws {TypeError} if an option is unknown.
 * @throws {RangeError} if the picture's size, the field of view or an option of the fit is out of range.
 */
export function resolveRunOptions(options: RunOptions): Required<RunOptions> {
  const resolved = resolveOptions("run", RUN_DEFAULTS, options);
  expectInteger("run", "pictureSize", resolved.pictureSize, 1, MAX_SIDE);
  expectOneOf("run", "views", resolved.views, VIEW_CHOICES);
  const { fieldOfView, fit } = resolved;
  if (!(fieldOfView > 0 && fieldOfView < Math.PI)) {
    throw new RangeError(`run: fieldOfView must be above 0 and below π radians: got ${fieldOfView}`);
  }
  if (fit !== false) resolvePhotoFitOptions(fit);
  return resolved;
}

/**
 * A copy of the caller's photo, once it is what a photo must be.
 *
 * @throws {TypeError} if it is not [H, W, 3].
 * @throws {RangeError} if its numbers are no colours from 0 to 1.
 */
export async function photoTensor(photo: tf.Tensor3D): Promise<tf.Tensor3D> {
  expectShape("run", { photo }, "h w 3");
  const { min, max, nonFinite } = await statisticsOf(photo);
  if (nonFinite > 0) throw new RangeError(`run: photo must be finite: ${nonFinite} of its numbers are not`);
  if (min! < -0.01 || max! > 1.01) {
    throw new RangeError(`run: photo must hold colours from 0 to 1: got ${min} to ${max}: divide by 255?`);
  }
  return tf.tidy(() => photo.toFloat());
}

/** Names of tensors that pass in chunks keep nothing unless Gaussians are watched: say so rather than keep nothing. */
export function expectWhole(record: readonly string[]): void {
  const chunked = record.find((name) => tensorInfo(name)?.residence === "chunked");
  if (chunked) {
    throw new RangeError(
      `record: "${chunked}" passes in chunks of Gaussians: name those to keep in watch, such as { joints: ["head"] }`,
    );
  }
}
