/**
 * # The gradient of rasterising: each pixel walked back to front
 *
 * With w_i = T_i·α_i, N = Σ w_i·z_i, and g, ġ, g_D the gradients of a pixel's colour, coverage C = 1 − T_end and depth
 * D = N/C:
 *
 * ```
 * g_N = g_D/C                 ġ' = ġ − g_D·D/C                             depth seen as a sum, and its share in ġ
 * v_i = g·c_i + g_N·z_i       S_i = Σ_{k>i} w_k·v_k + T_end·(g·background − ġ')       what lies behind i
 * ∂L/∂α_i = T_i·v_i − S_i/(1 − α_i)                                        more of i, less of all behind it
 * ∂L/∂c_i = w_i·g             ∂L/∂z_i = w_i·g_N
 * ∂L/∂opacity_i = e·∂L/∂α_i   e = exp(−½·dᵀ·Σ'⁻¹·d)                        α = opacity·e
 * ∂L/∂p_i = α·∂L/∂α_i·r       ∂L/∂Σ'_i = ½·α·∂L/∂α_i·r·rᵀ                  r = Σ'⁻¹·d
 * ```
 *
 * Going backwards, T_i = T_{i+1}/(1 − α_i) and S grow one Gaussian at a time, so that a pixel needs two numbers of memory
 * however many Gaussians lie over each other. It starts at the last one that was painted. Where α is cut at 0.999 it
 * passes nothing on to opacity and shape; the edges, where α falls below 1/255, are held fixed.
 *
 * Tiles are walked in order and each adds to a Gaussian once, so that the sums are the same each time.
 *
 * @module
 */
import { ALPHA_MIN } from "./projection.ts";
import { type EllipseGradients, projectionGradient, type SplatGradients } from "./projection_gradient.ts";
import { ALPHA_MAX, type Color, type Painting } from "./rasterize.ts";
import type { Splats } from "./projection.ts";
import { TILE } from "./tiles.ts";
import type { View } from "./view.ts";

/** ∂L by the picture. */
export interface RasterGradient {
  /** [H, W, 4] */
  readonly image: Float32Array;
  /** [H, W] */
  readonly depth: Float32Array;
}

/** The reference implementation of the gradient, on one core: from a picture's to the Gaussians'. */
export function rasterizeGradient(
  splats: Splats,
  view: View,
  background: Color,
  painting: Painting,
  gradient: RasterGradient,
): SplatGradients {
  const { count } = splats, { tiles } = painting;
  const sums: Sums = {
    center: new Float64Array(2 * count),
    covariance: new Float64Array(3 * count),
    depth: new Float64Array(count),
    opacity: new Float64Array(count),
    colors: new Float64Array(3 * count),
  };
  const pixels = pixelsBehind(view, background, painting, gradient);
  for (let tile = 0; tile < tiles.columns * tiles.rows; tile++) unpaintTile(tile, splats, view, painting, pixels, sums);
  const projected = projectionGradient(splats, view, painting.ellipses, sums);
  return { ...projected, opacity: Float32Array.from(sums.opacity), colors: Float32Array.from(sums.colors) };
}

interface Sums extends EllipseGradients {
  /** [n] */
  readonly opacity: Float64Array;
  /** [n, 3] */
  readonly colors: Float64Array;
}

/** All pixels while they are walked back to front. */
interface Pixels {
  /** [H, W, 4]: g and g_N */
  readonly gradient: Float64Array;
  /** [H, W]: T */
  readonly light: Float64Array;
  /** [H, W]: S */
  readonly behind: Float64Array;
}

/** Pixels as they stand behind their last Gaussian. */
function pixelsBehind(
  { width, height }: View,
  background: Color,
  { light, image, depth }: Painting,
  { image: byImage, depth: byDepth }: RasterGradient,
): Pixels {
  const size = width * height, gradient = Float64Array.from(byImage), behind = new Float64Array(size);
  for (let place = 0; place < size; place++) {
    const coverage = image[4 * place + 3]!, byN = coverage > 0 ? byDepth[place]! / coverage : 0;
    const byCoverage = byImage[4 * place + 3]! - byN * depth[place]!;
    const byBackground = background[0] * byImage[4 * place]! + background[1] * byImage[4 * place + 1]! +
      background[2] * byImage[4 * place + 2]!;
    gradient[4 * place + 3] = byN;
    behind[place] = light[place]! * (byBackground - byCoverage);
  }
  return { gradient, light: light.slice(), behind };
}

