/**
 * # Locate: any number of Gaussians in a picture, in bounded memory
 *
 * ```
 * for each chunk of points:   Φ = ω's hidden layer   →  logits  →  p'_2D, p'_3D on the unit grid, Σ U·P
 * pixels  p2D  = origin + c·(size − 1)·stride                    x right, y down, pixel centres at .5
 * metres  box  = (p/512 − ½)·2.2 along x and y,   (c_z − ½)·2.2 along z
 *         p3D  = box(g) − box(pelvis)                            camera axes: x right, y down, z forward
 *         u    = softplus(Σ U·P + c) + 0.001
 * ```
 *
 * c ∈ [0,1] is a coordinate on the unit grid, origin and stride are the feature map's, 2.2 m the side of the box that stands
 * for the crop. The pelvis is located like any other point, from its canonical place, so p3D is relative to where this
 * picture's pelvis was *predicted*. The method's short form calls p'_3D "coordinates of the canonical space"; driving
 * and fitting need them in the posed, pelvis-relative metric space, as NLF predicts them, and that is what is returned.
 *
 * Two ways to the same numbers, held together by a test: `"reordered"` (default) never forms W_pose ({@link ./reordered.ts});
 * `"naive"` forms W_pose chunk by chunk and is the equations as they stand. Memory above inputs and results depends on the
 * chunk, not on n.
 *
 * p'_2D is the soft-argmax of H_2D or, with a `window`, the mean around its peak ({@link ./local_mean.ts}). Several maps of one crop may be
 * asked at once ({@link ./seen_maps.ts}). Gaussians named in `watch` have their large tensors kept in full.
 *
 * Source: NLF, section 3.2 and its public implementation (pixels and box); DESIGN section 2.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { CROP, type FeatureMap } from "../encoder/encoder.ts";
import type { Field } from "../field/field.ts";
import { type Intercept, rowsFrom } from "../tensor/intercept.ts";
import { expectInteger, expectOneOf, resolveOptions } from "../tensor/options.ts";
import { TensorScope } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { type Assignment, ASSIGNMENTS, type Heatmaps } from "./heatmaps.ts";
import { expectWindow, localMean } from "./local_mean.ts";
import { locateHidden, reorderHead } from "./reordered.ts";
import { askedOf, meanHeatmaps, type SeenMap, seenMaps } from "./seen_maps.ts";
import { softArgmax2d, softArgmax3d } from "./soft_argmax.ts";
import { expectedUncertainty, uncertaintyLength } from "./uncertainty.ts";
import { inFull, type Watched, watchPoints } from "./watch.ts";

/** Constants of the head; a localizer carries its own. */
export interface HeadConfig {
  /** What the head's channels mean; `"nlf-gs"` by default. */
  readonly assignment: Assignment;
  /** Side of the box around the crop, metres; 2.2 by default. */
  readonly box: number;
  /** c, added to the raw uncertainty before the softplus; −2.5 by default. */
  readonly uncertaintyOffset: number;
  /** The pelvis' canonical place, metres. */
  readonly pelvis: readonly [x: number, y: number, z: number];
  /** Cells around the peak of H_2D that p'_2D is the mean of, along each side, an odd number; 0, the default: all cells. */
  readonly window: number;
}

/** The defaults of {@linkcode HeadConfig}; the pelvis is the embedded body's. */
export const HEAD_DEFAULTS: HeadConfig = {
  assignment: "nlf-gs",
  box: 2.2,
  uncertaintyOffset: -2.5,
  pelvis: [0, -0.35, 0.01],
  window: 0,
};

/**
 * Checks a head's constants.
 *
 * @throws {RangeError} if one is out of range.
 */
export function expectHead(caller: string, { assignment, box, window }: HeadConfig): void {
  if (!(box > 0)) throw new RangeError(`${caller}: box must be a positive length in metres: got ${box}`);
  expectOneOf(caller, "assignment", assignment, ASSIGNMENTS);
  if (window !== 0) expectWindow(caller, window);
}

