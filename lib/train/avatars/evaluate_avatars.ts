/**
 * # How good avatars of people never seen are
 *
 * ```
 * subject → avatar from the photo alone (localizer, fit, decoders)                  pictures compared with the truth
 *         → avatar from the photo and the true body                                 the ceiling: `truth_body`
 *         → the baselines on the same body
 * ```
 *
 * - **input view**: the photo's own view, complete and without things before it; drawn by the guessed camera, where the fitted
 *   body stands.
 * - **new view**: the same pose from 30° to 180° around it. The depth of a person before a single camera is not known, so the fitted
 *   avatar is put with its pelvis on the true pelvis before the true camera looks at it; neither turn nor size are adjusted.
 * - **new pose**: the avatar with its own shape, driven by the true pose and expression, pelvis on pelvis.
 *
 * Figures are means over pictures; the gain is over the baseline whose mean PSNR is the best for that kind of picture.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { placeGaussians } from "../../body/drive.ts";
import { type BodyParameters, skin } from "../../body/skinning.ts";
import type { Encoder } from "../../encoder/encoder.ts";
import type { Avatar } from "../../gaussian/assemble.ts";
import type { Gaussians } from "../../gaussian/gaussians.ts";
import type { Camera } from "../../image/cameras.ts";
import { foregroundMask, type Segmenter } from "../../image/mask.ts";
import { renderGaussians } from "../../splat/render.ts";
import { TensorScope } from "../../tensor/scope.ts";
import { comparePortraits, type PictureMetrics, type Portrait } from "../image_metrics.ts";
import { createPersonViews } from "../people/views.ts";
import { type EvaluationSet, readEvaluationSets, type SetName } from "../people/sets.ts";
import { baselineAvatars, type BaselineName, BASELINES, freeAvatar } from "./baselines.ts";
import { avatarOn, type AvatarParts, type BodyInPhoto, bodyOf, seeCrop, type SeenCrop } from "./estimate.ts";
import { type AvatarFigures, PictureTable } from "./picture_table.ts";
import { cameraOf, drawSubject, freeSubject, parameterTensors, type Subject, type TruePicture } from "./subject.ts";

/** What is measured. */
export interface EvaluateAvatarsOptions {
  readonly set?: Extract<SetName, "everyday" | "hard">;
  /** How many people, from the first; 20 by default. */
  readonly people?: number;
  /** Pixels a side of the compared pictures; 256 by default. */
  readonly size?: number;
  /** For the perceptual distance, which is left out without one. */
  readonly perceptual?: Encoder | undefined;
  /** Is told after each person. */
  readonly onPerson?: (index: number) => void | Promise<void>;
  /** Is shown every picture of the two avatars; the tensors are freed after it. */
  readonly onPicture?: (subject: Subject, shown: ShownPicture) => void | Promise<void>;
  /** Changes an avatar before it is looked at, such as a refinement to the photo; returns a new one or the same. */
  readonly change?: (avatar: Avatar, subject: Subject, body: BodyInPhoto) => Promise<Avatar>;
  /** Ends the measuring early; figures are of those measured so far. */
  readonly signal?: AbortSignal | undefined;
}

/** A picture beside its truth. */
export interface ShownPicture {
  readonly maker: string;
  readonly truth: TruePicture;
  readonly shown: Portrait;
  readonly metrics: PictureMetrics;
}

/** The figures of avatars from photos alone, and under `truth_body` of those on the true body. */
export interface AvatarEvaluation extends AvatarFigures {
  readonly people: number;
  readonly truth_body: AvatarFigures;
}

/**
 * Measures avatars of people whom nothing was trained on.
 *
 * @throws {RangeError} if there are not so many people in the set.
 */
export async function evaluateAvatars(
  parts: AvatarParts & { readonly segmenter: Segmenter },
  options: EvaluateAvatarsOptions = {},
): Promise<AvatarEvaluation> {
  const { set = "everyday", people = 20, size = 256, signal } = options;
  const evaluated: EvaluationSet = (await readEvaluationSets()).sets[set];
  if (!(people >= 1 && people <= evaluated.count)) {
    throw new RangeError(`evaluateAvatars: people must be from 1 to ${evaluated.count}: got ${people}`);
  }
  const source = await createPersonViews({ seed: evaluated.seed, set, size: 512, viewSize: size });
  const photo = new PictureTable(), truth = new PictureTable();
  let measured = 0;
  for (let index = 0; index < people && !signal?.aborted; index++, measured++) {
    const subject = await drawSubject(source, index);
    try {
      await measureSubject(parts, subject, photo, truth, options);
    } finally {
      freeSubject(subject);
    }
    await options.onPerson?.(index);
  }
  return { people: measured, ...photo.figures(), truth_body: truth.figures() };
}

