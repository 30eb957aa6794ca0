/**
 * # The studio: what all pictures of people share
 *
 * The assets, the distribution to draw from, background pictures, and buffers that are used again from picture to picture;
 * so one studio draws one picture at a time.
 *
 * @module
 */
import { CROP } from "../../encoder/encoder.ts";
import { expectInteger, expectOneOf, resolveOptions } from "../../tensor/options.ts";
import { loadPeopleAssets, type PeopleAssets, regressJoints } from "./assets.ts";
import type { BackgroundPictures, Picture } from "./background_view.ts";
import { createShadowBuffer } from "./light.ts";
import { readPanoramas } from "./panoramas.ts";
import { createSurfaceBuffer, type SurfaceBuffer } from "../../body/surface_buffer.ts";
import { distributionOf, type PeopleDistribution, readEvaluationSets, SET_NAMES, type SetName } from "./sets.ts";
import { verticesAround } from "./visibility.ts";

/** Which people. */
export interface PeopleOptions {
  readonly seed: number;
  /** `train`, `unusual`, `everyday` or `hard`, or a distribution of your own. */
  readonly set: SetName | PeopleDistribution;
  /** Pixels a side of the pictures, 64 to 512. */
  readonly size: number;
  /** Photos to use as backgrounds in training; see `readBackgrounds`. */
  readonly backgrounds: readonly Picture[];
}

/** What pictures are made with. */
export interface Studio {
  readonly seed: number;
  readonly assets: PeopleAssets;
  readonly distribution: PeopleDistribution;
  readonly pictures: BackgroundPictures;
  readonly size: number;
  readonly buffer: SurfaceBuffer;
  readonly shadowBuffer: SurfaceBuffer;
  readonly around: readonly Uint16Array[];
}

/** Samples a pixel along each axis. */
export const SUPERSAMPLE = 2;

/** A buffer for pictures of so many pixels a side. */
export const pictureBuffer = (size: number): SurfaceBuffer =>
  createSurfaceBuffer(size * SUPERSAMPLE, size * SUPERSAMPLE);

/**
 * Loads what people are made of.
 *
 * @throws {RangeError} if an option is out of range.
 * @throws {TypeError} if an option is unknown.
 */
export async function openStudio(caller: string, options?: Partial<PeopleOptions>): Promise<Studio> {
  const { seed, set, size, backgrounds } = resolveOptions<PeopleOptions>(caller, {
    seed: 0,
    set: "train",
    size: 256,
    backgrounds: [],
  }, options);
  expectInteger(caller, "seed", seed, 0);
  expectInteger(caller, "size", size, 64, CROP);
  if (typeof set === "string") expectOneOf(caller, "set", set, SET_NAMES);
  const distribution = typeof set === "string" ? await distributionOf(set) : set;
  const assets = await loadPeopleAssets(), { withheld } = await readEvaluationSets();
  const pictures: BackgroundPictures = {
    photos: distribution.withheld ? [] : backgrounds,
    panoramas: await readPanoramas((name) => withheld.panoramas.includes(name) === distribution.withheld),
  };
  const around = verticesAround(assets.body, regressJoints(assets, assets.body.template), assets.parents);
  const buffer = pictureBuffer(size), shadowBuffer = createShadowBuffer();
  return { seed, assets, distribution, pictures, size, buffer, shadowBuffer, around };
}
