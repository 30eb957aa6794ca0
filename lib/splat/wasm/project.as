// # Projection, as in ../projection.ts, in double precision, one Gaussian at a time
import * as at from "./layout";

const NEAR: f64 = 0.01, PIXEL_VARIANCE: f64 = 0.3, REACH_MAX: f64 = 9, LOG_255: f64 = 5.541263545158426, LOG2E: f64 = 1.4426950408889634;
/** A box between the pixels' centres: from column and row 16 to 0, in no tile. */
const NOWHERE: u64 = 0x0000001000000010;

/** ln x of x ≥ 1, from 2^e·m: e·ln 2 + 2·artanh((m − 1)/(m + 1)), to 1e-12. */
function logarithm(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let e = <f64>(<i32>(bits >> 52) - 1023), m = reinterpret<f64>((bits & 0xfffffffffffff) | 0x3ff0000000000000); // 1 ≤ m < 2
  if (m > 1.4142135623730951) { m /= 2; e += 1; }
  const s = (m - 1) / (m + 1), t = s * s;
  const series = 1 + t * (1.0 / 3 + t * (1.0 / 5 + t * (1.0 / 7 + t * (1.0 / 9 + t * (1.0 / 11 + t * (1.0 / 13 + t / 15))))));
  return e * 0.6931471805599453 + 2 * s * series;
}

// One Gaussian while it is worked on. These are globals of WebAssembly: each thread's instance has its own.
export let depth: f64 = 0, slopeX: f64 = 0, slopeY: f64 = 0; // c_z, c_x/c_z, c_y/c_z
export let sx: f64 = 0, sy: f64 = 0, jx: f64 = 0, jy: f64 = 0; // slopes clamped, f/c_z
export let a0: f64 = 0, a1: f64 = 0, a2: f64 = 0, b0: f64 = 0, b1: f64 = 0, b2: f64 = 0; // rows of J·W
export let qw: f64 = 0, qx: f64 = 0, qy: f64 = 0, qz: f64 = 0, length: f64 = 0; // the unit quaternion, and how long it came
export let r00: f64 = 0, r01: f64 = 0, r02: f64 = 0, r10: f64 = 0, r11: f64 = 0, r12: f64 = 0, r20: f64 = 0, r21: f64 = 0, r22: f64 = 0; // R
export let s0: f64 = 0, s1: f64 = 0, s2: f64 = 0, u0: f64 = 0, u1: f64 = 0, u2: f64 = 0, v0: f64 = 0, v1: f64 = 0, v2: f64 = 0; // (R·S)ᵀ·a, ·b

/** Where Gaussian i lies; false if nearer than NEAR. */
export function placeOne(i: i32): bool {
  const mean = at.means() + <usize>i * 12;
  const x = <f64>load<f32>(mean), y = <f64>load<f32>(mean, 4), z = <f64>load<f32>(mean, 8);
  depth = at.camera(at.W + 6) * x + at.camera(at.W + 7) * y + at.camera(at.W + 8) * z + at.camera(at.T + 2);
  if (depth < NEAR) return false;
  slopeX = (at.camera(at.W) * x + at.camera(at.W + 1) * y + at.camera(at.W + 2) * z + at.camera(at.T)) / depth;
  slopeY = (at.camera(at.W + 3) * x + at.camera(at.W + 4) * y + at.camera(at.W + 5) * z + at.camera(at.T + 1)) / depth;
  sx = min(at.camera(at.FRAME + 1), max(at.camera(at.FRAME), slopeX));
  sy = min(at.camera(at.FRAME + 3), max(at.camera(at.FRAME + 2), slopeY));
  return true;
}

/** How it is turned and seen: R, S, the rows of J·W, and u, v. */
export function turnOne(i: i32): void {
  const q = at.rotations() + <usize>i * 16, s = at.scales() + <usize>i * 12;
  qw = <f64>load<f32>(q); qx = <f64>load<f32>(q, 4); qy = <f64>load<f32>(q, 8); qz = <f64>load<f32>(q, 12);
  length = sqrt(qw * qw + qx * qx + qy * qy + qz * qz);
  qw /= length; qx /= length; qy /= length; qz /= length;
  r00 = 1 - 2 * (qy * qy + qz * qz); r01 = 2 * (qx * qy - qw * qz); r02 = 2 * (qx * qz + qw * qy);
  r10 = 2 * (qx * qy + qw * qz); r11 = 1 - 2 * (qx * qx + qz * qz); r12 = 2 * (qy * qz - qw * qx);
  r20 = 2 * (qx * qz - qw * qy); r21 = 2 * (qy * qz + qw * qx); r22 = 1 - 2 * (qx * qx + qy * qy);
  s0 = <f64>load<f32>(s); s1 = <f64>load<f32>(s, 4); s2 = <f64>load<f32>(s, 8);
  jx = at.camera(0) / depth; jy = at.camera(1) / depth;
  const w6 = at.camera(at.W + 6), w7 = at.camera(at.W + 7), w8 = at.camera(at.W + 8);
  a0 = jx * (at.camera(at.W) - sx * w6); a1 = jx * (at.camera(at.W + 1) - sx * w7); a2 = jx * (at.camera(at.W + 2) - sx * w8);
  b0 = jy * (at.camera(at.W + 3) - sy * w6); b1 = jy * (at.camera(at.W + 4) - sy * w7); b2 = jy * (at.camera(at.W + 5) - sy * w8);
  u0 = s0 * (a0 * r00 + a1 * r10 + a2 * r20); v0 = s0 * (b0 * r00 + b1 * r10 + b2 * r20);
  u1 = s1 * (a0 * r01 + a1 * r11 + a2 * r21); v1 = s1 * (b0 * r01 + b1 * r11 + b2 * r21);
  u2 = s2 * (a0 * r02 + a1 * r12 + a2 * r22); v2 = s2 * (b0 * r02 + b1 * r12 + b2 * r22);
}

