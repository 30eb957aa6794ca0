import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { DISPLAY } from "../../lib/plot/display.ts";
import { Figure, PLOTLY } from "../../lib/plot/figure.ts";
import { rendered } from "./rendered.ts";

/** One red and one blue bar that fill the lower left and the whole right of the plot. */
const bars = new Figure({
  data: [{ type: "bar", x: ["a", "b"], y: [1, 2], marker: { color: ["#ff0000", "#0000ff"] } }],
  layout: {
    width: 300,
    height: 200,
    title: { text: "Bars <i>(count)</i>" },
    margin: { l: 0, r: 0, t: 0, b: 0 },
    bargap: 0,
    yaxis: { range: [0, 2] },
  },
});

Deno.test("Figure.toPng() draws the bars where they belong", async () => {
  const { width, height, at } = await rendered(bars);
  assertEquals([width, height], [300, 200]);
  assertEquals(at(75, 150), [255, 0, 0], "the lower left is the red bar");
  assertEquals(at(225, 150), [0, 0, 255], "the lower right is the blue bar");
  assert(at(75, 80).every((channel) => channel > 200), "above the red bar is the pale ground");
});

Deno.test("Figure.toPng() multiplies its size by the scale", async () => {
  const png = new DataView((await bars.toPng({ scale: 2 })).slice().buffer);
  assertEquals([png.getUint32(16), png.getUint32(20)], [600, 400]); // width and height of the IHDR chunk
});

Deno.test("Figure.toPng() draws figures asked for at once as well as one after the other", async () => {
  const together = await Promise.all([1, 2, 3].map(() => bars.toPng({ scale: 1 })));
  for (const png of together) assertEquals(png, together[0]);
});

Deno.test("Figure shows itself in notebooks as live plotly, PNG and text, and never as HTML", async () => {
  const bundle = await bars[DISPLAY]();
  assertEquals(Object.keys(bundle), [PLOTLY, "image/png", "text/plain"]);
  assertEquals(bundle["text/plain"], "Figure: Bars (count)");
  assertStringIncludes(atob(bundle["image/png"] as string), "PNG");
  JSON.stringify(bundle[PLOTLY]);
});

Deno.test("Figure.toPng() refuses traces that need WebGL, and goes on drawing others", async () => {
  const globe = new Figure({ data: [{ type: "scatter3d" }], layout: {} });
  await assertRejects(() => globe.toPng(), RangeError, 'a "scatter3d" trace cannot be drawn without a browser');
  await bars.toPng({ scale: 1 });
});

Deno.test("Figure.toPng() refuses a scale of no use and options it does not know", async () => {
  await assertRejects(() => bars.toPng({ scale: NaN }), RangeError, "scale must be within 0.1–8: got NaN");
  await assertRejects(() => bars.toPng({ dpi: 300 } as never), TypeError, 'unknown option "dpi"');
});

Deno.test("Figure.save() chooses the form by the ending", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const [ending, start] of [[".png", "\x89PNG"], [".svg", "<svg"], [".json", '{"data"']] as const) {
      await bars.save(join(folder, `figure${ending}`));
      const bytes = await Deno.readFile(join(folder, `figure${ending}`));
      assertEquals(String.fromCharCode(...bytes.subarray(0, start.length)), start);
    }
    await assertRejects(() => bars.save(join(folder, "figure.bmp")), RangeError, "must end in .png, .svg or .json");
    assertEquals([...Deno.readDirSync(folder)].length, 3, "nothing else was written");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
