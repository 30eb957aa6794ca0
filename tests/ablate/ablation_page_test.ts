import { assertEquals } from "@std/assert";
import { Ablation } from "../../lib/ablate/table.ts";
import { ablationPage } from "../../tools/ablation_page.ts";

const table = (name: string) =>
  new Ablation({
    variants: [{ name, definition: name }],
    inputs: { everyday: {} },
    metrics: [{ name: "pve_mm", better: "less" }],
    seeds: [0],
    command: "",
    cells: [{ variant: name, input: "everyday", seed: 0 }],
  });

Deno.test("ablationPage() shows each table under its figure, the finalists last", () => {
  const options = { pictures: ["a.png", "a_finalists.png"], people: 9, trained: true };
  const page = ablationPage([table("all of them"), table("the best")], options);
  const order = [
    "# What each choice",
    "9 people",
    "learn from the same examples",
    "(a.png)",
    "all of them",
    "(a_finalists.png)",
    "the best",
  ];
  const places = order.map((text) => page.indexOf(text));
  assertEquals(places.includes(-1), false, String(places));
  assertEquals(places.toSorted((a, b) => a - b), places);
});

Deno.test("ablationPage() without training speaks of parts, and has one table", () => {
  const page = ablationPage([table("as it is")], { pictures: ["a.png"], people: 9, trained: false });
  assertEquals(page.startsWith("# What each part of the localizer is worth\n"), true);
  assertEquals(page.includes("learn from the same examples"), false);
  assertEquals(page.match(/^# /gm)?.length, 1);
});
