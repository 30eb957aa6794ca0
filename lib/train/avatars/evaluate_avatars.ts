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
import { skin } from "../../body/skinning.ts";
import { foregroundMask, type Segmenter } from "../../image/mask.ts";
import { TensorScope } from "../../tensor/scope.ts";
import { type EvaluationSet, readEvaluationSets, type SetName } from "../people/sets.ts";
import { createPersonViews } from "../people/views.ts";
import { type AvatarParts, bodyOf } from "../../pipeline/avatar_of_crop.ts";
import { AVATAR_MAKERS, type AvatarMaker } from "./made_avatar.ts";
import { measureBody, type MeasuringOptions, placedByPhoto, placedByTruth, type ShownPicture } from "./measure_body.ts";
import { type AvatarFigures, PictureTable } from "./picture_table.ts";
import { drawSubject, freeSubject, parameterTensors, type Subject } from "./subject.ts";

/** What is measured. */
export interface EvaluateAvatarsOptions extends MeasuringOptions {
  /** Is shown every picture of the avatars of a person measured whole; the tensors are freed after it. */
  readonly onPicture?: NonNullable<MeasuringOptions["onPicture"]>;
  readonly set?: Extract<SetName, "everyday" | "hard">;
  /** How many people, from the first; 20 by default. */
  readonly people?: number;
  /** Pixels a side of the compared pictures; 256 by default. */
  readonly size?: number;
  /** Which avatars; both by default. Figures of those left out are NaN. */
  readonly makers?: readonly AvatarMaker[];
  /** Is told after each person. */
  readonly onPerson?: (index: number) => void | Promise<void>;
  /** Ends the measuring early, also within a person whose change it aborts; figures are of those measured whole. */
  readonly signal?: AbortSignal | undefined;
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
    const subject = await drawSubject(source, index),
      own = { photo: new PictureTable(), truth_body: new PictureTable() };
    try {
      await measureWhole(parts, subject, own, options);
    } catch (error) {
      if (signal?.aborted && error === signal.reason) break;
      throw error;
    } finally {
      freeSubject(subject);
    }
    photo.addAll(own.photo);
    truth.addAll(own.truth_body);
    await options.onPerson?.(index);
  }
  return { people: measured, ...photo.figures(), truth_body: truth.figures() };
}

/** Measures a subject, and shows its pictures when all are there: of one that is given up nobody is shown anything. */
async function measureWhole(
  parts: AvatarParts & { readonly segmenter: Segmenter },
  subject: Subject,
  tables: Readonly<Record<AvatarMaker, PictureTable>>,
  options: EvaluateAvatarsOptions,
): Promise<void> {
  using scope = new TensorScope();
  const { onPicture } = options, held: ShownPicture[] = [];
  const hold = (_: Subject, picture: ShownPicture) => {
    const { image, mask } = picture.shown;
    held.push({ ...picture, shown: scope.own({ image: image.clone(), mask: mask.clone() }) });
  };
  await measureSubject(parts, subject, tables, { ...options, ...(onPicture && { onPicture: hold }) });
  for (const picture of held) await onPicture!(subject, picture);
}

async function measureSubject(
  parts: AvatarParts & { readonly segmenter: Segmenter },
  subject: Subject,
  tables: Readonly<Record<AvatarMaker, PictureTable>>,
  options: EvaluateAvatarsOptions,
): Promise<void> {
  using scope = new TensorScope();
  const { person, crop, guessed } = subject, { segmenter, body } = parts, { makers = AVATAR_MAKERS } = options;
  const encoded = scope.own(await parts.encoder.encode(crop));
  if (makers.includes("photo")) {
    const { fitted, position2d: located } = await bodyOf(parts, encoded, crop, guessed);
    scope.own([{ ...fitted }, located]);
    const { vertices } = scope.own({ ...skin(body, fitted) });
    const mask = scope.own(await foregroundMask(crop, { segmenter }));
    const fittedBody = { vertices, parameters: fitted, camera: guessed, mask };
    const measuring = { maker: "photo", body: fittedBody, place: placedByPhoto(body, guessed), located } as const;
    await measureBody(parts, encoded, subject, measuring, tables.photo, options);
  }
  if (makers.includes("truth_body")) {
    const trueBody = {
      vertices: scope.own(tf.tensor2d(person.vertices, [person.vertices.length / 3, 3])),
      parameters: scope.own({ ...parameterTensors(person.parameters) }),
      camera: person.camera,
      mask: subject.mask,
    };
    const measuring = { maker: "truth_body", body: trueBody, place: placedByTruth } as const;
    await measureBody(parts, encoded, subject, measuring, tables.truth_body, options);
  }
}
