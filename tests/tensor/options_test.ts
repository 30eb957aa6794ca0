import { assertEquals, assertThrows } from "@std/assert";
import { expectInteger, expectOneOf, resolveOptions } from "../../lib/tensor/options.ts";

Deno.test("resolveOptions() lays what is given over the defaults", () => {
  assertEquals(resolveOptions("f", { chunk: 1000, seed: 7 }, { chunk: 5 }), { chunk: 5, seed: 7 });
  assertEquals(resolveOptions("f", { chunk: 1000 }, undefined), { chunk: 1000 });
});

Deno.test("resolveOptions() does not take a key that is no option, even one that every object has", () => {
  assertThrows(
    () => resolveOptions("locate", { chunk: 1 }, { chonk: 2 } as object),
    TypeError,
    'unknown option "chonk": known are chunk',
  );
  assertThrows(
    () => resolveOptions("locate", { chunk: 1 }, { toString: 2 } as object),
    TypeError,
    'unknown option "toString"',
  );
});

Deno.test("expectOneOf() lists the choices", () =>
  void assertThrows(
    () => expectOneOf("useBackend", "name", "cuda", ["wasm", "cpu"]),
    RangeError,
    'name must be one of wasm, cpu: got "cuda"',
  ));

Deno.test("expectInteger() states the bounds", () => {
  assertThrows(
    () => expectInteger("attach", "perFace", 0, 1),
    RangeError,
    "perFace must be a whole number at least 1: got 0",
  );
  assertThrows(() => expectInteger("attach", "perFace", 2.5, 1, 9), RangeError, "from 1 to 9: got 2.5");
});
