/**
 * # The body in the photo: parameters from what was located
 *
 * ```
 * Gaussians spread evenly over the skin, 55 joints  →  p'_2D, p'_3D, u  →  fitBody  →  betas, expression, pose, transl
 * residual_g = |slot_g on the fitted body − (p'_3D(g) + t)|        t: least squares over all finite g, weights u⁻²
 * ```
 *
 * The world is the photo's camera frame. The camera is the crop's, whose focal length follows from the photo's field of view,
 * which is a guess unless it is given; the person's distance is then off in proportion.
 *
 * Four fifths of the faces are on head, hands and feet: a fit to every Gaussian would heed little else. So it sees some
 * Gaussians only, each standing for the same area, and the joints, which are located beside them.
 *
 * An untrained localizer finds nothing: the body then stands as in {@link ./standing_body.ts}.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { fitBody, type FittedBody } from "../body/fit/fit_body.ts";
import { type FitOptions, resolveFitOptions } from "../body/fit/fit_options.ts";
import { slotOrigins } from "../body/face_frame.ts";
import type { Template } from "../body/gaussians.ts";
import { type BodyParameters, skin } from "../body/skinning.ts";
import type { Camera } from "../image/cameras.ts";
import type { Located } from "../localize/locate.ts";
import { TensorScope } from "../tensor/scope.ts";

/** What a run may say of its fit; everything else of {@linkcode FitOptions} follows from the photo. */
export type PhotoFitOptions = Partial<Omit<FitOptions, "points" | "camera" | "pictureSide">>;

const LEAST_UNCERTAINTY = 1e-3; // metres, as the head's
/** So many Gaussians are fitted to, or all, where there are fewer. */
export const FITTED_POINTS = 1500;
/** Pixels are better known than metres: chosen on the first 24 everyday people, where IoU rose from .700 to .721. */
const PHOTO_DEFAULTS: PhotoFitOptions = { pixelWeight: 10, jointWeight: 8 };
const FROM_PHOTO = ["points", "camera", "pictureSide"] as const;

/**
 * The options of a photo's fit overlaid on its defaults.
 *
 * @throws {TypeError} if one is unknown, of the wrong kind, or follows from the photo.
 * @throws {RangeError} if one is out of range.
 */
export function resolvePhotoFitOptions(given: PhotoFitOptions): PhotoFitOptions {
  const taken = FROM_PHOTO.find((name) => Object.hasOwn(given, name));
  if (taken) throw new TypeError(`fit: ${taken} follows from the photo: leave it out, or call fitBody`);
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return resolveFitOptions({ ...PHOTO_DEFAULTS, ...said });
}

/**
 * Fits the template's body to what was located in a crop.
 *
 * @param located Of all n Gaussians.
 * @param joints Of the 55 joints; without them they are made from the Gaussians around.
 * @param camera The crop's.
 * @returns what `fitBody` returns, with `residual` [n] of all Gaussians; the caller disposes of it.
 */
export async function fitPhotoBody(
  template: Template,
  located: Pick<Located, "position2d" | "position3d" | "uncertainty">,
  joints: Pick<Located, "position3d" | "uncertainty"> | undefined,
  camera: Camera,
  options: PhotoFitOptions = {},
): Promise<FittedBody> {
  using scope = new TensorScope();
  const chosen = evenlySpread(template, FITTED_POINTS);
  const seen = scope.tidy(() => {
    const rows = tf.tensor1d(chosen, "int32");
    const { position2d, position3d, uncertainty } = located;
    return {
      position3d: tf.gather(position3d, rows),
      position2d: tf.gather(position2d, rows),
      uncertainty: tf.gather(uncertainty, rows),
      barycentric: tf.gather(template.barycentric, rows),
    };
  });
  const points = { faceOf: chosen.map((i) => template.faceOf[i]!), barycentric: seen.barycentric };
  const { residual, ...fitted } = await fitBody({ ...seen, joints }, template.body, {
    ...resolvePhotoFitOptions(options),
    points,
    camera,
  });
  scope.own({ residual, fitted });
  const ofAll = fitted.fitted ? residuals(template, located, fitted) : tf.zeros<tf.Rank.R1>([template.count]);
  return { ...scope.release(fitted), residual: ofAll };
}

/** [n] metres: how far each located Gaussian is from its slot on the fitted body. */
function residuals(
  template: Template,
  { position3d, uncertainty }: Pick<Located, "position3d" | "uncertainty">,
  parameters: BodyParameters,
): tf.Tensor1D {
  return tf.tidy(() => {
    const slots = slotOrigins(skin(template.body, parameters).vertices, template);
    const away = slots.sub<tf.Tensor2D>(position3d); // t and the error, [n, 3]
    const known = tf.isFinite(away).all(1, true).logicalAnd(tf.isFinite(uncertainty).expandDims(1)); // [n, 1]
    const weight = tf.where(known, uncertainty.maximum(LEAST_UNCERTAINTY).square().reciprocal().expandDims(1), 0);
    const t = tf.where(known, away, 0).mul(weight).sum(0).div(weight.sum().maximum(1e-30)); // [3]
    return away.sub(t).square().sum<tf.Tensor1D>(1).sqrt();
  });
}

/** Numbers of about `wanted` Gaussians that stand for equal areas; of all, if there are no more. */
function evenlySpread({ body, faceOf, share, count }: Template, wanted: number): Int32Array {
  const area = Float64Array.from(share, (part, i) => part * body.faceAreas[faceOf[i]!]!);
  const step = area.reduce((sum, value) => sum + value, 0) / wanted, chosen: number[] = [];
  let passed = step / 2;
  for (let i = 0; i < count; i++) {
    passed += area[i]!;
    if (passed < step) continue;
    chosen.push(i);
    passed %= step;
  }
  return Int32Array.from(chosen);
}
