/**
 * # The rotation that turns one set of points best into another
 *
 * ```
 * A = Σ_i w_i·(y_i − c_y)·(a_i − c_a)ᵀ = U·D·Vᵀ        R = U·diag(1, 1, det U·Vᵀ)·Vᵀ   minimises Σ w_i·|y_i − c_y − R·(a_i − c_a)|²
 * ```
 *
 * The sums Σ w·y·aᵀ, Σ w·y, Σ w·a, Σ w of a part's points are taken once; A about any two centres follows from them:
 * Σ w·y·aᵀ − (Σ w·y)·c_aᵀ − c_y·(Σ w·a)ᵀ + (Σ w)·c_y·c_aᵀ.
 *
 * With a bone's direction known from its two joints only the twist about it is open: swing first, then the angle
 * atan2(b·vee H, tr H − bᵀHb), H = R_swing·Aᵀ.
 *
 * Source: Kabsch, *A solution for the best rotation to relate two sets of vectors*, 1976; smplfitter 0.6.0 for the twist.
 *
 * @module
 */
import { Matrix as Dense, SVD } from "ml-matrix";
import { about, apply, between, dot, type Matrix, multiply, transpose, unit, type Vector } from "../turns.ts";

/** The rotation nearest to a 3×3 matrix, in the sense of the sum of squares. */
export function nearestRotation(a: Matrix): Matrix {
  const svd = new SVD(new Dense([a.slice(0, 3), a.slice(3, 6), a.slice(6, 9)] as number[][]));
  const U = svd.leftSingularVectors, V = svd.rightSingularVectors;
  const flat = (m: Dense): Matrix => [0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => m.get(i, j)));
  const u = flat(U), v = flat(V), rotation = multiply(u, transpose(v));
  if (determinant(rotation) > 0) return rotation;
  const mirrored = u.map((value, i) => i % 3 === 2 ? -value : value); // the smallest singular value's direction
  return multiply(mirrored, transpose(v));
}

function determinant(m: Matrix): number {
  const [a, b, c, d, e, f, g, h, i] = m as [number, number, number, number, number, number, number, number, number];
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}

/** Weighted sums of pairs of points, y being the target and a the reference. */
export interface PairSums {
  /** Σ w·y·aᵀ, nine numbers. */
  readonly products: Matrix;
  /** Σ w·y */
  readonly targets: Vector;
  /** Σ w·a */
  readonly references: Vector;
  /** Σ w·|a|² */
  readonly squares: number;
  /** Σ w */
  readonly weight: number;
  /** How many pairs have a weight above 0. */
  readonly count: number;
}

/** The cross-covariance about two centres. */
export function covariance(sums: PairSums, target: Vector, reference: Vector): Matrix {
  const { products, targets, references, weight } = sums;
  return products.map((value, at) => {
    const i = Math.floor(at / 3), j = at % 3;
    return value - targets[i]! * reference[j]! - target[i]! * references[j]! + weight * target[i]! * reference[j]!;
  });
}

/** Σ w·|a − c|²: how much the pairs say about a rotation. */
export function spread({ squares, references, weight }: PairSums, centre: Vector): number {
  return squares - 2 * dot(references, centre) + weight * dot(centre, centre);
}

/**
 * Turns a bone onto another, and about it as the points say.
 *
 * @param cross The cross-covariance of the points around the bone.
 */
export function swingAndTwist(reference: Vector, target: Vector, cross: Matrix): Matrix {
  const swing = between(reference, target), bone = unit(target);
  const h = multiply(swing, transpose(cross));
  const vee: Vector = [h[5]! - h[7]!, h[6]! - h[2]!, h[1]! - h[3]!];
  const angle = Math.atan2(dot(bone, vee), h[0]! + h[4]! + h[8]! - dot(bone, apply(h, bone)));
  return multiply(about(bone, angle), swing);
}

/** Sums of single pairs. */
export function pairSums(
  pairs: readonly { readonly target: Vector; readonly reference: Vector; readonly weight: number }[],
): PairSums {
  const zero = {
    products: new Array<number>(9).fill(0),
    targets: [0, 0, 0],
    references: [0, 0, 0],
    squares: 0,
    weight: 0,
    count: 0,
  };
  for (const { target, reference, weight } of pairs) {
    if (weight === 0) continue;
    for (let i = 0; i < 3; i++) {
      zero.targets[i]! += weight * target[i]!;
      zero.references[i]! += weight * reference[i]!;
      for (let j = 0; j < 3; j++) zero.products[3 * i + j]! += weight * target[i]! * reference[j]!;
    }
    zero.squares += weight * dot(reference, reference);
    zero.weight += weight;
    zero.count++;
  }
  return zero as unknown as PairSums;
}

/** Σ w·y / Σ w and the same of a. */
export function centroids(
  { targets, references, weight }: PairSums,
): { readonly target: Vector; readonly reference: Vector } {
  const mean = (sum: Vector) => sum.map((value) => value / weight) as unknown as Vector;
  return { target: mean(targets), reference: mean(references) };
}
