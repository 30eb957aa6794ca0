/**
 * # Fitted points: where the body puts them that explains what was located
 *
 * ```
 * places on faces, 55 joints → located → fitBody(weights u^−power) → skin → vertices, joints → projected
 * ```
 *
 * The fit sees a template's places and the joints, whatever points are asked for; those are the body's anchors, recognised by
 * their canonical place. With `weighting: "uncertainty"` the fit believes points by u^−1.5, else all alike.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { fitBody } from "../body/fit/fit_body.ts";
import type { Template } from "../body/gaussians.ts";
import { JOINT_COUNT } from "../body/joints.ts";
import { skin } from "../body/skinning.ts";
import { type Camera, IDENTITY } from "../image/cameras.ts";
import type { Localizer } from "../localize/localizer.ts";
import { TensorScope } from "../tensor/scope.ts";
import { findPoints, type Found, type Reading, type SeenCrop } from "./reading.ts";

/** What a fit works with. */
export interface Fitting {
  /** The places that the fit sees, and their body. */
  readonly template: Template;
  /** [(V + 55)·3]: the body's canonical anchors, vertices first. */
  readonly canonical: Float32Array;
}

const UNCERTAINTY_POWER = { equal: 0, uncertainty: 1.5 } as const;

/**
 * Finds anchors of the body by a fit.
 *
 * @param points [n, 3] canonical anchors, metres; they stay the caller's.
 * @throws {RangeError} if a point is no anchor.
 */
export async function findFitted(
  localizer: Localizer,
  reading: Reading,
  crop: SeenCrop,
  points: tf.Tensor2D,
  { template, canonical }: Fitting,
): Promise<Found> {
  using scope = new TensorScope();
  const { body, count: n, faceOf, barycentric } = template, J = JOINT_COUNT;
  const anchors = anchorsAt(await points.data() as Float32Array, canonical);
  const joints = canonical.subarray(canonical.length - 3 * J);
  const asked = scope.tidy(() => tf.concat2d([template.canonical, tf.tensor2d(joints, [J, 3])], 0));
  const { position3d, position2d, uncertainty } = await findPoints(localizer, reading, crop, asked);
  const rows = (numbers: Float32Array, width: number, from: number, to: number) =>
    scope.own(tf.tensor2d(numbers.subarray(from * width, to * width), [to - from, width]));
  const known = (from: number, to: number) => scope.own(tf.tensor1d(uncertainty.subarray(from, to)));
  const camera: Camera = { K: crop.camera.K, worldToCamera: IDENTITY };
  const located = {
    position3d: rows(position3d, 3, 0, n),
    position2d: rows(position2d, 2, 0, n),
    uncertainty: known(0, n),
    joints: { position3d: rows(position3d, 3, n, n + J), uncertainty: known(n, n + J) },
  };
  const uncertaintyPower = UNCERTAINTY_POWER[reading.weighting ?? "equal"];
  const fitted = scope.own(await fitBody(located, body, { points: { faceOf, barycentric }, camera, uncertaintyPower }));
  const posed = scope.own(skin(body, fitted));
  const places = [...await posed.vertices.data(), ...await posed.joints.data()];
  const V = body.vertexCount, pelvis = places.slice(3 * V, 3 * V + 3), [[fx, , cx], [, fy, cy]] = camera.K as Lens;
  const absolute = anchors.map((anchor) =>
    [0, 1, 2].map((axis) => places[3 * anchor + axis]!) as [number, number, number]
  );
  return {
    position3d: Float32Array.from(absolute.flatMap((place) => place.map((value, axis) => value - pelvis[axis]!))),
    position2d: Float32Array.from(absolute.flatMap(([x, y, z]) => [fx * x / z + cx, fy * y / z + cy])),
    uncertainty: Float32Array.from(anchors, (anchor) => anchor < V ? NaN : uncertainty[n + anchor - V]!),
  };
}

type Lens = readonly [readonly [number, number, number], readonly [number, number, number]];

/** The number of the anchor at each canonical place; of those at one place the last, so that joints win. */
function anchorsAt(points: Float32Array, canonical: Float32Array): number[] {
  const name = (rows: Float32Array, i: number) => rows.subarray(3 * i, 3 * i + 3).join();
  const known = new Map(Array.from({ length: canonical.length / 3 }, (_, i) => [name(canonical, i), i]));
  return Array.from({ length: points.length / 3 }, (_, i) => {
    const anchor = known.get(name(points, i));
    if (anchor === undefined) throw new RangeError(`ablate: point ${i} is no vertex or joint of the body`);
    return anchor;
  });
}
