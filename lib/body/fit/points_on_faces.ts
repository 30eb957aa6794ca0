/**
 * # Places on faces as points that move with the body
 *
 * ```
 * rest = Σ_c b_c·rest_c      directions = Σ_c b_c·directions_c      w_j = Σ_c b_c·w_cj        over a face's corners c
 * ```
 *
 * Blending weights and places separately is off the posed face where its corners hang on different joints, by a small part
 * of a millimetre: far less than points are located to.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { expectShape } from "../../tensor/shape.ts";
import type { Body } from "../template.ts";
import { type BodyRig, largest, remember, type RiggedPoints } from "./rig.ts";

/** Where on the body the located points are: Gaussians of a template, or any places on faces. */
export interface FacePlaces {
  /** The face of each point, [n]. */
  readonly faceOf: Int32Array;
  /** [n, 3]; rows sum to 1. */
  readonly barycentric: tf.Tensor2D;
}

const places = new WeakMap<tf.Tensor2D, Promise<RiggedPoints>>();

/**
 * The numbers of places on a body's faces; read once for each `barycentric` tensor.
 *
 * @throws {TypeError} if `barycentric` is not [n, 3] for the n faces of `faceOf`.
 * @throws {RangeError} if there is no such face.
 */
export function pointsOn(body: Body, rig: BodyRig, { faceOf, barycentric }: FacePlaces): Promise<RiggedPoints> {
  expectShape("fitBody", { "points.barycentric": barycentric }, `${faceOf.length} 3`);
  const wrong = faceOf.find((face) => !(face >= 0 && face < body.faceCount));
  if (wrong !== undefined) throw new RangeError(`fitBody: points.faceOf: ${body.name} has no face ${wrong}`);
  return remember(places, barycentric, async () => {
    const shares = Float64Array.from(await barycentric.data());
    const vertices = Int32Array.from(
      { length: 3 * faceOf.length },
      (_, i) => body.faces[3 * faceOf[Math.floor(i / 3)]! + i % 3]!,
    );
    return blend(rig, vertices, shares);
  });
}

/** Points between three vertices each. */
function blend(rig: BodyRig, corners: Int32Array, shares: Float64Array): RiggedPoints {
  const n = corners.length / 3, C = rig.coefficientCount, { vertices } = rig;
  const rest = new Float64Array(3 * n), directions = new Float64Array(3 * C * n), moving = new Int32Array(n);
  const joints: number[] = [], weights: number[] = [], start = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) {
    const sum = new Map<number, number>();
    for (let corner = 0; corner < 3; corner++) {
      const v = corners[3 * i + corner]!, share = shares[3 * i + corner]!;
      moving[i] = Math.max(moving[i]!, vertices.moving[v]!);
      for (let a = 0; a < 3; a++) rest[3 * i + a]! += share * vertices.rest[3 * v + a]!;
      for (let d = 0; d < 3 * C; d++) directions[3 * C * i + d]! += share * vertices.directions[3 * C * v + d]!;
      for (let at = vertices.start[v]!; at < vertices.start[v + 1]!; at++) {
        sum.set(vertices.joints[at]!, (sum.get(vertices.joints[at]!) ?? 0) + share * vertices.weights[at]!);
      }
    }
    for (const [joint, weight] of sum) {
      joints.push(joint);
      weights.push(weight);
    }
    start[i + 1] = joints.length;
  }
  const csr = { count: n, start, joints: Int32Array.from(joints), weights: Float64Array.from(weights) };
  return { ...csr, rest, directions, moving, part: largest(csr), between: { vertices: corners, shares } };
}
