/**
 * # Ways of reading a localizer
 *
 * The same weights can be read in several ways; each changes one thing between features and positions:
 *
 * ```
 * f_I → link → f on `cells` → locate(head) → found ─┬─→ mean with the mirrored crop (flip) ─→ projected 2D
 *        ↑ replace: any tensor of these steps       │
 * flipped f_I → … mirrored points → mirrored back ──┘
 * ```
 *
 * **Flip**: in the mirrored crop the point g is found where its mirror image on the body, (−x, y, z), is found; x of p'_2D and
 * p'_3D are mirrored back. Both are averaged, `"equal"`ly or by `"uncertainty"`, with weights u⁻², as for independent errors
 * of size u. The same weights serve the fit of {@link ./projection.ts}.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { CROP, type FeatureMap } from "../encoder/encoder.ts";
import { coveringMap } from "../encoder/encoder.ts";
import { regrid } from "../encoder/regrid.ts";
import type { Camera } from "../image/cameras.ts";
import { MIRRORED, outOfView, viewPoints } from "../localize/crop_views.ts";
import { linkFeatures } from "../localize/link.ts";
import type { Localizer } from "../localize/localizer.ts";
import { type HeadConfig, locate } from "../localize/locate.ts";
import { Recorder, type Replacements } from "../pipeline/recorder.ts";
import { tensorInfo } from "../pipeline/steps.ts";
import { disposeAll, TensorScope } from "../tensor/scope.ts";
import { projectFitted } from "./projection.ts";

/** What differs from the localizer as it is. */
export interface Reading {
  /** Constants of the head. */
  readonly head?: Partial<HeadConfig>;
  /** Rows and columns of the grid that the heads see: the linked map is resampled to it. */
  readonly cells?: number;
  /** `"mean"` averages with the mirrored crop. */
  readonly flip?: "none" | "mean";
  /** Where p'_2D comes from. */
  readonly position2d?: "heatmap" | "projected";
  /** Whether positions are those of a body fitted to the located points ({@link ./fitting.ts}). */
  readonly fit?: boolean;
  /** Weights of averaging, projecting and fitting. */
  readonly weighting?: "equal" | "uncertainty";
  /** Takes over tensors of `encoder.features`, `encoder.linked`, `field.*` and `localize.*`; of the mirrored crop, too. */
  readonly replace?: Replacements;
}

/** A crop as the encoder saw it. */
export interface SeenCrop {
  /** f_I. */
  readonly features: FeatureMap;
  /** f_I of the mirrored crop; for {@linkcode Reading.flip}. */
  readonly flipped?: FeatureMap | undefined;
  /** The camera; for projecting. */
  readonly camera: Pick<Camera, "K">;
}

/** Where points were found; plain numbers. */
export interface Found {
  /** [n, 2] crop pixels. */
  readonly position2d: Float32Array;
  /** [n, 3] metres from the pelvis, camera axes. */
  readonly position3d: Float32Array;
  /** u [n], metres. */
  readonly uncertainty: Float32Array;
}

/**
 * Checks that the replacements are of tensors that positions are made from.
 *
 * @throws {RangeError} if one is not, or is unknown.
 */
export function expectReadable(replace: Replacements = {}): void {
  new Recorder([], replace); // unknown names
  for (const name of Object.keys(replace)) {
    if (/^(encoder\.(features|linked)$|field\.|localize\.)/.test(name)) continue;
    throw new RangeError(`ablate: "${name}" does not change where a localizer finds points: use pipelineVariant`);
  }
}

/**
 * Finds points in a crop.
 *
 * @param points [n, 3] canonical metres; they stay the caller's.
 */
export async function findPoints(
  localizer: Localizer,
  reading: Reading,
  crop: SeenCrop,
  points: tf.Tensor2D,
): Promise<Found> {
  const direct = await findOnce(localizer, reading, crop.features, points);
  const found = reading.flip === "mean" ? await withMirrored(direct) : direct;
  if (reading.position2d !== "projected") return found;
  const { position3d, position2d, uncertainty } = found;
  const weights = uncertainty.map((u) => weightOf(u, reading));
  return { ...found, position2d: projectFitted(position3d, position2d, weights, crop.camera) };

  async function withMirrored(own: Found): Promise<Found> {
    if (!crop.flipped) throw new TypeError("ablate: averaging with the mirrored crop needs its features");
    const asked = viewPoints(points, MIRRORED);
    const other = await findOnce(localizer, reading, crop.flipped, asked).finally(() => asked.dispose());
    const share = own.uncertainty.map((u, i) => {
      const a = weightOf(u, reading), b = weightOf(other.uncertainty[i]!, reading);
      return a / (a + b);
    });
    const mean = (width: number, a: Float32Array, b: Float32Array) =>
      a.map((value, i) => {
        const w = share[Math.floor(i / width)]!;
        return w * value + (1 - w) * b[i]!;
      });
    return {
      position2d: mean(2, own.position2d, outOfView(other.position2d, 2, MIRRORED, CROP / 2)),
      position3d: mean(3, own.position3d, outOfView(other.position3d, 3, MIRRORED)),
      uncertainty: mean(1, own.uncertainty, other.uncertainty),
    };
  }
}

function weightOf(u: number, { weighting = "equal" }: Reading): number {
  return weighting === "equal" ? 1 : u ** -2;
}

async function findOnce(
  localizer: Localizer,
  { head, cells, replace = {} }: Reading,
  features: FeatureMap,
  points: tf.Tensor2D,
): Promise<Found> {
  const recorder = new Recorder([], replace), names = Object.keys(replace);
  const chunked = names.some((name) => tensorInfo(name)?.residence === "chunked");
  using scope = new TensorScope();
  const pass = async <T extends tf.Tensor>(name: string, tensor: T): Promise<T> =>
    names.includes(name) ? scope.own(await recorder.pass(name, tensor)) : scope.own(tensor);
  const seen = { ...features, map: await pass("encoder.features", features.map.clone()) };
  const linked = linkFeatures(seen, localizer.link);
  const passed = { ...linked, map: await pass("encoder.linked", linked.map) };
  const onGrid = cells === undefined ? passed : coveringMap(scope.own(regrid(passed, cells)));
  const located = await locate(onGrid, localizer.field, points, {
    ...localizer.head,
    ...head,
    ...(chunked && { intercept: recorder.intercept }),
  });
  const { position3dBox, uncertaintyRaw, ...used } = scope.own(located);
  disposeAll(position3dBox, uncertaintyRaw);
  const data = async (name: string, tensor: tf.Tensor) => {
    const numbers = await (await pass(name, tensor)).data();
    return numbers as Float32Array;
  };
  return {
    position2d: await data("localize.position2d", used.position2d),
    position3d: await data("localize.position3d", used.position3d),
    uncertainty: await data("localize.uncertainty", used.uncertainty),
  };
}
