/**
 * # What the photo itself would score in its own view
 *
 * ```
 * x = m·crop, at the size of the true picture          m: the true mask of what is seen in the crop
 * compared with the true picture: the whole person on black, lit alike, without noise, blur, and things that stand before
 * ```
 *
 * A mark to hold the input view's figures against: an avatar that copied the photo to the last pixel would have these. Noise, blur and
 * changed colours keep them finite, and where something stands before the person they are low, for nothing is there to copy.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { TensorScope } from "../../tensor/scope.ts";
import { comparePortraits, type PictureMetrics } from "../image_metrics.ts";
import type { Subject, TruePicture } from "./subject.ts";

/**
 * The figures of a subject's photo, cut out by the true mask.
 *
 * @param truth The true picture of the photo's view.
 * @returns the figures, or undefined if nobody is in the true picture.
 * @throws {RangeError} if the picture is of another view.
 */
export async function photoItself(
  { crop, mask }: Pick<Subject, "crop" | "mask">,
  truth: Pick<TruePicture, "kind" | "image" | "mask">,
): Promise<PictureMetrics | undefined> {
  if (truth.kind !== "input_view") {
    throw new RangeError(`photoItself: the photo shows its own view, not a ${truth.kind}`);
  }
  using scope = new TensorScope();
  const [height, width] = truth.mask.shape;
  const shown = scope.tidy(() => {
    const seen = tf.image.resizeBilinear(mask.expandDims<tf.Tensor3D>(2), [height, width], false, true);
    const image = tf.image.resizeBilinear(crop, [height, width], false, true).mul<tf.Tensor3D>(seen);
    return { image, mask: seen.squeeze<tf.Tensor2D>([2]) };
  });
  return await comparePortraits(shown, truth);
}
