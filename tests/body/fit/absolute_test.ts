import { assertAlmostEquals, assertEquals } from "@std/assert";
import { absoluteTranslation, agreedPlace, raysOf, towardsRays } from "../../../lib/body/fit/absolute.ts";
import { jointEvidence, pointWeights, seenJoints } from "../../../lib/body/fit/certainty.ts";
import { rigOf } from "../../../lib/body/fit/rig.ts";
import { loadBody, SMALL_BODY } from "../../../lib/body/template.ts";
import fc from "../../property.ts";

const K = [[600, 0, 250], [0, 620, 260], [0, 0, 1]];
const POINTS = Float64Array.from({ length: 60 }, (_, i) => 0.5 * Math.sin(2.3 * i));

function project(points: Float64Array, [x, y, z]: readonly [number, number, number]): Float64Array {
  return Float64Array.from({ length: points.length / 3 * 2 }, (_, i) => {
    const at = 3 * Math.floor(i / 2), axis = i % 2;
    return K[axis]![axis]! * (points[at + axis]! + [x, y][axis]!) / (points[at + 2]! + z) + K[axis]![2]!;
  });
}

const rays = (at: readonly [number, number, number], points = POINTS) =>
  project(points, at).map((value, i) => (value - K[i % 2]![2]!) / K[i % 2]![i % 2]!);

Deno.test("raysOf() are the directions of pixels well inside the picture, and NaN of the others", () => {
  const found = raysOf(Float64Array.of(310, 198, 250, 511, -3, 200), { K }, 512);
  assertEquals([...found], [0.1, -0.1, NaN, NaN, NaN, NaN]);
});

Deno.test("absoluteTranslation() finds where projected points are", () => {
  const number = (least: number, most: number) => fc.double({ min: least, max: most, noNaN: true });
  fc.assert(fc.property(number(-1, 1), number(-1, 1), number(1.5, 6), (x, y, z) => {
    const found = absoluteTranslation(POINTS, rays([x, y, z]), new Float64Array(20).fill(1))!;
    [x, y, z].forEach((value, axis) => assertAlmostEquals(found[axis]!, value, 1e-3 * z)); // ε draws a little towards 0
  }));
});

Deno.test("absoluteTranslation() heeds weights, and refuses what lies behind the camera", () => {
  const faulty = rays([0.1, 0, 3]), weights = new Float64Array(20).fill(1);
  faulty.set([5, 0, NaN, NaN]); // one is wrong, one is not there
  weights[0] = 0;
  assertAlmostEquals(absoluteTranslation(POINTS, faulty, weights)![2], 3, 0.03);
  assertEquals(absoluteTranslation(POINTS, faulty, new Float64Array(20)), undefined);
  assertEquals(absoluteTranslation(POINTS, faulty.fill(NaN), weights), undefined);
  const mirrored = rays([0, 0, 3], POINTS.map((value) => -value));
  assertEquals(absoluteTranslation(POINTS, mirrored, weights.fill(1)), undefined);
});

Deno.test("agreedPlace() finds where most pixels agree, and leaves out those that do not", () => {
  const at = [0.2, -0.1, 2.5] as const, faulty = rays(at), weights = new Float64Array(20).fill(1);
  for (let i = 0; i < 7; i++) faulty.set([0.3 - 0.02 * i, 0.25], 2 * i); // clamped to the picture's lower edge
  const { transl, rays: kept } = agreedPlace(POINTS, faulty, weights, 512 / 600)!;
  at.forEach((value, axis) => assertAlmostEquals(transl[axis]!, value, 0.05));
  assertEquals([...kept].slice(14).some(Number.isNaN), false);
  assertEquals([...kept].slice(0, 14).filter(Number.isNaN).length >= 8, true);
  assertEquals(agreedPlace(POINTS, faulty.fill(NaN), weights, 1), undefined);
});

Deno.test("towardsRays() takes the average of both estimates at λ = 1, and keeps the depth", () => {
  const found = towardsRays(Float64Array.of(1, 2, 4), Float64Array.of(0.5, 0.25), Float64Array.of(9, 9, 2), 1);
  assertEquals([...found], [1, 1.25, 4]);
  const without = towardsRays(Float64Array.of(1, 2, 4), Float64Array.of(NaN, NaN), Float64Array.of(9, 9, 2), 1);
  assertEquals([...without], [1, 2, 4]);
});

Deno.test("pointWeights() are u^−1.5 of mean 1, and 0 where too uncertain", () => {
  const { weights, noise } = pointWeights(Float64Array.of(0.01, 0.04, 0.31, Infinity), 4, 1.5, 0.3);
  assertAlmostEquals(weights[0]! / weights[1]!, 8, 1e-9);
  assertAlmostEquals((weights[0]! + weights[1]!) / 2, 1, 1e-9);
  assertEquals([weights[2], weights[3]], [0, 0]);
  assertAlmostEquals(noise, 0.025, 1e-9);
  assertEquals([...pointWeights(undefined, 2, 1.5, 0.3).weights], [1, 1]);
  assertEquals([...pointWeights(Float64Array.of(1, 2), 2, 1.5, 0.3).weights], [0, 0]);
});

Deno.test("jointEvidence() falls with uncertainty and with what is not seen", async () => {
  const body = await loadBody(SMALL_BODY),
    rig = await rigOf(body),
    n = rig.vertices.count,
    head = rig.names.indexOf("head");
  const weights = new Float64Array(n).fill(1), hidden = weights.map((_, i) => rig.vertices.part[i] === head ? 0 : 1);
  const certain = jointEvidence(rig, rig.vertices, weights, undefined);
  assertEquals(Math.min(...certain.confidence), 1);
  const halved = jointEvidence(rig, rig.vertices, weights, new Float64Array(n).fill(0.1));
  halved.confidence.forEach((value) => assertAlmostEquals(value, 0.5, 1e-9));
  assertEquals(Math.min(...halved.shown), 1);
  const unseen = jointEvidence(rig, rig.vertices, hidden, undefined);
  assertEquals([unseen.confidence[head], unseen.shown[head], unseen.confidence[0]], [0, 0, 1]);
  assertEquals(seenJoints(rig, rig.vertices, hidden, 1).includes(head), false);
  assertEquals(seenJoints(rig, rig.vertices, weights, 1).includes(head), true);
  body.dispose();
});
