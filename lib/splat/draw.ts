/**
 * # Drawing in memory: the fast way where there is one, else the reference
 *
 * Two ways lead to the same picture and the same gradients: `wasm/`, on all cores, and the plain loops of `rasterize.ts`. The fast one
 * is taken unless WebAssembly cannot share memory here (a browser's page without cross-origin isolation, or one that may not wait), or
 * a scene needs more than its memory; nothing else depends on which it was.
 *
 * What is drawn is lent: the fast way hands out its own memory, which the next drawing overwrites. Who keeps it copies it.
 *
 * @module
 */
import type { Splats } from "./projection.ts";
import type { SplatGradients } from "./projection_gradient.ts";
import { type Color, type Painting, type Raster, rasterize } from "./rasterize.ts";
import { type RasterGradient, rasterizeGradient } from "./rasterize_gradient.ts";
import type { View } from "./view.ts";
import { WasmRasterizer } from "./wasm/rasterize_wasm.ts";

let started: WasmRasterizer | "unavailable" | undefined;

/** The one that all drawing shares, started when it is first needed. */
function fast(): WasmRasterizer | undefined {
  if (started === undefined) {
    try {
      started = new WasmRasterizer();
    } catch {
      started = "unavailable";
    }
  }
  return started === "unavailable" ? undefined : started;
}

/** Draws Gaussians; the picture is lent until the next drawing. */
export function drawSplats(splats: Splats, view: View, background: Color): Raster {
  return fast()?.rasterize(splats, view, background) ?? rasterize(splats, view, background);
}

/**
 * Gradients of the Gaussians from those of a picture, lent until the next drawing.
 *
 * @param raster What {@linkcode drawSplats} returned, to save drawing again.
 */
export function drawSplatsGradient(
  splats: Splats,
  view: View,
  background: Color,
  raster: Raster | undefined,
  gradient: RasterGradient,
): SplatGradients {
  if (raster && isPainting(raster)) return rasterizeGradient(splats, view, background, raster, gradient);
  return fast()?.gradient(splats, view, background, raster, gradient) ??
    rasterizeGradient(splats, view, background, rasterize(splats, view, background), gradient);
}

function isPainting(raster: Raster): raster is Painting {
  return "ellipses" in raster;
}
