// # Painting a tile, as in ../rasterize.ts, four pixels of a row at a time in single precision
//
// A block holds of its pixels T (negative where the pixel has ended), which Gaussian ended it, and the sums of red, green, blue, depth
// and weights; the last are the coverage, which 1 − T knows less well where little is seen. A four without a lane that is shown is
// worked through like all others: that costs less than a branch that is often guessed wrong.
import { across, block, centerOf, corner, descent, down, foursInside, foursOf, originOf, place } from "./fours";
import * as at from "./layout";

const LIGHT: usize = 0, LAST: usize = 16, RED: usize = 32, GREEN: usize = 48, BLUE: usize = 64, DEPTH: usize = 80, COVERAGE: usize = 96;

/** Paints tiles `first` to `end` − 1 into image, depth, light and last. */
export function paint(thread: i32, first: i32, end: i32): void {
  for (let tile = first; tile < end; tile++) paintTile(at.scratch(thread), tile);
}

function paintTile(scratch: usize, tile: i32): void {
  const left = tile % at.columns() << 4, top = tile / at.columns() << 4, inside = foursInside(left, top);
  const list = at.list(), starts = at.starts() + (<usize>tile << 2), stop = load<i32>(starts, 4);
  const origin = originOf(left, top), center = centerOf(left, top);
  let open = inside;
  clear(scratch, left, inside);
  let k = load<i32>(starts), touched: u32 = 0;
  while (k < stop && open != 0) {
    const end = min(stop, k + at.BATCH);
    for (let next = k; next < end; next++) touched |= load<u32>(at.records() + (<usize>load<u32>(list + (<usize>next << 2)) << 6));
    for (; k < end && open != 0; k++) open = paintOne(scratch, at.records() + (<usize>load<u32>(list + (<usize>k << 2)) << 6), k, origin, center, open);
  }
  store<u32>(scratch, touched, at.TOUCHED);
  for (let rest = inside; rest != 0; rest &= rest - 1) develop(scratch, ctz(rest), left, top);
}

/** Empties the blocks; what lies beyond the picture's right edge has ended. */
function clear(scratch: usize, left: i32, inside: u64): void {
  const columns = f32x4.splat(<f32>(at.width() - left)), ended = f32x4.splat(-1), zero = f32x4.splat(0);
  for (let rest = inside; rest != 0; rest &= rest - 1) {
    const four = ctz(rest), p = block(scratch, four), column = f32x4.add(f32x4.splat(<f32>(<i32>(four & 3) << 2)), f32x4(0, 1, 2, 3));
    v128.store(p, v128.bitselect(f32x4.splat(1), ended, f32x4.lt(column, columns)), LIGHT);
    v128.store(p, i32x4.splat(at.NEVER), LAST);
    v128.store(p, zero, RED);
    v128.store(p, zero, GREEN);
    v128.store(p, zero, BLUE);
    v128.store(p, zero, DEPTH);
    v128.store(p, zero, COVERAGE);
  }
}

