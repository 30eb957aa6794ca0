import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { type Figure } from "../../lib/plot/figure.ts";
import { heatmapGrid } from "../../lib/plot/heatmap_grid.ts";
import { heatmapOverPhoto } from "../../lib/plot/heatmap_over_photo.ts";
import { failsCleanly, leaves, scoped } from "../harness.ts";
import { rendered } from "./rendered.ts";

/** A grey crop and a 16×16 map (stride 32) whose only peak is the cell in row 4, column 12. */
function peaked() {
  return {
    crop: tf.fill([512, 512, 3], 0.5) as tf.Tensor3D,
    heatmap: tf.oneHot([4 * 16 + 12], 256).mul(40).reshape([16, 16]) as tf.Tensor2D,
    features: { origin: 16, stride: 32 },
    position2d: tf.tensor1d([400, 144]),
    label: "the peak",
  };
}

/** Where a crop pixel lies in the drawn figure, from the layout's own numbers. */
function place({ spec: { layout } }: Figure, x: number, y: number): [number, number] {
  const { margin, width, height } = layout as { margin: Record<string, number>; width: number; height: number };
  const { domain } = layout["xaxis"] as { domain: [number, number] };
  const inner = width - margin["l"]! - margin["r"]!;
  return [
    margin["l"]! + inner * (domain[0] + (domain[1] - domain[0]) * x / 512),
    margin["t"]! + (height - margin["t"]! - margin["b"]!) * y / 512,
  ];
}

Deno.test("heatmapOverPhoto() lays each cell over the pixels it speaks for", () =>
  scoped(async () => {
    const figure = await heatmapOverPhoto(peaked());
    const picture = await rendered(figure);
    const [red, green, blue] = picture.at(...place(figure, 388, 132)); // in the hot cell (384–416, 128–160), off the cross
    assert(red > 200 && green > 200 && blue < 190, `the hot cell is yellow: got ${[red, green, blue]}`);
    for (const [x, y] of [[376, 144], [424, 144], [400, 120], [400, 168], [100, 400]] as const) { // its neighbours
      const colour = picture.at(...place(figure, x, y));
      for (const channel of colour) assertAlmostEquals(channel, 128, 4, `photo at ${x}, ${y}: got ${colour}`);
    }
  }));

Deno.test("heatmapOverPhoto() draws u as a circle of 512 px per 2.2 m", () =>
  scoped(async () => {
    const { spec, title } = await heatmapOverPhoto({ ...peaked(), uncertainty: 0.55, note: "untrained" });
    const circle = spec.data.find((trace) => trace["mode"] === "lines") as unknown as { x: number[]; y: number[] };
    for (const [i, x] of circle.x.entries()) {
      assertAlmostEquals(Math.hypot(x - 400, circle.y[i]! - 144), 128, 0.1); // 0.55 m · 512 / 2.2
    }
    assertEquals(
      title,
      "Where is the peak? (untrained): p′2D = (400.0, 144.0) px (cross) · u = 0.55 m (circle)",
    );
  }));

Deno.test("heatmapOverPhoto() and heatmapGrid() leave no tensor behind", async () => {
  const { label, features, ...tensors } = peaked();
  await leaves(0, tensors, async (given) => void await heatmapOverPhoto({ ...given, label, features }));
  const grid = { crop: tf.zeros([512, 512, 3]), heatmaps: tf.zeros([2, 4, 4]), position2d: tf.zeros([2, 2]) };
  await leaves(0, grid, async (given) => {
    await heatmapGrid({ ...given, features, labels: ["a", "b"] } as Parameters<typeof heatmapGrid>[0]);
  });
});

Deno.test("heatmapOverPhoto() says which tensor has the wrong shape", () =>
  scoped(async () => {
    const wrong = { ...peaked(), heatmap: tf.zeros([256]) as unknown as tf.Tensor2D };
    const error = await failsCleanly(() => heatmapOverPhoto(wrong));
    assertStringIncludes(error.message, 'heatmapOverPhoto: heatmap must be "h w": got [256]');
  }));

Deno.test("heatmapGrid() shows one panel for each Gaussian, with its name and largest probability", () =>
  scoped(async () => {
    const { crop, heatmap, features, position2d } = peaked();
    const given = {
      crop,
      heatmaps: tf.stack([heatmap, tf.zerosLike(heatmap)]) as tf.Tensor3D,
      features,
      position2d: tf.stack([position2d, position2d]) as tf.Tensor2D,
      labels: ["sharp", "flat"],
    };
    const { spec } = await heatmapGrid(given);
    const texts = (spec.layout["annotations"] as { text: string }[]).map(({ text }) => text);
    assertEquals(texts.slice(1), ["sharp · max P 1", "flat · max P 0.00391"]); // 1/256
    const one = await failsCleanly(() => heatmapGrid({ ...given, labels: ["sharp"] }));
    assertStringIncludes(one.message, "heatmapGrid: labels must name 2 heatmaps: got 1");
    const seventeen = { heatmaps: tf.zeros<tf.Rank.R3>([17, 4, 4]), position2d: tf.zeros<tf.Rank.R2>([17, 2]) };
    const many = await failsCleanly(() => heatmapGrid({ ...given, ...seventeen }));
    assertStringIncludes(many.message, "can show 1 to 16 heatmaps: got 17");
  }));
