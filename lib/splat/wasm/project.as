// # Projection, as in ../projection.ts, in double precision, one Gaussian at a time
//
// What comes for x and y alike is kept as a pair, two doubles in a vector: c_x/c_z and c_y/c_z, the rows a and b of J·W, u and v.
import * as at from "./layout";

const NEAR: f64 = 0.01, PIXEL_VARIANCE: f64 = 0.3, REACH_MAX: f64 = 9, LN2: f64 = 0.6931471805599453, LOG2_255: f64 = 7.994353436858858;
/** As opaque as can be, and still a power of two that single precision has. */
const PEAK_MAX: f64 = 100;
/** A box between the pixels' centres: from column and row 16 to 0, in no tile. */
const NOWHERE: u64 = 0x0000001000000010;

/** log₂ x of x > 0, from 2^e·m: e + 2·log₂e·artanh((m − 1)/(m + 1)), to 1e-9. */
function log2(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let e = <f64>(<i32>(bits >> 52) - 1023), m = reinterpret<f64>((bits & 0xfffffffffffff) | 0x3ff0000000000000); // 1 ≤ m < 2
  if (m > 1.4142135623730951) { m *= 0.5; e += 1; }
  const s = (m - 1) / (m + 1), t = s * s;
  return e + s * (2.8853900817779268 + t * (0.9617966939259756 + t * (0.5770780163555854 + t * (0.4121985831111324 + t * 0.32059889797532520))));
}

// @ts-ignore: AssemblyScript's decorator
@inline export function both(x: f64): v128 { return f64x2.splat(x); }
// @ts-ignore: AssemblyScript's decorator
@inline export function swapped(pair: v128): v128 { return v128.shuffle<f64>(pair, pair, 1, 0); }
// @ts-ignore: AssemblyScript's decorator
@inline export function total(pair: v128): f64 { return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1); }

// One Gaussian while it is worked on. These are globals of WebAssembly: each thread's instance has its own.
export let perDepth: f64 = 0, depth: f64 = 0, perSquare: f64 = 0; // 1/c_z, c_z, 1/|q|²
export let slope: v128 = i64x2(0, 0), bent: v128 = i64x2(0, 0), j: v128 = i64x2(0, 0); // c_x/c_z and c_y/c_z, these clamped, f/c_z
export let ab0: v128 = i64x2(0, 0), ab1: v128 = i64x2(0, 0), ab2: v128 = i64x2(0, 0); // rows of J·W
export let r00: f64 = 0, r01: f64 = 0, r02: f64 = 0, r10: f64 = 0, r11: f64 = 0, r12: f64 = 0, r20: f64 = 0, r21: f64 = 0, r22: f64 = 0; // R
export let s0: f64 = 0, s1: f64 = 0, s2: f64 = 0;
export let uv0: v128 = i64x2(0, 0), uv1: v128 = i64x2(0, 0), uv2: v128 = i64x2(0, 0); // (R·S)ᵀ·a, ·b

/** Where Gaussian i lies; false if nearer than NEAR. */
export function placeOne(i: i32): bool {
  const mean = at.means() + <usize>i * 12, x = <f64>load<f32>(mean), y = <f64>load<f32>(mean, 4), z = <f64>load<f32>(mean, 8);
  depth = at.camera(at.W_Z) * x + at.camera(at.W_Z + 1) * y + at.camera(at.W_Z + 2) * z + at.camera(at.T_Z);
  if (depth < NEAR) return false;
  perDepth = 1 / depth;
  const first = f64x2.mul(at.pair(at.W), both(x)), second = f64x2.mul(at.pair(at.W + 2), both(y)), third = f64x2.mul(at.pair(at.W + 4), both(z));
  slope = f64x2.mul(f64x2.add(f64x2.add(first, second), f64x2.add(third, at.pair(at.T))), both(perDepth));
  bent = f64x2.pmin(at.pair(at.FRAME + 2), f64x2.pmax(at.pair(at.FRAME), slope));
  return true;
}

// @ts-ignore: AssemblyScript's decorator
@inline function row(k: usize): v128 { return f64x2.mul(j, f64x2.sub(at.pair(at.W + 2 * k), f64x2.mul(bent, both(at.camera(at.W_Z + k))))); }
// @ts-ignore: AssemblyScript's decorator
@inline function axis(s: f64, x: f64, y: f64, z: f64): v128 {
  return f64x2.mul(both(s), f64x2.add(f64x2.add(f64x2.mul(ab0, both(x)), f64x2.mul(ab1, both(y))), f64x2.mul(ab2, both(z))));
}

/** How it is turned and seen: R, S, the rows of J·W, and u, v. */
export function turnOne(i: i32): void {
  const q = at.rotations() + <usize>i * 16, s = at.scales() + <usize>i * 12;
  const w = <f64>load<f32>(q), x = <f64>load<f32>(q, 4), y = <f64>load<f32>(q, 8), z = <f64>load<f32>(q, 12);
  perSquare = 1 / (w * w + x * x + y * y + z * z);
  const two = 2 * perSquare, xx = two * x * x, yy = two * y * y, zz = two * z * z, xy = two * x * y, xz = two * x * z, yz = two * y * z;
  const wx = two * w * x, wy = two * w * y, wz = two * w * z;
  r00 = 1 - (yy + zz); r01 = xy - wz; r02 = xz + wy;
  r10 = xy + wz; r11 = 1 - (xx + zz); r12 = yz - wx;
  r20 = xz - wy; r21 = yz + wx; r22 = 1 - (xx + yy);
  s0 = <f64>load<f32>(s); s1 = <f64>load<f32>(s, 4); s2 = <f64>load<f32>(s, 8);
  j = f64x2.mul(at.pair(0), both(perDepth));
  ab0 = row(0); ab1 = row(1); ab2 = row(2);
  uv0 = axis(s0, r00, r10, r20); uv1 = axis(s1, r01, r11, r21); uv2 = axis(s2, r02, r12, r22);
}