/** Options of {@linkcode locate}. */
export interface LocateOptions extends Partial<HeadConfig> {
  /** Points at a time; 500 by default. */
  readonly chunk?: number;
  /** Order of evaluation; `"reordered"` by default. */
  readonly method?: "reordered" | "naive";
  /** Numbers of the points whose large tensors are kept, as the first map has them. */
  readonly watch?: ArrayLike<number> | undefined;
  /** Sees and may replace every named tensor of a chunk; the equations are then evaluated as they stand. */
  readonly intercept?: Intercept | undefined;
  /** Stops between two chunks when aborted. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULTS: Required<LocateOptions> = {
  ...HEAD_DEFAULTS,
  chunk: 500,
  method: "reordered",
  watch: undefined,
  intercept: undefined,
  signal: undefined,
};

/** Where each point is; the caller disposes of all. */
export interface Located {
  /** p'_2D [n, 2], crop pixels. */
  readonly position2d: tf.Tensor2D;
  /** p'_3D [n, 3] as the heatmap gives it: metres from the centre of the box around the crop. */
  readonly position3dBox: tf.Tensor2D;
  /** p'_3D [n, 3] minus the predicted pelvis: metres, camera axes. */
  readonly position3d: tf.Tensor2D;
  /** Σ U·P [n]. */
  readonly uncertaintyRaw: tf.Tensor1D;
  /** u [n], metres. */
  readonly uncertainty: tf.Tensor1D;
  /** The large tensors of the watched points; only if some were named. */
  readonly watched?: Watched;
}

/**
 * Locates canonical points in a feature map.
 *
 * @param seen The linked features [h, w, L] and where their cells lie; or several such maps over one crop, of the same cells.
 * @param field The field that makes the points' weights.
 * @param points [n, 3] canonical metres.
 * @returns positions and uncertainties; the caller disposes of them.
 * @throws {TypeError} if a shape or an option is wrong.
 * @throws {RangeError} if an option is out of range, or a point is not finite.
 * @throws {DOMException} the signal's reason, if it is aborted.
 */
export async function locate(
  seen: FeatureMap | readonly SeenMap[],
  field: Field,
  points: tf.Tensor2D,
  options: LocateOptions = {},
): Promise<Located> {
  const maps = seenMaps("locate", seen, field.config.linkWidth), [{ features, mirrored }] = maps as [SeenMap];
  const { n } = expectShape("locate", { points }, "n 3");
  const resolved = resolveOptions("locate", DEFAULTS, options);
  const { chunk, method, assignment, pelvis, window, watch, intercept, signal } = resolved;
  expectInteger("locate", "chunk", chunk, 1);
  expectHead("locate", resolved);
  if (mirrored && watch && watch.length > 0) {
    throw new RangeError("locate: points are watched in the first map, which must not be mirrored: name another first");
  }
  expectOneOf("locate", "method", method, ["reordered", "naive"]);
  const places = Float32Array.from([...await points.data(), ...pelvis]); // the pelvis is one more point
  const bad = places.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RangeError(`locate: points must be finite: point ${Math.floor(bad / 3)} holds ${places[bad]}`);
  }

  using scope = new TensorScope();
  const direct = method === "naive" || intercept || (assignment === "nlf" && maps.length > 1); // its H_2D is no sum
  const heads = direct ? [] : maps.map(({ features: { map } }) => {
    return scope.own(reorderHead(map, field.readout, field.channels));
  });
  const unit = new Float32Array(6 * (n + 1));
  for (let start = 0; start <= n; start += chunk) {
    signal?.throwIfAborted();
    const end = Math.min(start + chunk, n + 1);
    const found = scope.tidy(() => {
      const some = tf.tensor2d(places.subarray(3 * start, 3 * end), [end - start, 3]);
      const asked = maps.map((map) => askedOf(map, some));
      if (!direct) {
        return locateHidden(heads.map((head, i) => ({ hidden: field.hidden(asked[i]!), head })), {
          assignment,
          window,
        });
      }
      const full = { assignment, intercept }, rows = rowsFrom(start, end);
      const each = maps.map(({ features: { map } }, i) => inFull(map, field, asked[i]!, rows, full));
      return locateDirectly(meanHeatmaps(each), window);
    });
    unit.set(await found.data(), 6 * start);
    found.dispose();
    await new Promise((resume) => setTimeout(resume)); // lets others run, an abort among them
  }
  const located = scope.own(toMetres(unit, features, resolved));
  const watched = watch && watch.length > 0 &&
    scope.own(watchPoints(features.map, field, places.subarray(0, 3 * n), watch, { assignment, intercept }));
  return scope.release(watched ? { ...located, watched } : located);
}

/** From heatmaps to rows of p'_2D, p'_3D on the unit grid and Σ U·P. */
function locateDirectly({ heatmap2d, heatmap3d, uncertaintyMap }: Heatmaps, window: number): tf.Tensor2D {
  const { raw } = expectedUncertainty(uncertaintyMap, heatmap2d), [n, h, w] = heatmap2d.shape;
  const { position, probability } = softArgmax2d(heatmap2d);
  const planar = window === 0 ? position : localMean(probability.reshape([n, h * w]), [h, w], window);
  return tf.concat([planar, softArgmax3d(heatmap3d).position, raw.expandDims(1)], 1) as tf.Tensor2D;
}

/** From the unit grid to pixels and metres; the last row is the pelvis. Plain numbers: nothing of size n but the results. */
function toMetres(unit: Float32Array, { map, origin, stride }: FeatureMap, head: HeadConfig): Located {
  const [h, w] = map.shape, n = unit.length / 6 - 1;
  const pixel = (row: number, column: number, size: number) => origin + unit[6 * row + column]! * (size - 1) * stride;
  const boxed = (row: number) =>
    [pixel(row, 2, w) / CROP, pixel(row, 3, h) / CROP, unit[6 * row + 4]!].map((c) => (c - 0.5) * head.box);
  const pelvis = boxed(n);
  const position2d = new Float32Array(2 * n), box = new Float32Array(3 * n), relative = new Float32Array(3 * n);
  const raw = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    const place = boxed(i);
    position2d.set([pixel(i, 0, w), pixel(i, 1, h)], 2 * i);
    box.set(place, 3 * i);
    relative.set(place.map((value, k) => value - pelvis[k]!), 3 * i);
    raw[i] = unit[6 * i + 5]!;
  }
  return tf.tidy(() => {
    const uncertaintyRaw = tf.tensor1d(raw);
    return {
      position2d: tf.tensor2d(position2d, [n, 2]),
      position3dBox: tf.tensor2d(box, [n, 3]),
      position3d: tf.tensor2d(relative, [n, 3]),
      uncertaintyRaw,
      uncertainty: uncertaintyLength(uncertaintyRaw, head.uncertaintyOffset),
    };
  });
}
