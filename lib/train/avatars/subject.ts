/**
 * # A subject: a photo of somebody unseen, and what an avatar of it should look like
 *
 * ```
 * person(seed, index) → photo, the crop that a pipeline would get                             512²
 *                     → its own view, complete; 30°, 60°, 90°, 135°, 180° around it; two other poses      the truth
 * ```
 *
 * Views go around to either side in turn, from subject to subject. The camera of the photo is known twice: as it truly is, and
 * as a pipeline must guess it, with a field of view of 55° over the photo's longer side.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { CROP } from "../../encoder/encoder.ts";
import { type Camera, GUESSED_FIELD_OF_VIEW, scaleCamera } from "../../image/cameras.ts";
import type { BodyParameters } from "../../body/skinning.ts";
import type { PersonParameters } from "../people/labels.ts";
import type { Person } from "../people/person.ts";
import type { PersonView, PersonViews, ViewWish } from "../people/views.ts";
import type { Portrait } from "../image_metrics.ts";

/** What a picture shows: the photo's own view, another view, another pose. */
export type PictureKind = "input_view" | "new_view" | "new_pose";

/** A picture that the avatar should give. */
export interface TruePicture extends Portrait {
  readonly kind: PictureKind;
  /** Degrees around the person from the photo's camera, 0 to 180. */
  readonly angle: number;
  /** The body in it, and the camera that looks at it, in the photo's world. */
  readonly view: PersonView;
  /** Of the picture itself. */
  readonly camera: Camera;
}

/** A subject; {@linkcode freeSubject} frees its tensors. */
export interface Subject {
  readonly person: Person;
  /** [512, 512, 3], colours 0..1. */
  readonly crop: tf.Tensor3D;
  /** [512, 512]: where the person is seen in it. */
  readonly mask: tf.Tensor2D;
  /** K of the crop as a pipeline guesses it. */
  readonly guessed: Camera;
  readonly pictures: readonly TruePicture[];
}

/** Degrees of the new views. */
export const VIEW_ANGLES: readonly number[] = [30, 60, 90, 135, 180];
const POSE_ANGLES = [30, 135], PITCH = 5 * Math.PI / 180; // other poses, from the front and from behind
const KINDS = { photo: "input_view", view: "new_view", pose: "new_pose" } as const;

/** What is to be seen of a subject. */
export function subjectWishes(index: number): ViewWish[] {
  const radians = (degrees: number, k: number) => (index + k) % 2 === 0 ? degrees * RAD : -degrees * RAD;
  return [
    { kind: "photo" },
    ...VIEW_ANGLES.map((angle, k): ViewWish => ({ kind: "view", yaw: radians(angle, k), pitch: PITCH })),
    ...POSE_ANGLES.map((angle, k): ViewWish => ({ kind: "pose", yaw: radians(angle, k), pitch: PITCH, pose: k })),
  ];
}
const RAD = Math.PI / 180;

/** Draws subject number `index`; the caller frees it. */
export async function drawSubject(source: PersonViews, index: number): Promise<Subject> {
  const { person, views } = await source.views(index, subjectWishes(index));
  const pictures = views.map((view): TruePicture => ({
    kind: KINDS[view.kind],
    angle: Math.round(Math.abs(view.yaw) / RAD),
    view,
    camera: scaleCamera(view.camera, view.size / CROP),
    image: colours(view.image, view.size),
    mask: coverage(view.mask, view.size),
  }));
  const crop = tf.tidy(() => enlarged(colours(person.image, person.size)));
  const mask = tf.tidy(() => enlarged(coverage(person.mask, person.size).expandDims(2)).squeeze<tf.Tensor2D>([2]));
  return { person, crop, mask, guessed: guessCamera(person), pictures };
}

/** Frees a subject's tensors. */
export function freeSubject({ crop, mask, pictures }: Subject): void {
  tf.dispose([crop, mask, ...pictures.flatMap(({ image, mask }) => [image, mask])]);
}

/** Parameters as tensors; the caller disposes of them. */
export function parameterTensors({ betas, expression, pose, transl }: PersonParameters): BodyParameters {
  return {
    betas: tf.tensor1d(betas),
    expression: tf.tensor1d(expression),
    pose: tf.tensor2d(pose, [pose.length / 3, 3]),
    transl: tf.tensor1d(transl),
  };
}

/** The crop's camera with the guessed field of view in place of the true one. */
function guessCamera({ camera: { K, worldToCamera }, scene }: Person): Camera {
  const ratio = Math.tan(scene.fieldOfView / 2) / Math.tan(GUESSED_FIELD_OF_VIEW / 2);
  return { K: K.map((row, i) => row.map((value, j) => i === j && i < 2 ? value * ratio : value)), worldToCamera };
}

const colours = (bytes: Uint8Array, size: number): tf.Tensor3D =>
  tf.tensor3d(Float32Array.from(bytes, (value) => value / 255), [size, size, 3]);
const coverage = (bytes: Uint8Array, size: number): tf.Tensor2D =>
  tf.tensor2d(Float32Array.from(bytes, (value) => value / 255), [size, size]);
const enlarged = (picture: tf.Tensor3D): tf.Tensor3D => tf.image.resizeBilinear(picture, [CROP, CROP], false, true);