/** Projects Gaussians `first` to `end` − 1 into records, boxes, and states. */
export function project(first: i32, end: i32): void {
  for (let i = first; i < end; i++) store<u8>(at.state() + <usize>i, <u8>projectOne(i));
}

/** Whether all numbers are finite (0 times others is NaN) and the quaternion has a direction. */
// @ts-ignore: AssemblyScript's decorator
@inline function usable(i: i32): bool {
  const triple = <usize>i * 12, q = v128.load(at.rotations() + <usize>i * 16), zero = f32x4.splat(0);
  const mean = f32x4.mul(v128.load(at.means() + triple), zero), scale = f32x4.mul(v128.load(at.scales() + triple), zero);
  const sum = f32x4.add(f32x4.add(mean, scale), f32x4.mul(v128.load(at.colors() + triple), zero)); // the last lane is another's
  const low = f64x2.promote_low_f32x4(q), high = f64x2.promote_low_f32x4(v128.shuffle<f32>(q, q, 2, 3, 0, 1));
  const square = total(f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
  return (i32x4.bitmask(f32x4.eq(sum, zero)) & 7) == 7 && square > 0 && isFinite(square + at.f32At(at.opacity(), i));
}

function projectOne(i: i32): i32 {
  if (!usable(i)) return 2;
  const opacity = at.f32At(at.opacity(), i);
  if (opacity < at.ALPHA_MIN || !placeOne(i)) return 1;
  turnOne(i);
  const squares = f64x2.add(f64x2.add(f64x2.mul(uv0, uv0), f64x2.mul(uv1, uv1)), f64x2.mul(uv2, uv2));
  const uv = f64x2.extract_lane(f64x2.add(f64x2.add(f64x2.mul(uv0, swapped(uv0)), f64x2.mul(uv1, swapped(uv1))), f64x2.mul(uv2, swapped(uv2))), 0);
  const n0 = f64x2.mul(uv1, swapped(uv2)), n1 = f64x2.mul(uv2, swapped(uv0)), n2 = f64x2.mul(uv0, swapped(uv1));
  const c0 = f64x2.sub(n0, swapped(n0)), c1 = f64x2.sub(n1, swapped(n1)), c2 = f64x2.sub(n2, swapped(n2)); // u × v
  const cross = f64x2.extract_lane(f64x2.add(f64x2.add(f64x2.mul(c0, c0), f64x2.mul(c1, c1)), f64x2.mul(c2, c2)), 0);
  const det = cross + PIXEL_VARIANCE * total(squares) + PIXEL_VARIANCE * PIXEL_VARIANCE;
  const variance = f64x2.add(squares, both(PIXEL_VARIANCE)), yy = f64x2.extract_lane(variance, 1);
  const peak = min(log2(<f64>opacity), PEAK_MAX), most = 2 * LN2 * (peak + LOG2_255), reach = most > REACH_MAX ? REACH_MAX : most > 0 ? most : 0;
  const center = f64x2.add(f64x2.mul(at.pair(0), slope), at.pair(2)), extent = f64x2.sqrt(f64x2.mul(both(reach), variance));
  const low = f64x2.sub(center, extent), high = f64x2.add(center, extent), size = at.pair(at.SIZE);
  if (v128.any_true(v128.or(f64x2.lt(high, both(0)), f64x2.gt(low, size)))) return 1;
  const from = f64x2.pmax(both(0), f64x2.ceil(f64x2.sub(low, both(0.5)))), to = f64x2.pmin(f64x2.sub(size, both(1)), f64x2.floor(f64x2.sub(high, both(0.5))));
  const corners = v128.or(i32x4.trunc_sat_f64x2_s_zero(from), i32x4.shl(i32x4.trunc_sat_f64x2_s_zero(to), 16));
  const box = v128.any_true(f64x2.gt(from, to)) ? NOWHERE : i64x2.extract_lane(corners, 0);
  const record = at.records() + (<usize>i << 6), perYY = 1 / yy, sharp = <f32>max(1e-15, sqrt(at.HALF_LOG2E * yy / det));
  v128.store(record, center, at.PX);
  store<f64>(record, <f64>sharp * (uv * perYY), at.G);
  v128.store(record, f32x4(sharp, <f32>(at.HALF_LOG2E * perYY), <f32>peak, <f32>(peak - at.HALF_LOG2E * reach)), at.S);
  v128.store(record, v128.shuffle<f32>(f32x4.splat(<f32>depth), v128.load(at.colors() + <usize>i * 12), 0, 4, 5, 6), at.Z);
  store<u64>(record, box, at.BOX);
  store<u64>(at.boxes() + (<usize>i << 3), box);
  return 0;
}
