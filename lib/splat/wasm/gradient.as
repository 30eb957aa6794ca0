// # The gradient of painting, as in ../rasterize_gradient.ts, and of projection, as in ../projection_gradient.ts
//
// Each pair of Gaussian and tile has a slot of its own, so that threads never add to the same number and sums have one order, however
// many threads there are. With u and d_y as in layout.as and q = α·∂L/∂α, a slot holds
//
//   Σ q·u, Σ q·u², Σ q·d_y, Σ q·d_y·u, Σ q·d_y², ∂L/∂z, Σ q, ∂L/∂red, ∂L/∂green, ∂L/∂blue
//
// from which r = Σ'⁻¹·d = (s·u, k·d_y − g·u)/h gives Σ q·r and Σ q·r·rᵀ, and Σ q/opacity is ∂L/∂opacity.
import { across, block, centerOf, corner, descent, down, foursInside, foursOf, originOf, place } from "./fours";
import * as at from "./layout";
import * as one from "./project";
import { both, swapped, total } from "./project";

const LIGHT: usize = 0, LAST: usize = 16, RED: usize = 32, GREEN: usize = 48, BLUE: usize = 64, DEPTH: usize = 80, BEHIND: usize = 96, FARTHEST: usize = 112;

/** Walks tiles `first` to `end` − 1 back to front and fills their slots. */
export function unpaint(thread: i32, first: i32, end: i32): void {
  for (let tile = first; tile < end; tile++) unpaintTile(at.scratch(thread), tile);
}

function unpaintTile(scratch: usize, tile: i32): void {
  const left = tile % at.columns() << 4, top = tile / at.columns() << 4, list = at.list(), starts = at.starts() + (<usize>tile << 2);
  const start = load<i32>(starts), origin = originOf(left, top), center = centerOf(left, top);
  let k = load<i32>(starts, 4) - 1, unbegun = foursInside(left, top), begun: u64 = 0, next = i32.MAX_VALUE, touched: u32 = 0;
  if (k < start) return;
  seed(scratch, left, top, unbegun);
  while (k >= start) {
    const end = max(start, k - at.BATCH + 1);
    for (let ahead = k; ahead >= end; ahead--) touched |= load<u32>(recordAt(list, ahead));
    for (; k >= end; k--) {
      if (k < next) { // one four more at least begins here
        next = -1;
        for (let rest = unbegun; rest != 0; rest &= rest - 1) {
          const farthest = load<i32>(block(scratch, ctz(rest)), FARTHEST);
          if (k < farthest) begun |= rest & -rest;
          else next = max(next, farthest);
        }
        unbegun &= ~begun;
      }
      unpaintOne(scratch, recordAt(list, k), at.slots() + <usize>k * 48, k, origin, center, begun);
    }
  }
  store<u32>(scratch, touched, at.TOUCHED);
}

// @ts-ignore: AssemblyScript's decorator
@inline function recordAt(list: usize, k: i32): usize { return at.records() + (<usize>load<u32>(list + (<usize>k << 2)) << 6); }

/** Pixels as they stand behind their last Gaussian, and the last place at which one of a four had not ended. */
function seed(scratch: usize, left: i32, top: i32, inside: u64): void {
  const red = <f32>at.camera(at.BACKGROUND), green = <f32>at.camera(at.BACKGROUND + 1), blue = <f32>at.camera(at.BACKGROUND + 2);
  for (let rest = inside; rest != 0; rest &= rest - 1) {
    const four = ctz(rest), x = left + (<i32>(four & 3) << 2), start = <usize>((top + <i32>(four >> 2)) * at.width() + x);
    let p = block(scratch, four), farthest = 0;
    memory.fill(p, 0, 112); // beyond the picture's edge all has ended before the first
    for (let pixel = start << 2, end = pixel + (<usize>min(4, at.width() - x) << 2); pixel < end; pixel += 4, p += 4) {
      const by = at.byImage() + (pixel << 2), g0 = load<f32>(by), g1 = load<f32>(by, 4), g2 = load<f32>(by, 8);
      const light = load<f32>(at.light() + pixel), last = load<i32>(at.last() + pixel);
      const coverage = load<f32>(at.image() + (pixel << 2), 12), byDepth = coverage > 0 ? load<f32>(at.byDepth() + pixel) / coverage : 0;
      const byCoverage = load<f32>(by, 12) - byDepth * load<f32>(at.depth() + pixel);
      store<f32>(p, g0, RED);
      store<f32>(p, g1, GREEN);
      store<f32>(p, g2, BLUE);
      store<f32>(p, byDepth, DEPTH);
      store<f32>(p, light, LIGHT);
      store<i32>(p, last, LAST);
      store<f32>(p, light * (g0 * red + g1 * green + g2 * blue - byCoverage), BEHIND);
      farthest = max(farthest, last);
    }
    store<i32>(block(scratch, four), farthest, FARTHEST);
  }
}

