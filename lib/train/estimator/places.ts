/**
 * # Where the trained localizer puts a run's people
 *
 * ```
 * f_I of the record → link → locate(Gaussians, joints) → fitPhotoBody by the photo's own camera → parameters
 * $NLFGS_CACHE/places-HASH/      layout.json records.bin          HASH of the people and the localizer
 * ```
 *
 * What a run does with a photo, on a record: a body with just the errors that decoders will meet, where
 * {@link ./misplace.ts} draws errors at random that are half as large. Points are located in the crop as it is. It is done once for each
 * person, by the process that makes the people, and kept beside their records, number by number.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { fileURLToPath } from "node:url";
import { attachGaussians, type Template } from "../../body/gaussians.ts";
import { skin } from "../../body/skinning.ts";
import type { Body } from "../../body/template.ts";
import { IDENTITY } from "../../image/cameras.ts";
import { linkFeatures } from "../../localize/link.ts";
import { loadLocalizer, type Localizer, SHIPPED_ENCODER, SHIPPED_LOCALIZER } from "../../localize/localizer.ts";
import { locate } from "../../localize/locate.ts";
import { fitPhotoBody, FITTED_POINTS } from "../../pipeline/photo_body.ts";
import { expectOneOf } from "../../tensor/options.ts";
import { TensorScope } from "../../tensor/scope.ts";
import { fileDigest } from "../checkpoint.ts";
import { FeatureCache } from "../feature_cache.ts";
import {
  COARSE,
  mapsOf,
  numbersOf,
  PARAMETER_COUNT,
  parametersOf,
  type PersonRecord,
  photoK,
  type RecordLayout,
} from "./records.ts";

/** Where a step may believe the body to be: disturbed at random, or where the trained localizer puts it. */
export const PLACES = ["disturbed", "located"] as const;
/** One of {@linkcode PLACES}. */
export type Places = typeof PLACES[number];

/**
 * Opens the cache of places beside a cache of people; it may be empty yet.
 *
 * @param places Nothing is opened unless they are `"located"`.
 * @throws {RangeError} if they are unknown, the localizer reads another encoder, or f_I is not kept.
 */
export async function openPlaces(
  places: Places,
  people: FeatureCache,
  encoder: string,
  { maps }: RecordLayout,
  options?: { readonly append?: boolean },
): Promise<FeatureCache | undefined> {
  expectOneOf("train", "loop.places", places, PLACES);
  if (places !== "located") return undefined;
  if (encoder !== SHIPPED_ENCODER) {
    throw new RangeError(`train: loop.places=located needs a trained localizer, and there is none for ${encoder}`);
  }
  if (!maps[COARSE]) throw new RangeError(`train: loop.places=located needs "${COARSE}" among decoders.maps`);
  const { key, capacity } = people.config, localizer = await fileDigest(fileURLToPath(SHIPPED_LOCALIZER));
  const arrays = [
    { name: "parameters", shape: [PARAMETER_COUNT], type: "f32" },
    { name: "fitted", shape: [1], type: "f32" }, // 1, or 0 where too little was found to fit a body
  ] as const;
  return await FeatureCache.openOf("places", { key: { people: key, localizer }, arrays, capacity }, options);
}

/** What locates people one by one, for {@linkcode openPlaces}. */
export class PersonLocator implements Disposable {
  private constructor(readonly layout: RecordLayout, readonly template: Template, readonly localizer: Localizer) {}

  /**
   * Behind the shipped localizer.
   *
   * @throws {RangeError} if it does not read the f_I that records of this layout keep.
   */
  static async create(layout: RecordLayout, body: Body): Promise<PersonLocator> {
    const { maps: { [COARSE]: map }, blocks } = layout;
    if (!map) throw new RangeError(`PersonLocator: records keep no map "${COARSE}"`);
    const [h, w, channels] = map,
      encoder = { name: SHIPPED_ENCODER, channels, grid: [h, w] as const, ...(blocks && { blocks }) };
    const localizer = await loadLocalizer(SHIPPED_LOCALIZER, { encoder });
    return new PersonLocator(layout, attachGaussians(body, { total: FITTED_POINTS }), localizer);
  }

  /**
   * The body that is fitted to what the localizer finds in a record's photo.
   *
   * @returns what the cache of places keeps.
   */
  async place(record: PersonRecord): Promise<PersonRecord> {
    using scope = new TensorScope();
    const { layout, template, localizer: { link, field, head } } = this;
    const [coarse] = mapsOf(record, [COARSE], layout);
    scope.own(coarse!.map);
    const linked = linkFeatures(coarse!, link);
    scope.own(linked.map);
    const found = scope.own({ ...await locate(linked, field, template.canonical, head) });
    const joints = scope.own({ ...await locate(linked, field, template.body.jointTemplate, head) });
    const camera = { K: photoK(record), worldToCamera: IDENTITY };
    const body = scope.own({ ...await fitPhotoBody(template, found, joints, camera) });
    return { parameters: await numbersOf(body), fitted: Float32Array.of(body.fitted ? 1 : 0) };
  }

  /** Frees localizer and Gaussians; the body stays the caller's. */
  [Symbol.dispose](): void {
    this.template.dispose();
    this.localizer.dispose();
  }
}

/** Vertices [V, 3] of a place, metres, in the photo's world, of which the caller disposes; undefined where no body was fitted. */
export function placedVertices(body: Body, place: PersonRecord): tf.Tensor2D | undefined {
  if (place.fitted![0] !== 1) return undefined;
  using scope = new TensorScope();
  const { vertices } = scope.own({ ...skin(body, scope.own({ ...parametersOf(place) })) });
  return scope.release(vertices);
}
