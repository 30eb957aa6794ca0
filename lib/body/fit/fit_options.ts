/**
 * # Options of a fit
 *
 * Lengths are in metres, angles in radians. The first group says what the points are, the second is the closed form's, the
 * third the polish's priors, the last what is believed of the points.
 *
 * @module
 */
import type { Camera } from "../../image/cameras.ts";
import { CROP } from "../../encoder/encoder.ts";
import { expectInteger, resolveOptions } from "../../tensor/options.ts";
import type { FacePlaces } from "./points_on_faces.ts";

/** How bodies are fitted. Everything has a default; lengths in metres, angles in radians. */
export interface FitOptions {
  /** Where on the body the located points are: its vertices, or places on faces such as a template's Gaussians. */
  readonly points: "vertices" | FacePlaces;
  /** The camera of `position2d`, in whose frame the points are; without it pixels are not heeded. */
  readonly camera: Camera | undefined;
  /** Side of the square picture that `position2d` is in, pixels; 512, the crop. */
  readonly pictureSide: number;
  /** A joint's weight in points; 25. */
  readonly jointWeight: number;
  /** Alternations of rotations and shape in the closed form, 1 to 10; 3. */
  readonly alternations: number;
  /** Whether the closed form turns the limbs once more at its end; true. */
  readonly adjustLimbs: boolean;
  /** λ of the first two shape directions in the closed form; 0. */
  readonly firstShapeRegularizer: number;
  /** λ of the other coefficients in the closed form; 1. */
  readonly shapeRegularizer: number;
  /** Levenberg–Marquardt steps at most; 0 ends with the closed form; 12. */
  readonly polish: number;
  /** Weight of pixels against metres; 1. */
  readonly pixelWeight: number;
  /** Standard deviation of joint angles about the A-pose; 0.6. */
  readonly poseDeviation: number;
  /** Standard deviation of angles past a joint's range of motion; 0.1. */
  readonly limitDeviation: number;
  /** Standard deviation of the coefficients, below 1 because doubtful points make up strange bodies; 0.7. */
  readonly shapeDeviation: number;
  /** How many of the points' errors are independent: neighbours err together; 1000. */
  readonly independentErrors: number;
  /** The points' error where no uncertainty is given; 0.002. */
  readonly noise: number;
  /** Points of larger uncertainty are not heeded; 0.5. The distance from the camera heeds 0.3 at most, as NLF. */
  readonly mostUncertain: number;
  /** Weights are uncertainty to the minus this; 1.5. */
  readonly uncertaintyPower: number;
}

const DEFAULTS: FitOptions = {
  points: "vertices",
  camera: undefined,
  pictureSide: CROP,
  jointWeight: 25,
  alternations: 3,
  adjustLimbs: true,
  firstShapeRegularizer: 0,
  shapeRegularizer: 1,
  polish: 12,
  pixelWeight: 1,
  poseDeviation: 0.6,
  limitDeviation: 0.1,
  shapeDeviation: 0.7,
  independentErrors: 1000,
  noise: 0.002,
  mostUncertain: 0.5,
  uncertaintyPower: 1.5,
};
const POSITIVE = [
  "pictureSide",
  "poseDeviation",
  "limitDeviation",
  "shapeDeviation",
  "independentErrors",
  "noise",
  "mostUncertain",
] as const;
const NOT_NEGATIVE = [
  "jointWeight",
  "firstShapeRegularizer",
  "shapeRegularizer",
  "pixelWeight",
  "uncertaintyPower",
] as const;

/**
 * The options overlaid on the defaults.
 *
 * @throws {TypeError} if one is unknown or of the wrong kind.
 * @throws {RangeError} if one is out of range.
 */
export function resolveFitOptions(given: Partial<FitOptions>): FitOptions {
  const options = resolveOptions("fitBody", DEFAULTS, given);
  expectInteger("fitBody", "alternations", options.alternations, 1, 10);
  expectInteger("fitBody", "polish", options.polish, 0, 1000);
  for (const name of POSITIVE) {
    if (!(options[name] > 0)) throw new RangeError(`fitBody: ${name} must be above 0: got ${options[name]}`);
  }
  for (const name of NOT_NEGATIVE) {
    if (!(options[name] >= 0 && options[name] < Infinity)) {
      throw new RangeError(`fitBody: ${name} must be a number of at least 0: got ${options[name]}`);
    }
  }
  const { points, camera } = options;
  if (points !== "vertices" && !(points?.faceOf instanceof Int32Array && points.barycentric)) {
    throw new TypeError(`fitBody: points must be "vertices" or { faceOf, barycentric }: got ${String(points)}`);
  }
  if (camera?.worldToCamera.some((row, i) => row.some((value, j) => value !== (i === j ? 1 : 0)))) {
    throw new RangeError("fitBody: camera.worldToCamera must be the identity: located points are in camera axes");
  }
  return options;
}
