/**
 * # Spearman's rank correlation
 *
 * ```
 * ρ = Σ (r_i − r̄)·(s_i − s̄) / √(Σ (r_i − r̄)² · Σ (s_i − s̄)²)        r, s: ranks of a and b; ties share their mean rank
 * ```
 *
 * Whether the larger of a go with the larger of b, whatever the curve between them.
 *
 * Source: Spearman, *The proof and measurement of association between two things*, 1904.
 *
 * @module
 */

/**
 * Spearman's rank correlation; ties share their mean rank.
 *
 * @param a [n]
 * @param b [n]
 * @returns −1..1; NaN if a side is constant.
 */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [x, y] = [ranks(a), ranks(b)], mx = mean(x), my = mean(y);
  let xy = 0, xx = 0, yy = 0;
  for (let i = 0; i < x.length; i++) {
    const dx = x[i]! - mx, dy = y[i]! - my;
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xy / Math.sqrt(xx * yy);
}

function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const rank = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) rank[order[i]!] = (start + end - 1) / 2;
    start = end;
  }
  return rank;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
