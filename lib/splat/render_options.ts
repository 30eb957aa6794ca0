/**
 * # The options of a picture
 *
 * What `renderGaussians` and `splatGaussians` can be told: how large, and before what.
 *
 * @module
 */
import { resolveOptions } from "../tensor/options.ts";
import type { Color } from "./rasterize.ts";
import type { PictureSize } from "./view.ts";

/** Options of `renderGaussians` and `splatGaussians`. */
export interface RenderOptions extends Partial<PictureSize> {
  /** Red, green, blue 0..1 behind the Gaussians; black by default. */
  readonly background?: Color;
}

const DEFAULTS: Required<RenderOptions> = { width: 512, height: 512, background: [0, 0, 0] };

/**
 * Options with the defaults filled in; the size is checked with the camera, by `viewOf`.
 *
 * @throws {TypeError} if an option is unknown.
 * @throws {RangeError} if the background is not three numbers from 0 to 1.
 */
export function expectRenderOptions(caller: string, options: RenderOptions): Required<RenderOptions> {
  const resolved = resolveOptions(caller, DEFAULTS, options), { background } = resolved;
  if (background.length !== 3 || !background.every((part) => part >= 0 && part <= 1)) {
    throw new RangeError(`${caller}: background must be three numbers from 0 to 1: got ${background}`);
  }
  return resolved;
}
