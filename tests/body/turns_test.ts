import { assert } from "@std/assert";
import fc from "../property.ts";
import {
  about,
  apply,
  between,
  fromVector,
  multiply,
  splitTwist,
  toVector,
  transpose,
  unit,
  type Vector,
} from "../../lib/body/turns.ts";

const number = (most: number) => fc.double({ min: -most, max: most, noNaN: true });
const vector = (most: number) => fc.tuple(number(most), number(most), number(most));
const difference = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

Deno.test("toVector() undoes fromVector() below half a turn", () => {
  fc.assert(fc.property(vector(1.8), (v) => assert(difference(toVector(fromVector(v)), v) < 1e-9)));
});

Deno.test("fromVector() gives rotations", () => {
  fc.assert(fc.property(vector(9), (v) => {
    const r = fromVector(v);
    assert(difference(multiply(r, transpose(r)), [1, 0, 0, 0, 1, 0, 0, 0, 1]) < 1e-12);
  }));
});

Deno.test("between() takes one direction to the other, opposite ones too", () => {
  const direction = vector(1).filter((v) => Math.hypot(...v) > 0.05).map((v) => unit(v));
  fc.assert(fc.property(direction, direction, (a, b) => assert(difference(apply(between(a, b), a), b) < 1e-9)));
  assert(difference(apply(between([0, 1, 0], [0, -1, 0]), [0, 1, 0]), [0, -1, 0]) < 1e-12);
});

Deno.test("splitTwist() parts a rotation into swing and twist", () => {
  const axis: Vector = [0, 1, 0];
  fc.assert(fc.property(vector(1.7), (v) => {
    const r = fromVector(v), { swing, twist } = splitTwist(r, axis);
    assert(difference(multiply(swing, about(axis, twist)), r) < 1e-9);
    assert(Math.abs(toVector(swing)[1]) < 1e-7); // the swing's axis is at a right angle
  }));
});
