/**
 * # Gaussians on the body's faces
 *
 * Every Gaussian belongs to one face, at one of its fixed slots:
 *
 * ```
 * origin of Gaussian i = Σ_c barycentric[i, c] · vertex(faces[faceOf[i], c])
 * ```
 *
 * Gaussians are numbered face by face, slot by slot. With `perFace: k` every face carries k, and i = face·k + slot, as
 * the method has it. A body's faces are small where there is detail: on the embedded body head, hands and feet hold 71 %
 * of the faces on 21 % of the surface. With `total` the Gaussians are spread by area at rest instead: from face to face the
 * rounding error is carried on, so every region gets its part, though small faces may get none; `atLeast` gives each face its
 * due first, so that a face keeps its detail and a shirt gets what it needs.
 *
 * @example Two on every face, or five thousand in all
 * ```ts
 * import { attachGaussians } from "./gaussians.ts";
 * import { loadBody, SMALL_BODY } from "./template.ts";
 *
 * const body = await loadBody(SMALL_BODY);
 * console.log(attachGaussians(body, { perFace: 2 }).count); // 3968
 * console.log(attachGaussians(body, { total: 5000 }).count); // 5000
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectInteger } from "../tensor/options.ts";
import { TensorScope } from "../tensor/scope.ts";
import { slotOrigins } from "./face_frame.ts";
import { slots } from "./slots.ts";
import type { Body } from "./template.ts";

/** How many Gaussians to attach: to each face, or in all. */
export type GaussianCount =
  | { /** k Gaussians on every face. */ readonly perFace: number }
  | {
    /** Gaussians in all, spread by area. */
    readonly total: number;
    /** So many on every face, whatever its area; 0 unless told. */
    readonly atLeast?: number | undefined;
  };

/** Gaussians and where they sit on the body. */
export interface Template {
  /** The body they sit on; it stays the caller's. */
  readonly body: Body;
  /** n */
  readonly count: number;
  /** The face of each Gaussian, [n]. */
  readonly faceOf: Int32Array;
  /** The slot of each Gaussian on its face, [n]. */
  readonly slotOf: Int32Array;
  /** Face f carries Gaussians faceStart[f] to faceStart[f + 1] − 1, [F + 1]. */
  readonly faceStart: Int32Array;
  /** [n, 3] place on the face; each row sums to 1. */
  readonly barycentric: tf.Tensor2D;
  /**
   * The area that each Gaussian stands for, in areas of its face, [n]. With `perFace` or `atLeast` it sums to 1 on every face; spread by
   * area it makes up for faces that carry none, and can be above 1.
   */
  readonly share: Float32Array;
  /** [n] metres: √(2·area) of each Gaussian's face, on the mean shape at rest. */
  readonly faceSize: Float32Array;
  /** [n, 3] metres: place on the mean shape at rest. */
  readonly canonical: tf.Tensor2D;
  /** Frees the tensors, but not the body. */
  dispose(): void;
}

/** The most Gaussians; a slip of the keyboard should not take all memory. */
const MOST = 2 ** 24;

/**
 * Attaches Gaussians to the faces of a body.
 *
 * @param count `{ perFace: k }`, `{ total: n }` or `{ total: n, atLeast: k }`.
 * @returns the template; the caller disposes of it.
 * @throws {TypeError} if not exactly one of `perFace` and `total` is given.
 * @throws {RangeError} if a number is not whole, less than 1, or more than 16 million in all, or `total` is less than `atLeast`
 * on every face.
 */
export function attachGaussians(body: Body, count: GaussianCount): Template {
  const keys = Object.keys(count ?? {}).filter((key) => key !== "atLeast");
  if (
    keys.length !== 1 || (keys[0] !== "perFace" && keys[0] !== "total") || ("perFace" in count && "atLeast" in count)
  ) {
    throw new TypeError(
      `attachGaussians: say either { perFace } or { total }: got { ${Object.keys(count ?? {}).join(", ")} }`,
    );
  }
  const most = Math.floor(MOST / body.faceCount);
  if ("perFace" in count) {
    return place(
      body,
      new Int32Array(body.faceCount).fill(expectInteger("attachGaussians", "perFace", count.perFace, 1, most)),
    );
  }
  const total = expectInteger("attachGaussians", "total", count.total, 1, MOST);
  const least = expectInteger("attachGaussians", "atLeast", count.atLeast ?? 0, 0, Math.floor(total / body.faceCount));
  return least === 0
    ? place(body, spread(body, body.faceAreas, total), total)
    : place(body, spreadAbove(body, total, least));
}

/** At least `least` on every face: what large faces are entitled to above that is scaled down to what is left. */
function spreadAbove(body: Body, total: number, least: number): Int32Array {
  const area = body.faceAreas.reduce((all, part) => all + part, 0);
  const wanted = body.faceAreas.map((part) => Math.max(0, part / area * total - least));
  return spread(body, wanted, total - least * body.faceCount).map((extra) => extra + least);
}

/**
 * Whole numbers that sum to `total`, in proportion to the faces' weights, such as areas: from face to face the error is carried on, so that a region
 * of small faces gets its part although each of them is entitled to less than one.
 */
function spread({ mirror }: Body, weights: Float64Array, total: number): Int32Array {
  if (!mirror) return diffuse(weights, total);
  const half = weights.length / 2, left = Math.ceil(total / 2); // face i + F/2 is the twin of face i
  const counts = new Int32Array(weights.length);
  counts.set(diffuse(weights.subarray(0, half), left));
  counts.set(diffuse(weights.subarray(half), total - left), half);
  return counts;
}

function diffuse(areas: Float64Array, total: number): Int32Array {
  const sum = areas.reduce((all, area) => all + area, 0);
  let before = 0, placed = 0;
  return Int32Array.from(areas, (area) => {
    before += area;
    const count = Math.round(before / sum * total) - placed;
    placed += count;
    return count;
  });
}

/** @param total If Gaussians were spread by area alone: each then stands for an equal part of it, on faces of any size. */
function place(body: Body, counts: Int32Array, total?: number): Template {
  const n = counts.reduce((all, count) => all + count, 0);
  const faceOf = new Int32Array(n), slotOf = new Int32Array(n), faceStart = new Int32Array(counts.length + 1);
  const area = body.faceAreas.reduce((all, part) => all + part, 0);
  const share = new Float32Array(n), places = new Float32Array(3 * n);
  counts.forEach((count, face) => {
    const from = faceStart[face]!;
    faceStart[face + 1] = from + count;
    if (count === 0) return;
    faceOf.fill(face, from, from + count);
    const quota = total === undefined ? count : body.faceAreas[face]! / area * total;
    share.set(slots(count).share.map((part) => part * count / quota), from);
    places.set(slots(count).barycentric, 3 * from);
    for (let slot = 0; slot < count; slot++) slotOf[from + slot] = slot;
  });
  using scope = new TensorScope();
  const barycentric = scope.own(tf.tensor2d(places, [n, 3]));
  const canonical = slotOrigins(body.template, { body, faceOf, barycentric });
  scope.release(barycentric);
  return {
    body,
    count: n,
    faceOf,
    slotOf,
    faceStart,
    barycentric,
    share,
    faceSize: Float32Array.from(faceOf, (face) => Math.sqrt(2 * body.faceAreas[face]!)),
    canonical,
    dispose: () => tf.dispose([barycentric, canonical]),
  };
}
