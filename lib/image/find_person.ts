/**
 * # Where the person is: key points, seen twice, and their square
 *
 * ```
 * photo, four positions  →  key points in each  →  the position that shows most  →  square
 *                        →  key points again, seen larger  →  square
 * ```
 *
 * MoveNet's key points say where the person is: first on the whole photo, then once more on the first square, which sharpens them
 * when the person is small. MoveNet knows people upright, so the photo is looked at in all four positions ({@link ./turn.ts}).
 *
 * The square holds all key points that were seen, room above the eyes for the top of the head, and a margin for hands, feet
 * and clothes, as far as these lie on the photo, and is moved to show as much of the photo as it can.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { CONFIDENT, DETECTOR_SIZE, type Keypoint, type PersonDetector, wholeSquare } from "./keypoints.ts";
import { resampleSquare, type Square } from "./resample.ts";
import { type QuarterTurns, turnBack, turnPicture } from "./turn.ts";

/** How many key points must be seen to speak of a person. */
const ENOUGH = 4;

/** What was found in the photo, all in its pixels. */
export interface Found {
  /** All 17; those with a low score are guesses. */
  readonly keypoints: Keypoint[];
  /** About those that were seen; undefined where they are too few. */
  readonly square: Square | undefined;
  /** Quarter turns of the photo after which the person was seen best. */
  readonly turns: QuarterTurns;
}

/** A position of the photo must show this much more than the photo as it is, to be taken instead. */
const CLEARLY = 1.1;

/**
 * Looks for the person nearest the middle of a photo; the second look counts if it still sees a person.
 *
 * @param image [H, W, 3], 0..1.
 * @param margin The square's side over that of the key points' square, with the head's room.
 */
export async function findPerson(image: tf.Tensor3D, detector: PersonDetector, margin: number): Promise<Found> {
  const { turns, keypoints: first } = await bestPosition(image, detector);
  const [height, width] = image.shape, [w, h] = turns % 2 === 1 ? [height, width] : [width, height];
  const coarse = squareAround(first, margin, w, h);
  const second = coarse && await look(image, turns, coarse, detector);
  const fine = second && squareAround(second, margin, w, h), square = fine ?? coarse;
  const back = (place: Square) => turnBack(place, turns, width, height);
  const keypoints = (fine ? second! : first).map(({ name, x, y, score }) => {
    const place = back({ x, y, size: 0 });
    return { name, x: place.x, y: place.y, score };
  });
  return { keypoints, square: square && back(square), turns };
}

/** The position in which the detector is surest, and what it sees there, in pixels of the turned photo. */
async function bestPosition(image: tf.Tensor3D, detector: PersonDetector): Promise<Omit<Found, "square">> {
  const [height, width] = image.shape;
  let best: Omit<Found, "square"> & { readonly sure: number } | undefined;
  for (const turns of [0, 1, 2, 3] as const) {
    const whole = turns % 2 === 1 ? wholeSquare(height, width) : wholeSquare(width, height);
    const keypoints = await look(image, turns, whole, detector);
    const sure = keypoints.reduce((sum, { score }) => sum + score, 0) * (turns === 0 ? CLEARLY : 1);
    if (!best || sure > best.sure) best = { turns, keypoints, sure };
  }
  return best!;
}

/** Key points in a square of the turned photo, in its pixels; only the square is turned. */
async function look(
  image: tf.Tensor3D,
  turns: QuarterTurns,
  square: Square,
  detector: PersonDetector,
): Promise<Keypoint[]> {
  if (turns === 0) return await detector.keypoints(image, square);
  const [height, width] = image.shape;
  const seen = tf.tidy(() =>
    turnPicture(resampleSquare(image, turnBack(square, turns, width, height), DETECTOR_SIZE), turns)
  );
  const found = await detector.keypoints(seen).finally(() => seen.dispose()), scale = square.size / DETECTOR_SIZE;
  return found.map(({ name, x, y, score }) => ({ name, x: square.x + x * scale, y: square.y + y * scale, score }));
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
