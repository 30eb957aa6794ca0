/**
 * # What a network is asked: labels that follow from body and camera alone
 *
 * The world is a camera's frame. `skin(body, parameters)` gives back `vertices` and `joints`; projected by the camera they
 * give back `vertices2d` and `joints2d`, in pixels of the 512² crop.
 *
 * @module
 */
import { CROP } from "../../encoder/encoder.ts";
import type { Camera } from "../../image/cameras.ts";
import type { Model } from "./model.ts";
import { flat, move, toPixels } from "./photo_space.ts";
import { add, apply, type Matrix, multiply, subtract, toVector, type Vector } from "../../body/turns.ts";
import { JOINT } from "./skeleton.ts";

/** Parameters that `skin` turns into the labels' vertices, in the world. */
export interface PersonParameters {
  /** [10] and [10], standard deviations. */
  readonly betas: Float32Array;
  readonly expression: Float32Array;
  /** [55, 3], axis-angle. */
  readonly pose: Float32Array;
  /** [3], metres. */
  readonly transl: Float32Array;
}

/** A bare body in the world, and the parameters that make it. */
export interface PlacedBody {
  /** [V, 3] and [55, 3]: metres. */
  readonly vertices: Float32Array;
  readonly joints: Float32Array;
  readonly parameters: PersonParameters;
}

/** Moves a body from its own frame into the world. */
export function placeBody({ dressed, appearance }: Model, rotation: Matrix, shift: Vector): PlacedBody {
  const { draft, rest, coefficients } = appearance, pelvis = rest[JOINT.pelvis]!, pose = draft.toVectors();
  pose.set(toVector(multiply(rotation, draft.local[JOINT.pelvis]!)), 0);
  const transl = Float32Array.from(subtract(add(apply(rotation, pelvis), shift), pelvis)); // the pelvis stays where it is at rest
  return {
    vertices: move(dressed.vertices, rotation, shift),
    joints: move(Float32Array.from(dressed.joints.flat()), rotation, shift),
    parameters: { betas: coefficients.slice(0, 10), expression: coefficients.slice(10), pose, transl },
  };
}

/** Where the body is in the crop of a camera whose frame is the world. */
export function projectBody(
  { vertices, joints }: PlacedBody,
  camera: Camera,
): { readonly vertices2d: Float32Array; readonly joints2d: Float32Array } {
  return {
    vertices2d: flat(toPixels(vertices, camera, CROP)),
    joints2d: flat(toPixels(joints, camera, CROP)),
  };
}
