/**
 * # From located points to body parameters
 *
 * ```
 * w = u^−1.5                             which points are to be believed            certainty.ts
 * p + t                                  where they are before the camera            absolute.ts
 * G, c, transl                           rotations and shape in turn                 closed_form.ts
 * min Σ w·|x(G, c, transl) − y|² + priors    pose, shape and place together          gauss_newton.ts
 * ```
 *
 * The closed form needs no start; Levenberg–Marquardt then brings fingers, feet, face and shape to where all points agree, and
 * weighs the points against what bodies can do. Parts that no certain point shows keep the A-pose; their joints' confidence
 * is near 0 and `unseen` names them.
 *
 * With a camera and `position2d` the person is placed before it; else the points' own frame is the world. Frames of one
 * person ({@linkcode fitBodies}) share one shape.
 *
 * @example The body of a body's own vertices
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { aPose } from "../poses.ts";
 * import { skin } from "../skinning.ts";
 * import { loadBody, SMALL_BODY } from "../template.ts";
 * import { fitBody } from "./fit_body.ts";
 *
 * const body = await loadBody(SMALL_BODY);
 * const { vertices } = skin(body, aPose(body));
 * const { pose, fitted } = await fitBody({ position3d: vertices }, body);
 * console.log(pose.shape, fitted); // [55, 3] true
 * ```
 *
 * Source: NLF, body fitting, for the weights, the closed form and the absolute position.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Camera } from "../../image/cameras.ts";
import { A_POSE, jointIndex } from "../poses.ts";
import type { BodyParameters } from "../skinning.ts";
import { add, type Vector } from "../turns.ts";
import type { Body } from "../template.ts";
import { agreedPlace, towardsRays } from "./absolute.ts";
import { closedForm } from "./closed_form.ts";
import { type FitOptions, resolveFitOptions } from "./fit_options.ts";
import { gaussNewton } from "./gauss_newton.ts";
import { type LocatedPoints, readPoints } from "./located.ts";
import { pointsOn } from "./points_on_faces.ts";
import { axisAngles, posePoints, type Posture } from "./posture.ts";
import type { Targets } from "./part_rotations.ts";
import { breadthOf, type Fittable, prepare, type Prepared } from "./prepare.ts";
import { type BodyRig, type RiggedPoints, rigOf } from "./rig.ts";

/** Body parameters and how well they are known. The caller disposes of the tensors. */
export interface FittedBody extends BodyParameters {
  /** [n] metres: how far each located point is from the fitted body's; 0 where nothing was fitted. */
  readonly residual: tf.Tensor1D;
  /** [55]: 0 (the prior alone) to 1 (every point that hangs on the joint is certain). */
  readonly confidence: tf.Tensor1D;
  /** Whether points decided; false if there were too few, and the parameters are the prior. */
  readonly fitted: boolean;
  /** Names of the joints that keep the prior, confidence below 0.15: errors of 24 cm and more. */
  readonly unseen: readonly string[];
  /** What a reader must know before believing the numbers. */
  readonly notices: readonly string[];
  /** The camera in whose frame the body stands, if one was given. */
  readonly camera: Camera | undefined;
}

const UNSEEN = 0.15;
const PIXEL_ROUNDS = 4; // pixels draw points along the picture at the depth found so far, and the distance follows
const STANDS_AT = [0, 0, 3] as const; // before a camera, when nothing is known

/**
 * Fits the body to one frame's located points.
 *
 * @param located Points of the body, as `locate` returns them; their order is that of `points`.
 * @returns parameters; the caller disposes of them.
 * @throws {TypeError} if shapes do not fit, or an option is unknown.
 * @throws {RangeError} if a number is not finite or an option is out of range.
 */
export async function fitBody(located: LocatedPoints, body: Body, options?: Partial<FitOptions>): Promise<FittedBody> {
  return (await fitBodies([located], body, options))[0]!;
}

/**
 * Fits one person's body to several frames: one shape, a pose, expression and place each.
 *
 * @returns as many parameters as frames, whose `betas` are equal; the caller disposes of them.
 * @throws as {@linkcode fitBody}
 */
export async function fitBodies(
  frames: readonly LocatedPoints[],
  body: Body,
  options: Partial<FitOptions> = {},
): Promise<FittedBody[]> {
  const settings = resolveFitOptions(options);
  const rig = await rigOf(body);
  const rigged = settings.points === "vertices" ? rig.vertices : await pointsOn(body, rig, settings.points);
  const read = await Promise.all(
    frames.map((frame) => readPoints(frame, rigged.count, rig.jointCount, settings.camera !== undefined)),
  );
  const prepared = read.map((points) => prepare(rig, rigged, points, settings));
  const usable = prepared.filter(({ targets }) => targets !== undefined);
  const postures = fitPostures(rig, rigged, usable as Fittable[], settings);
  let next = 0;
  return prepared.map((frame) => report(rig, rigged, frame, frame.targets && postures?.[next++], settings));
}

