/**
 * # From what was located to what the fit is to meet
 *
 * Weights from uncertainties, joints from the points where none were located, and with a camera the place before it. A frame
 * that shows too little of the body gets no targets but a notice which says what there is.
 *
 * @module
 */
import { agreedPlace, raysOf } from "./absolute.ts";
import { jointEvidence, pointWeights, seenJoints } from "./certainty.ts";
import type { FitOptions } from "./fit_options.ts";
import { jointTargets } from "./joint_targets.ts";
import type { ReadPoints } from "./located.ts";
import type { Targets } from "./part_rotations.ts";
import type { BodyRig, RiggedPoints } from "./rig.ts";

const MOST_FOR_DISTANCE = 0.3; // metres of uncertainty
const FEWEST_POINTS = 4, FEWEST_PARTS = 3;

/** One frame, ready to be fitted. */
export interface Prepared {
  /** What was located. */
  readonly points: ReadPoints;
  /** [55] */
  readonly confidence: Float64Array;
  /** [55]: see {@linkcode jointEvidence}. */
  readonly shown: Float64Array;
  /** Mean uncertainty of the certain points; 0 if none was given. */
  readonly noise: number;
  /** Absent if there are too few certain points; `notice` then says which there are. */
  readonly targets?: Targets;
  /** [n, 2]: the rays of the pixels that agree on a place, if there is a camera. */
  readonly rays?: Float64Array;
  /** Why there are no targets. */
  readonly notice?: string;
}
/** One that shows enough. */
export type Fittable = Prepared & Required<Pick<Prepared, "targets">>;

/** Weights, joints and the place before the camera. */
export function prepare(rig: BodyRig, rigged: RiggedPoints, points: ReadPoints, options: FitOptions): Prepared {
  const { position3d, position2d, uncertainty, joints } = points;
  const { weights, mean, noise } = pointWeights(
    uncertainty,
    rigged.count,
    options.uncertaintyPower,
    options.mostUncertain,
  );
  const { confidence, shown } = jointEvidence(rig, rigged, weights, uncertainty);
  const known = { points, noise, confidence, shown };
  const seen = seenJoints(rig, rigged, weights, FEWEST_POINTS);
  if (seen.length < FEWEST_PARTS) {
    const names = seen.map((joint) => rig.names[joint]);
    const notice =
      `Too few certain points to fit: at least ${FEWEST_POINTS} on each of ${FEWEST_PARTS} parts are needed, of ` +
      `${options.mostUncertain} m uncertainty at most; only ${
        names.join(", ") || "none"
      } has them: the parameters are the prior`;
    return { ...known, confidence: confidence.fill(0), notice };
  }
  const rays = options.camera && position2d && raysOf(position2d, options.camera, options.pictureSide);
  const near = weights.map((w, i) => (uncertainty?.[i] ?? 0) <= MOST_FOR_DISTANCE ? w : 0);
  const place = rays && agreedPlace(position3d, rays, near, breadthOf(options));
  if (rays && !place) {
    const notice =
      "The pixels do not say where the person is: too few lie inside the picture, or the points would be behind the camera: " +
      "the parameters are the prior";
    return { ...known, confidence: confidence.fill(0), notice };
  }
  const shift = (values: Float64Array) => place ? values.map((value, i) => value + place.transl[i % 3]!) : values;
  const placed = {
    points: shift(position3d),
    weights,
    joints: new Float64Array(3 * rig.jointCount),
    jointWeights: new Float64Array(rig.jointCount),
  };
  const toJointWeight = (u: number) => u <= options.mostUncertain ? u ** -options.uncertaintyPower / mean : 0;
  const targets = joints
    ? {
      ...placed,
      joints: shift(joints.position3d),
      jointWeights: Float64Array.from(
        { length: rig.jointCount },
        (_, joint) => options.jointWeight * (joints.uncertainty ? toJointWeight(joints.uncertainty[joint]!) : 1),
      ),
    }
    : { ...placed, ...jointTargets(rig, rigged, placed, options.jointWeight) };
  return place ? { ...known, targets, rays: place.rays } : { ...known, targets };
}

/** The picture's side as a ray. */
export function breadthOf({ camera, pictureSide }: FitOptions): number {
  return pictureSide / camera!.K[0]![0]!;
}