async function measureSubject(
  parts: AvatarParts & { readonly segmenter: Segmenter },
  subject: Subject,
  photo: PictureTable,
  truth: PictureTable,
  options: EvaluateAvatarsOptions,
): Promise<void> {
  using scope = new TensorScope();
  const { person, crop } = subject, { segmenter, body } = parts;
  const seen = await seeCrop(parts, crop);
  scope.own(seen.encoded);
  const { fitted, position2d } = await bodyOf(parts, seen, subject.guessed);
  scope.own([{ ...fitted }, position2d]);
  const { vertices, joints } = scope.own({ ...skin(body, fitted) });
  const mask = scope.own(await foregroundMask(crop, { segmenter }));
  const pelvis = (await joints.data()).slice(0, 3) as Float32Array;
  await measureBody(parts, seen, { vertices, parameters: fitted, camera: subject.guessed, mask }, position2d, photo, {
    maker: "photo",
    subject,
    options,
    place: async (picture) => {
      if (picture.kind === "input_view") {
        return { vertices: vertices.clone(), camera: cameraOf(subject.guessed, picture.view.size) };
      }
      return { vertices: await pelvisOnPelvis(parts, picture, fitted, vertices, pelvis), camera: picture.camera };
    },
  });
  const parameters = scope.own(parameterTensors(person.parameters));
  const trueVertices = scope.own(tf.tensor2d(person.vertices, [person.vertices.length / 3, 3]));
  const trueBody = { vertices: trueVertices, parameters, camera: person.camera, mask: subject.mask };
  await measureBody(parts, seen, trueBody, undefined, truth, {
    maker: "truth_body",
    subject,
    options,
    place: ({ view, camera }) =>
      Promise.resolve({ vertices: tf.tensor2d(view.vertices, [view.vertices.length / 3, 3]), camera }),
  });
}

interface Measuring {
  readonly maker: string;
  readonly subject: Subject;
  readonly options: EvaluateAvatarsOptions;
  /** Where the avatar's body is for a picture, and the camera that looks at it; the caller frees the vertices. */
  readonly place: (picture: TruePicture) => Promise<{ readonly vertices: tf.Tensor2D; readonly camera: Camera }>;
}

/** Makes the avatar and the baselines on a body and compares all pictures. */
async function measureBody(
  parts: AvatarParts,
  seen: SeenCrop,
  body: BodyInPhoto,
  located: tf.Tensor2D | undefined,
  table: PictureTable,
  { maker, subject, options, place }: Measuring,
): Promise<void> {
  const estimated = await avatarOn(parts, seen, subject.crop, body);
  const avatars: Partial<Record<"avatar" | BaselineName, Avatar>> = { avatar: estimated };
  try {
    const changed = await options.change?.(estimated, subject, body) ?? estimated;
    if (changed !== estimated) freeAvatar(estimated);
    avatars.avatar = changed;
    Object.assign(avatars, await baselineAvatars(parts.template, { ...body, crop: subject.crop, position2d: located }));
    for (const picture of subject.pictures) {
      using scope = new TensorScope();
      const { vertices, camera } = await place(picture), { size } = picture.view;
      scope.own(vertices);
      const own = scope.own({ ...placeGaussians(avatars.avatar!, vertices) });
      const neutral = scope.own({ ...placeGaussians(avatars.mean_colour!, vertices) }); // baselines differ in colour alone
      for (const name of ["avatar", ...BASELINES] as const) {
        const isOwn = name === "avatar", gaussians = isOwn ? own : { ...neutral, sh: avatars[name]!.sh };
        const shown = scope.own({ ...await portrait(gaussians, camera, size) });
        const metrics = await comparePortraits(shown, picture, isOwn ? options.perceptual : undefined);
        if (!metrics) continue;
        table.add(picture.kind, picture.angle, name, metrics);
        if (isOwn) await options.onPicture?.(subject, { maker, truth: picture, shown, metrics });
      }
    }
  } finally {
    Object.values(avatars).forEach(freeAvatar);
  }
}

/** The fitted shape in the picture's pose, its pelvis on the true one. */
async function pelvisOnPelvis(
  { body }: AvatarParts,
  { kind, view }: TruePicture,
  fitted: BodyParameters,
  vertices: tf.Tensor2D,
  pelvis: Float32Array,
): Promise<tf.Tensor2D> {
  const target = view.joints.subarray(0, 3);
  if (kind === "new_view") {
    return tf.tidy(() => vertices.add(tf.tensor1d(target.map((value, c) => value - pelvis[c]!))));
  }
  using scope = new TensorScope();
  const { expression, pose, transl } = scope.own({ ...parameterTensors(view.parameters) });
  const posed = scope.own({ ...skin(body, { betas: fitted.betas, expression, pose, transl }) });
  const own = await posed.joints.data();
  return tf.tidy(() => posed.vertices.add(tf.tensor1d(target.map((value, c) => value - own[c]!))));
}

/** A picture of Gaussians on black; the caller disposes of it. */
async function portrait(gaussians: Gaussians, camera: Camera, size: number): Promise<Portrait> {
  using scope = new TensorScope();
  const { image, depth } = await renderGaussians(gaussians, camera, { width: size, height: size });
  scope.own([image, depth]);
  return tf.tidy(() => ({
    image: image.slice<tf.Tensor3D>([0, 0, 0], [size, size, 3]),
    mask: image.slice([0, 0, 3], [size, size, 1]).squeeze<tf.Tensor2D>([2]),
  }));
}
