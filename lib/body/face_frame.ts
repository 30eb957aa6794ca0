/**
 * # The frame of a face: where a Gaussian's translation, rotation and scale act
 *
 * ```
 * t = (v1 − v0) / |v1 − v0|        n = (v1 − v0) × (v2 − v0), normalised
 * R_face = [t | n × t | n]         s = √(2·area)
 * ```
 *
 * The frame moves, turns and stretches with the posed face: s is the face's size in metres. Flat faces
 * (area below 10⁻¹² m², or corners in line) keep a proper rotation, built on whatever direction they still have, and a
 * size of at least a thousandth of a millimetre, so that nothing downstream turns into NaN.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { cross } from "../tensor/components.ts";
import { gatherRows } from "../tensor/gather_rows.ts";
import { exceeds } from "../tensor/indicator.ts";
import { expectShape } from "../tensor/shape.ts";
import { LEAST_AREA, LEAST_EDGE, LEAST_SINE } from "./flat_faces.ts";
import type { Template } from "./gaussians.ts";

/** Frames of all faces. */
export interface FaceFrames {
  /** [F, 3, 3]: columns t, n × t, n. */
  readonly rotation: tf.Tensor3D;
  /** [F] metres: √(2·area). */
  readonly size: tf.Tensor1D;
}

/**
 * The frames of faces; differentiable in the vertices.
 *
 * @param vertices [V, 3] metres.
 * @param faces F·3 vertex indices.
 * @returns rotation and size; the caller disposes of both.
 * @throws {TypeError} if the shape is not [V, 3] or the indices do not come in threes.
 */
export function faceFrames(vertices: tf.Tensor2D, faces: Int32Array): FaceFrames {
  expectShape("faceFrames", { vertices }, "V 3");
  if (faces.length % 3 !== 0) throw new TypeError(`faceFrames: faces must be three indices each: got ${faces.length}`);
  return tf.tidy(() => {
    const [v0, v1, v2] = corners(vertices, faces);
    const edge = v1.sub<tf.Tensor2D>(v0), other = v2.sub<tf.Tensor2D>(v0);
    const area = cross(edge, other); // twice the area along the normal
    const edgeLength = lengthOf(edge), twiceArea = lengthOf(area); // [F, 1]
    const long = exceeds(edgeLength, LEAST_EDGE);
    const t = choose(long, edge.div(edgeLength), tf.tensor2d([[1, 0, 0]]));
    const rounding = edgeLength.mul(lengthOf(other)).mul(LEAST_SINE); // an area below this is rounding
    const solid = long.mul<tf.Tensor2D>(exceeds(twiceArea.sub<tf.Tensor2D>(rounding), LEAST_AREA));
    const n = orthogonalTo(t, choose(solid, area.div(twiceArea), anyNormal(t)));
    return {
      rotation: tf.stack([t, cross(n, t), n], 2) as tf.Tensor3D,
      size: twiceArea.maximum(LEAST_AREA).sqrt().reshape<tf.Tensor1D>([-1]),
    };
  });
}

/**
 * The three corners of faces.
 *
 * @param vertices [V, 3]
 * @param faces F·3 vertex indices.
 * @returns v0, v1, v2, each [F, 3]; the caller disposes of them.
 */
export function corners(vertices: tf.Tensor2D, faces: Int32Array): [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D] {
  return tf.tidy(() => {
    const all = gatherRows(vertices, tf.tensor1d(faces, "int32")).reshape<tf.Tensor2D>([-1, 9]); // a row each face
    return [0, 3, 6].map((from) => all.slice([0, from], [-1, 3])) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  });
}

/**
 * Where the Gaussians' slots are on a posed body; differentiable in the vertices.
 *
 * @param vertices [V, 3] metres.
 * @returns [n, 3] metres; the caller disposes of it.
 * @throws {TypeError} if the vertices are not the body's.
 */
export function slotOrigins(
  vertices: tf.Tensor2D,
  template: Pick<Template, "body" | "faceOf" | "barycentric">,
): tf.Tensor2D {
  const { body, faceOf, barycentric } = template;
  expectShape("slotOrigins", { vertices }, `${body.vertexCount} 3`);
  return tf.tidy(() => {
    const parts = [0, 1, 2].map((corner) =>
      tf.tidy(() => { // one corner at a time: memory is that of one
        const index = Int32Array.from(faceOf, (face) => body.faces[3 * face + corner]!);
        const weight = barycentric.slice([0, corner], [-1, 1]); // [n, 1]
        return gatherRows(vertices, tf.tensor1d(index, "int32")).mul<tf.Tensor2D>(weight); // [n, 3]
      })
    );
    return tf.addN(parts) as tf.Tensor2D;
  });
}

/** A unit vector at right angles to each unit vector: the part of z, or of x where z is too near, that is orthogonal. */
function anyNormal(t: tf.Tensor2D): tf.Tensor2D {
  const upright = exceeds(t.slice([0, 2], [-1, 1]).abs<tf.Tensor2D>(), 0.9); // [F, 1]
  const helper = choose(upright, tf.tensor2d([[1, 0, 0]]), tf.tensor2d([[0, 0, 1]])); // [F, 3]
  return orthogonalTo(t, helper);
}

/** The part of `vectors` at right angles to unit vectors t, normalised. */
function orthogonalTo(t: tf.Tensor2D, vectors: tf.Tensor2D): tf.Tensor2D {
  const part = vectors.sub<tf.Tensor2D>(t.mul(t.mul(vectors).sum(1, true)));
  return part.div(lengthOf(part));
}

/** Rows of `a` where the indicator [n, 1] is 1, of `b` where it is 0. */
function choose(indicator: tf.Tensor2D, a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return indicator.mul<tf.Tensor2D>(a).add(tf.sub(1, indicator).mul(b));
}

/** [n, 1]; its gradient is finite at zero. */
function lengthOf(vectors: tf.Tensor2D): tf.Tensor2D {
  return vectors.square().sum<tf.Tensor2D>(1, true).add<tf.Tensor2D>(1e-30).sqrt();
}
