import { assertEquals, assertThrows } from "@std/assert";
import { bars, lines } from "../../lib/plot/curves.ts";
import { colourAt, overlayScale } from "../../lib/plot/colormaps.ts";
import { readable } from "../../lib/plot/round.ts";
import { rendered } from "./rendered.ts";

Deno.test("bars() draws each series in its own colour, from zero", async () => {
  const series = [{ name: "ours", values: [1, 2] }, { name: "peer", values: [4, 3] }];
  const figure = bars({ title: "Time (s)", y: { title: "time (s)" }, categories: ["a", "b"], series });
  const { at, width } = await rendered(figure);
  const row = Array.from({ length: width }, (_, x) => at(x, 340).join()); // just above the axis: through all four bars
  assertEquals(row.includes("0,114,178"), true, "the first series' blue");
  assertEquals(row.includes("213,94,0"), true, "the second series' orange");
});

Deno.test("bars() and lines() want as many values as places", () => {
  const y = { title: "time (s)" };
  assertThrows(
    () => bars({ title: "t", y, categories: ["a"], series: [{ name: "ours", values: [1, 2] }] }),
    TypeError,
    'bars: "ours" must have 1 values: got 2',
  );
  assertThrows(
    () => lines({ title: "t", x: y, y, lines: [{ name: "loss", x: [1, 2], y: [1] }] }),
    TypeError,
    'lines: "loss" must have as many y as x: got 2 x and 1 y',
  );
});

Deno.test("bars() draws whiskers, leaves gaps, and makes room for many names", () => {
  const y = { title: "error (mm)" }, names = Array.from({ length: 12 }, (_, i) => `variant number ${i}`);
  const values = names.map((_, i) => i === 3 ? NaN : i), spread = names.map(() => 0.5);
  const draw = (categories: string[], count: number) =>
    bars({
      title: "t",
      y,
      categories,
      series: [{ name: "a", values: values.slice(0, count), spread: spread.slice(0, count) }],
    }).spec;
  const many = draw(names, 12), few = draw(names.slice(0, 2), 2);
  assertEquals((many.data[0]!["error_y"] as { array: number[] }).array, spread);
  assertEquals((many.data[0]!["text"] as string[]).slice(2, 5), ["2", "", "4"]);
  assertEquals((many.layout["height"] as number) > (few.layout["height"] as number), true);
  assertEquals((many.layout["xaxis"] as { tickangle?: number }).tickangle, -40);
  assertEquals((few.layout["xaxis"] as { tickangle?: number }).tickangle, undefined);
  assertThrows(
    () => bars({ title: "t", y, categories: ["a"], series: [{ name: "ours", values: [1], spread: [] }] }),
    TypeError,
    'bars: "ours" must have 1 values: got 0',
  );
});

Deno.test("lines() thins long curves to what a screen can show", () => {
  const long = Float32Array.from({ length: 50_000 }, (_, i) => i);
  const figure = lines({
    title: "t",
    x: { title: "step" },
    y: { title: "loss" },
    lines: [{ name: "a", x: long, y: long }],
  });
  assertEquals((figure.spec.data[0]!["x"] as number[]).length, 1000);
});

Deno.test("colourAt() is white at the middle of the diverging map and clamps beyond the ends", () => {
  assertEquals(colourAt("diverging", 0.5), [247, 247, 247]);
  assertEquals(colourAt("sequential", -3), [68, 1, 84]);
  assertEquals(colourAt("sequential", 9), [253, 231, 37]);
  assertEquals(overlayScale("heat")[0]![1].endsWith(",0.000)"), true, "nothing is laid over where there is nothing");
});

Deno.test("readable() writes numbers for people", () => {
  assertEquals([0, 0.0125, -1234.5, 1e-7, NaN, 2e9].map(readable), [
    "0",
    "0.0125",
    "−1,234.5",
    "1.0e−7",
    "NaN",
    "2.0e9",
  ]);
});
