/**
 * # Colours of vertices from the Gaussians around them
 *
 * ```
 * colour_v = Σ_i w_iv·(½ + Y_00·sh_i0) / Σ_i w_iv        w_iv = opacity_i · share_i · barycentric_i(v)
 * ```
 *
 * A plain mesh shows an avatar's colours without its fuzz and sheen. Vertices around which there is no Gaussian take the mean
 * of their neighbours, from the nearest coloured ones outwards.
 *
 * @module
 */
import type { Avatar } from "./assemble.ts";
import { SH_0 } from "./spherical_harmonics.ts";

/** A Gaussian counts at least this much, so that invisible ones still tell their colour where there is nothing else. */
const LEAST_WEIGHT = 1e-4;

/**
 * The colour of every vertex of an avatar's body.
 *
 * @returns V·3 red, green, blue, 0..1, sRGB as in the photo.
 */
export async function vertexColors(avatar: Avatar): Promise<Float32Array> {
  const { template, opacity, sh } = avatar, { body, faceOf, share } = template;
  const [opacities, harmonics, barycentric] = await Promise.all(
    [opacity, sh, template.barycentric].map((tensor) => tensor.data()),
  ) as [Float32Array, Float32Array, Float32Array];
  const stride = 3 * sh.shape[1];
  const sums = new Float64Array(3 * body.vertexCount), weights = new Float64Array(body.vertexCount);
  for (let i = 0; i < template.count; i++) {
    for (let corner = 0; corner < 3; corner++) {
      const vertex = body.faces[3 * faceOf[i]! + corner]!;
      const weight = Math.max(LEAST_WEIGHT, opacities[i]! * share[i]!) * barycentric[3 * i + corner]!;
      if (!(weight > 0)) continue; // NaN neither
      weights[vertex]! += weight;
      for (let channel = 0; channel < 3; channel++) {
        sums[3 * vertex + channel]! += weight * (0.5 + SH_0 * harmonics[stride * i + channel]!);
      }
    }
  }
  spreadOut(sums, weights, body.faces);
  return Float32Array.from(sums, (sum, at) => {
    const weight = weights[Math.floor(at / 3)]!;
    return weight > 0 ? Math.min(1, Math.max(0, sum / weight)) : 0.5;
  });
}

/** Gives vertices without weight the mean of their neighbours', ring by ring. */
function spreadOut(sums: Float64Array, weights: Float64Array, faces: Int32Array): void {
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