/** The sums of four vectors, as one. */
// @ts-ignore: AssemblyScript's decorator
@inline function totals(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7)); // a₀+a₂, b₀+b₂, a₁+a₃, b₁+b₃
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f64>(ab, cd, 0, 2), v128.shuffle<f64>(ab, cd, 1, 3));
}

function unpaintOne(scratch: usize, record: usize, slot: usize, k: i32, origin: v128, center: v128, begun: u64): void {
  const begin = corner(record, center), step = descent(record), s = v128.load_splat<f32>(record + at.S), fall = v128.load_splat<f32>(record + at.K);
  const peak = v128.load_splat<f32>(record + at.PEAK), floor = v128.load_splat<f32>(record + at.FLOOR), red = v128.load_splat<f32>(record + at.RED);
  const green = v128.load_splat<f32>(record + at.GREEN), blue = v128.load_splat<f32>(record + at.BLUE), z = v128.load_splat<f32>(record + at.Z);
  const index = i32x4.splat(k), unit = f32x4.splat(1), zero = f32x4.splat(0);
  let byX = zero, byXX = zero, byY = zero, byYX = zero, byYY = zero, byZ = zero, byPeak = zero, byRed = zero, byGreen = zero, byBlue = zero;
  for (let rest = foursOf(record, origin) & begun; rest != 0; rest &= rest - 1) {
    const four = ctz(rest), p = block(scratch, four), here = place(begin, step, four), u = across(here, s, four), dy = down(here);
    const x = f32x4.sub(f32x4.sub(peak, f32x4.mul(f32x4.mul(fall, dy), dy)), f32x4.mul(u, u));
    const shown = v128.and(f32x4.ge(x, floor), i32x4.lt_s(index, v128.load(p, LAST)));

    const free = v128.and(at.exp2(x), shown), alpha = f32x4.pmin(free, at.alphaMax()), through = f32x4.div(unit, f32x4.sub(unit, alpha));
    const light = f32x4.mul(v128.load(p, LIGHT), through), weight = f32x4.mul(light, alpha), behind = v128.load(p, BEHIND);
    const g0 = v128.load(p, RED), g1 = v128.load(p, GREEN), g2 = v128.load(p, BLUE), gz = v128.load(p, DEPTH);
    const value = f32x4.add(f32x4.add(f32x4.mul(red, g0), f32x4.mul(green, g1)), f32x4.add(f32x4.mul(blue, g2), f32x4.mul(z, gz)));
    v128.store(p, light, LIGHT);
    v128.store(p, f32x4.add(behind, f32x4.mul(weight, value)), BEHIND);
    byRed = f32x4.add(byRed, f32x4.mul(weight, g0));
    byGreen = f32x4.add(byGreen, f32x4.mul(weight, g1));
    byBlue = f32x4.add(byBlue, f32x4.mul(weight, g2));
    byZ = f32x4.add(byZ, f32x4.mul(weight, gz));
    const byAlpha = f32x4.sub(f32x4.mul(light, value), f32x4.mul(behind, through));
    const push = v128.and(f32x4.mul(alpha, byAlpha), f32x4.le(free, at.alphaMax())), pushed = f32x4.mul(push, u), lower = f32x4.mul(push, dy);
    byPeak = f32x4.add(byPeak, push);
    byX = f32x4.add(byX, pushed);
    byXX = f32x4.add(byXX, f32x4.mul(pushed, u));
    byY = f32x4.add(byY, lower);
    byYX = f32x4.add(byYX, f32x4.mul(pushed, dy));
    byYY = f32x4.add(byYY, f32x4.mul(lower, dy));
  }
  v128.store(slot, totals(byX, byXX, byY, byYX));
  v128.store(slot, totals(byYY, byZ, byPeak, byRed), 16);
  v128.store(slot, totals(byGreen, byBlue, zero, zero), 32);
}