/** Walks one tile's Gaussians back to front and adds up their gradients. */
function unpaintTile(
  tile: number,
  { opacity, colors }: Splats,
  { width, height }: View,
  { ellipses, tiles, last }: Painting,
  { gradient, light, behind }: Pixels,
  sums: Sums,
): void {
  const { center, conic, reach, extent, depth } = ellipses;
  const left = tile % tiles.columns * TILE, top = Math.floor(tile / tiles.columns) * TILE;
  const right = Math.min(width, left + TILE), bottom = Math.min(height, top + TILE);
  for (let k = tiles.start[tile + 1]! - 1; k >= tiles.start[tile]!; k--) {
    const i = tiles.list[k]!;
    const px = center[2 * i]!, py = center[2 * i + 1]!, extentY = extent[2 * i + 1]!;
    const a = conic[3 * i]!, b = conic[3 * i + 1]!, c = conic[3 * i + 2]!, most = reach[i]! * a, det = a * c - b * b;
    const peak = opacity[i]!, z = depth[i]!;
    const red = colors[3 * i]!, green = colors[3 * i + 1]!, blue = colors[3 * i + 2]!;
    let byX = 0, byY = 0, byXX = 0, byXY = 0, byYY = 0, byDepth = 0, byOpacity = 0, byRed = 0, byGreen = 0, byBlue = 0;
    const highest = Math.max(top, Math.ceil(py - extentY - 0.5)),
      lowest = Math.min(bottom - 1, Math.floor(py + extentY - 0.5));
    for (let y = highest; y <= lowest; y++) {
      const dy = y + 0.5 - py, middle = px - b * dy / a, half = Math.sqrt(Math.max(0, most - det * dy * dy)) / a;
      const from = Math.max(left, Math.ceil(middle - half - 0.5)),
        to = Math.min(right - 1, Math.floor(middle + half - 0.5));
      for (let x = from; x <= to; x++) {
        const place = y * width + x;
        if (k >= last[place]!) continue; // the pixel had ended
        const dx = x + 0.5 - px;
        const fall = Math.exp(-0.5 * (a * dx * dx + 2 * b * dx * dy + c * dy * dy)), free = peak * fall;
        if (free < ALPHA_MIN) continue;
        const alpha = Math.min(ALPHA_MAX, free), T = light[place]! / (1 - alpha), weight = T * alpha;
        const g0 = gradient[4 * place]!, g1 = gradient[4 * place + 1]!, g2 = gradient[4 * place + 2]!;
        const byN = gradient[4 * place + 3]!, value = red * g0 + green * g1 + blue * g2 + z * byN;
        const byAlpha = T * value - behind[place]! / (1 - alpha);
        light[place] = T;
        behind[place]! += weight * value;
        byRed += weight * g0;
        byGreen += weight * g1;
        byBlue += weight * g2;
        byDepth += weight * byN;
        if (free > ALPHA_MAX) continue;
        const push = alpha * byAlpha, rx = a * dx + b * dy, ry = b * dx + c * dy;
        byOpacity += fall * byAlpha;
        byX += push * rx;
        byY += push * ry;
        byXX += 0.5 * push * rx * rx;
        byXY += push * rx * ry; // both off-diagonal entries
        byYY += 0.5 * push * ry * ry;
      }
    }
    sums.center[2 * i]! += byX;
    sums.center[2 * i + 1]! += byY;
    sums.covariance[3 * i]! += byXX;
    sums.covariance[3 * i + 1]! += byXY;
    sums.covariance[3 * i + 2]! += byYY;
    sums.depth[i]! += byDepth;
    sums.opacity[i]! += byOpacity;
    sums.colors[3 * i]! += byRed;
    sums.colors[3 * i + 1]! += byGreen;
    sums.colors[3 * i + 2]! += byBlue;
  }
}
