/**
 * # Cameras: from the world to pixels
 *
 * ```
 * c = worldToCamera·(X, 1)        camera axes: x right, y down, z forward (OpenCV)
 * p = K·c / c_z                   K = [f, 0, cx; 0, f, cy; 0, 0, 1]        pixel centres at .5
 * f = (side/2) / tan(fieldOfView/2)
 * ```
 *
 * A matrix is named by what it does, `worldToCamera`, never "pose". There are two worlds: the *body*'s own, Y up, the
 * body facing +Z; and after a photo the *photo*'s, which is the camera frame of that photo, y down, the person facing
 * the camera along −z. A half turn about x leads from one to the other, and orbits say in which they are.
 *
 * A photo does not tell its field of view, and a crop even less. {@linkcode cropCamera} guesses 55° over the photo's
 * longer side, as NLF does; a wrong guess moves the person nearer or farther and foreshortens a little.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectOneOf, resolveOptions } from "../tensor/options.ts";
import { expectShape } from "../tensor/shape.ts";
import type { Square } from "./resample.ts";

/** Rows of a matrix. */
export type Matrix = readonly (readonly number[])[];
/** A point or direction, metres. */
export type Vector3 = readonly [x: number, y: number, z: number];

/** A pinhole camera as two matrices, rows first. */
export interface Camera {
  /** [3, 3]: intrinsics in pixels. */
  readonly K: Matrix;
  /** [4, 4]: world to camera axes, metres. */
  readonly worldToCamera: Matrix;
}

/** A pinhole camera's inner part: how wide it sees, and its picture's size. */
export interface Lens {
  /** The angle over the *longer* side of the picture, radians. */
  readonly fieldOfView?: number;
  /** Picture width in pixels. */
  readonly width?: number;
  /** Picture height in pixels. */
  readonly height?: number;
}

/** Where a camera stands and looks. */
export interface LookAt extends Lens {
  /** The camera's centre. */
  readonly eye: Vector3;
  /** What it looks at. */
  readonly target: Vector3;
  /** The direction that is up in the picture; Y by default. */
  readonly up?: Vector3;
}

/** A camera on a sphere about a target. */
export interface Orbit extends Lens {
  /** The middle of the orbit and of the picture; the origin by default. */
  readonly target?: Vector3;
  /** Metres from the target. */
  readonly distance?: number;
  /** Radians about the vertical; 0 is in front of the person, positive moves to the person's left. */
  readonly yaw?: number;
  /** Radians above the horizontal. */
  readonly pitch?: number;
  /** `body`: Y up, facing +Z; `photo`: y down, facing −z. */
  readonly world?: "body" | "photo";
}

/** The field of view that is guessed for a photo, over its longer side: 55°. */
export const GUESSED_FIELD_OF_VIEW: number = 55 * Math.PI / 180;
const CROP = 512;
/** A world that stands in the camera's own frame. */
export const IDENTITY: Matrix = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]];
const LENS: Required<Lens> = { fieldOfView: 40 * Math.PI / 180, width: 512, height: 512 };

/** K of a lens whose axis meets the middle of the picture. */
export function intrinsics(lens: Required<Lens>, caller = "intrinsics"): Matrix {
  const { fieldOfView, width, height } = lens;
  if (!(fieldOfView > 0 && fieldOfView < Math.PI)) {
    throw new RangeError(`${caller}: fieldOfView must be above 0 and below π radians: got ${fieldOfView}`);
  }
  if (!(width > 0 && height > 0)) {
    throw new RangeError(`${caller}: the picture must have a size: got ${width}×${height}`);
  }
  const focal = Math.max(width, height) / 2 / Math.tan(fieldOfView / 2);
  return [[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]];
}

/**
 * A camera at a place, looking at another.
 *
 * @throws {RangeError} if the two places are one, or the view is along `up`.
 */
export function lookAt(options: LookAt): Camera {
  const { eye, target, up, ...lens } = resolveOptions<Required<LookAt>>(
    "lookAt",
    { eye: [0, 0, 0], target: [0, 0, 0], up: [0, 1, 0], ...LENS },
    options,
  );
  const forward = normalised(minus(target, eye)); // z
  const right = forward && normalised(cross(forward, up)); // x
  if (!forward || !right) {
    throw new RangeError(`lookAt: eye [${eye}], target [${target}] and up [${up}] leave the view undefined`);
  }
  const down = cross(forward, right); // y
  const rows = [right, down, forward].map((axis) => [...axis, -dot(axis, eye)]);
  return { K: intrinsics(lens, "lookAt"), worldToCamera: [...rows, [0, 0, 0, 1]] };
}