/** Paints one Gaussian into the open fours; returns those that are open behind it. */
// @ts-ignore: AssemblyScript's decorator
@inline
function paintOne(scratch: usize, record: usize, k: i32, origin: v128, center: v128, open: u64): u64 {
  let rest = foursOf(record, origin) & open;
  if (rest == 0) return open;
  const begin = corner(record, center), step = descent(record), s = v128.load_splat<f32>(record + at.S), fall = v128.load_splat<f32>(record + at.K);
  const peak = v128.load_splat<f32>(record + at.PEAK), floor = v128.load_splat<f32>(record + at.FLOOR), red = v128.load_splat<f32>(record + at.RED);
  const green = v128.load_splat<f32>(record + at.GREEN), blue = v128.load_splat<f32>(record + at.BLUE), z = v128.load_splat<f32>(record + at.Z);
  do {
    const four = ctz(rest), p = block(scratch, four), here = place(begin, step, four), u = across(here, s, four), dy = down(here);
    const x = f32x4.sub(f32x4.sub(peak, f32x4.mul(f32x4.mul(fall, dy), dy)), f32x4.mul(u, u)), light = v128.load(p, LIGHT);
    const shown = v128.and(f32x4.ge(x, floor), f32x4.gt(light, f32x4.splat(0)));
    rest &= rest - 1;

    const alpha = v128.and(f32x4.pmin(at.exp2(x), at.alphaMax()), shown);
    let weight = f32x4.mul(light, alpha), after = f32x4.sub(light, weight);
    const ends = v128.and(f32x4.lt(after, at.lightMin()), shown);
    if (v128.any_true(ends)) {
      weight = v128.andnot(weight, ends);
      after = v128.bitselect(f32x4.neg(light), after, ends);
      v128.store(p, v128.bitselect(i32x4.splat(k), v128.load(p, LAST), ends), LAST);
      if (!v128.any_true(f32x4.gt(after, f32x4.splat(0)))) open &= ~(<u64>1 << four);
    }
    v128.store(p, after, LIGHT);
    v128.store(p, f32x4.add(v128.load(p, RED), f32x4.mul(weight, red)), RED);
    v128.store(p, f32x4.add(v128.load(p, GREEN), f32x4.mul(weight, green)), GREEN);
    v128.store(p, f32x4.add(v128.load(p, BLUE), f32x4.mul(weight, blue)), BLUE);
    v128.store(p, f32x4.add(v128.load(p, DEPTH), f32x4.mul(weight, z)), DEPTH);
    v128.store(p, f32x4.add(v128.load(p, COVERAGE), weight), COVERAGE);
  } while (rest != 0);
  return open;
}

/** Puts the background behind a four and copies it into the picture. */
// @ts-ignore: AssemblyScript's decorator
@inline
function develop(scratch: usize, four: u64, left: i32, top: i32): void {
  const p = block(scratch, four), x = left + (<i32>(four & 3) << 2), pixel = <usize>((top + <i32>(four >> 2)) * at.width() + x);
  const light = f32x4.abs(v128.load(p, LIGHT)), coverage = v128.load(p, COVERAGE);
  const depth = v128.and(f32x4.div(v128.load(p, DEPTH), coverage), f32x4.gt(coverage, f32x4.splat(0)));
  const red = f32x4.add(v128.load(p, RED), f32x4.mul(light, f32x4.splat(<f32>at.camera(at.BACKGROUND))));
  const green = f32x4.add(v128.load(p, GREEN), f32x4.mul(light, f32x4.splat(<f32>at.camera(at.BACKGROUND + 1))));
  const blue = f32x4.add(v128.load(p, BLUE), f32x4.mul(light, f32x4.splat(<f32>at.camera(at.BACKGROUND + 2))));
  const redGreen = v128.shuffle<f32>(red, green, 0, 4, 1, 5), blueCover = v128.shuffle<f32>(blue, coverage, 0, 4, 1, 5); // of pixels 0 and 1
  const redGreen2 = v128.shuffle<f32>(red, green, 2, 6, 3, 7), blueCover2 = v128.shuffle<f32>(blue, coverage, 2, 6, 3, 7);
  const image = at.image() + (pixel << 4), pixels = min(4, at.width() - x);
  v128.store(image, v128.shuffle<f64>(redGreen, blueCover, 0, 2));
  if (pixels > 1) v128.store(image, v128.shuffle<f64>(redGreen, blueCover, 1, 3), 16);
  if (pixels > 2) v128.store(image, v128.shuffle<f64>(redGreen2, blueCover2, 0, 2), 32);
  if (pixels > 3) v128.store(image, v128.shuffle<f64>(redGreen2, blueCover2, 1, 3), 48);
  put(at.depth() + (pixel << 2), depth, pixels);
  put(at.light() + (pixel << 2), light, pixels);
  put(at.last() + (pixel << 2), v128.load(p, LAST), pixels);
}

/** Stores the first lanes; those beyond the picture's edge would lie in its next row. */
// @ts-ignore: AssemblyScript's decorator
@inline
function put(place: usize, values: v128, lanes: i32): void {
  if (lanes == 4) v128.store(place, values);
  else {
    v128.store_lane<f32>(place, values, 0);
    if (lanes > 1) v128.store_lane<f32>(place, values, 1, 4);
    if (lanes > 2) v128.store_lane<f32>(place, values, 2, 8);
  }
}
