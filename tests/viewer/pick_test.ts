import { assert, assertEquals } from "@std/assert";
import { pickFace, pickGaussian } from "../../lib/viewer/pick.ts";
import { type PlainGaussians, roomForGaussians } from "../../lib/viewer/place_gaussians.ts";
import { dequantize, quantize } from "../../lib/viewer/quantize.ts";

/** Gaussians of given places and sizes, not turned. */
function gaussians(rows: readonly { mean: number[]; scale: number[]; rotation?: number[] }[]): PlainGaussians {
  const out = roomForGaussians(rows.length, 0);
  rows.forEach(({ mean, scale, rotation = [1, 0, 0, 0] }, i) => {
    out.means.set(mean, 3 * i);
    out.scales.set(scale, 3 * i);
    out.rotations.set(rotation, 4 * i);
  });
  return out;
}
const AHEAD = { origin: [0, 0, 5], direction: [0, 0, -1] };
const ball = (z: number) => ({ mean: [0, 0, z], scale: [0.1, 0.1, 0.1] });

Deno.test("pickGaussian() takes the Gaussian that gives most of the colour, not the nearest", () => {
  const row = gaussians([ball(0), ball(1), ball(2)]);
  assertEquals(pickGaussian(row, [0.9, 0.9, 0.9], AHEAD), 2);
  assertEquals(pickGaussian(row, [0.9, 0.9, 0.2], AHEAD), 1); // 0.2, then 0.8·0.9
  assertEquals(pickGaussian(row, [0.9, 0.2, 0.2], AHEAD), 0); // 0.2, 0.16, then 0.64·0.9
});

Deno.test("pickGaussian() finds nothing behind the camera, past three deviations, or where all is transparent", () => {
  assertEquals(pickGaussian(gaussians([ball(6)]), [1], AHEAD), -1);
  assertEquals(pickGaussian(gaussians([{ mean: [0.31, 0, 0], scale: [0.1, 0.1, 0.1] }]), [1], AHEAD), -1);
  assertEquals(pickGaussian(gaussians([{ mean: [0.29, 0, 0], scale: [0.1, 0.1, 0.1] }]), [1], AHEAD), 0);
  assertEquals(pickGaussian(gaussians([ball(0)]), [0.003], AHEAD), -1);
});

Deno.test("pickGaussian() knows how Gaussians are turned", () => {
  const half = Math.SQRT1_2, long = { mean: [0.5, 0, 0], scale: [0.02, 0.3, 0.02] }; // along y: the ray passes beside it
  assertEquals(pickGaussian(gaussians([long]), [1], AHEAD), -1);
  assertEquals(pickGaussian(gaussians([{ ...long, rotation: [half, 0, 0, half] }]), [1], AHEAD), 0); // y turned onto x
  const eighth = [Math.cos(Math.PI / 8), 0, 0, Math.sin(Math.PI / 8)]; // y onto (−1, 1)/√2
  const aside = (x: number, y: number) => gaussians([{ mean: [x, y, 0], scale: [0.02, 0.3, 0.02], rotation: eighth }]);
  assertEquals(pickGaussian(aside(0.3, -0.3), [1], AHEAD), 0);
  assertEquals(pickGaussian(aside(0.3, 0.3), [1], AHEAD), -1);
});

Deno.test("pickFace() takes the nearest face and says where on it", () => {
  const square = (z: number) => [-1, -1, z, 1, -1, z, 1, 1, z, -1, 1, z];
  const vertices = [...square(0), ...square(1)];
  const faces = Int32Array.of(0, 1, 2, 0, 2, 3, 4, 5, 6, 4, 6, 7);
  const met = pickFace(vertices, faces, { origin: [0.5, -0.25, 5], direction: [0, 0, -1] })!;
  assertEquals(met.face, 2);
  const place = [0, 1, 2].map((axis) =>
    met.barycentric.reduce((sum, b, corner) => sum + b * vertices[3 * faces[6 + corner]! + axis]!, 0)
  );
  assert(Math.hypot(place[0]! - 0.5, place[1]! + 0.25, place[2]! - 1) < 1e-12);
  assertEquals(pickFace(vertices, faces, { origin: [0.5, -0.25, -5], direction: [0, 0, 1] })!.face, 0); // from behind
  assertEquals(pickFace(vertices, faces, { origin: [1.5, 0, 5], direction: [0, 0, -1] }), undefined);
});

Deno.test("quantize() is off by at most half a step in each column", () => {
  const values = Float32Array.of(1, 1e-6, -0.4, 3e-6, 0.123456, 0), { numbers, steps } = quantize(values, 2);
  const again = dequantize({ numbers, steps });
  values.forEach((value, i) => assert(Math.abs(again[i]! - value) <= 0.5001 * steps[i % 2]!));
  assertEquals([...dequantize(quantize(new Float32Array(3), 3))], [0, 0, 0]);
});
