// # The gradient of painting, as in ../rasterize_gradient.ts, and of projection, as in ../projection_gradient.ts
//
// Each pair of Gaussian and tile has a slot of its own, so that threads never add to the same number and sums have one order, however
// many threads there are. With x' and d_y as in layout.as and q = α·∂L/∂α, a slot holds
//
//   Σ q·x', Σ q·x'², Σ q·d_y, Σ q·d_y·x', Σ q·d_y², ∂L/∂z, ∂L/∂opacity, ∂L/∂red, ∂L/∂green, ∂L/∂blue
//
// from which r = Σ'⁻¹·d = (a·x', k·d_y − m·a·x') gives Σ q·r and ½·Σ q·r·rᵀ.
import * as at from "./layout";
import * as one from "./project";

const LIGHT: usize = 0, LAST: usize = 1040, RED: usize = 2080, GREEN: usize = 3120, BLUE: usize = 4160, DEPTH: usize = 5200, BEHIND: usize = 6240;

/** Walks tiles `first` to `end` − 1 back to front and fills their slots. */
export function unpaint(thread: i32, first: i32, end: i32): void {
  for (let tile = first; tile < end; tile++) unpaintTile(at.scratch(thread), tile);
}

function unpaintTile(planes: usize, tile: i32): void {
  const left = tile % at.columns() << 4, top = tile / at.columns() << 4;
  const right = min(at.width(), left + 16), bottom = min(at.height(), top + 16);
  const list = at.list(), starts = at.starts() + (<usize>tile << 2), start = load<i32>(starts);
  const farthest = seed(planes, left, top, right, bottom);
  for (let k = load<i32>(starts, 4) - 1; k >= start; k--) {
    const slot = at.slots() + <usize>k * 48;
    if (k > farthest) memory.fill(slot, 0, 48);
    else unpaintOne(planes, at.records() + (<usize>load<u32>(list + (<usize>k << 2)) << 6), slot, k, left, top, right, bottom);
  }
}

/** Pixels as they stand behind their last Gaussian; returns the farthest of these. */
function seed(planes: usize, left: i32, top: i32, right: i32, bottom: i32): i32 {
  const red = <f32>at.camera(at.BACKGROUND), green = <f32>at.camera(at.BACKGROUND + 1), blue = <f32>at.camera(at.BACKGROUND + 2);
  let farthest = -1;
  memory.fill(planes, 0, BEHIND + 1040); // what lies beyond the picture's edge must be finite, whatever it was
  memory.fill(planes + LAST, 255, 1040);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const p = planes + (<usize>((y - top << 4) + x - left) << 2), pixel = <usize>(y * at.width() + x) << 2, by = at.byImage() + (pixel << 2);
      const g0 = load<f32>(by), g1 = load<f32>(by, 4), g2 = load<f32>(by, 8), light = load<f32>(at.light() + pixel), last = load<i32>(at.last() + pixel);
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
  }
  return farthest;
}