/** The closed form and the polish, of all frames together. */
function fitPostures(
  rig: BodyRig,
  rigged: RiggedPoints,
  frames: readonly Fittable[],
  options: FitOptions,
): Posture[] | undefined {
  if (frames.length === 0) return [];
  const told = frames[0]!.noise > 0, noise = Math.max(options.noise, ...frames.map((frame) => frame.noise));
  const together = Math.max(...frames.map(({ targets }) => targets.weights.filter((w) => w > 0).length)) /
    options.independentErrors;
  const scale = together * noise ** 2;
  const regularizers = new Float64Array(rig.coefficientCount).fill(options.shapeRegularizer);
  regularizers.fill(options.firstShapeRegularizer, 0, Math.min(2, rig.shapeCount));
  let postures = closedForm(rig, rigged, frames.map(({ targets }) => targets), {
    alternations: options.alternations,
    adjust: options.adjustLimbs,
    regularizers,
    doubt: told ? scale / options.poseDeviation ** 2 : 0,
  });
  if (!postures || options.polish === 0) return postures;
  const prior = { scale, pose: options.poseDeviation, limits: options.limitDeviation, shape: options.shapeDeviation };
  const rounds = frames.some(({ rays }) => rays) ? PIXEL_ROUNDS : 1;
  let aims = frames.map(({ targets }) => targets);
  for (let round = 0; round < rounds; round++) {
    const aimed = frames.map(({ points, rays, shown }, i) => ({
      shown,
      posture: postures![i]!,
      targets: {
        ...aims[i]!,
        ...(points.joints ? {} : { jointWeights: new Float64Array(rig.jointCount) }),
        ...(rays
          ? { points: towardsRays(aims[i]!.points, rays, posePoints(rig, rigged, postures![i]!), options.pixelWeight) }
          : {}),
      },
    }));
    postures = gaussNewton(rig, rigged, aimed, prior, Math.ceil(options.polish / rounds));
    if (rounds === 1) continue;
    const steps = frames.map((frame, i) => stepToPixels(rig, rigged, frame, postures![i]!, options));
    postures = postures.map((posture, i) => ({ ...posture, transl: add(posture.transl, steps[i]!) }));
    aims = aims.map((aim, i) => moved(aim, steps[i]!));
  }
  return postures;
}

/** How the fitted body has to move to lie on its pixels: what was located says little of the distance, its size says more. */
function stepToPixels(
  rig: BodyRig,
  rigged: RiggedPoints,
  { rays, targets }: Fittable,
  posture: Posture,
  options: FitOptions,
): Vector {
  if (!rays) return [0, 0, 0];
  return agreedPlace(posePoints(rig, rigged, posture), rays, targets.weights, breadthOf(options))?.transl ?? [0, 0, 0];
}

/** Targets, all of them moved. */
function moved(targets: Targets, step: Vector): Targets {
  const shift = (places: Float64Array) => places.map((value, i) => value + step[i % 3]!);
  return { ...targets, points: shift(targets.points), joints: shift(targets.joints) };
}

/** Tensors of what was found, or of the prior. */
function report(
  rig: BodyRig,
  rigged: RiggedPoints,
  frame: Prepared,
  posture: Posture | undefined,
  options: FitOptions,
): FittedBody {
  const { jointCount: J, shapeCount: S, coefficientCount: C } = rig, { camera } = options;
  const confidence = posture ? frame.confidence : frame.confidence.map(() => 0);
  const unseen = rig.names.filter((_, joint) => confidence[joint]! < UNSEEN);
  const notices: string[] = [];
  if (!posture) notices.push(frame.notice ?? "The points do not determine a body: the parameters are the prior");
  else if (unseen.length > 0) notices.push(`Unseen, or too uncertain to be believed: ${unseen.join(", ")}`);
  const angles = posture ? axisAngles(rig.parents, posture.rotations) : priorPose(J, camera !== undefined);
  const transl = posture?.transl ??
    (camera ? STANDS_AT.map((value, axis) => value - rig.jointTemplate[axis]!) : [0, 0, 0]);
  const coefficients = posture?.coefficients ?? new Float64Array(C);
  const target = frame.targets?.points;
  const found = posture && target ? posePoints(rig, rigged, posture) : undefined;
  const residual = Float32Array.from(
    { length: rigged.count },
    (_, i) => found && target ? distance(found, target, i) : 0,
  );
  return {
    betas: tf.tensor1d(Float32Array.from(coefficients.subarray(0, S))),
    expression: tf.tensor1d(Float32Array.from(coefficients.subarray(S))),
    pose: tf.tensor2d(Float32Array.from(angles), [J, 3]),
    transl: tf.tensor1d([...transl]),
    residual: tf.tensor1d(residual),
    confidence: tf.tensor1d(Float32Array.from(confidence)),
    fitted: posture !== undefined,
    unseen,
    notices,
    camera,
  };
}

/** The A-pose; before a camera upright and facing it. */
function priorPose(joints: number, facing: boolean): Float64Array {
  const angles = new Float64Array(3 * joints);
  for (const [name, rotation] of Object.entries(A_POSE)) angles.set(rotation, 3 * jointIndex(name));
  if (facing) angles[0] = Math.PI;
  return angles;
}

function distance(a: Float64Array, b: Float64Array, point: number): number {
  return Math.hypot(
    a[3 * point]! - b[3 * point]!,
    a[3 * point + 1]! - b[3 * point + 1]!,
    a[3 * point + 2]! - b[3 * point + 2]!,
  );
}
