import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { type CropView, intoView, outOfView, viewCrop, viewPoints } from "../../lib/localize/crop_views.ts";
import { leaves } from "../harness.ts";

const VIEWS: readonly CropView[] = [0, 1, 2, 3].flatMap((turns) =>
  [false, true].map((mirrored) => ({ turns, mirrored }) as CropView)
);

Deno.test("viewCrop() moves each pixel to where intoView() says its centre lies", async () => {
  const S = 5, crop = tf.range(0, S * S).reshape<tf.Tensor3D>([S, S, 1]);
  for (const view of VIEWS) {
    const seen = await viewCrop(crop, view).data();
    for (let row = 0; row < S; row++) {
      for (let column = 0; column < S; column++) {
        const [x, y] = intoView(Float32Array.of(column + 0.5, row + 0.5), 2, view, S / 2);
        assertEquals(seen[Math.floor(y!) * S + Math.floor(x!)], row * S + column);
      }
    }
  }
  crop.dispose();
});

Deno.test("a quarter turn is counter-clockwise: right becomes up", () => {
  const up = intoView(Float32Array.of(1, 0), 2, { turns: 1, mirrored: false });
  assertEquals([...up].map(Math.round), [0, -1]); // y points down
});

Deno.test("outOfView() undoes intoView(), in the picture and in space", () => {
  const places = Float32Array.of(100, 20, 7, -3, 512, 0), space = Float32Array.of(0.1, -0.4, 2, 3, 4, 5);
  for (const view of VIEWS) {
    outOfView(intoView(places, 2, view, 256), 2, view, 256).forEach((x, i) => assertAlmostEquals(x, places[i]!, 1e-4));
    const there = intoView(space, 3, view);
    assertEquals([there[2], there[5]], [2, 5]);
    outOfView(there, 3, view).forEach((x, i) => assertAlmostEquals(x, space[i]!, 1e-6));
  }
});

Deno.test("viewPoints() asks a mirrored view for the other side of the body", async () => {
  const points = tf.tensor2d([[1, 2, 3]]);
  const asked = [viewPoints(points, { turns: 3, mirrored: true }), viewPoints(points, { turns: 3, mirrored: false })];
  assertEquals(await Promise.all(asked.map(async (p) => [...await p.data()])), [[-1, 2, 3], [1, 2, 3]]);
  tf.dispose([points, ...asked]);
});

Deno.test("viewCrop() wants a square, and leaves only its result", async () => {
  const flat = tf.zeros<tf.Rank.R3>([2, 3, 1]), crop = tf.zeros<tf.Rank.R3>([4, 4, 3]);
  assertThrows(() => viewCrop(flat, VIEWS[1]!), TypeError, "square");
  await leaves(1, {}, () => Promise.resolve(void viewCrop(crop, { turns: 3, mirrored: true })));
  tf.dispose([flat, crop]);
});
