/**
 * # The view as the shaders see it
 *
 * One uniform block of 112 bytes: sizes, camera, background, and how many (Gaussian, tile) pairs a round holds (see
 * `rounds.ts`). Beside it the record that {@linkcode PROJECT} writes for each Gaussian, four `vec4f`:
 *
 * ```
 * 0  p_x, p_y, e_x, e_y      centre and half the size of the drawn ellipse, pixels
 * 1  a, m, 1/Σ'yy, reach     dᵀ·Σ'⁻¹·d = a·(d_x − m·d_y)² + d_y²/Σ'yy
 * 2  opacity, red, green, blue
 * 3  depth, tiles it touches, –, –
 * ```
 *
 * The completed square in row 1 keeps thin diagonal needles exact in float32, where a·dx² + 2b·dx·dy + c·dy² would be a
 * small difference of large numbers.
 *
 * @module
 */
import { FRAME } from "../projection.ts";
import type { Color } from "../rasterize.ts";
import { TILE } from "../tiles.ts";
import type { PictureSize, View } from "../view.ts";
import type { RoundSizes } from "./rounds.ts";

/** WGSL: the uniform block, and the tiles that an ellipse touches. */
export const VIEW_WGSL = /* wgsl */ `
struct View {
  count: u32, width: u32, height: u32, columns: u32,
  rows: u32, pairs: u32, rounds: u32, perGaussian: u32,
  lens: vec4f,               // fx, fy, cx, cy
  row0: vec4f, row1: vec4f, row2: vec4f,   // [W | t]
  background: vec4f,
}
const FRAME = ${FRAME};
const ALPHA_MIN = 1.0 / 255.0;
const ALPHA_MAX = 0.999;
const T_MIN = 1e-4;

// First column and row, last column and row; last < first where it touches none.
fn tileBox(ellipse: vec4f, view: View) -> vec4i {
  let low = vec2i(floor((ellipse.xy - ellipse.zw) / ${TILE}.0));
  let high = vec2i(floor((ellipse.xy + ellipse.zw) / ${TILE}.0));
  return vec4i(max(low, vec2i(0)), min(high, vec2i(i32(view.columns), i32(view.rows)) - 1));
}
`;

/** Tiles in a row, and rows of tiles. */
export function tileGrid({ width, height }: PictureSize): { columns: number; rows: number } {
  return { columns: Math.ceil(width / TILE), rows: Math.ceil(height / TILE) };
}

/** Where fx, fy, cx, cy lie in the block, in bytes. */
export const LENS = 32;

/** The uniform block's bytes. */
export function packView(
  count: number,
  view: View,
  background: Color,
  { pairs, rounds, perGaussian }: RoundSizes,
): ArrayBuffer {
  const { width, height, fx, fy, cx, cy, rotation: w, translation: t } = view;
  const { columns, rows } = tileGrid(view);
  const block = new ArrayBuffer(112);
  new Uint32Array(block).set([count, width, height, columns, rows, pairs, rounds, perGaussian]);
  const numbers = new Float32Array(block);
  numbers.set([fx, fy, cx, cy], LENS / 4);
  for (const row of [0, 1, 2]) numbers.set([w[3 * row]!, w[3 * row + 1]!, w[3 * row + 2]!, t[row]!], 12 + 4 * row);
  numbers.set(background, 24);
  return block;
}
