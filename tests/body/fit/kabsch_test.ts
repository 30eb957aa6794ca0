import { assertAlmostEquals } from "@std/assert";
import { covariance, nearestRotation, pairSums, spread, swingAndTwist } from "../../../lib/body/fit/kabsch.ts";
import { add, apply, fromVector, type Matrix, scale, subtract, type Vector } from "../../../lib/body/turns.ts";
import fc from "../../property.ts";

const number = (most: number) => fc.double({ min: -most, max: most, noNaN: true });
const vectors = (most: number) => fc.tuple(number(most), number(most), number(most));
const alike = (a: readonly number[], b: readonly number[], within: number) =>
  a.forEach((value, i) => assertAlmostEquals(value, b[i]!, within));
const POINTS: Vector[] = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.3, -0.8, 0.5], [-1, 0.2, 0.1]];

function determinant(m: Matrix): number {
  const [a, b, c, d, e, f, g, h, i] = m as number[] as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}

Deno.test("nearestRotation() of a covariance is the rotation between the points, about any centres", () => {
  fc.assert(fc.property(vectors(1.7), vectors(2), (turn, shift) => {
    const rotation = fromVector(turn), weight = (i: number) => 1 + i;
    const pairs = POINTS.map((reference, i) => ({
      reference,
      target: add(apply(rotation, reference), shift),
      weight: weight(i),
    }));
    const sums = pairSums(pairs), centre: Vector = [0.2, 0.1, -0.4];
    const found = nearestRotation(covariance(sums, add(apply(rotation, centre), shift), centre));
    alike(found, rotation, 1e-9);
    const around = POINTS.reduce((sum, point, i) => {
      const away = subtract(point, centre);
      return sum + weight(i) * away.reduce((square, value) => square + value * value, 0);
    }, 0);
    assertAlmostEquals(spread(sums, centre), around, 1e-9);
  }));
});

Deno.test("nearestRotation() is a rotation even of a mirror image, a flat or an empty matrix", () => {
  for (const matrix of [[-1, 0, 0, 0, 1, 0, 0, 0, 1], [1, 0, 0, 0, 1, 0, 0, 0, 0], new Array(9).fill(0)] as Matrix[]) {
    const found = nearestRotation(matrix);
    assertAlmostEquals(determinant(found), 1, 1e-9);
    assertAlmostEquals(found.reduce((sum, value) => sum + value * value, 0), 3, 1e-9);
  }
});

Deno.test("swingAndTwist() keeps the bone exactly and finds the twist from the points", () => {
  fc.assert(fc.property(vectors(1.7), vectors(1), (turn, bone) => {
    fc.pre(Math.hypot(...bone) > 0.1);
    const rotation = fromVector(turn);
    const cross = covariance(
      pairSums(POINTS.map((reference) => ({ reference, target: apply(rotation, reference), weight: 1 }))),
      [0, 0, 0],
      [0, 0, 0],
    );
    alike(swingAndTwist(bone, scale(apply(rotation, bone), 1.3), cross), rotation, 1e-6);
    const other = fromVector(add(turn, [0.1, 0, 0.2])); // the bone decides, whatever the points say
    alike(apply(swingAndTwist(bone, apply(other, bone), cross), bone), apply(other, bone), 1e-9);
  }));
});
