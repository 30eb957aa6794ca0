/**
 * # Located points, read and checked
 *
 * A point that is known to be missing has an uncertainty of Infinity; its position must still be a number, and is not
 * heeded. A position that is not finite is an error, because nothing tells it from a fault upstream.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { expectShape } from "../../tensor/shape.ts";

/** Points of a body in a picture, as `locate` returns them. */
export interface LocatedPoints {
  /** [n, 3] metres. */
  readonly position3d: tf.Tensor2D;
  /** [n, 2] pixels of the camera's picture. */
  readonly position2d?: tf.Tensor2D | undefined;
  /** [n] metres, above 0: the expected error; Infinity where a point is not there. */
  readonly uncertainty?: tf.Tensor1D | undefined;
  /** The 55 joints, if they were located as well. */
  readonly joints?: {
    /** [55, 3] metres. */
    readonly position3d: tf.Tensor2D;
    /** [55] metres. */
    readonly uncertainty?: tf.Tensor1D | undefined;
  } | undefined;
}

/** The same as numbers. */
export interface ReadPoints {
  /** [n, 3] */
  readonly position3d: Float64Array;
  /** [n, 2], if there is a camera. */
  readonly position2d: Float64Array | undefined;
  /** [n] */
  readonly uncertainty: Float64Array | undefined;
  /** [55, 3] and [55] */
  readonly joints: Pick<ReadPoints, "position3d" | "uncertainty"> | undefined;
}

/**
 * Reads one frame.
 *
 * @param pixels Whether `position2d` is needed.
 * @throws {TypeError} if a shape does not fit, or the pixels are missing.
 * @throws {RangeError} if a position is not finite, or an uncertainty not above 0.
 */
export async function readPoints(
  located: LocatedPoints,
  n: number,
  joints: number,
  pixels: boolean,
): Promise<ReadPoints> {
  const { position3d, position2d, uncertainty } = located;
  expectShape("fitBody", { position3d }, `${n} 3`);
  if (pixels) expectShape("fitBody", { position2d: position2d as tf.Tensor2D }, `${n} 2`);
  if (uncertainty) expectShape("fitBody", { uncertainty }, `${n}`);
  const bones = located.joints;
  if (bones) expectShape("fitBody", { "joints.position3d": bones.position3d }, `${joints} 3`);
  if (bones?.uncertainty) expectShape("fitBody", { "joints.uncertainty": bones.uncertainty }, `${joints}`);
  const places = (name: string, tensor: tf.Tensor2D) => read(name, tensor, Number.isFinite, "finite");
  const errors = (name: string, tensor: tf.Tensor1D | undefined) =>
    tensor && read(name, tensor, (value) => value > 0, "above 0");
  return {
    position3d: await places("position3d", position3d),
    position2d: pixels ? await places("position2d", position2d!) : undefined,
    uncertainty: await errors("uncertainty", uncertainty),
    joints: bones && {
      position3d: await places("joints.position3d", bones.position3d),
      uncertainty: await errors("joints.uncertainty", bones.uncertainty),
    },
  };
}

async function read(
  name: string,
  tensor: tf.Tensor,
  fits: (value: number) => boolean,
  wanted: string,
): Promise<Float64Array> {
  const values = Float64Array.from(await tensor.data()), width = tensor.shape[1] ?? 1;
  let wrong = 0, first = -1;
  values.forEach((value, i) => {
    if (fits(value)) return;
    if (first < 0) first = i;
    wrong++;
  });
  if (first < 0) return values;
  throw new RangeError(
    `fitBody: ${name} must be ${wanted} everywhere: ${wrong} of ${values.length} numbers are not, the first at point ` +
      `${Math.floor(first / width)} (${values[first]}): give a point that is missing an uncertainty of Infinity`,
  );
}
