/**
 * # From Gaussians to vertices, in plain numbers
 *
 * ```
 * colour_v = Σ_i w_i·b_iv·colour_i / Σ_i w_i·b_iv        b_iv: the Gaussian's barycentric coordinate at vertex v
 * ```
 *
 * Vertices that no Gaussian reaches take the mean of their neighbours', ring by ring.
 *
 * @module
 */

/** Which faces of which mesh Gaussians sit on, and where. */
export interface OnFaces {
  /** V */
  readonly vertexCount: number;
  /** F·3 vertex indices. */
  readonly faces: ArrayLike<number>;
  /** [n] */
  readonly faceOf: ArrayLike<number>;
  /** n·3; each three sum to 1. */
  readonly barycentric: ArrayLike<number>;
}

/**
 * Averages colours at vertices.
 *
 * @param weights [n], at least 0; what is NaN does not count.
 * @param rgb n·3
 * @returns V·3, within 0..1; mid grey where there is no Gaussian far and wide.
 */
export function colorsAtVertices(
  { vertexCount, faces, faceOf, barycentric }: OnFaces,
  weights: ArrayLike<number>,
  rgb: ArrayLike<number>,
): Float32Array {
  const sums = new Float64Array(3 * vertexCount), weightAt = new Float64Array(vertexCount);
  for (let i = 0; i < faceOf.length; i++) {
    for (let corner = 0; corner < 3; corner++) {
      const vertex = faces[3 * faceOf[i]! + corner]!;
      const weight = weights[i]! * barycentric[3 * i + corner]!;
      if (!(weight > 0)) continue; // NaN neither
      weightAt[vertex]! += weight;
      for (let channel = 0; channel < 3; channel++) sums[3 * vertex + channel]! += weight * rgb[3 * i + channel]!;
    }
  }
  spreadOut(sums, weightAt, faces);
  return Float32Array.from(sums, (sum, at) => {
    const weight = weightAt[Math.floor(at / 3)]!;
    return weight > 0 ? Math.min(1, Math.max(0, sum / weight)) : 0.5;
  });
}

/** Gives vertices without weight the mean of their neighbours', ring by ring. */
function spreadOut(sums: Float64Array, weights: Float64Array, faces: ArrayLike<number>): void {
  let bare = weights.reduce((count, weight) => count + (weight > 0 ? 0 : 1), 0);
  while (bare > 0 && bare < weights.length) {
    const gained = new Map<number, [red: number, green: number, blue: number, weight: number]>();
    for (let i = 0; i < faces.length; i++) {
      const vertex = faces[i]!;
      if (weights[vertex]! > 0) continue;
      for (const other of [faces[i - i % 3 + (i % 3 + 1) % 3]!, faces[i - i % 3 + (i % 3 + 2) % 3]!]) {
        const weight = weights[other]!;
        if (!(weight > 0)) continue;
        const [r, g, b, count] = gained.get(vertex) ?? [0, 0, 0, 0];
        const [red, green, blue] = [0, 1, 2].map((channel) => sums[3 * other + channel]! / weight);
        gained.set(vertex, [r + red!, g + green!, b + blue!, count + 1]);
      }
    }
    if (gained.size === 0) return; // parts of the mesh without any Gaussian
    for (const [vertex, [r, g, b, weight]] of gained) {
      sums.set([r, g, b], 3 * vertex);
      weights[vertex] = weight;
    }
    bare -= gained.size;
  }
}