// @ts-ignore: AssemblyScript's decorator
@inline function total(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

function unpaintOne(planes: usize, record: usize, slot: usize, k: i32, left: i32, top: i32, right: i32, bottom: i32): void {
  const px = load<f64>(record, at.PX), py = load<f64>(record, at.PY), shear = load<f64>(record, at.SHEAR), a = load<f32>(record, at.A);
  const fall = load<f32>(record, at.K), reach = load<f32>(record, at.REACH), wide = <f64>load<f32>(record, at.EXTENT_X), tall = <f64>load<f32>(record, at.EXTENT_Y);
  const peak = v128.load_splat<f32>(record + at.PEAK), red = v128.load_splat<f32>(record + at.RED), green = v128.load_splat<f32>(record + at.GREEN);
  const blue = v128.load_splat<f32>(record + at.BLUE), z = v128.load_splat<f32>(record + at.Z), sharp = f32x4.splat(a), place = i32x4.splat(k);
  const within = f32x4.splat(reach), lanes = f32x4(0, 1, 2, 3), unit = f32x4.splat(1), zero = f32x4.splat(0);
  let byX = zero, byXX = zero, byY = zero, byYX = zero, byYY = zero, byZ = zero, byPeak = zero, byRed = zero, byGreen = zero, byBlue = zero;
  const highest = <i32>max(<f64>top, Math.ceil(py - tall - 0.5)), lowest = <i32>min(<f64>(bottom - 1), Math.floor(py + tall - 0.5));
  // whole fours of columns, the same in all rows: what they hold beside the ellipse its exponent tells
  const from = <i32>max(<f64>left, min(<f64>right, Math.ceil(px - wide - 0.5))) & ~3, to = <i32>min(<f64>(right - 1), max(<f64>left - 1, Math.floor(px + wide - 0.5)));
  const beside = <f64>from + 0.5 - px, start = planes + (<usize>((highest - top << 4) + from - left) << 2);
  for (let y = highest; y <= lowest; y++) {
    const dy = <f64>y + 0.5 - py, above = fall * <f32>(dy * dy);
    if (reach < above) continue;
    let p = start + (<usize>(y - highest) << 6), x = f32x4.add(f32x4.splat(<f32>(beside - shear * dy)), lanes), q0 = zero, q1 = zero, q2 = zero;
    for (let column = from; column <= to; column += 4, p += 16, x = f32x4.add(x, f32x4.splat(4))) {
      const exponent = f32x4.add(f32x4.mul(f32x4.mul(sharp, x), x), f32x4.splat(above));
      const shown = v128.and(f32x4.le(exponent, within), i32x4.le_s(place, v128.load(p, LAST)));
      if (!v128.any_true(shown)) continue;
      const e = at.expNegHalf(exponent), free = f32x4.mul(peak, e);
      const alpha = v128.and(f32x4.pmin(free, f32x4.splat(at.ALPHA_MAX)), shown), through = f32x4.div(unit, f32x4.sub(unit, alpha));
      const light = f32x4.mul(v128.load(p, LIGHT), through), weight = f32x4.mul(light, alpha), behind = v128.load(p, BEHIND);
      const g0 = v128.load(p, RED), g1 = v128.load(p, GREEN), g2 = v128.load(p, BLUE), gz = v128.load(p, DEPTH);
      const value = f32x4.add(f32x4.add(f32x4.mul(red, g0), f32x4.mul(green, g1)), f32x4.add(f32x4.mul(blue, g2), f32x4.mul(z, gz)));
      v128.store(p, light, LIGHT);
      v128.store(p, f32x4.add(behind, f32x4.mul(weight, value)), BEHIND);
      byRed = f32x4.add(byRed, f32x4.mul(weight, g0));
      byGreen = f32x4.add(byGreen, f32x4.mul(weight, g1));
      byBlue = f32x4.add(byBlue, f32x4.mul(weight, g2));
      byZ = f32x4.add(byZ, f32x4.mul(weight, gz));
      const uncut = v128.and(shown, f32x4.le(free, f32x4.splat(at.ALPHA_MAX)));
      const byAlpha = v128.and(f32x4.sub(f32x4.mul(light, value), f32x4.mul(behind, through)), uncut);
      byPeak = f32x4.add(byPeak, f32x4.mul(e, byAlpha));
      const push = f32x4.mul(alpha, byAlpha), pushed = f32x4.mul(push, x);
      q0 = f32x4.add(q0, push);
      q1 = f32x4.add(q1, pushed);
      q2 = f32x4.add(q2, f32x4.mul(pushed, x));
    }
    const down = f32x4.splat(<f32>dy), lower = f32x4.mul(q0, down);
    byX = f32x4.add(byX, q1);
    byXX = f32x4.add(byXX, q2);
    byY = f32x4.add(byY, lower);
    byYX = f32x4.add(byYX, f32x4.mul(q1, down));
    byYY = f32x4.add(byYY, f32x4.mul(lower, down));
  }
  store<f32>(slot, total(byX));
  store<f32>(slot, total(byXX), 4);
  store<f32>(slot, total(byY), 8);
  store<f32>(slot, total(byYX), 12);
  store<f32>(slot, total(byYY), 16);
  store<f32>(slot, total(byZ), 20);
  store<f32>(slot, total(byPeak), 24);
  store<f32>(slot, total(byRed), 28);
  store<f32>(slot, total(byGreen), 32);
  store<f32>(slot, total(byBlue), 36);
  store<f64>(slot, 0, 40);
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
    store<f32>(byOpacity + i * 4, load<f32>(sum, 24));
    memory.copy(byColors + i * 12, sum + 28, 12);
    unprojectOne(i, sum, byMeans + i * 12, byRotations + i * 16, byScales + i * 12, byLens + i * 16);
  }
}

