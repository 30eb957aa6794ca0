// # Painting a tile, as in ../rasterize.ts, four pixels of a row at a time in single precision
//
// A thread's scratch holds the tile's planes of 256 numbers: T (negative where the pixel has ended), last, and the sums of red, green,
// blue, depth and weights; the last are the coverage, which 1 − T knows less well where little is seen.
// Pixels are taken in fours that begin at every fourth column, so that each four that is read was written as one.
import * as at from "./layout";

const LIGHT: usize = 0, LAST: usize = 1040, RED: usize = 2080, GREEN: usize = 3120, BLUE: usize = 4160, DEPTH: usize = 5200, COVERAGE: usize = 6240; // 260·4 apart

/** Paints tiles `first` to `end` − 1 into image, depth, light and last. */
export function paint(thread: i32, first: i32, end: i32): void {
  for (let tile = first; tile < end; tile++) paintTile(at.scratch(thread), tile);
}

function paintTile(planes: usize, tile: i32): void {
  const left = tile % at.columns() << 4, top = tile / at.columns() << 4;
  const right = min(at.width(), left + 16), bottom = min(at.height(), top + 16);
  for (let p = planes; p < planes + 1040; p += 16) {
    v128.store(p, f32x4.splat(1), LIGHT);
    v128.store(p, i32x4.splat(-1), LAST);
    v128.store(p, f32x4.splat(0), RED);
    v128.store(p, f32x4.splat(0), GREEN);
    v128.store(p, f32x4.splat(0), BLUE);
    v128.store(p, f32x4.splat(0), DEPTH);
    v128.store(p, f32x4.splat(0), COVERAGE);
  }
  for (let y = 0; y < 16; y++) { // what lies beyond the picture's edge has ended
    for (let x = top + y < bottom ? right - left : 0; x < 16; x++) store<f32>(planes + (<usize>((y << 4) + x) << 2), -1, LIGHT);
  }
  const list = at.list(), starts = at.starts() + (<usize>tile << 2), stop = load<i32>(starts, 4);
  let open = (right - left) * (bottom - top);
  for (let k = load<i32>(starts); k < stop && open > 0; k++) open -= paintOne(planes, at.records() + (<usize>load<u32>(list + (<usize>k << 2)) << 6), k, left, top, right, bottom);
  develop(planes, left, top, right, bottom);
}

/** Paints one Gaussian; returns how many pixels ended. */
// @ts-ignore: AssemblyScript's decorator
@inline
function paintOne(planes: usize, record: usize, k: i32, left: i32, top: i32, right: i32, bottom: i32): i32 {
  const px = load<f64>(record, at.PX), py = load<f64>(record, at.PY), shear = load<f64>(record, at.SHEAR), a = load<f32>(record, at.A);
  const fall = load<f32>(record, at.K), reach = load<f32>(record, at.REACH), wide = <f64>load<f32>(record, at.EXTENT_X), tall = <f64>load<f32>(record, at.EXTENT_Y);
  const peak = v128.load_splat<f32>(record + at.PEAK), red = v128.load_splat<f32>(record + at.RED), green = v128.load_splat<f32>(record + at.GREEN);
  const blue = v128.load_splat<f32>(record + at.BLUE), z = v128.load_splat<f32>(record + at.Z), sharp = f32x4.splat(a), place = i32x4.splat(k);
  const within = f32x4.splat(reach), lanes = f32x4(0, 1, 2, 3), one = f32x4.splat(1), zero = f32x4.splat(0);
  let ended = 0;
  const highest = <i32>max(<f64>top, Math.ceil(py - tall - 0.5)), lowest = <i32>min(<f64>(bottom - 1), Math.floor(py + tall - 0.5));
  // whole fours of columns, the same in all rows: what they hold beside the ellipse its exponent tells
  const from = <i32>max(<f64>left, min(<f64>right, Math.ceil(px - wide - 0.5))) & ~3, to = <i32>min(<f64>(right - 1), max(<f64>left - 1, Math.floor(px + wide - 0.5)));
  const beside = <f64>from + 0.5 - px, start = planes + (<usize>((highest - top << 4) + from - left) << 2);
  for (let y = highest; y <= lowest; y++) {
    const dy = <f64>y + 0.5 - py, above = fall * <f32>(dy * dy);
    if (reach < above) continue;
    let p = start + (<usize>(y - highest) << 6), x = f32x4.add(f32x4.splat(<f32>(beside - shear * dy)), lanes);
    for (let column = from; column <= to; column += 4, p += 16, x = f32x4.add(x, f32x4.splat(4))) {
      const light = v128.load(p, LIGHT);
      const exponent = f32x4.add(f32x4.mul(f32x4.mul(sharp, x), x), f32x4.splat(above));
      let shown = v128.and(f32x4.le(exponent, within), f32x4.gt(light, zero));
      if (!v128.any_true(shown)) continue;
      const alpha = f32x4.pmin(f32x4.mul(peak, at.expNegHalf(exponent)), f32x4.splat(at.ALPHA_MAX)), after = f32x4.mul(light, f32x4.sub(one, alpha));
      const ends = v128.and(shown, f32x4.lt(after, f32x4.splat(at.LIGHT_MIN)));
      shown = v128.andnot(shown, ends);
      const weight = v128.and(f32x4.mul(light, alpha), shown);
      v128.store(p, f32x4.add(v128.load(p, RED), f32x4.mul(weight, red)), RED);
      v128.store(p, f32x4.add(v128.load(p, GREEN), f32x4.mul(weight, green)), GREEN);
      v128.store(p, f32x4.add(v128.load(p, BLUE), f32x4.mul(weight, blue)), BLUE);
      v128.store(p, f32x4.add(v128.load(p, DEPTH), f32x4.mul(weight, z)), DEPTH);
      v128.store(p, f32x4.add(v128.load(p, COVERAGE), weight), COVERAGE);
      v128.store(p, v128.bitselect(place, v128.load(p, LAST), shown), LAST);
      let next = v128.bitselect(after, light, shown);
      if (v128.any_true(ends)) {
        next = v128.bitselect(f32x4.neg(light), next, ends);
        ended += popcnt(i32x4.bitmask(ends));
      }
      v128.store(p, next, LIGHT);
    }
  }
  return ended;
}

/** Puts the background behind a tile and copies it into the picture. */
function develop(planes: usize, left: i32, top: i32, right: i32, bottom: i32): void {
  const red = <f32>at.camera(at.BACKGROUND), green = <f32>at.camera(at.BACKGROUND + 1), blue = <f32>at.camera(at.BACKGROUND + 2);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const p = planes + (<usize>((y - top << 4) + x - left) << 2), pixel = <usize>(y * at.width() + x) << 2;
      const light = Mathf.abs(load<f32>(p, LIGHT)), coverage = load<f32>(p, COVERAGE), image = at.image() + (pixel << 2);
      store<f32>(image, load<f32>(p, RED) + light * red);
      store<f32>(image, load<f32>(p, GREEN) + light * green, 4);
      store<f32>(image, load<f32>(p, BLUE) + light * blue, 8);
      store<f32>(image, coverage, 12);
      store<f32>(at.depth() + pixel, coverage > 0 ? load<f32>(p, DEPTH) / coverage : 0);
      store<f32>(at.light() + pixel, light);
      store<i32>(at.last() + pixel, load<i32>(p, LAST));
    }
  }
}
