/**
 * # The joints of a Gaussian: those of its face's corners
 *
 * ```
 * w_ij = Σ_c barycentric_ic · w_(corner c of face of i)j        then the k largest, scaled to sum to 1
 * ```
 *
 * @module
 */
import type { Template } from "../body/gaussians.ts";
import { type TopWeights, topWeights } from "../body/top_weights.ts";

/**
 * Joint weights of Gaussians from those of vertices.
 *
 * @param barycentric n·3
 * @param ofVertices k joints and weights a vertex.
 * @returns n·k joints and weights.
 */
export function blendWeights(
  { body, count, faceOf }: Template,
  barycentric: Float32Array,
  ofVertices: TopWeights,
  k: number,
): TopWeights {
  const width = body.parents.length, row = new Float32Array(width);
  const blended = { joints: new Uint8Array(count * k), weights: new Float32Array(count * k) };
  for (let i = 0; i < count; i++) {
    row.fill(0);
    for (let at = 0; at < 3 * k; at++) {
      const corner = Math.floor(at / k), from = k * body.faces[3 * faceOf[i]! + corner]! + at % k;
      row[ofVertices.joints[from]!]! += barycentric[3 * i + corner]! * ofVertices.weights[from]!;
    }
    const { joints, weights } = topWeights(row, width, k);
    blended.joints.set(joints, k * i);
    blended.weights.set(weights, k * i);
  }
  return blended;
}
