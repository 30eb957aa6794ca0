import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "../../property.ts";
import { RandomStream } from "../../../lib/train/people/random.ts";

const numbers = (stream: RandomStream, n = 8) => Array.from({ length: n }, () => stream.bits());

Deno.test("RandomStream is a function of its path", () => {
  fc.assert(fc.property(fc.nat(), fc.nat(), fc.string(), (seed, index, name) => {
    assertEquals(numbers(new RandomStream(seed, index).fork(name)), numbers(new RandomStream(seed, index).fork(name)));
  }));
  assertEquals(numbers(new RandomStream(7, 42), 3), [19112947, 306913847, 1818754257]); // on every machine
});

Deno.test("RandomStream.fork() does not depend on what was drawn before", () => {
  const used = new RandomStream(1, 2);
  numbers(used, 100);
  assertEquals(numbers(used.fork("pose")), numbers(new RandomStream(1, 2).fork("pose")));
});

Deno.test("RandomStream gives near paths unlike numbers", () => {
  const first = new Set(
    [0, 1, 2].flatMap((seed) => Array.from({ length: 100 }, (_, i) => new RandomStream(seed, i).bits())),
  );
  assertEquals(first.size, 300);
});

Deno.test("RandomStream draws the distributions that it says", () => {
  const stream = new RandomStream(3), n = 20000, draw = (fn: () => number) => Array.from({ length: n }, fn);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / n;
  assert(Math.abs(mean(draw(() => stream.uniform(2, 4))) - 3) < 0.02);
  const normal = draw(() => stream.normal(1, 2));
  assert(Math.abs(mean(normal) - 1) < 0.06);
  assert(Math.abs(mean(normal.map((value) => (value - 1) ** 2)) - 4) < 0.2);
  assert(draw(() => stream.near(0, 1)).every((value) => Math.abs(value) <= 2));
  assert(Math.abs(mean(draw(() => Number(stream.weighted({ rare: 1, often: 3 }) === "rare"))) - 0.25) < 0.02);
});

Deno.test("RandomStream refuses seeds that are no whole numbers", () => {
  assertThrows(() => new RandomStream(0.5), RangeError, "seeds and indices must be whole numbers");
});