/** Sums each Gaussian's slots in the order of tiles. */
export function sumSlots(pairs: i32): void {
  memory.fill(at.sums(), 0, <usize>at.count() * 48);
  for (let k = 0; k < pairs; k++) {
    const slot = at.slots() + <usize>k * 48, sum = at.sums() + <usize>load<u32>(at.list() + (<usize>k << 2)) * 48;
    v128.store(sum, f32x4.add(v128.load(sum), v128.load(slot)));
    v128.store(sum, f32x4.add(v128.load(sum, 16), v128.load(slot, 16)), 16);
    v128.store(sum, f32x4.add(v128.load(sum, 32), v128.load(slot, 32)), 32);
  }
}

/** Gradients of the inputs of Gaussians `first` to `end` − 1. */
export function unproject(first: i32, end: i32): void {
  const n = <usize>at.count(), byMeans = at.byInputs(), byRotations = byMeans + n * 12, byScales = byRotations + n * 16;
  const byOpacity = byScales + n * 12, byColors = byOpacity + n * 4, byLens = byColors + n * 12;
  for (let i = <usize>first; i < <usize>end; i++) {
    if (load<u8>(at.state() + i) != 0) {
      memory.fill(byMeans + i * 12, 0, 12);
      memory.fill(byRotations + i * 16, 0, 16);
      memory.fill(byScales + i * 12, 0, 12);
      memory.fill(byColors + i * 12, 0, 12);
      memory.fill(byLens + i * 16, 0, 16);
      store<f32>(byOpacity + i * 4, 0);
      continue;
    }
    const sum = at.sums() + i * 48;
    store<f32>(byOpacity + i * 4, load<f32>(sum, 24) / at.f32At(at.opacity(), <i32>i));
    memory.copy(byColors + i * 12, sum + 28, 12);
    unprojectOne(i, sum, byMeans + i * 12, byRotations + i * 16, byScales + i * 12, byLens + i * 16);
  }
}

