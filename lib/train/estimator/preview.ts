/**
 * # A contact sheet of avatars: what training has come to
 *
 * ```
 * photo │ true picture, rendered │ true picture, rendered │ …        a row each person, the photo's own view first
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { disposeAll } from "../../tensor/scope.ts";
import type { PersonRecord } from "./records.ts";
import type { EstimatorTrainee } from "./trainee.ts";

/**
 * Draws the sheet.
 *
 * @param pictures Numbers of the pictures of each record.
 * @returns [rows · S, columns · S, 3], 0..1; the caller disposes of it.
 */
export async function avatarSheet(
  trainee: EstimatorTrainee,
  records: readonly PersonRecord[],
  pictures: readonly number[],
): Promise<tf.Tensor3D> {
  const { viewSize: side, maps } = trainee.layout, rows: tf.Tensor3D[] = [];
  for (const record of records) {
    const rendered = await trainee.render(record, pictures);
    rows.push(tf.tidy((): tf.Tensor3D => {
      const photo = tf.image.resizeBilinear(tf.tensor3d(record["map.rgb"]!, [...maps.rgb!]), [side, side]);
      const pairs = rendered.flatMap(({ picture, image }) => [picture, image]);
      const cells = pairs.map((cell) => cell.slice<tf.Tensor3D>([0, 0, 0], [side, side, 3]));
      return tf.clipByValue(tf.concat3d([photo as tf.Tensor3D, ...cells], 1), 0, 1);
    }));
    disposeAll(rendered);
  }
  const sheet = tf.concat3d(rows, 0);
  disposeAll(rows);
  return sheet;
}
