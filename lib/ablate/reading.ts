/**
 * # Ways of reading a localizer
 *
 * The same weights can be read in several ways; each changes one thing between features and positions:
 *
 * ```
 * f_I → link → f on `cells` ─┬─→ locate(head) → found ─┬─→ projected 2D
 *     ↑ replace: any tensor  ↑ flip "heatmaps"        ↑ flip "positions"
 * flipped f_I → link → f, laid back over the crop ────┘
 * ```
 *
 * **Flip**: in the mirrored crop the point g is found where its mirror image on the body, (−x, y, z), is found. Either both maps are
 * located in at once, whose logits are averaged ({@link ../localize/seen_maps.ts}), or one after the other, and positions and u are averaged:
 * `"equal"`ly or by `"uncertainty"`, with weights u⁻², as for independent errors of size u. The same weights serve the fit of
 * {@link ./projection.ts}.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { coveringMap, type FeatureMap } from "../encoder/encoder.ts";
import { regrid } from "../encoder/regrid.ts";
import type { Camera } from "../image/cameras.ts";
import { AS_IT_IS, type CropView, MIRRORED, overCrop } from "../localize/crop_views.ts";
import { linkFeatures } from "../localize/link.ts";
import type { Localizer } from "../localize/localizer.ts";
import { type HeadConfig, locate } from "../localize/locate.ts";
import type { SeenMap } from "../localize/seen_maps.ts";
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
  /** What is averaged with the mirrored crop; nothing by default. */
  readonly flip?: "none" | "heatmaps" | "positions";
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

/** Whether a reading looks at the mirrored crop. */
export function isFlipped({ flip = "none" }: Reading): boolean {
  return flip !== "none";
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
  const own = { features: crop.features, view: AS_IT_IS };
  if (isFlipped(reading) && !crop.flipped) {
    throw new TypeError("ablate: averaging with the mirrored crop needs its features");
  }
  const looks = isFlipped(reading) ? [own, { features: crop.flipped!, view: MIRRORED }] : [own];
  const found = reading.flip === "positions"
    ? meanPositions(
      await findIn(localizer, reading, looks.slice(0, 1), points),
      await findIn(localizer, reading, looks.slice(1), points),
      reading,
    )
    : await findIn(localizer, reading, looks, points);
  if (reading.position2d !== "projected") return found;
  const { position3d, position2d, uncertainty } = found;
  const weights = uncertainty.map((u) => weightOf(u, reading));
  return { ...found, position2d: projectFitted(position3d, position2d, weights, crop.camera) };
}

function meanPositions(one: Found, other: Found, reading: Reading): Found {
  const share = one.uncertainty.map((u, i) => {
    const a = weightOf(u, reading), b = weightOf(other.uncertainty[i]!, reading);
    return a / (a + b);
  });
  const mean = (width: number, a: Float32Array, b: Float32Array) =>
    a.map((value, i) => {
      const w = share[Math.floor(i / width)]!;
      return w * value + (1 - w) * b[i]!;
    });
  return {
    position2d: mean(2, one.position2d, other.position2d),
    position3d: mean(3, one.position3d, other.position3d),
    uncertainty: mean(1, one.uncertainty, other.uncertainty),
  };
}

function weightOf(u: number, { weighting = "equal" }: Reading): number {
  return weighting === "equal" ? 1 : u ** -2;
}

/** One look at a crop. */
interface Look {
  readonly features: FeatureMap;
  readonly view: CropView;
}

async function findIn(
  localizer: Localizer,
  { head, cells, replace = {} }: Reading,
  looks: readonly Look[],
  points: tf.Tensor2D,
): Promise<Found> {
  const recorder = new Recorder([], replace), names = Object.keys(replace);
  const chunked = names.some((name) => tensorInfo(name)?.residence === "chunked");
  using scope = new TensorScope();
  const pass = async <T extends tf.Tensor>(name: string, tensor: T): Promise<T> =>
    names.includes(name) ? scope.own(await recorder.pass(name, tensor)) : scope.own(tensor);
  const seen: SeenMap[] = [];
  for (const { features, view } of looks) {
    const shown = { ...features, map: await pass("encoder.features", features.map.clone()) };
    const linked = linkFeatures(shown, localizer.link);
    const passed = { ...linked, map: await pass("encoder.linked", linked.map) };
    const onGrid = cells === undefined ? passed : coveringMap(scope.own(regrid(passed, cells)));
    const laid = overCrop(onGrid, view);
    scope.own(laid.map);
    seen.push({ features: laid, mirrored: view.mirrored });
  }
  const located = await locate(seen, localizer.field, points, {
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
