import { assertEquals, assertThrows } from "@std/assert";
import { expectShape } from "../../lib/tensor/shape.ts";

const shaped = (...shape: number[]) => ({ shape });

Deno.test("expectShape() binds every named axis", () => {
  const features = shaped(12, 16, 384), weights = shaped(7, 384);
  const sizes = expectShape("heatmaps", { features, weights }, { features: "h w c", weights: "n c" });
  assertEquals({ ...sizes }, { h: 12, w: 16, c: 384, n: 7 });
});

Deno.test("expectShape() accepts a scalar as the empty shape", () => {
  assertEquals(expectShape("f", { x: shaped() }, ""), {});
});

Deno.test("expectShape() says which axis is missing", () =>
  void assertThrows(
    () => expectShape("softArgmax2d", { logits: shaped(12, 12) }, "n h w"),
    TypeError,
    'softArgmax2d: logits must be "n h w": got [12, 12]',
  ));

Deno.test("expectShape() says which size a name had met before", () =>
  void assertThrows(
    () => expectShape("heatmaps", { f: shaped(3, 4), w: shaped(5, 6) }, { f: "n c", w: "m c" }),
    TypeError,
    'heatmaps: w must be "m c" (with c=4): got [5, 6]',
  ));

Deno.test("expectShape() holds sizes given as numbers", () =>
  void assertThrows(
    () => expectShape("f", { p: shaped(9, 2) }, "n 3"),
    TypeError,
    'p must be "n 3": got [9, 2]',
  ));

Deno.test("expectShape() names what came instead of a tensor", () => {
  assertThrows(() => expectShape("f", { p: undefined as never }, "n"), TypeError, "got undefined");
  assertThrows(() => expectShape("f", { p: new Date() as never }, "n"), TypeError, "got Date");
});
