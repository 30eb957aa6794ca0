/**
 * # Procrustes: what is left after the best turn, shift and scale
 *
 * ```
 * min over s, R, t of Σ |s·p_i·R + t − q_i|²      p_i, q_i: rows of P, Q [n, 3]; R a rotation, no mirror image
 *
 * P, Q centred     PᵀQ = U·Σ·Vᵀ     D = diag(1, 1, det(U·Vᵀ))     R = U·D·Vᵀ     s = tr(Σ·D)/|P|²
 * error = mean |s·p_i·R − q_i|
 * ```
 *
 * Squares are what the transform makes least; the mean distance is what is quoted.
 *
 * Source: Umeyama, *Least-squares estimation of transformation parameters between two point patterns*, 1991.
 *
 * @module
 */
import { Matrix, SVD } from "ml-matrix";

/**
 * Mean distance after the best similarity transform of the first points onto the second.
 *
 * @param points [n, 3], any unit.
 * @param targets [n, 3], the same unit.
 * @returns in that unit.
 */
export function procrustesError(points: Float32Array, targets: Float32Array): number {
  const centred = (rows: Float32Array) => {
    const matrix = Matrix.from1DArray(rows.length / 3, 3, Array.from(rows));
    return matrix.subRowVector(matrix.mean("column"));
  };
  const p = centred(points), q = centred(targets);
  const { leftSingularVectors: U, rightSingularVectors: V, diagonal } = new SVD(p.transpose().mmul(q));
  const turn = U.mmul(V.transpose()), sign = determinant(turn) < 0 ? -1 : 1;
  const flip = Matrix.diag([1, 1, sign]), R = U.mmul(flip).mmul(V.transpose()); // a rotation, no mirror image
  const spread = p.to1DArray().reduce((sum, x) => sum + x * x, 0);
  const scale = spread > 0 ? (diagonal[0]! + diagonal[1]! + sign * diagonal[2]!) / spread : 1;
  const moved = p.mmul(R).mul(scale);
  return meanLength(moved.sub(q));
}

/** Mean length of the rows. */
function meanLength(rows: Matrix): number {
  return rows.to2DArray().reduce((sum, row) => sum + Math.hypot(...row), 0) / rows.rows;
}

type Nine = readonly [number, number, number, number, number, number, number, number, number];

function determinant(m: Matrix): number {
  const [a, b, c, d, e, f, g, h, i] = m.to1DArray() as unknown as Nine;
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}
