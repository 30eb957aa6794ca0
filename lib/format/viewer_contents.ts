/**
 * # From an avatar to what a viewer page carries
 *
 * ```
 * x_page = A·x − (A·p − J_0)        A: a half turn about x where the world is y-down; p: the posed pelvis, J_0: at rest
 * G_0,page = A·G_0                  transl_page = 0
 * ```
 *
 * The page's world is the person's: whatever camera the body was fitted before, it stands where a body at rest stands, and
 * the camera is placed around it. Poses, motions and sliders then share one floor.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { rigOf } from "../body/fit/rig.ts";
import { A_POSE, jointIndex } from "../body/poses.ts";
import { apply, fromVector, IDENTITY, type Matrix, multiply, toVector, transpose, type Vector } from "../body/turns.ts";
import { encodeImage } from "../image/write.ts";
import { cameraCenter, viewOf } from "../splat/view.ts";
import { expectOneOf } from "../tensor/options.ts";
import { expectShape } from "../tensor/shape.ts";
import type { Photo, PhotoCamera, ViewerContents } from "../viewer/contents.ts";
import { UPRIGHT } from "./axes.ts";
import type { ViewerScene } from "./viewer.ts";

const HALF_TURN: Matrix = [1, 0, 0, 0, -1, 0, 0, 0, -1];
const QUALITY = 90; // of the photo's JPEG

/**
 * Reads tensors and brings everything into the page's world.
 *
 * @throws {TypeError} if shapes do not fit.
 * @throws {RangeError} if a number is not finite.
 */
export async function viewerContents(scene: Required<ViewerScene>): Promise<ViewerContents> {
  const { avatar, parameters, world, uncertainty, confidence, photo, camera, motions, notices, title } = scene;
  const { template } = avatar, { body, count: n } = template;
  const J = body.parents.length;
  expectOneOf("writeViewer", "world", world, UPRIGHT);
  if (uncertainty) expectShape("writeViewer", { uncertainty }, `${n}`);
  if (confidence) expectShape("writeViewer", { confidence }, `${J}`);
  if (parameters) {
    const { betas, expression, pose, transl } = parameters;
    expectShape("writeViewer", { betas, expression, pose, transl }, {
      betas: `${body.shapeDirections.shape[2]}`,
      expression: `${body.expressionDirections.shape[2]}`,
      pose: `${J} 3`,
      transl: "3",
    });
  }
  for (const motion of motions) {
    if (motion.poses.length !== 3 * J * motion.count) {
      throw new TypeError(
        `writeViewer: motion ${motion.name} must have ${J} joints a frame, as the body: see readMotion`,
      );
    }
  }
  const rig = await rigOf(body), C = rig.coefficientCount;
  const [barycentric, translation, rotation, scale, opacity, sh] = await Promise.all([
    read("barycentric", template.barycentric),
    read("translation", avatar.translation),
    read("rotation", avatar.rotation),
    read("scale", avatar.scale),
    read("opacity", avatar.opacity),
    read("sh", avatar.sh),
  ]);
  const aPose = new Float32Array(3 * J);
  for (const [name, turn] of Object.entries(A_POSE)) aPose.set(turn, 3 * jointIndex(name));
  const still = { pose: aPose, transl: new Float32Array(3) };
  let coefficients = new Float32Array(C), standing = still, placed: PhotoCamera | undefined;
  if (parameters) {
    const [betas, expression, pose, transl] = await Promise.all([
      read("betas", parameters.betas),
      read("expression", parameters.expression),
      read("pose", parameters.pose),
      read("transl", parameters.transl),
    ]);
    coefficients = Float32Array.from([...betas, ...expression]);
    const A = world === "y-down" ? HALF_TURN : IDENTITY;
    const pelvis = [0, 1, 2].map((axis) => {
      let place = rig.jointTemplate[axis]!;
      for (let k = 0; k < C; k++) place += rig.jointDirections[axis * C + k]! * coefficients[k]!;
      return place;
    });
    const turned = toVector(multiply(A, fromVector([pose[0]!, pose[1]!, pose[2]!])));
    standing = { pose: Float32Array.from(pose, (value, i) => i < 3 ? turned[i]! : value), transl: still.transl };
    const posed = pelvis.map((place, axis) => place + transl[axis]!) as unknown as Vector;
    const shift = apply(A, posed).map((place, axis) => place - pelvis[axis]!) as unknown as Vector;
    if (photo && camera) placed = photoCamera(camera, photo.shape, A, shift);
  }
  return {
    title,
    notices,
    rig,
    faces: body.faces,
    avatar: {
      count: n,
      faceOf: template.faceOf,
      slotOf: template.slotOf,
      share: template.share,
      barycentric,
      translation,
      rotation,
      scale,
      opacity,
      sh,
    },
    coefficients,
    poses: { photo: standing, t: { ...still, pose: new Float32Array(3 * J) }, a: still },
    uncertainty: uncertainty ? await read("uncertainty", uncertainty) : undefined,
    confidence: confidence ? await read("confidence", confidence) : undefined,
    motions,
    photo: photo ? await photoFile(photo, placed) : undefined,
  };
}

/** The photo's camera in the page's world: axes right, up, back. */
function photoCamera(
  camera: NonNullable<ViewerScene["camera"]>,
  [height, width]: readonly number[],
  A: Matrix,
  shift: Vector,
): PhotoCamera {
  const view = viewOf("writeViewer", camera, { width: width!, height: height! });
  const toWorld = transpose(Array.from(view.rotation));
  const center = apply(A, cameraCenter(view));
  return {
    rotation: multiply(multiply(A, toWorld), HALF_TURN), // camera's y and z point the other way in OpenCV
    center: center.map((place, axis) => place - shift[axis]!),
    lens: { fx: view.fx, fy: view.fy, cx: view.cx, cy: view.cy },
  };
}

async function photoFile(photo: tf.Tensor3D, camera: PhotoCamera | undefined): Promise<Photo> {
  expectShape("writeViewer", { photo }, "h w 3");
  const [height, width] = photo.shape;
  const bytes = await encodeImage(photo, { format: "jpeg", quality: QUALITY });
  return { bytes, type: "image/jpeg", width, height, camera };
}

async function read(name: string, tensor: tf.Tensor): Promise<Float32Array> {
  const numbers = await tensor.data() as Float32Array;
  const bad = numbers.findIndex((number) => !Number.isFinite(number));
  if (bad < 0) return numbers;
  throw new RangeError(`writeViewer: ${name} holds ${numbers[bad]} at ${bad}: wanted finite numbers`);
}
