/**
 * # Garments cut from the tights and the skirt
 *
 * A garment is a helper mesh moved outwards, and a number for each vertex that is negative where the cloth ends:
 *
 * ```
 * keep = min(y − hem, waist − y, sleeve − |x|, max(neckline(x, z) − y, |x| − width), |x| − opening, …)         metres, template at rest
 * move = normal·(gap + loose·e^(−distance to hem or cuff/25 cm))·(1 + folds·noise)
 * ```
 *
 * In the T-pose sleeves end at a plane x = const, trousers and hems at planes y = const; the rasteriser cuts where
 * `keep` crosses zero, across faces, so hems are clean at any length.
 *
 * @module
 */
import { fractal } from "./noise.ts";
import { type RiggedMesh, vertexNormals } from "./rigged_mesh.ts";

/** Where a garment ends, in metres of the template at rest; what is left out does not cut. */
export interface Cut {
  /** Lowest and highest y. */
  readonly hem?: number;
  readonly top?: number;
  /** Largest |x|: the end of the sleeves. */
  readonly sleeve?: number;
  /** The neckline: its height, how much lower it is in front, and over which half width. */
  readonly neck?: { readonly height: number; readonly drop: number; readonly width: number };
  /** Half width of an opening down the front. */
  readonly opening?: number;
}

/** How far the cloth stands off the skin, metres. */
export interface Fit {
  readonly gap: number;
  /** Extra at the hem (and cuffs). */
  readonly loose: number;
  /** How uneven it is, as a share of gap and loose. */
  readonly folds: number;
  /** Where in the noise its folds are. */
  readonly offset: number;
}

const NECK_Z = 0.04; // the neck's axis in the template

/** Negative where the cloth ends. @param template [n, 3] */
export function cutGarment(template: Float32Array, cut: Cut): Float32Array {
  const keep = new Float32Array(template.length / 3);
  for (let v = 0, i = 0; v < keep.length; v++, i += 3) {
    const x = template[i]!, y = template[i + 1]!, z = template[i + 2]!;
    let least = Infinity;
    if (cut.hem !== undefined) least = Math.min(least, y - cut.hem);
    if (cut.top !== undefined) least = Math.min(least, cut.top - y);
    if (cut.sleeve !== undefined) least = Math.min(least, cut.sleeve - Math.abs(x));
    if (cut.neck) { // the neck looks out of a slot: above the line and within the width; shoulders stay covered
      const { height, drop, width } = cut.neck, side = Math.abs(x);
      const ahead = Math.min(1, Math.max(0, (z - NECK_Z + 0.02) / 0.06)), middle = Math.max(0, 1 - side / width);
      least = Math.min(least, Math.max(height - drop * ahead * middle - y, side - Math.max(0.085, width * 0.8)));
    }
    if (cut.opening !== undefined && z > NECK_Z - 0.02) least = Math.min(least, Math.abs(x) - cut.opening);
    keep[v] = least;
  }
  return keep;
}

/** The shaped mesh moved outwards, at rest; looser towards hem and cuffs, tight at waist and neck. */
export function standOff(mesh: RiggedMesh, shaped: Float32Array, cut: Cut, fit: Fit): Float32Array {
  const normals = vertexNormals(shaped, mesh.faces), moved = new Float32Array(shaped.length), { template } = mesh;
  for (let i = 0; i < moved.length; i += 3) {
    const end = Math.min(template[i + 1]! - (cut.hem ?? -Infinity), (cut.sleeve ?? Infinity) - Math.abs(template[i]!));
    const toEnd = Math.exp(-Math.max(0, end) / 0.25);
    const uneven = fractal(template[i]! * 14 + fit.offset, template[i + 1]! * 9, template[i + 2]! * 14, 2);
    const away = Math.max(0.003, (fit.gap + fit.loose * toEnd) * (1 + 2 * fit.folds * uneven));
    for (let c = 0; c < 3; c++) moved[i + c] = shaped[i + c]! + normals[i + c]! * away;
  }
  return moved;
}

/**
 * The skin drawn in where cloth lies on it, so that it never shows through.
 *
 * @param under For each vertex of the body the nearest vertex of the tights.
 * @param keeps The garments cut from the tights.
 */
export function tuckSkin(
  body: RiggedMesh,
  shaped: Float32Array,
  under: Uint16Array,
  keeps: readonly Float32Array[],
): Float32Array {
  const normals = vertexNormals(shaped, body.faces), tucked = shaped.slice();
  for (let v = 0, i = 0; v < under.length; v++, i += 3) {
    let covered = 0; // metres inside the cloth's edge
    for (const keep of keeps) covered = Math.max(covered, keep[under[v]!]!);
    const depth = 0.009 * Math.min(1, Math.max(0, (covered - 0.012) / 0.02));
    if (depth > 0) { for (let c = 0; c < 3; c++) tucked[i + c]! -= normals[i + c]! * depth; }
  }
  return tucked;
}
