/**
 * # Rasterising: ellipses are painted front to back until nothing shines through
 *
 * ```
 * T_1 = 1        T_{i+1} = T_i·(1 − α_i)                          what still shines through
 * colour = Σ_i T_i·α_i·c_i + T_end·background        coverage = 1 − T_end        depth = Σ T_i·α_i·z_i / Σ T_i·α_i
 * ```
 *
 * for each pixel, over the Gaussians of its tile from the nearest to the farthest. α_i is at most 0.999 and those under
 * 1/255 are left out; the Gaussian that would bring T below 10⁻⁴ is not painted and ends the pixel.
 *
 * This is the readable reference: one core, plain loops, a picture of 512² with 80,000 Gaussians in about a tenth of a
 * second. The faster implementations, on all cores and on WebGPU, are tested against it.
 *
 * The loop goes over Gaussians outside and pixels inside, so that a Gaussian's numbers are read once a tile, and solves
 * for the ellipse's ends in each row, so that pixels outside are never visited: with d = (dx, dy) and the conic
 * (a, b, c), a·dx² + 2b·dx·dy + c·dy² ≤ reach holds between −b·dy/a ∓ √(reach·a − (ac − b²)·dy²)/a.
 *
 * Source: Kerbl et al., *3D Gaussian Splatting*, 2023, section 6 and appendix C.
 *
 * @module
 */
import { ALPHA_MIN, type Ellipses, projectSplats, type Splats, STATE } from "./projection.ts";
import { sortIntoTiles, TILE, type Tiles } from "./tiles.ts";
import type { View } from "./view.ts";

/** A picture, and what became of the Gaussians. */
export interface Raster {
  /** [H, W, 4]: red, green, blue over the background, and coverage. */
  readonly image: Float32Array;
  /** [H, W]: mean depth along the camera's axis in metres, 0 where nothing is. */
  readonly depth: Float32Array;
  /** Gaussians in the picture. */
  readonly drawn: number;
  /** Gaussians left out because a number is not finite or the rotation is zero. */
  readonly invalid: number;
}

/** A picture with what its gradient needs. */
export interface Painting extends Raster {
  readonly ellipses: Ellipses;
  readonly tiles: Tiles;
  /** [H, W]: T_end */
  readonly light: Float64Array;
  /** [H, W]: 1 + place in `tiles.list` of the last Gaussian that was painted, 0 where none was. */
  readonly last: Uint32Array;
}

/** Three numbers 0..1. */
export type Color = readonly [red: number, green: number, blue: number];

/** No Gaussian hides what is behind it entirely. */
export const ALPHA_MAX = 0.999;
/** Less light than this is not followed any further. */
const T_MIN = 1e-4;
const PIXELS = TILE * TILE;

/** The reference implementation, on one core. */
export function rasterize(splats: Splats, view: View, background: Color): Painting {
  const { width, height } = view;
  const ellipses = projectSplats(splats, view);
  const tiles = sortIntoTiles(ellipses, view);
  const raster = {
    image: new Float32Array(4 * width * height),
    depth: new Float32Array(width * height),
    light: new Float64Array(width * height),
    last: new Uint32Array(width * height),
  };
  const paint: Paint = {
    light: new Float64Array(PIXELS),
    ended: new Uint8Array(PIXELS),
    last: new Uint32Array(PIXELS),
    sum: new Float64Array(4 * PIXELS),
  };
  for (let row = 0; row < tiles.rows; row++) {
    for (let column = 0; column < tiles.columns; column++) {
      const area = {
        left: column * TILE,
        top: row * TILE,
        right: Math.min(width, (column + 1) * TILE),
        bottom: Math.min(height, (row + 1) * TILE),
      };
      paintTile(paint, area, splats, ellipses, tiles, row * tiles.columns + column);
      developTile(paint, area, raster, width, background);
    }
  }
  const count = (wanted: number) => ellipses.state.reduce((sum, state) => sum + (state === wanted ? 1 : 0), 0);
  return { ...raster, ellipses, tiles, drawn: count(STATE.drawn), invalid: count(STATE.invalid) };
}