function unprojectOne(i: usize, sum: usize, byMean: usize, byRotation: usize, byScale: usize, byLens: usize): void {
  const record = at.records() + (i << 6), shear = load<f64>(record, at.SHEAR), a = <f64>load<f32>(record, at.A), k = <f64>load<f32>(record, at.K);
  const q1 = a * load<f32>(sum), q2 = a * a * load<f32>(sum, 4), y0 = k * load<f32>(sum, 8), y1 = k * a * load<f32>(sum, 12), y2 = k * k * load<f32>(sum, 16);
  const byPx = q1, byPy = y0 - shear * q1; // Σ q·r
  const xx = q2, xy = y1 - shear * q2, yy = y2 - 2 * shear * y1 + shear * shear * q2; // Σ q·r·rᵀ = 2·∂Σ'
  one.placeOne(<i32>i);
  one.turnOne(<i32>i);
  const du0 = xx * one.u0 + xy * one.v0, du1 = xx * one.u1 + xy * one.v1, du2 = xx * one.u2 + xy * one.v2;
  const dv0 = yy * one.v0 + xy * one.u0, dv1 = yy * one.v1 + xy * one.u1, dv2 = yy * one.v2 + xy * one.u2;
  const a0 = one.a0, a1 = one.a1, a2 = one.a2, b0 = one.b0, b1 = one.b1, b2 = one.b2, s0 = one.s0, s1 = one.s1, s2 = one.s2;
  const d00 = a0 * du0 + b0 * dv0, d01 = a0 * du1 + b0 * dv1, d02 = a0 * du2 + b0 * dv2; // ∂M
  const d10 = a1 * du0 + b1 * dv0, d11 = a1 * du1 + b1 * dv1, d12 = a1 * du2 + b1 * dv2;
  const d20 = a2 * du0 + b2 * dv0, d21 = a2 * du1 + b2 * dv1, d22 = a2 * du2 + b2 * dv2;
  store<f32>(byScale, <f32>(one.r00 * d00 + one.r10 * d10 + one.r20 * d20));
  store<f32>(byScale, <f32>(one.r01 * d01 + one.r11 * d11 + one.r21 * d21), 4);
  store<f32>(byScale, <f32>(one.r02 * d02 + one.r12 * d12 + one.r22 * d22), 8);

  const g00 = s0 * d00, g01 = s1 * d01, g02 = s2 * d02, g10 = s0 * d10, g11 = s1 * d11, g12 = s2 * d12, g20 = s0 * d20, g21 = s1 * d21, g22 = s2 * d22; // ∂R
  const w = one.qw, x = one.qx, y = one.qy, z = one.qz;
  const dw = 2 * (x * (g21 - g12) + y * (g02 - g20) + z * (g10 - g01));
  const dx = 2 * (w * (g21 - g12) + y * (g01 + g10) + z * (g02 + g20) - 2 * x * (g11 + g22));
  const dy = 2 * (w * (g02 - g20) + x * (g01 + g10) + z * (g12 + g21) - 2 * y * (g00 + g22));
  const dz = 2 * (w * (g10 - g01) + x * (g02 + g20) + y * (g12 + g21) - 2 * z * (g00 + g11));
  const along = w * dw + x * dx + y * dy + z * dz;
  store<f32>(byRotation, <f32>((dw - w * along) / one.length));
  store<f32>(byRotation, <f32>((dx - x * along) / one.length), 4);
  store<f32>(byRotation, <f32>((dy - y * along) / one.length), 8);
  store<f32>(byRotation, <f32>((dz - z * along) / one.length), 12);

  const da0 = s0 * one.r00 * du0 + s1 * one.r01 * du1 + s2 * one.r02 * du2, db0 = s0 * one.r00 * dv0 + s1 * one.r01 * dv1 + s2 * one.r02 * dv2; // M·∂u, M·∂v
  const da1 = s0 * one.r10 * du0 + s1 * one.r11 * du1 + s2 * one.r12 * du2, db1 = s0 * one.r10 * dv0 + s1 * one.r11 * dv1 + s2 * one.r12 * dv2;
  const da2 = s0 * one.r20 * du0 + s1 * one.r21 * du1 + s2 * one.r22 * du2, db2 = s0 * one.r20 * dv0 + s1 * one.r21 * dv1 + s2 * one.r22 * dv2;
  const ada = da0 * a0 + da1 * a1 + da2 * a2, bdb = db0 * b0 + db1 * b1 + db2 * b2, fx = at.camera(0), fy = at.camera(1);
  const bentX = -one.jx * (da0 * at.camera(at.W + 6) + da1 * at.camera(at.W + 7) + da2 * at.camera(at.W + 8)); // ∂m̄
  const bentY = -one.jy * (db0 * at.camera(at.W + 6) + db1 * at.camera(at.W + 7) + db2 * at.camera(at.W + 8));
  const outsideX = one.sx == one.slopeX ? 0 : bentX, outsideY = one.sy == one.slopeY ? 0 : bentY;
  store<f32>(byLens, <f32>(one.slopeX * byPx + (ada - one.sx * outsideX) / fx));
  store<f32>(byLens, <f32>(one.slopeY * byPy + (bdb - one.sy * outsideY) / fy), 4);
  store<f32>(byLens, <f32>(byPx - outsideX / fx), 8);
  store<f32>(byLens, <f32>(byPy - outsideY / fy), 12);
  const dmx = fx * byPx + bentX - outsideX, dmy = fy * byPy + bentY - outsideY;
  const dcx = dmx / one.depth, dcy = dmy / one.depth, dcz = load<f32>(sum, 20) - (one.slopeX * dmx + one.slopeY * dmy + ada + bdb) / one.depth;
  for (let axis: usize = 0; axis < 3; axis++) {
    store<f32>(byMean + (axis << 2), <f32>(at.camera(at.W + axis) * dcx + at.camera(at.W + 3 + axis) * dcy + at.camera(at.W + 6 + axis) * dcz));
  }
}
