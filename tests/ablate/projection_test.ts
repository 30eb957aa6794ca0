import { assertEquals } from "@std/assert";
import { projectFitted } from "../../lib/ablate/projection.ts";
import fc from "../property.ts";

const CAMERA = { K: [[700, 0, 250], [0, 700, 262], [0, 0, 1]] };

/** A cloud before the camera and its true projection. */
function scene(points: readonly (readonly [number, number, number])[], t: readonly [number, number, number]) {
  const [f, cx, cy] = [700, 250, 262];
  return {
    position3d: Float32Array.from(points.flat()),
    position2d: Float32Array.from(points.flatMap(([x, y, z]) => [
      f * (x + t[0]) / (z + t[2]) + cx,
      f * (y + t[1]) / (z + t[2]) + cy,
    ])),
  };
}
const CORNERS = [-1, 1].flatMap((x) => [-1, 1].flatMap((y) => [-1, 1].map((z) => [x / 2, y / 2, z / 4] as const)));

Deno.test("projectFitted() returns the projection of points that were projected", () => {
  const place = fc.tuple(
    fc.double({ min: -0.3, max: 0.3, noNaN: true }),
    fc.double({ min: -0.3, max: 0.3, noNaN: true }),
    fc.double({ min: 2.8, max: 6, noNaN: true }),
  );
  fc.assert(fc.property(place, (t) => {
    const { position3d, position2d } = scene(CORNERS, t);
    const again = projectFitted(position3d, position2d, new Float32Array(8).fill(1), CAMERA);
    again.forEach((value, i) => assertEquals(Math.abs(value - position2d[i]!) < 0.2, true)); // float32 input
  }));
});

Deno.test("projectFitted() moves a misplaced point to where the others put it, by weight", () => {
  const t = [0.1, 0, 3] as const, { position3d, position2d } = scene(CORNERS, t), off = position2d.slice();
  off[0]! += 60;
  const error = (weights: Float32Array) => {
    const projected = projectFitted(position3d, off, weights, CAMERA);
    return Math.abs(projected[0]! - position2d[0]!);
  };
  const equal = error(new Float32Array(8).fill(1)),
    trusting = error(Float32Array.from({ length: 8 }, (_, i) => i ? 1 : 1e-3));
  assertEquals(equal < 30 && equal > 1, true, `${equal}`);
  assertEquals(trusting < 0.5, true, `${trusting}`);
});

Deno.test("projectFitted() leaves out what lies on the border, and keeps points behind the camera", () => {
  const t = [0, 0, 3] as const,
    { position3d, position2d } = scene([...CORNERS, [0, 0, -3.5]], t),
    found = position2d.slice();
  found.set([3, 200], 16); // on the border: must not count
  const projected = projectFitted(position3d, found, new Float32Array(9).fill(1), CAMERA);
  assertEquals(Array.from(projected.subarray(16)), [3, 200]);
  projected.subarray(0, 16).forEach((value, i) => assertEquals(Math.abs(value - position2d[i]!) < 0.2, true));
});
