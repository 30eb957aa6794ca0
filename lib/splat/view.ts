/**
 * # View: a camera and a picture's size, checked and flattened
 *
 * The loops of the renderer want plain numbers. A view is a {@linkcode Camera} whose matrices have been checked once:
 * finite, of the right size, without skew, with positive focal lengths.
 *
 * @module
 */
import type { Camera } from "../image/cameras.ts";
import { expectInteger } from "../tensor/options.ts";

/** A picture's size in pixels. */
export interface PictureSize {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

/** A camera and a picture's size as plain numbers. */
export interface View extends PictureSize {
  /** Focal length along x, pixels. */
  readonly fx: number;
  /** Focal length along y, pixels. */
  readonly fy: number;
  /** Principal point along x, pixels. */
  readonly cx: number;
  /** Principal point along y, pixels. */
  readonly cy: number;
  /** [3, 3] row by row: world axes to camera axes. */
  readonly rotation: Float64Array;
  /** [3]: the world's origin in camera axes, metres. */
  readonly translation: Float64Array;
}

/** The largest side of a rendered picture in pixels. */
export const MAX_SIDE = 8192;

/**
 * Checks a camera and flattens it.
 *
 * @throws {TypeError} if K is not 3×3 or worldToCamera not 4×4.
 * @throws {RangeError} if a number is not finite, a focal length is not positive, K has skew, a last row is not
 * (0, …, 0, 1), or the size is not from 1 to 8192.
 */
export function viewOf(caller: string, { K, worldToCamera }: Camera, { width, height }: PictureSize): View {
  expectInteger(caller, "width", width, 1, MAX_SIDE);
  expectInteger(caller, "height", height, 1, MAX_SIDE);
  const k = flatten(caller, "K", K, 3);
  const [fx, cx, fy, cy] = [k[0]!, k[2]!, k[4]!, k[5]!];
  if (!(fx > 0 && fy > 0) || k[1] !== 0 || k[3] !== 0 || String(k.slice(6)) !== "0,0,1") {
    throw new RangeError(
      `${caller}: the camera's K must be [fx, 0, cx; 0, fy, cy; 0, 0, 1] with fx, fy > 0: got ${JSON.stringify(K)}`,
    );
  }
  const m = flatten(caller, "worldToCamera", worldToCamera, 4);
  if (String(m.slice(12)) !== "0,0,0,1") {
    throw new RangeError(`${caller}: the camera's worldToCamera must end with the row 0, 0, 0, 1: got ${m.slice(12)}`);
  }
  const rotation = Float64Array.of(m[0]!, m[1]!, m[2]!, m[4]!, m[5]!, m[6]!, m[8]!, m[9]!, m[10]!);
  return { width, height, fx, fy, cx, cy, rotation, translation: Float64Array.of(m[3]!, m[7]!, m[11]!) };
}

function flatten(caller: string, name: string, matrix: readonly (readonly number[])[], size: number): number[] {
  const square = Array.isArray(matrix) && matrix.length === size &&
    matrix.every((row) => Array.isArray(row) && row.length === size);
  if (!square) throw new TypeError(`${caller}: the camera's ${name} must be ${size} rows of ${size} numbers`);
  const numbers = matrix.flat();
  if (!numbers.every(Number.isFinite)) {
    throw new RangeError(`${caller}: the camera's ${name} must be finite: got ${numbers}`);
  }
  return numbers;
}

/** Where the camera stands in the world: −Wᵀ·t. */
export function cameraCenter({ rotation: w, translation: t }: View): [x: number, y: number, z: number] {
  const along = (axis: number) => -(w[axis]! * t[0]! + w[3 + axis]! * t[1]! + w[6 + axis]! * t[2]!);
  return [along(0), along(1), along(2)];
}
