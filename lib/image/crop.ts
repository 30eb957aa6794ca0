/**
 * # Cropping to the person
 *
 * ```
 * photo [H, W, 3]  →  key points  →  their square, padded  →  key points again, seen larger  →  crop [512, 512, 3]
 *
 * image pixel = (x, y) + crop pixel·size/512          crop pixel = (image pixel − (x, y))·512/size
 * ```
 *
 * Everything after this works on a 512² crop in which the person is upright and fills most of the square. MoveNet's
 * key points say where: first on the whole photo, then once more on the first square, which sharpens them when the
 * person is small. The square holds all key points that were seen, room above the eyes for the top of the head, and a
 * margin for hands, feet and clothes, as far as these lie on the photo, and is moved to show as much of the photo as it
 * can. Where it reaches past the edges the crop is mid-grey.
 *
 * When too few key points are seen to tell a person from a coat stand, the whole photo is taken, padded to a square,
 * and `person.message` says so: nothing later can be trusted then.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { CROP } from "../encoder/encoder.ts";
import { resolveOptions } from "../tensor/options.ts";
import { expectShape } from "../tensor/shape.ts";
import { CONFIDENT, type Keypoint, loadPersonDetector, type PersonDetector, wholeSquare } from "./keypoints.ts";
import { resampleSquare, type Square } from "./resample.ts";

/** The crop's square in image pixels; see {@linkcode cropToImage} and {@linkcode imageToCrop}. */
export type CropTransform = Square;

/** What was found of the person. */
export interface FoundPerson {
  /** Whether enough key points were seen. */
  readonly found: boolean;
  /** All 17 in image pixels; those with a score below .3 are guesses. */
  readonly keypoints: readonly Keypoint[];
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

/** How many key points must be seen to speak of a person. */
const ENOUGH = 4;

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
    const person = { found: false, keypoints: [], message: "Cropped to the square that was given" };
    return { crop: resampleSquare(image, square, CROP), transform: square, person };
  }
  const finder = detector ?? await loadPersonDetector();
  try {
    const { keypoints, square } = await find(image, finder, margin);
    const seen = keypoints.filter(({ score }) => score >= CONFIDENT).length;
    const transform = square ?? wholeSquare(w, h);
    const message = square
      ? `Found a person: ${seen} of ${keypoints.length} key points seen`
      : `No person found (${seen} of ${keypoints.length} key points seen): went on with the whole image`;
    return { crop: resampleSquare(image, transform, CROP), transform, person: { found: !!square, keypoints, message } };
  } finally {
    if (!detector) finder.dispose();
  }
}

/** Key points on the whole image, then on their square; the second look counts if it still sees a person. */
async function find(
  image: tf.Tensor3D,
  detector: PersonDetector,
  margin: number,
): Promise<{ keypoints: Keypoint[]; square: Square | undefined }> {
  const [height, width] = image.shape;
  const first = await detector.keypoints(image);
  const coarse = squareAround(first, margin, width, height);
  if (!coarse) return { keypoints: first, square: undefined };
  const second = await detector.keypoints(image, coarse);
  const fine = squareAround(second, margin, width, height);
  return fine ? { keypoints: second, square: fine } : { keypoints: first, square: coarse };
}

/** The square about the key points that were seen, or undefined where there are too few. */
function squareAround(
  keypoints: readonly Keypoint[],
  margin: number,
  width: number,
  height: number,
): Square | undefined {
  const seen = keypoints.filter(({ score }) => score >= CONFIDENT);
  if (seen.length < ENOUGH) return undefined;
  const xs = seen.map(({ x }) => x), ys = seen.map(({ y }) => y);
  const top = Math.min(...ys) - headRoom(keypoints);
  const side = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - top);
  const border = side * (margin - 1) / 2;
  const across = clipped(Math.min(...xs) - border, Math.max(...xs) + border, width);
  const down = clipped(top - border, Math.max(...ys) + border, height);
  const size = Math.max(across.to - across.from, down.to - down.from);
  return { x: movedBack(across, size, width), y: movedBack(down, size, height), size };
}

interface Interval {
  readonly from: number;
  readonly to: number;
}

/** What of an interval lies on the photo; at least a pixel. */
function clipped(from: number, to: number, length: number): Interval {
  const start = Math.min(Math.max(0, from), length - 1);
  return { from: start, to: Math.max(start + 1, Math.min(to, length)) };
}

/** Where a side about the interval's middle starts, moved so that it lies on the photo, or the photo on it. */
function movedBack({ from, to }: Interval, size: number, length: number): number {
  const start = (from + to - size) / 2;
  return Math.min(Math.max(start, Math.min(0, length - size)), Math.max(0, length - size));
}

/** From the highest key point of the face to the top of the head: about the ears' distance, or half the shoulders'. */
function headRoom(keypoints: readonly Keypoint[]): number {
  const face = keypoints.slice(0, 5);
  if (!face.some(({ score }) => score >= CONFIDENT)) return 0;
  const between = (a: number, b: number) => {
    const [one, other] = [keypoints[a]!, keypoints[b]!];
    return Math.min(one.score, other.score) < CONFIDENT ? 0 : Math.hypot(one.x - other.x, one.y - other.y);
  };
  return Math.max(between(3, 4), between(5, 6) / 2);
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
