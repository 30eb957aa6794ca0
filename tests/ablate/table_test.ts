import { assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { Ablation, type Cell, spreadOf } from "../../lib/ablate/table.ts";

const cell = (variant: string, seed: number, error: number, share: number | null = 0.5): Cell => ({
  variant,
  input: "people",
  seed,
  outcome: { figures: { error, share }, ms: 10 + seed, bytes: 2_500_000, measured: "2026-01-01T00:00:00.000Z" },
});
const table = new Ablation({
  variants: [
    { name: "as it is", about: "nothing changed", definition: 1 },
    { name: 'other, "so | called"', definition: 2 },
    { name: "broken", definition: 3 },
  ],
  inputs: { people: { set: "everyday" } },
  metrics: [{ name: "error", unit: "mm", better: "less" }, { name: "share", unit: "share", better: "more" }, {
    name: "absent",
    better: "less",
  }],
  seeds: [0, 1, 2],
  command: "deno task ablate flip",
  cells: [
    ...[100, 104, 108].map((error, seed) => cell("as it is", seed, error)),
    ...[90, 95, 100].map((error, seed) => cell('other, "so | called"', seed, error, 0.625)),
    ...[0, 1].map((seed): Cell => ({ variant: "broken", input: "people", seed, error: "no such file" })),
  ],
});

Deno.test("spreadOf() is mean and sample standard deviation", () => {
  assertEquals(spreadOf([2, 4, 4, 4, 5, 5, 7, 9]), { mean: 5, spread: Math.sqrt(32 / 7), count: 8 });
  assertEquals(spreadOf([3]), { mean: 3, spread: NaN, count: 1 });
  assertEquals(spreadOf([]), { mean: NaN, spread: NaN, count: 0 });
});

Deno.test("Ablation.summary() pairs changes by seed", () => {
  const { metrics, ms } = table.summary('other, "so | called"', "people");
  assertEquals(metrics["error"], { mean: 95, spread: 5, count: 3, change: { mean: -9, spread: 1, count: 3 } });
  assertEquals(metrics["absent"], undefined);
  assertEquals(ms, { mean: 11, spread: 1, count: 3 });
  assertThrows(
    () => table.summary("flip", "people"),
    RangeError,
    'Ablation: "flip" was not measured on "people"',
  );
});

Deno.test("Ablation.toMarkdown() shows values, paired changes, the best, errors and the command", () => {
  assertEquals(
    table.toMarkdown(),
    `## people

| variant | error ↓ (mm) | share ↑ (%) | ms | size |
|---|---|---|---|---|
| as it is | 104 ± 4 | 50 ± 0 | 11 ± 1 | 2.5 MB |
| other, "so \\| called" | **95 ± 5** (−9 ± 1) | **62.5 ± 0** (+12.5 ± 0) | 11 ± 1 | 2.5 MB |
| broken | – | – | – | – |

± is the standard deviation over the seeds 0, 1, 2; in brackets the change against “as it is”, seed by seed. Bold is best.

- **as it is**: nothing changed

Not measured:

- broken on people: no such file

\`\`\`sh
deno task ablate flip
\`\`\`
`,
  );
});

Deno.test("Ablation.toCsv() has a quoted line for each cell", () => {
  const lines = table.toCsv().trimEnd().split("\n");
  assertEquals(lines[0], "variant,input,seed,error,share,absent,ms,bytes,error");
  assertEquals(lines[4], '"other, ""so | called""",people,0,90,0.625,,10.000,2500000,');
  assertEquals(lines[7], "broken,people,0,,,,,,no such file");
});

Deno.test("Ablation.figure() draws a bar for each variant, in per cent where the metric is a share", () => {
  const [bar] = table.figure("share").spec.data;
  assertEquals(bar!["y"], [50, 62.5, NaN]);
  assertEquals((bar!["error_y"] as { array: number[] }).array, [0, 0, NaN]);
  assertThrows(() => table.figure("ghost"), RangeError, 'Ablation: there is no metric "ghost": known are error,share');
});

Deno.test("Ablation.best() names the best first, without the first row and what was not measured", () => {
  assertEquals(table.best("error", "people", 5), ['other, "so | called"']);
  const more = new Ablation({ ...table.parts, cells: [...table.parts.cells, cell("broken", 2, 80, 0.5)] });
  assertEquals(more.best("error", "people", 2), ["broken", 'other, "so | called"']);
  assertEquals(more.best("share", "people", 1), ['other, "so | called"']); // there more is better
  assertThrows(() => table.best("ghost", "people", 1), RangeError, 'Ablation: there is no metric "ghost"');
});

Deno.test("Ablation.save() writes four files that say the same", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await table.save(folder);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "ablation.csv",
      "ablation.json",
      "ablation.md",
      "ablation.png",
    ]);
    await table.save(folder, "finalists");
    assertEquals(
      await Deno.readTextFile(join(folder, "finalists.csv")),
      await Deno.readTextFile(join(folder, "ablation.csv")),
    );
    const { rows, command, seeds } = JSON.parse(await Deno.readTextFile(join(folder, "ablation.json")));
    assertEquals([command, seeds], ["deno task ablate flip", [0, 1, 2]]);
    assertEquals(rows[1].metrics.error.change, { mean: -9, spread: 1, count: 3 });
    assertEquals(rows[2].errors, ["no such file"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Ablation.toString() is aligned", () => {
  const rows = table.toString().split("\n").filter((line) => line.startsWith("  "));
  assertEquals(new Set(rows.map((row) => row.length)).size, 1);
});
