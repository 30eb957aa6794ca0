import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "../property.ts";
import { slots } from "../../lib/body/slots.ts";

const counts = fc.integer({ min: 1, max: 40 });
const rows = (k: number) => Array.from({ length: k }, (_, i) => [...slots(k).barycentric.subarray(3 * i, 3 * i + 3)]);

Deno.test("slots(1) is the centre", () => {
  for (const b of slots(1).barycentric) assertAlmostEquals(b, 1 / 3, 1e-7);
  assertEquals([...slots(1).share], [1]);
});

Deno.test("slots() are inside the face and share it out whole", () =>
  fc.assert(fc.property(counts, (k) => {
    for (const row of rows(k)) {
      assertAlmostEquals(row.reduce((a, b) => a + b), 1, 1e-6);
      assert(row.every((b) => b > 0));
    }
    assertAlmostEquals(slots(k).share.reduce((a, b) => a + b), 1, 1e-5);
  })));

Deno.test("slots() share the face about evenly and keep apart", () =>
  fc.assert(fc.property(counts, (k) => {
    assert(slots(k).share.every((share) => share * k > 0.5 && share * k < 1.6), String(slots(k).share));
    const points = rows(k);
    points.forEach((p, i) =>
      points.slice(0, i).forEach((q) => assert(Math.hypot(p[0]! - q[0]!, p[1]! - q[1]!) > 0.3 / k))
    );
  })));

Deno.test("slots() mirror into one another when the first two corners are exchanged", () =>
  fc.assert(fc.property(counts, (k) => {
    const points = rows(k);
    for (const [a, b] of points) {
      assert(points.some(([c, d]) => Math.abs(a! - d!) < 1e-6 && Math.abs(b! - c!) < 1e-6), `${a}, ${b}`);
    }
  })));

Deno.test("slots() wants a whole number of at least 1", () =>
  void assertThrows(() => slots(0), RangeError, "slots: k must be a whole number at least 1: got 0"));
