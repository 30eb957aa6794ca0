// # A tile as 64 fours: one bit for each
//
// A tile's 16×16 pixels are taken in fours that lie side by side in a row. Four b = 4·row + column/4 is bit b of a word, so that one
// word says which fours a Gaussian's box touches, another which still let light through, and their intersection is all there is to
// visit: one loop over bits, whatever the box, and none at all where it has ended.
//
// A thread's scratch holds the tile as 64 blocks of 128 bytes, each with eight vectors of four numbers.
import * as at from "./layout";

/** Bytes of a block, as a shift. */
const BLOCK: usize = 7;
/** 0, 1, 2, 3; 4, 5, 6, 7; …: the columns of the fours of a row. */
const COLUMNS: usize = memory.data<f32>([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], 16);

// @ts-ignore: AssemblyScript's decorator
@inline export function block(tile: usize, four: u64): usize { return tile + (<usize>four << BLOCK); }

/** A tile's first column twice and first row twice, to be subtracted from boxes. */
// @ts-ignore: AssemblyScript's decorator
@inline export function originOf(left: i32, top: i32): v128 { return i16x8(<i16>left, <i16>left, <i16>top, <i16>top, 0, 0, 0, 0); }

/** The fours that a box of pixels touches, in the tile with this origin; it touches one at least. */
// @ts-ignore: AssemblyScript's decorator
@inline export function foursOf(record: usize, origin: v128): u64 {
  const box = i16x8.sub(v128.load64_zero(record, at.BOX), origin), near = i16x8.min_s(i16x8.max_s(box, i16x8.splat(0)), i16x8.splat(15));
  const first = <u64>(i16x8.extract_lane_u(near, 0) >> 2), last = <u64>(i16x8.extract_lane_u(near, 1) >> 2);
  const highest = <u64>i16x8.extract_lane_u(near, 2) << 2, lowest = <u64>i16x8.extract_lane_u(near, 3) << 2;
  return ((2 << last) - (1 << first)) * 0x1111111111111111 & (<u64>-1 << highest) & (<u64>-1 >> 60 - lowest);
}

/** The centre of the tile's first pixel, as two doubles. */
// @ts-ignore: AssemblyScript's decorator
@inline export function centerOf(left: i32, top: i32): v128 { return f64x2(<f64>left + 0.5, <f64>top + 0.5); }

/** u and d_y of that pixel, as two doubles; see `layout.as`. */
// @ts-ignore: AssemblyScript's decorator
@inline export function corner(record: usize, center: v128): v128 {
  const d = f64x2.sub(center, v128.load(record, at.PX)), s = f64x2.promote_low_f32x4(v128.load32_zero(record, at.S));
  const across = f64x2.mul(d, v128.shuffle<f64>(s, f64x2(1, 1), 0, 2)); // s·d_x, d_y
  return f64x2.sub(across, f64x2.mul(v128.load64_zero(record, at.G), v128.shuffle<f64>(d, d, 1, 1)));
}

/** How they change from a row to the next. */
// @ts-ignore: AssemblyScript's decorator
@inline export function descent(record: usize): v128 { return f64x2.sub(f64x2(0, 1), v128.load64_zero(record, at.G)); }

/**
 * u of the first pixel in a four's row, and d_y, in single precision, lanes 0 and 1. The row becomes a double within a vector: what V8
 * makes of a scalar's conversion waits for a register that the four before wrote last, so that no two would be worked on at once.
 */
// @ts-ignore: AssemblyScript's decorator
@inline export function place(corner: v128, descent: v128, four: u64): v128 {
  return f32x4.demote_f64x2_zero(f64x2.add(corner, f64x2.mul(descent, f64x2.convert_low_i32x4_s(i32x4.splat(<i32>four >> 2)))));
}

/** u of a four's pixels. */
// @ts-ignore: AssemblyScript's decorator
@inline export function across(place: v128, s: v128, four: u64): v128 {
  return f32x4.add(v128.shuffle<f32>(place, place, 0, 0, 0, 0), f32x4.mul(s, v128.load(COLUMNS + (<usize>(four & 3) << 4))));
}

/** d_y, the same for all four. */
// @ts-ignore: AssemblyScript's decorator
@inline export function down(place: v128): v128 { return v128.shuffle<f32>(place, place, 1, 1, 1, 1); }

/** The fours of a tile that have pixels in the picture. */
export function foursInside(left: i32, top: i32): u64 {
  const columns = <u64>(min(15, at.width() - 1 - left) >> 2), rows = <u64>min(15, at.height() - 1 - top) << 2;
  return ((2 << columns) - 1) * 0x1111111111111111 & (<u64>-1 >> 60 - rows);
}
