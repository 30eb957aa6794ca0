// # Where things lie in the memory that all threads share
//
// The first 64 bytes are the words by which threads meet (threads.ts); then come the places of all arrays (offsets in bytes), the
// sizes, and the camera. TypeScript writes them (memory.ts), the same numbers are read here.

/** Word 2 of the meeting place: the next item that nobody has taken. */
export const NEXT: usize = 8;
const PLACES: usize = 64, NUMBERS: usize = 192;

// @ts-ignore: AssemblyScript's decorator
@inline function place(index: usize): usize { return load<u32>(PLACES + (index << 2)); }
// @ts-ignore: AssemblyScript's decorator
@inline export function means(): usize { return place(0); } // f32 [n, 3]
// @ts-ignore: AssemblyScript's decorator
@inline export function rotations(): usize { return place(1); } // f32 [n, 4]
// @ts-ignore: AssemblyScript's decorator
@inline export function scales(): usize { return place(2); } // f32 [n, 3]
// @ts-ignore: AssemblyScript's decorator
@inline export function opacity(): usize { return place(3); } // f32 [n]
// @ts-ignore: AssemblyScript's decorator
@inline export function colors(): usize { return place(4); } // f32 [n, 3]
// @ts-ignore: AssemblyScript's decorator
@inline export function state(): usize { return place(5); } // u8 [n]: 0 drawn, 1 unseen, 2 invalid
// @ts-ignore: AssemblyScript's decorator
@inline export function records(): usize { return place(6); } // [n] of 64 bytes, see below
// @ts-ignore: AssemblyScript's decorator
@inline export function boxes(): usize { return place(7); } // i16 [n, 4]: first and last column, first and last row of pixels
// @ts-ignore: AssemblyScript's decorator
@inline export function orders(): usize { return place(8); } // u64 [2, n]: two halves, for sorting from one into the other
// @ts-ignore: AssemblyScript's decorator
@inline export function starts(): usize { return place(9); } // u32 [tiles + 1]
// @ts-ignore: AssemblyScript's decorator
@inline export function cursors(): usize { return place(10); } // u32 [max((columns + 1)·(rows + 1), 2048)]
// @ts-ignore: AssemblyScript's decorator
@inline export function image(): usize { return place(11); } // f32 [H, W, 4]
// @ts-ignore: AssemblyScript's decorator
@inline export function depth(): usize { return place(12); } // f32 [H, W]
// @ts-ignore: AssemblyScript's decorator
@inline export function light(): usize { return place(13); } // f32 [H, W]: T_end
// @ts-ignore: AssemblyScript's decorator
@inline export function last(): usize { return place(14); } // i32 [H, W]: place in the list of the one that ended the pixel, or NEVER
// @ts-ignore: AssemblyScript's decorator
@inline export function scratch(thread: i32): usize { return place(15) + ((<usize>thread) << 13); } // 8 KiB a thread
// @ts-ignore: AssemblyScript's decorator
@inline export function list(): usize { return place(16); } // u32 [pairs]
// @ts-ignore: AssemblyScript's decorator
@inline export function slots(): usize { return place(17); } // f32 [pairs, 12]: moments, see gradient.as
// @ts-ignore: AssemblyScript's decorator
@inline export function sums(): usize { return place(18); } // f32 [n, 12]: slots summed
// @ts-ignore: AssemblyScript's decorator
@inline export function byImage(): usize { return place(19); } // f32 [H, W, 4]
// @ts-ignore: AssemblyScript's decorator
@inline export function byDepth(): usize { return place(20); } // f32 [H, W]
// @ts-ignore: AssemblyScript's decorator
@inline export function byInputs(): usize { return place(21); } // f32 [n·(3 + 4 + 3 + 1 + 3 + 4)]: the gradients, one input after the other, then fx, fy, cx, cy
// @ts-ignore: AssemblyScript's decorator
@inline export function count(): i32 { return load<i32>(PLACES + 24 * 4); }
// @ts-ignore: AssemblyScript's decorator
@inline export function width(): i32 { return load<i32>(PLACES + 25 * 4); }
// @ts-ignore: AssemblyScript's decorator
@inline export function height(): i32 { return load<i32>(PLACES + 26 * 4); }
// @ts-ignore: AssemblyScript's decorator
@inline export function columns(): i32 { return (width() + 15) >> 4; }
// @ts-ignore: AssemblyScript's decorator
@inline export function rows(): i32 { return (height() + 15) >> 4; }