function unprojectOne(i: usize, sum: usize, byMean: usize, byRotation: usize, byScale: usize, byLens: usize): void {
  const record = at.records() + (i << 6), s = <f64>load<f32>(record, at.S) / at.HALF_LOG2E, g = load<f64>(record, at.G) / at.HALF_LOG2E;
  const k = <f64>load<f32>(record, at.K) / at.HALF_LOG2E, qu = <f64>load<f32>(sum), quu = <f64>load<f32>(sum, 4), qyu = k * load<f32>(sum, 12);
  const byPx = s * qu, byPy = k * load<f32>(sum, 8) - g * qu; // Σ q·r
  const xx = s * s * quu, xy = s * (qyu - g * quu), yy = k * k * load<f32>(sum, 16) - 2 * g * qyu + g * g * quu; // Σ q·r·rᵀ = 2·∂Σ'
  one.placeOne(<i32>i);
  one.turnOne(<i32>i);
  const stretch = f64x2(xx, yy), mix = both(xy);
  const d0 = f64x2.add(f64x2.mul(stretch, one.uv0), f64x2.mul(mix, swapped(one.uv0))); // ∂u, ∂v
  const d1 = f64x2.add(f64x2.mul(stretch, one.uv1), f64x2.mul(mix, swapped(one.uv1)));
  const d2 = f64x2.add(f64x2.mul(stretch, one.uv2), f64x2.mul(mix, swapped(one.uv2)));
  const ab0 = one.ab0, ab1 = one.ab1, ab2 = one.ab2, s0 = one.s0, s1 = one.s1, s2 = one.s2;
  const d00 = total(f64x2.mul(ab0, d0)), d01 = total(f64x2.mul(ab0, d1)), d02 = total(f64x2.mul(ab0, d2)); // ∂M
  const d10 = total(f64x2.mul(ab1, d0)), d11 = total(f64x2.mul(ab1, d1)), d12 = total(f64x2.mul(ab1, d2));
  const d20 = total(f64x2.mul(ab2, d0)), d21 = total(f64x2.mul(ab2, d1)), d22 = total(f64x2.mul(ab2, d2));
  store<f32>(byScale, <f32>(one.r00 * d00 + one.r10 * d10 + one.r20 * d20));
  store<f32>(byScale, <f32>(one.r01 * d01 + one.r11 * d11 + one.r21 * d21), 4);
  store<f32>(byScale, <f32>(one.r02 * d02 + one.r12 * d12 + one.r22 * d22), 8);

  const g00 = s0 * d00, g01 = s1 * d01, g02 = s2 * d02, g10 = s0 * d10, g11 = s1 * d11, g12 = s2 * d12, g20 = s0 * d20, g21 = s1 * d21, g22 = s2 * d22; // ∂R
  const q = at.rotations() + (i << 4), per = sqrt(one.perSquare);
  const w = per * load<f32>(q), x = per * load<f32>(q, 4), y = per * load<f32>(q, 8), z = per * load<f32>(q, 12);
  const dw = 2 * (x * (g21 - g12) + y * (g02 - g20) + z * (g10 - g01));
  const dx = 2 * (w * (g21 - g12) + y * (g01 + g10) + z * (g02 + g20) - 2 * x * (g11 + g22));
  const dy = 2 * (w * (g02 - g20) + x * (g01 + g10) + z * (g12 + g21) - 2 * y * (g00 + g22));
  const dz = 2 * (w * (g10 - g01) + x * (g02 + g20) + y * (g12 + g21) - 2 * z * (g00 + g11));
  const along = w * dw + x * dx + y * dy + z * dz;
  v128.store(byRotation, f32x4(<f32>((dw - w * along) * per), <f32>((dx - x * along) * per), <f32>((dy - y * along) * per), <f32>((dz - z * along) * per)));

  const e0 = f64x2.mul(both(s0), d0), e1 = f64x2.mul(both(s1), d1), e2 = f64x2.mul(both(s2), d2);
  const m0 = byRow(one.r00, one.r01, one.r02, e0, e1, e2), m1 = byRow(one.r10, one.r11, one.r12, e0, e1, e2), m2 = byRow(one.r20, one.r21, one.r22, e0, e1, e2); // M·∂u, M·∂v
  const stretched = f64x2.add(f64x2.add(f64x2.mul(m0, ab0), f64x2.mul(m1, ab1)), f64x2.mul(m2, ab2)), f = at.pair(0), byP = f64x2(byPx, byPy);
  const bent = f64x2.neg(f64x2.mul(one.j, byRow(at.camera(at.W_Z), at.camera(at.W_Z + 1), at.camera(at.W_Z + 2), m0, m1, m2))); // ∂m̄
  const outside = v128.andnot(bent, f64x2.eq(one.bent, one.slope)), inside = f64x2.sub(bent, outside);
  const byF = f64x2.add(f64x2.mul(one.slope, byP), f64x2.div(f64x2.sub(stretched, f64x2.mul(one.bent, outside)), f));
  const byC = f64x2.sub(byP, f64x2.div(outside, f));
  v128.store(byLens, v128.shuffle<f32>(f32x4.demote_f64x2_zero(byF), f32x4.demote_f64x2_zero(byC), 0, 1, 4, 5));
  const slid = f64x2.add(f64x2.mul(f, byP), inside), away = f64x2.mul(slid, both(one.perDepth)); // ∂m, ∂c_x and ∂c_y
  const dcz = load<f32>(sum, 20) - total(f64x2.add(f64x2.mul(one.slope, slid), stretched)) * one.perDepth;
  for (let axis: usize = 0; axis < 3; axis++) {
    store<f32>(byMean + (axis << 2), <f32>(total(f64x2.mul(at.pair(at.W + 2 * axis), away)) + at.camera(at.W_Z + axis) * dcz));
  }
}

// @ts-ignore: AssemblyScript's decorator
@inline function byRow(x: f64, y: f64, z: f64, a: v128, b: v128, c: v128): v128 {
  return f64x2.add(f64x2.add(f64x2.mul(both(x), a), f64x2.mul(both(y), b)), f64x2.mul(both(z), c));
}
