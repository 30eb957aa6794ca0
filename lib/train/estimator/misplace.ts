/**
 * # A body believed to be a little elsewhere
 *
 * ```
 * θ_j ← θ_j + ε, |ε| of 4° a joint        β ← β + ½ε        orientation 2°        place 1.5 cm across, 3 cm along the view
 * ```
 *
 * A photo's body is fitted, not known: limbs are centimetres off, and pixels beside an arm are wall. Decoders that have only seen
 * true places trust every pixel and paint the wall onto the arm. So in some steps of training the photo is read where a
 * disturbed body would be, while pictures are drawn with the true one.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { type BodyParameters, skin } from "../../body/skinning.ts";
import type { Body } from "../../body/template.ts";
import { disposeAll, TensorScope } from "../../tensor/scope.ts";
import type { RandomStream } from "../people/random.ts";

const JOINT = 0.07, ORIENTATION = 0.035; // radians, standard deviations about each axis
const SHAPE = 0.5; // standard deviations of the body's own
const PLACE = [0.015, 0.015, 0.03] as const; // metres: across, down, along the view
const MOVED = 22; // joints, those of trunk and limbs

/**
 * Vertices of the body with its parameters disturbed.
 *
 * @param parameters The true ones; they stay the caller's.
 * @param stream Draws the disturbance.
 * @returns [V, 3], metres; the caller disposes of it.
 */
export function misplacedVertices(body: Body, parameters: BodyParameters, stream: RandomStream): tf.Tensor2D {
  using scope = new TensorScope();
  const { betas, expression, pose, transl } = parameters;
  const noise = (length: number, deviation: (i: number) => number) =>
    Float32Array.from({ length }, (_, i) => stream.normal(0, deviation(i)));
  const turns = noise(pose.size, (i) => i < 3 ? ORIENTATION : i < 3 * MOVED ? JOINT : 0);
  const disturbed = scope.own({
    betas: tf.tidy(() => betas.add<tf.Tensor1D>(tf.tensor1d(noise(betas.size, () => SHAPE)))),
    expression: expression.clone(),
    pose: tf.tidy(() => pose.add<tf.Tensor2D>(tf.tensor2d(turns, pose.shape))),
    transl: tf.tidy(() => transl.add<tf.Tensor1D>(tf.tensor1d(noise(3, (i) => PLACE[i]!)))),
  });
  const { vertices, joints, jointTransforms } = skin(body, disturbed);
  disposeAll(joints, jointTransforms);
  return vertices;
}