/** Projects Gaussians `first` to `end` − 1 into records, rectangles of tiles, and states. */
export function project(first: i32, end: i32): void {
  for (let i = first; i < end; i++) store<u8>(at.state() + <usize>i, <u8>projectOne(i));
}

function projectOne(i: i32): i32 {
  const q = at.rotations() + <usize>i * 16, s = at.scales() + <usize>i * 12, c = at.colors() + <usize>i * 12, mean = at.means() + <usize>i * 12;
  const w = <f64>load<f32>(q), x = <f64>load<f32>(q, 4), y = <f64>load<f32>(q, 8), z = <f64>load<f32>(q, 12);
  const square = w * w + x * x + y * y + z * z, opacity = <f64>at.f32At(at.opacity(), i);
  const sum = square + load<f32>(mean) + load<f32>(mean, 4) + load<f32>(mean, 8) + load<f32>(s) + load<f32>(s, 4) + load<f32>(s, 8) +
    opacity + load<f32>(c) + load<f32>(c, 4) + load<f32>(c, 8); // NaN and ∞ survive sums
  if (!(square > 0 && isFinite<f64>(sum))) return 2;
  if (opacity < <f64>at.ALPHA_MIN || !placeOne(i)) return 1;
  turnOne(i);
  const n0 = u1 * v2 - u2 * v1, n1 = u2 * v0 - u0 * v2, n2 = u0 * v1 - u1 * v0; // u × v
  const uu = u0 * u0 + u1 * u1 + u2 * u2, uv = u0 * v0 + u1 * v1 + u2 * v2, vv = v0 * v0 + v1 * v1 + v2 * v2;
  const det = n0 * n0 + n1 * n1 + n2 * n2 + PIXEL_VARIANCE * (uu + vv) + PIXEL_VARIANCE * PIXEL_VARIANCE;
  const xx = uu + PIXEL_VARIANCE, yy = vv + PIXEL_VARIANCE;
  const log = logarithm(opacity * 255), reach = min(REACH_MAX, 2 * log), log2Opacity = (log - LOG_255) * LOG2E;
  const px = at.camera(0) * slopeX + at.camera(2), py = at.camera(1) * slopeY + at.camera(3);
  const extentX = sqrt(reach * xx), extentY = sqrt(reach * yy);
  if (px + extentX < 0 || px - extentX > at.width() || py + extentY < 0 || py - extentY > at.height()) return 1;
  const record = at.records() + (<usize>i << 6);
  store<f64>(record + at.PX, px);
  store<f64>(record + at.PY, py);
  const sharp = <f32>max(1e-15, sqrt(at.HALF_LOG2E * yy / det));
  store<f64>(record + at.G, <f64>sharp * (uv / yy));
  store<f32>(record + at.S, sharp);
  store<f32>(record + at.K, <f32>(at.HALF_LOG2E / yy));
  store<f32>(record + at.PEAK, <f32>log2Opacity);
  store<f32>(record + at.FLOOR, <f32>(log2Opacity - at.HALF_LOG2E * reach));
  store<f32>(record + at.Z, <f32>depth);
  store<f32>(record + at.RED, load<f32>(c));
  store<f32>(record + at.GREEN, load<f32>(c, 4));
  store<f32>(record + at.BLUE, load<f32>(c, 8));
  const first = max(0, Math.ceil(px - extentX - 0.5)), last = min(<f64>at.width() - 1, Math.floor(px + extentX - 0.5));
  const highest = max(0, Math.ceil(py - extentY - 0.5)), lowest = min(<f64>at.height() - 1, Math.floor(py + extentY - 0.5));
  const box = record + at.BOX;
  if (first > last || highest > lowest) store<u64>(box, NOWHERE);
  else {
    store<i16>(box, <i16>first);
    store<i16>(box, <i16>last, 2);
    store<i16>(box, <i16>highest, 4);
    store<i16>(box, <i16>lowest, 6);
  }
  store<u64>(at.boxes() + (<usize>i << 3), load<u64>(box));
  return 0;
}
