/**
 * # A body where the localizer finds it
 *
 * ```
 * f_I of the record → link → locate(Gaussians, joints) → fitPhotoBody by the photo's own camera → vertices
 * ```
 *
 * What a run does with a photo, on a record: a body with just the errors that decoders will meet, where
 * {@link ./misplace.ts} draws errors of about their size at random. Points are located in the crop as it is.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { skin } from "../../body/skinning.ts";
import type { Template } from "../../body/gaussians.ts";
import { linkFeatures } from "../../localize/link.ts";
import type { Localizer } from "../../localize/localizer.ts";
import { locate } from "../../localize/locate.ts";
import { fitPhotoBody } from "../../pipeline/photo_body.ts";
import { TensorScope } from "../../tensor/scope.ts";
import { COARSE, mapsOf, type PersonRecord, photoK, type RecordLayout } from "./records.ts";

const WORLD = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]];

/**
 * Vertices of the body that is fitted to what the localizer finds in a record's photo.
 *
 * @param layout Of the record; f_I must be among its maps, made by the localizer's encoder.
 * @returns [V, 3] metres, in the photo's world, of which the caller disposes; undefined where too little was found to fit a body.
 * @throws {TypeError} if f_I has other channels than the localizer reads.
 */
export async function locatedVertices(
  record: PersonRecord,
  layout: RecordLayout,
  template: Template,
  { link, field, head }: Localizer,
): Promise<tf.Tensor2D | undefined> {
  using scope = new TensorScope();
  const [coarse] = mapsOf(record, [COARSE], layout), { body } = template;
  scope.own(coarse!.map);
  const linked = linkFeatures(coarse!, link);
  scope.own(linked.map);
  const found = scope.own({ ...await locate(linked, field, template.canonical, head) });
  const joints = scope.own({ ...await locate(linked, field, body.jointTemplate, head) });
  const camera = { K: photoK(record), worldToCamera: WORLD };
  const fitted = scope.own({ ...await fitPhotoBody(template, found, joints, camera) });
  if (!fitted.fitted) return undefined;
  const { vertices } = scope.own({ ...skin(body, fitted) });
  return scope.release(vertices);
}
