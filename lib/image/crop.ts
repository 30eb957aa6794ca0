/**
 * # Cropping to the person
 *
 * ```
 * photo [H, W, 3]  →  key points  →  their square, padded  →  key points again, seen larger  →  crop [512, 512, 3]
 *
 * image pixel = (x, y) + crop pixel·size/512          crop pixel = (image pixel − (x, y))·512/size
 * ```
 *
 * Everything after this works on a 512² crop in which the person fills most of the square, which {@link ./find_person.ts} lays. Where it
 * reaches past the photo's edges the crop is mid-grey. The crop lies as the photo does, also where the person is upside down.
 *
 * When too few key points are seen to tell a person from a coat stand, the whole photo is taken, padded to a square, and
 * `person.message` says so: nothing later can be trusted then.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { CROP } from "../encoder/encoder.ts";
import { resolveOptions } from "../tensor/options.ts";
import { expectShape } from "../tensor/shape.ts";
import { findPerson } from "./find_person.ts";
import { CONFIDENT, type Keypoint, loadPersonDetector, type PersonDetector, wholeSquare } from "./keypoints.ts";
import { resampleSquare, type Square } from "./resample.ts";
import type { QuarterTurns } from "./turn.ts";

/** The crop's square in image pixels; see {@linkcode cropToImage} and {@linkcode imageToCrop}. */
export type CropTransform = Square;

/** What was found of the person. */
export interface FoundPerson {
  /** Whether enough key points were seen. */
  readonly found: boolean;
  /** All 17 in image pixels; those with a score below .3 are guesses. */
  readonly keypoints: readonly Keypoint[];
  /** Counter-clockwise quarter turns of the photo after which the person was seen best; the crop lies as the photo does. */
  readonly turns: QuarterTurns;
  /** One sentence for the user. */
  readonly message: string;
}

/** A crop and where it lies. */
export interface CroppedPerson {
  /** [512, 512, 3], 0..1. */
  readonly crop: tf.Tensor3D;
  /** The crop's square in image pixels. */
  readonly transform: CropTransform;
  /** What was found. */
  readonly person: FoundPerson;
}

/** How the person is cropped. */
export interface CropPersonOptions {
  /** Finds the key points; without one it is loaded for this call alone. */
  readonly detector?: PersonDetector | undefined;
  /** The square's side over that of the key points' square, with the head's room. */
  readonly margin?: number;
  /** Crop this square instead of looking for a person. */
  readonly square?: Square | undefined;
}

/**
 * Crops a photo to the person nearest its middle.
 *
 * @param image [H, W, 3], 0..1.
 * @returns the crop, which the caller disposes of, its square and what was found.
 */
export async function cropPerson(image: tf.Tensor3D, options?: CropPersonOptions): Promise<CroppedPerson> {
  const { detector, margin, square } = resolveOptions<Required<CropPersonOptions>>(
    "cropPerson",
    { detector: undefined, margin: 1.25, square: undefined },
    options,
  );
  const { h, w } = expectShape("cropPerson", { image }, "h w 3");
  if (!(margin >= 1 && margin <= 4)) throw new RangeError(`cropPerson: margin must be from 1 to 4: got ${margin}`);
  if (square) {
    const person: FoundPerson = {
      found: false,
      keypoints: [],
      turns: 0,
      message: "Cropped to the square that was given",
    };
    return { crop: resampleSquare(image, square, CROP), transform: square, person };
  }
  const finder = detector ?? await loadPersonDetector();
  try {
    const { keypoints, square, turns } = await findPerson(image, finder, margin);
    const seen = keypoints.filter(({ score }) => score >= CONFIDENT).length;
    const transform = square ?? wholeSquare(w, h);
    const message = square
      ? `Found a person${
        turns > 0 ? `, the photo turned by ${90 * turns}°` : ""
      }: ${seen} of ${keypoints.length} key points seen`
      : `No person found (${seen} of ${keypoints.length} key points seen): went on with the whole image`;
    return {
      crop: resampleSquare(image, transform, CROP),
      transform,
      person: { found: !!square, keypoints, turns, message },
    };
  } finally {
    if (!detector) finder.dispose();
  }
}

/**
 * Crop pixels as image pixels.
 *
 * @param points [n, 2]: x, y; pixel centres are at .5 in both.
 */
export function cropToImage(points: tf.Tensor2D, { x, y, size }: CropTransform): tf.Tensor2D {
  expectShape("cropToImage", { points }, "n 2");
  return tf.tidy(() => points.mul(size / CROP).add<tf.Tensor2D>([x, y]));
}

/**
 * Image pixels as crop pixels.
 *
 * @param points [n, 2]: x, y; pixel centres are at .5 in both.
 */
export function imageToCrop(points: tf.Tensor2D, { x, y, size }: CropTransform): tf.Tensor2D {
  expectShape("imageToCrop", { points }, "n 2");
  return tf.tidy(() => points.sub([x, y]).mul<tf.Tensor2D>(CROP / size));
}