/** One tile while it is being painted. */
interface Paint {
  /** [256]: T */
  readonly light: Float64Array;
  /** [256]: 1 where T would fall below its bound. */
  readonly ended: Uint8Array;
  /** [256]: 1 + place in the list of the last one painted. */
  readonly last: Uint32Array;
  /** [256, 4]: Σ T·α·(red, green, blue, depth) */
  readonly sum: Float64Array;
}

/** Pixels of the picture from left and top up to, not including, right and bottom. */
interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function paintTile(
  { light, ended, last, sum }: Paint,
  { left, top, right, bottom }: Area,
  { opacity, colors }: Splats,
  { center, conic, reach, extent, depth }: Ellipses,
  { start, list }: Tiles,
  tile: number,
): void {
  light.fill(1);
  ended.fill(0);
  last.fill(0);
  sum.fill(0);
  let open = (right - left) * (bottom - top);
  for (let k = start[tile]!; k < start[tile + 1]!; k++) {
    const i = list[k]!;
    const px = center[2 * i]!, py = center[2 * i + 1]!, extentY = extent[2 * i + 1]!;
    const a = conic[3 * i]!, b = conic[3 * i + 1]!, c = conic[3 * i + 2]!, most = reach[i]! * a, det = a * c - b * b;
    const peak = opacity[i]!, z = depth[i]!;
    const red = colors[3 * i]!, green = colors[3 * i + 1]!, blue = colors[3 * i + 2]!;
    const highest = Math.max(top, Math.ceil(py - extentY - 0.5)),
      lowest = Math.min(bottom - 1, Math.floor(py + extentY - 0.5));
    for (let y = highest; y <= lowest; y++) {
      const dy = y + 0.5 - py, middle = px - b * dy / a, half = Math.sqrt(Math.max(0, most - det * dy * dy)) / a;
      const from = Math.max(left, Math.ceil(middle - half - 0.5)),
        to = Math.min(right - 1, Math.floor(middle + half - 0.5));
      for (let x = from; x <= to; x++) {
        const pixel = (y - top) * TILE + x - left;
        if (ended[pixel]) continue;
        const dx = x + 0.5 - px;
        const alpha = Math.min(ALPHA_MAX, peak * Math.exp(-0.5 * (a * dx * dx + 2 * b * dx * dy + c * dy * dy)));
        if (alpha < ALPHA_MIN) continue; // rounding at the ellipse's very edge
        const rest = light[pixel]! * (1 - alpha);
        if (rest < T_MIN) {
          ended[pixel] = 1;
          if (--open === 0) return;
          continue;
        }
        const weight = light[pixel]! * alpha;
        sum[4 * pixel]! += weight * red;
        sum[4 * pixel + 1]! += weight * green;
        sum[4 * pixel + 2]! += weight * blue;
        sum[4 * pixel + 3]! += weight * z;
        light[pixel] = rest;
        last[pixel] = k + 1;
      }
    }
  }
}

/** Puts the background behind a painted tile and copies it into the picture. */
function developTile(
  paint: Paint,
  { left, top, right, bottom }: Area,
  { image, depth, light, last }: Pick<Painting, "image" | "depth" | "light" | "last">,
  width: number,
  background: Color,
): void {
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const pixel = (y - top) * TILE + x - left, place = y * width + x;
      const rest = paint.light[pixel]!, coverage = 1 - rest;
      for (let channel = 0; channel < 3; channel++) {
        image[4 * place + channel] = paint.sum[4 * pixel + channel]! + rest * background[channel]!;
      }
      image[4 * place + 3] = coverage;
      depth[place] = coverage > 0 ? paint.sum[4 * pixel + 3]! / coverage : 0; // Σ T·α = 1 − T_end
      light[place] = rest;
      last[place] = paint.last[pixel]!;
    }
  }
}
