import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "../property.ts";
import * as tf from "@tensorflow/tfjs";
import { tensorView } from "../../lib/plot/tensor_view.ts";
import { planTiles } from "../../lib/plot/tile_plan.ts";
import { failsCleanly, leaves, scoped } from "../harness.ts";
import { rendered } from "./rendered.ts";

Deno.test("planTiles() shows every entry exactly once where nothing is thinned", () =>
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 0, maxLength: 4 }), fc.nat(), (shape, pick) => {
      const tileAxis = shape.length > 2 ? pick % shape.length : -1;
      const plan = planTiles(shape, shape.map(String), { tileAxis, mostTiles: 99, mostCells: 999 });
      const all = Array.from({ length: plan.count }, (_, tile) => plan.cells(tile)).flat();
      const size = shape.reduce((a, b) => a * b, 1);
      assertEquals(all.toSorted((a, b) => a - b), Array.from({ length: size }, (_, i) => i));
      assertEquals(plan.note, "");
    }),
  ));

Deno.test("planTiles() says what it leaves out", () => {
  const plan = planTiles([10, 7, 20], ["h", "w", "C"], { tileAxis: 2, mostTiles: 4, mostCells: 4 });
  assertEquals([plan.count, plan.rows.shown, plan.columns.shown], [4, 4, 4]);
  assertEquals(plan.note, " · first 4 of 20 along C · every 3rd of h · every 2nd of w");
  assertEquals(plan.cells(1).slice(0, 5), [1, 41, 81, 121, 421]); // [h, w, C] = [0, 0..6 by 2, 1], then h = 3
});

Deno.test("tensorView() paints negative blue, zero white, positive red", () =>
  scoped(async () => {
    const { at, width } = await rendered(await tensorView(tf.tensor1d([-1, 0, 1])));
    const y = 58 + 24; // middle of cells of 48 px below the heading
    const [blue, white, red] = [38, 86, 134].map((x) => at(x, y));
    assert(width >= 400 && blue![2] > 2 * blue![0] && red![0] > 2 * red![2], `blue ${blue}, red ${red}`);
    assert(white!.every((channel) => channel > 240), `white ${white}`);
  }));

Deno.test("tensorView() marks NaN and infinities and states the numbers of the finite rest", () =>
  scoped(async () => {
    const figure = await tensorView(tf.tensor2d([[NaN, 2, 0], [Infinity, -Infinity, 4]]), { name: "field.weights" });
    assertEquals(
      figure.title,
      "field.weights [2, 3] float32: min 0 · mean 2 · max 4 · 1 NaN · 2 infinite · colours end at ±4",
    );
    const marks = figure.spec.data.filter((trace) => trace["type"] === "scatter");
    assertEquals(marks.map(({ x, y }) => [x, y]), [[[0], [0]], [[0], [1]], [[1], [1]]]);
  }));

Deno.test("tensorView() leaves no tensor behind, of any rank", async () => {
  for (const shape of [[], [3], [3, 4], [2, 3, 4], [2, 2, 3, 4]]) {
    await leaves(0, { tensor: tf.ones(shape) }, async ({ tensor }) => void await tensorView(tensor));
  }
});

Deno.test("tensorView() refuses empty tensors and axes that do not fit", () =>
  scoped(async () => {
    const empty = tf.zeros([0, 3]), matrix = tf.zeros([2, 3]);
    assertStringIncludes((await failsCleanly(() => tensorView(empty))).message, "cannot show an empty tensor [0, 3]");
    const error = await failsCleanly(() => tensorView(matrix, { axes: "h w C" }));
    assertStringIncludes(error.message, 'tensorView: axes must name 2 axes: got "h w C"');
  }));