/** A camera on an orbit, upright. */
export function orbitCamera(options?: Orbit): Camera {
  const { target, distance, yaw, pitch, world, ...lens } = resolveOptions<Required<Orbit>>(
    "orbitCamera",
    { target: [0, 0, 0], distance: 3, yaw: 0, pitch: 0, world: "body", ...LENS },
    options,
  );
  expectOneOf("orbitCamera", "world", world, ["body", "photo"]);
  if (!(distance > 0)) throw new RangeError(`orbitCamera: distance must be above 0 metres: got ${distance}`);
  if (!(Math.abs(pitch) < Math.PI / 2)) {
    throw new RangeError(`orbitCamera: pitch must lie between −π/2 and π/2, without them: got ${pitch}`);
  }
  const flip = world === "body" ? 1 : -1; // the half turn about x
  const away = [Math.sin(yaw) * Math.cos(pitch), flip * Math.sin(pitch), flip * Math.cos(yaw) * Math.cos(pitch)];
  const eye = target.map((value, i) => value + distance * away[i]!) as unknown as Vector3;
  return lookAt({ eye, target, up: [0, flip, 0], ...lens });
}

/**
 * The camera of a crop of a photo, in the photo's world.
 *
 * @param square The crop's square in photo pixels; it becomes 512 × 512.
 * @param photo The photo's size in pixels.
 * @param fieldOfView Over the photo's longer side, radians.
 */
export function cropCamera(
  square: Square,
  photo: { readonly width: number; readonly height: number },
  fieldOfView: number = GUESSED_FIELD_OF_VIEW,
): Camera {
  const K = intrinsics({ fieldOfView, ...photo }, "cropCamera");
  const scale = CROP / square.size;
  const [focal, cx, cy] = [K[0]![0]! * scale, (K[0]![2]! - square.x) * scale, (K[1]![2]! - square.y) * scale];
  return { K: [[focal, 0, cx], [0, focal, cy], [0, 0, 1]], worldToCamera: IDENTITY };
}

/**
 * The camera of a crop whose photo is not known: a crop half as wide as its photo, in the middle of it, which sees 29°.
 */
export function defaultCropCamera(): Camera {
  return cropCamera({ x: CROP / 2, y: CROP / 2, size: CROP }, { width: 2 * CROP, height: 2 * CROP });
}

/**
 * The camera of the same view in a picture of another size.
 *
 * @param factor New pixels per old one: 256/512 for a picture of 256² instead of 512².
 * @throws {RangeError} if the factor is not above 0.
 */
export function scaleCamera({ K, worldToCamera }: Camera, factor: number): Camera {
  if (!(factor > 0 && factor < Infinity)) throw new RangeError(`scaleCamera: factor must be above 0: got ${factor}`);
  return { K: K.map((row, i) => i < 2 ? row.map((value) => value * factor) : [...row]), worldToCamera };
}

/** `worldToCamera` for OpenGL's camera axes (x right, y up, z backward). */
export function toOpenGL({ worldToCamera }: Pick<Camera, "worldToCamera">): Matrix {
  return worldToCamera.map((row, i) => row.map((value) => i === 1 || i === 2 ? 0 - value : value)); // 0 − 0 is not −0
}

/** `worldToCamera` for OpenCV's camera axes from one for OpenGL's. */
export function fromOpenGL(worldToCamera: Matrix): Matrix {
  return toOpenGL({ worldToCamera });
}

/** Camera to world, the inverse of a `worldToCamera` that turns and shifts without scaling. */
export function cameraToWorld({ worldToCamera }: Pick<Camera, "worldToCamera">): Matrix {
  const shift = worldToCamera.map((row) => row[3]!);
  const rows = [0, 1, 2].map((i) => {
    const axis = [0, 1, 2].map((j) => worldToCamera[j]![i]!); // a row of the transposed rotation
    return [...axis, 0 - axis.reduce((sum, value, j) => sum + value * shift[j]!, 0)];
  });
  return [...rows, [0, 0, 0, 1]];
}

/** Where points fall in the picture. */
export interface Projected {
  /** [n, 2]: x (right) and y (down) in pixels; without meaning where the depth is not above 0. */
  readonly position: tf.Tensor2D;
  /** [n]: metres in front of the camera. */
  readonly depth: tf.Tensor1D;
}

/**
 * Projects points.
 *
 * @param points [n, 3], world, metres.
 * @returns position [n, 2] and depth [n]; the caller disposes of both.
 */
export function projectPoints(points: tf.Tensor2D, { K, worldToCamera }: Camera): Projected {
  expectShape("projectPoints", { points }, "n 3");
  return tf.tidy(() => {
    const rotation = tf.tensor2d(worldToCamera.slice(0, 3).map((row) => row.slice(0, 3))); // [3, 3]
    const shift = tf.tensor1d(worldToCamera.slice(0, 3).map((row) => row[3]!));
    const inCamera = tf.matMul(points, rotation.transpose()).add<tf.Tensor2D>(shift); // [n, 3]
    const pixels = tf.matMul(inCamera, tf.tensor2d(K.map((row) => [...row])).transpose()); // p·c_z
    const depth = inCamera.slice([0, 2], [-1, 1]); // [n, 1]
    return { position: pixels.slice([0, 0], [-1, 2]).div<tf.Tensor2D>(depth), depth: depth.squeeze<tf.Tensor1D>([1]) };
  });
}

function minus(a: Vector3, b: Vector3): Vector3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function cross(a: Vector3, b: Vector3): Vector3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function normalised(a: Vector3): Vector3 | undefined {
  const length = Math.sqrt(dot(a, a));
  return length > 1e-9 ? [a[0] / length, a[1] / length, a[2] / length] : undefined;
}
