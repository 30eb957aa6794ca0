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
@inline export function rects(): usize { return place(7); } // u16 [n, 4]: first and last column, first and last row of tiles
// @ts-ignore: AssemblyScript's decorator
@inline export function orders(): usize { return place(8); } // u32 [2, n]: two halves, for sorting from one into the other
// @ts-ignore: AssemblyScript's decorator
@inline export function starts(): usize { return place(9); } // u32 [tiles + 1]
// @ts-ignore: AssemblyScript's decorator
@inline export function cursors(): usize { return place(10); } // u32 [max(tiles, 6144)]
// @ts-ignore: AssemblyScript's decorator
@inline export function image(): usize { return place(11); } // f32 [H, W, 4]
// @ts-ignore: AssemblyScript's decorator
@inline export function depth(): usize { return place(12); } // f32 [H, W]
// @ts-ignore: AssemblyScript's decorator
@inline export function light(): usize { return place(13); } // f32 [H, W]: T_end
// @ts-ignore: AssemblyScript's decorator
@inline export function last(): usize { return place(14); } // i32 [H, W]: place in the list of the last one painted, or −1
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

/** fx, fy, cx, cy, W (9), t (3), background (3), the clamped frame's left, right, top, bottom. */
// @ts-ignore: AssemblyScript's decorator
@inline export function camera(index: usize): f64 { return load<f64>(NUMBERS + (index << 3)); }
export const W: usize = 4, T: usize = 13, BACKGROUND: usize = 16, FRAME: usize = 19;

// A record: p_x, p_y, m (f64); a, k, reach, extent_y, c_z, opacity, red, green, blue, extent_x (f32).
// With x' = d_x − m·d_y the exponent is a·x'² + k·d_y²: a = Σ'yy/det Σ', m = Σ'xy/Σ'yy, k = 1/Σ'yy. No term cancels another.
export const PX: usize = 0, PY: usize = 8, SHEAR: usize = 16, A: usize = 24, K: usize = 28, REACH: usize = 32, EXTENT_Y: usize = 36;
export const Z: usize = 40, PEAK: usize = 44, RED: usize = 48, GREEN: usize = 52, BLUE: usize = 56, EXTENT_X: usize = 60;

export const ALPHA_MIN: f32 = 1.0 / 255.0, ALPHA_MAX: f32 = 0.999, LIGHT_MIN: f32 = 1e-4;

// @ts-ignore: AssemblyScript's decorator
@inline export function f32At(base: usize, index: i32): f32 { return load<f32>(base + ((<usize>index) << 2)); }

const SHIFT: f32 = 12582912; // 1.5·2²³: added to a small number, its last bits hold the nearest whole one

/**
 * exp(−e/2) of four e ≥ 0, to a rounding: 2^x with x = whole + rest, |rest| ≤ ½, and 2^rest by its Chebyshev polynomial of degree 5,
 * off by 3·10⁻⁷; its terms are added in pairs, since each sum would else wait for the one before.
 */
// @ts-ignore: AssemblyScript's decorator
@inline export function expNegHalf(e: v128): v128 {
  const x = f32x4.pmax(f32x4.splat(-126), f32x4.mul(e, f32x4.splat(<f32>-0.7213475204444817))); // −½·log₂e
  const shifted = f32x4.add(x, f32x4.splat(SHIFT)), r = f32x4.sub(x, f32x4.sub(shifted, f32x4.splat(SHIFT))), rr = f32x4.mul(r, r);
  const p0 = f32x4.add(f32x4.splat(<f32>1.0000000754548972), f32x4.mul(r, f32x4.splat(<f32>0.6931471880262273)));
  const p2 = f32x4.add(f32x4.splat(<f32>0.2402210748530968), f32x4.mul(r, f32x4.splat(<f32>0.05550357114222094)));
  const p4 = f32x4.add(f32x4.splat(<f32>0.009676031918255982), f32x4.mul(r, f32x4.splat(<f32>0.001339086336353527)));
  const p = f32x4.add(p0, f32x4.mul(rr, f32x4.add(p2, f32x4.mul(rr, p4))));
  return i32x4.add(p, i32x4.shl(shifted, 23));
}
