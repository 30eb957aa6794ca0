import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LiveCurve } from "../../lib/plot/live_curve.ts";
import type { ProgressOptions } from "../../lib/plot/progress.ts";
import { textCurve } from "../../lib/plot/text_curve.ts";
import { executeNotebook } from "../../tools/notebooks/execute.ts";
import { PLOTLY } from "../../lib/plot/figure.ts";
import { join } from "node:path";

const SIZE = { columns: 10, rows: 3 };

/** The dots of a drawn curve: for each column of dots its rows, from the top. */
function dots(lines: readonly string[]): number[][] {
  const letters = lines.slice(0, -1).map((line) =>
    [...line.split("┤")[1]!].map((letter) => letter.codePointAt(0)! - 0x2800)
  );
  const bits = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
  return Array.from(
    { length: 2 * letters[0]!.length },
    (_, column) =>
      letters.flatMap((row, r) =>
        bits[column % 2]!.flatMap((bit, k) => (row[column >> 1]! & bit) !== 0 ? [4 * r + k] : [])
      ),
  );
}

Deno.test("textCurve() draws a straight fall as a diagonal without gaps, with the ends of both axes", () => {
  const lines = textCurve([{ x: 50, y: 2 }, { x: 400, y: 0.5 }], SIZE);
  assertEquals(lines.length, SIZE.rows + 1);
  assertEquals([lines[0]!.split("┤")[0]!.trim(), lines[2]!.split("┤")[0]!.trim()], ["2", "0.5"]);
  assertEquals(lines[3]!.trim().split(/ +/), ["50", "400"]);
  assertEquals(lines[3]!.length, lines[0]!.length);
  const columns = dots(lines);
  assertEquals([columns[0]!.at(0), columns.at(-1)!.at(-1)], [0, 11]);
  columns.slice(1).forEach((column, i) => assert(column[0]! <= columns[i]!.at(-1)! + 1, "no gap"));
});

Deno.test("textCurve() is flat in the middle for one value, empty for one point, and passes over NaN", () => {
  const flat = dots(textCurve([{ x: 1, y: 3 }, { x: 2, y: NaN }, { x: 3, y: 3 }], SIZE));
  assertEquals(new Set(flat.map(String)).size, 1);
  assertEquals(flat[0], [6]);
  assertEquals(textCurve([{ x: 1, y: 3 }, { x: 2, y: NaN }], SIZE), []);
});

Deno.test("textCurve() lets a first fall leave at the top", () => {
  const points = Array.from({ length: 40 }, (_, x) => ({ x, y: x === 0 ? 1000 : 40 - x }));
  const lines = textCurve(points, SIZE);
  assertEquals(lines[0]!.split("┤")[0]!.trim(), "36");
  assertEquals(dots(lines)[0], []);
});

/** A curve whose text is kept and whose clock stands half a second on at each look. */
async function drawn(to: ProgressOptions["to"], steps: number, first = 1): Promise<string[]> {
  const written: string[] = [];
  let time = 0;
  {
    await using curve = new LiveCurve("Training", steps, {
      to,
      write: (text) => void written.push(text),
      now: () => time += 500,
      columns: () => 100,
    });
    for (let step = first; step <= steps; step++) {
      await curve.step(step, 1 / step);
      if (step % 2 === 0) await curve.row({ step, loss: 1 / step }, `step ${step}: all is well`);
    }
  }
  return written;
}

Deno.test("LiveCurve draws the curve above the progress line of a terminal, with the last row's words", async () => {
  const last = (await drawn("terminal", 6)).at(-1)!;
  assert(last.startsWith("\x1b[10A\r\x1b[J"), "it is drawn over the one before");
  const lines = last.split("\n");
  assertEquals(lines.length, 8 + 1 + 1 + 1 + 1, "curve, its axis, words, progress, the end");
  assertEquals(lines[9], "step 6: all is well");
  assertStringIncludes(lines[10]!, "Training 6/6 steps · 100 %");
});

Deno.test("LiveCurve adds a plain line for each row where there is no terminal", async () => {
  const written = (await drawn("lines", 6)).join("");
  assertEquals(
    written.split("\n").filter((line) => line.startsWith("step")),
    [2, 4, 6].map((step) => `step ${step}: all is well`),
  );
  assertEquals(written.includes("\x1b"), false);
});

Deno.test("LiveCurve of a resumed run begins with the rows that were there, and counts from where it goes on", async () => {
  const written: string[] = [];
  {
    await using curve = new LiveCurve("Training", 4, { to: "terminal", write: (text) => void written.push(text) });
    curve.resume([{ step: 1, loss: 8 }, { step: 2, loss: 4 }]);
    await curve.step(3, 2);
    await curve.row({ step: 3, loss: 2 });
  }
  const [, ...lines] = written.at(-1)!.split("\n").reverse();
  assertEquals(lines[2]!.trim().split(/ +/), ["1", "3"]);
  assertStringIncludes(lines[0]!, "Training 1/2 steps");
  assertStringIncludes((await drawn("lines", 6, 5)).at(-1)!, "Training 2/2 steps");
});

Deno.test("LiveCurve is one progress and one figure in a notebook, updated in place, with a picture at the end", async () => {
  const source = `await using curve = new LiveCurve("Training", 40);
for (let step = 1; step <= 40; step++) {
  await curve.step(step, 1 / step);
  await curve.row({ step, loss: 1 / step });
}
await curve.finish();`;
  const cells = ['import { LiveCurve } from "../lib/plot/mod.ts";', source].map((source) => ({
    cell_type: "code" as const,
    metadata: {},
    source,
    outputs: [],
  }));
  const given = { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
  const { notebook, error } = await executeNotebook(given, join(import.meta.dirname!, "../../notebooks"));
  assertEquals(error, undefined);
  const shown = notebook.cells[1]!.outputs!.map((output) =>
    output["data"] as Record<string, { data: { x: number[] }[] }>
  );
  assertEquals(shown.map((data) => Object.keys(data).toSorted()), [
    ["text/html", "text/plain"],
    [PLOTLY, "image/png", "text/plain"].toSorted(),
  ]);
  assertEquals(shown[1]![PLOTLY]!.data[0]!.x.at(-1), 40);
});