/** The camera's numbers, x and y side by side: f, c, W's first two rows column by column, t, W's third row and t_z, background, frame, size. */
// @ts-ignore: AssemblyScript's decorator
@inline export function camera(index: usize): f64 { return load<f64>(NUMBERS + (index << 3)); }
// @ts-ignore: AssemblyScript's decorator
@inline export function pair(index: usize): v128 { return v128.load(NUMBERS + (index << 3)); }
export const W: usize = 4, T: usize = 10, W_Z: usize = 12, T_Z: usize = 15, BACKGROUND: usize = 16, FRAME: usize = 20, SIZE: usize = 24;

// A record: p_x, p_y, g (f64); s, k, peak, floor, c_z, red, green, blue (f32); its box (as in `boxes`). With u = s·d_x − g·d_y,
//
//   log₂ α = peak − u² − k·d_y²        s² = h·Σ'yy/det Σ', g = s·Σ'xy/Σ'yy, k = h/Σ'yy, peak = log₂ opacity, h = ½·log₂ e
//
// No term cancels another, and since Σ' has the pixel's own variance, s and √k are under 2 a pixel. What lies under `floor` is not drawn.
export const PX: usize = 0, PY: usize = 8, G: usize = 16, S: usize = 24, K: usize = 28, PEAK: usize = 32, FLOOR: usize = 36, Z: usize = 40;
export const RED: usize = 44, GREEN: usize = 48, BLUE: usize = 52, BOX: usize = 56;
/** So many records are touched before they are worked on: they lie anywhere, and so they are waited for together. */
export const BATCH: i32 = 16;
/** Where in a thread's scratch what was touched is left, so that it is touched at all. */
export const TOUCHED: usize = 120;
/** h: exp(−e/2) = 2^(−h·e). */
export const HALF_LOG2E: f64 = 0.7213475204444817;

export const ALPHA_MIN: f32 = 1.0 / 255.0;
/** `last` of a pixel that has not ended. */
export const NEVER: i32 = i32.MAX_VALUE;

// @ts-ignore: AssemblyScript's decorator
@inline export function f32At(base: usize, index: i32): f32 { return load<f32>(base + ((<usize>index) << 2)); }

const SHIFT: f32 = 12582912; // 1.5·2²³: added to a small number, its last bits hold the nearest whole one
const C0: f32 = 1.0000000754548972, C1: f32 = 0.6931471880262273, C2: f32 = 0.2402210748530968, C3: f32 = 0.05550357114222094;
const C4: f32 = 0.009676031918255982, C5: f32 = 0.001339086336353527, MOST: f32 = 0.999, LEAST: f32 = 1e-4;
/** Constants in memory: a load is less work than to build a vector, which is what constants in the code become. */
const VECTORS: usize = memory.data<f32>([
  SHIFT, SHIFT, SHIFT, SHIFT, C0, C0, C0, C0, C1, C1, C1, C1, C2, C2, C2, C2, C3, C3, C3, C3, C4, C4, C4, C4, C5, C5, C5, C5,
  MOST, MOST, MOST, MOST, LEAST, LEAST, LEAST, LEAST,
], 16);

/** The largest α, and less light than is followed any further, four times. */
// @ts-ignore: AssemblyScript's decorator
@inline export function alphaMax(): v128 { return v128.load(VECTORS, 112); }
// @ts-ignore: AssemblyScript's decorator
@inline export function lightMin(): v128 { return v128.load(VECTORS, 128); }

/**
 * 2^x of four |x| < 126, to a rounding; what it gives for others means nothing. x = whole + rest, |rest| ≤ ½, and 2^rest by its
 * Chebyshev polynomial of degree 5, off by 3·10⁻⁷; its terms are added in pairs, since each sum would else wait for the one before.
 */
// @ts-ignore: AssemblyScript's decorator
@inline export function exp2(x: v128): v128 {
  const shift = v128.load(VECTORS), shifted = f32x4.add(x, shift), r = f32x4.sub(x, f32x4.sub(shifted, shift)), rr = f32x4.mul(r, r);
  const p0 = f32x4.add(v128.load(VECTORS, 16), f32x4.mul(r, v128.load(VECTORS, 32)));
  const p2 = f32x4.add(v128.load(VECTORS, 48), f32x4.mul(r, v128.load(VECTORS, 64)));
  const p4 = f32x4.add(v128.load(VECTORS, 80), f32x4.mul(r, v128.load(VECTORS, 96)));
  return i32x4.add(f32x4.add(p0, f32x4.mul(rr, f32x4.add(p2, f32x4.mul(rr, p4)))), i32x4.shl(shifted, 23));
}
