import { assertEquals, assertThrows } from "@std/assert";
import { canonicalText, readMetric } from "../../lib/ablate/variant.ts";
import fc from "../property.ts";

Deno.test("canonicalText() is the same for equal data, whatever the order of keys", () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (drawn) => {
    const record = { ...drawn }, turned = Object.fromEntries(Object.entries(record).reverse());
    assertEquals(canonicalText(turned), canonicalText(record));
    JSON.parse(canonicalText(record)); // it is JSON
  }));
});

Deno.test("canonicalText() differs where data or a function's source differ", () => {
  const texts = [
    { f: (x: number) => x + 1 },
    { f: (x: number) => x + 2 },
    { f: 1 },
    { f: "1" },
    { f: /1/ },
    { f: [1] },
    { g: 1 },
    {},
  ]
    .map((value) => canonicalText(value));
  assertEquals(new Set(texts).size, texts.length);
  assertEquals(canonicalText({ a: undefined }), canonicalText({}));
  assertEquals(canonicalText({ a: NaN }) === canonicalText({ a: null }), false);
});

Deno.test("canonicalText() refuses what is no plain data, naming its place", () => {
  assertThrows(
    () => canonicalText({ a: [1, new Map()] }),
    TypeError,
    "ablate: definition.a[1] must be plain data: got [object Map]",
  );
});

Deno.test("readMetric() tells a figure that could not be measured from one that is not there", () => {
  const metric = { name: "error", better: "less" } as const;
  assertEquals(readMetric(metric, { error: 2 }), 2);
  assertEquals(readMetric(metric, { error: null }), NaN);
  assertEquals(readMetric(metric, {}), undefined);
  assertEquals(readMetric({ ...metric, of: (figures) => Number(figures["other"]) }, { other: 3 }), 3);
});
