/**
 * # Normal equations of several frames that share unknowns
 *
 * ```
 * minimise Σ_f |A_f·(s, x_f) − b_f|²        s shared by all frames, x_f each frame's own
 *
 * [H_ss  H_sx] [s]   [g_s]
 * [H_xs  H_xx]·[x] = [g_x]      (Σ_f H_ss − H_sx·H_xx⁻¹·H_xs)·s = Σ_f g_s − H_sx·H_xx⁻¹·g_x,    x = H_xx⁻¹·(g_x − H_xs·s)
 * ```
 *
 * The Schur complement keeps the cost linear in the frames. In each frame's system the shared unknowns come last.
 *
 * @module
 */
import { CholeskyDecomposition, Matrix } from "ml-matrix";

/** H·x = g, H symmetric. */
export interface NormalEquations {
  /** [d, d] row by row; only the upper triangle is read. */
  readonly matrix: Float64Array;
  /** [d] */
  readonly right: Float64Array;
}

/**
 * Solves all frames.
 *
 * @param shared How many of the last unknowns are the same in all frames.
 * @returns each frame's unknowns, or undefined if the equations do not determine them.
 */
export function solveShared(frames: readonly NormalEquations[], shared: number): Float64Array[] | undefined {
  const parts = frames.map(({ matrix, right }) => {
    const d = right.length, own = d - shared;
    const at = (i: number, j: number) => matrix[i <= j ? i * d + j : j * d + i]!;
    const block = (rows: number, from: number, columns: number, to: number) =>
      new Matrix(
        Array.from({ length: rows }, (_, i) =>
          Float64Array.from({ length: columns }, (_, j) => at(from + i, to + j))) as never,
      );
    const column = (from: number, rows: number) => Matrix.columnVector([...right.subarray(from, from + rows)]);
    return {
      xx: block(own, 0, own, 0),
      xs: block(own, 0, shared, own),
      ss: block(shared, own, shared, own),
      gx: column(0, own),
      gs: column(own, shared),
    };
  });
  let left: Matrix | undefined, right: Matrix | undefined;
  const backs: { readonly xs: Matrix; readonly gx: Matrix }[] = [];
  for (const { xx, xs, ss, gx, gs } of parts) {
    const factor = new CholeskyDecomposition(xx);
    if (!factor.isPositiveDefinite()) return undefined;
    const back = { xs: factor.solve(xs), gx: factor.solve(gx) };
    backs.push(back);
    const across = xs.transpose();
    const reduced = Matrix.sub(ss, across.mmul(back.xs)), value = Matrix.sub(gs, across.mmul(back.gx));
    left = left ? left.add(reduced) : reduced;
    right = right ? right.add(value) : value;
  }
  if (!left || !right) return [];
  for (let i = 0; i < shared; i++) for (let j = 0; j < i; j++) left.set(i, j, left.get(j, i)); // rounding
  const factor = new CholeskyDecomposition(left);
  if (!factor.isPositiveDefinite()) return undefined;
  const s = factor.solve(right);
  return backs.map(({ xs, gx }) => Float64Array.from([...Matrix.sub(gx, xs.mmul(s)).to1DArray(), ...s.to1DArray()]));
}
