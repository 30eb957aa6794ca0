import { assert } from "@std/assert";
import { utils } from "@sparkjsdev/spark";
import { roomForGaussians } from "../../lib/viewer/place_gaussians.ts";
import {
  halfBits,
  type SplatTexels,
  writeColors,
  writeGaussians,
  writeOpacities,
} from "../../lib/viewer/splat_texels.ts";

/** Numbers that look random and are the same each time, 0..1. */
function* numbers(): Generator<number, never> {
  for (let state = 1;;) yield (state = (state * 48271) % 2147483647) / 2147483647;
}

Deno.test("halfBits() rounds as Float16Array does, to nothing below its normal numbers", () => {
  for (const value of [0, 1, -1, 0.1, -7.3, 65504, -65504, 1e-4, 0.333333, 1.0004, 3.14159]) {
    const [bits] = new Uint16Array(Float16Array.of(value).buffer);
    assert(Math.abs(halfBits(value) - bits!) <= 0, `${value}: ${halfBits(value)}, ${bits}`);
  }
  assert(halfBits(1e-6) === 0 && halfBits(1e6) === 0x7bff && halfBits(-1e6) === 0xfbff);
});

Deno.test("written splats are read by Spark as they were: places exactly, the rest to its bits", () => {
  const n = 500, next = numbers(), draw = () => next.next().value;
  const gaussians = roomForGaussians(n, 2), rgb = Float32Array.from({ length: 3 * n }, () => 1.2 * draw());
  const opacity = Float32Array.from({ length: n }, draw), room = 4 * utils.getTextureSize(n).maxSplats;
  for (let i = 0; i < n; i++) {
    gaussians.means.set([draw() - 0.5, 2 * draw(), draw()], 3 * i);
    gaussians.scales.set([1e-4 + 0.05 * draw(), 1e-4 + 0.05 * draw(), 1e-4 + 0.05 * draw()], 3 * i);
    const q = [draw() - 0.5, draw() - 0.5, draw() - 0.5, draw() - 0.5], length = Math.hypot(...q);
    gaussians.rotations.set(i === 0 ? [1, 0, 0, 0] : i === 1 ? [-1, 0, 0, 0] : q.map((x) => x / length), 4 * i);
  }
  gaussians.sizes.set([0.5, 2]);
  const faceOf = Int32Array.from({ length: n }, (_, i) => i % 2);
  const logScale = gaussians.scales.map((scale, at) => Math.log(scale / [0.5, 2][Math.floor(at / 3) % 2]!));
  const texels: SplatTexels = [new Uint32Array(room), new Uint32Array(room)];
  writeOpacities(texels, opacity);
  writeColors(texels, rgb.map(() => 0.5));
  writeGaussians(texels, gaussians, { faceOf, logScale });
  writeColors(texels, rgb); // in any order, and again
  for (let i = 0; i < n; i++) {
    const { center, scales, quaternion: q, opacity: o, color } = utils.decodeExtSplat(texels, i) as unknown as Decoded;
    const at = (from: Float32Array, width: number) => Array.from(from.subarray(width * i, width * (i + 1)));
    assert([center.x, center.y, center.z].every((x, axis) => x === at(gaussians.means, 3)[axis]));
    assert([scales.x, scales.y, scales.z].every((s, axis) => Math.abs(s / at(gaussians.scales, 3)[axis]! - 1) < 5e-3));
    const [w, x, y, z] = at(gaussians.rotations, 4) as [number, number, number, number];
    const cosine = Math.abs(w * q.w + x * q.x + y * q.y + z * q.z);
    assert(2 * Math.acos(Math.min(1, cosine)) < 8e-3, `turned by ${2 * Math.acos(Math.min(1, cosine))}`); // 0.4°: ten bits each for the axis
    assert(Math.abs(o - opacity[i]!) < 5e-4);
    assert([color.r, color.g, color.b].every((c, k) => Math.abs(c - at(rgb, 3)[k]!) < 1e-3));
  }
});

interface Decoded {
  readonly center: { x: number; y: number; z: number };
  readonly scales: { x: number; y: number; z: number };
  readonly quaternion: { w: number; x: number; y: number; z: number };
  readonly opacity: number;
  readonly color: { r: number; g: number; b: number };
}
