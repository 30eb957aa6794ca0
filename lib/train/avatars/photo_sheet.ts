/**
 * # What becomes of a real photo, to be looked at
 *
 * ```
 * crop | drawn again by the same camera | 30° and −30° around it | 90° | from behind | walking, waving
 * ```
 *
 * No truth is known of real photos; what can be seen is whether the person is recognised from the front, whether the back is that
 * of a person, and whether the avatar holds together when it moves. The avatar stands before a pale sky, so that hair and white cloth both show.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { placeGaussians } from "../../body/drive.ts";
import { sampleMotion } from "../../body/motion/motion.ts";
import { embeddedMotion, type MotionName, readMotion } from "../../body/motion/read_motion.ts";
import { skin } from "../../body/skinning.ts";
import { CROP } from "../../encoder/encoder.ts";
import { type Camera, cropCamera, orbitCamera, scaleCamera, type Vector3 } from "../../image/cameras.ts";
import { cropPerson } from "../../image/crop.ts";
import type { PersonDetector } from "../../image/keypoints.ts";
import { foregroundMask, type Segmenter } from "../../image/mask.ts";
import { renderGaussians } from "../../splat/render.ts";
import { TensorScope } from "../../tensor/scope.ts";
import { type AvatarParts, bodyOf } from "../../pipeline/avatar_of_crop.ts";
import { type ChangeAvatar, makeAvatar, ownChanged } from "./made_avatar.ts";

/** What a sheet is made with. */
export interface SheetParts extends AvatarParts {
  readonly detector: PersonDetector;
  readonly segmenter: Segmenter;
}

const VIEWS = [30, -30, 90, 180]; // degrees
const MOTION: readonly (readonly [name: MotionName, seconds: number, yaw: number])[] = [
  ["walk", 0.3, 40],
  ["walk", 0.8, 160],
  ["wave", 1.2, -20],
];
/** How many pictures a sheet has. */
export const SHEET_PICTURES: number = 2 + VIEWS.length + MOTION.length;
const SKY = [0.84, 0.87, 0.9] as const, RAD = Math.PI / 180, FIELD_OF_VIEW = 30 * RAD;

/**
 * The pictures of a photo, side by side.
 *
 * @param photo [H, W, 3], colours 0..1.
 * @param size Pixels a side of each picture.
 * @param change Changes the avatar before it is looked at, such as a refinement.
 * @returns [size, SHEET_PICTURES·size, 3]; the caller disposes of it.
 */
export async function photoSheet(
  parts: SheetParts,
  photo: tf.Tensor3D,
  size: number,
  change?: ChangeAvatar,
): Promise<tf.Tensor3D> {
  using scope = new TensorScope();
  using owned = new DisposableStack();
  const { crop, transform, person } = await cropPerson(photo, { detector: parts.detector });
  scope.own(crop);
  const [height, width] = photo.shape, camera = cropCamera(transform, { width, height });
  const encoded = scope.own(await parts.encoder.encode(crop));
  const { fitted, position2d } = await bodyOf(parts, encoded, crop, camera);
  scope.own([{ ...fitted }, position2d]);
  const body = {
    vertices: scope.own({ ...skin(parts.body, fitted) }).vertices,
    parameters: fitted,
    camera,
    mask: scope.own(await foregroundMask(crop, { segmenter: parts.segmenter, turns: person.turns })),
  };
  const made = await makeAvatar(parts, encoded, crop, { maker: "photo", body, change });
  const { avatar, parameters: { betas, expression, pose, transl } } = ownChanged(owned, body, made);
  const { vertices } = scope.own({ ...skin(parts.body, { betas, expression, pose, transl }) });

  const small = scope.tidy(() => tf.image.resizeBilinear(crop, [size, size], false, true));
  const pictures = [small, await draw(vertices, scaleCamera(camera, size / CROP))];
  for (const degrees of VIEWS) pictures.push(await draw(vertices, await around(vertices, degrees, "photo", size)));
  for (const [name, seconds, degrees] of MOTION) {
    const moved = scope.own({ ...sampleMotion(await readMotion(embeddedMotion(name)), seconds) });
    const posed = scope.own({ ...skin(parts.body, { betas, expression, ...moved }) });
    pictures.push(await draw(posed.vertices, await around(posed.vertices, degrees, "body", size)));
  }
  return tf.concat(pictures, 1);

  async function draw(posed: tf.Tensor2D, from: Camera): Promise<tf.Tensor3D> {
    const gaussians = scope.own({ ...placeGaussians(avatar, posed) });
    const rendered = await renderGaussians(gaussians, from, { width: size, height: size, background: SKY });
    scope.own([rendered.image, rendered.depth]);
    return scope.tidy(() => rendered.image.slice<tf.Tensor3D>([0, 0, 0], [size, size, 3]));
  }
}

/** A camera on an orbit that shows all of a body. */
async function around(vertices: tf.Tensor2D, degrees: number, world: "body" | "photo", size: number): Promise<Camera> {
  const places = await vertices.data();
  const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
  places.forEach((value, i) => {
    low[i % 3] = Math.min(low[i % 3]!, value);
    high[i % 3] = Math.max(high[i % 3]!, value);
  });
  const target = low.map((value, c) => (value + high[c]!) / 2) as unknown as Vector3;
  const distance = 0.6 * Math.max(...low.map((value, c) => high[c]! - value)) / Math.tan(FIELD_OF_VIEW / 2);
  return orbitCamera({
    target,
    distance,
    yaw: degrees * RAD,
    pitch: 4 * RAD,
    world,
    fieldOfView: FIELD_OF_VIEW,
    width: size,
    height: size,
  });
}
