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
import { colorsAtVertices } from "./colors_at_vertices.ts";
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
  const rgb = Float32Array.from(
    { length: 3 * template.count },
    (_, at) => 0.5 + SH_0 * harmonics[stride * Math.floor(at / 3) + at % 3]!,
  );
  const weights = opacities.map((value, i) => Math.max(LEAST_WEIGHT, value * share[i]!));
  return colorsAtVertices({ vertexCount: body.vertexCount, faces: body.faces, faceOf, barycentric }, weights, rgb);
}
