import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { coveringMap, type FeatureMap } from "../../lib/encoder/encoder.ts";
import { createField, type Field, type FieldConfig, type FieldExtras, fieldOf } from "../../lib/field/field.ts";
import { loadSignature } from "../../lib/field/gps.ts";
import { heatmaps } from "../../lib/localize/heatmaps.ts";
import { locate, type Located, type LocateOptions } from "../../lib/localize/locate.ts";
import { softArgmax2d, softArgmax3d } from "../../lib/localize/soft_argmax.ts";
import { disposeAll } from "../../lib/tensor/scope.ts";
import { everyBackend, failsCleanly, leaves, maxAbsDiff } from "../harness.ts";

const L = 12, NAMES = ["position2d", "position3dBox", "position3d", "uncertaintyRaw", "uncertainty"] as const;

/** A field whose logits spread widely, so that positions leave the centre. */
function sharpField(config: Partial<FieldConfig> = {}, extras: FieldExtras = {}): Field {
  const soft = createField({ frequencies: 8, hidden: [20, 14], linkWidth: L, ...config }, extras);
  const readout = soft.readout.mul<tf.Tensor2D>(6);
  return fieldOf(soft.config, { ...soft.parameters, readout }, { ...extras, trained: false });
}

const features = (h = 6, w = 6): FeatureMap => coveringMap(tf.randomNormal([h, w, L], 0, 1, "float32", 2));
const somePoints = (n: number) => tf.randomUniform<tf.Rank.R2>([n, 3], -1, 1, "float32", 3);

async function assertSame(a: Located, b: Located, tolerance: number): Promise<void> {
  for (const name of NAMES) {
    const difference = await maxAbsDiff(a[name], b[name]);
    assert(difference <= tolerance, `${name} differs by ${difference}`);
  }
}

for (const assignment of ["nlf-gs", "nlf"] as const) {
  everyBackend(`locate() gives the same numbers naively and reordered, assignment ${assignment}`, async () => {
    const [map, field, points] = [features(), sharpField(), somePoints(40)];
    const naive = await locate(map, field, points, { assignment, method: "naive" });
    const reordered = await locate(map, field, points, { assignment, method: "reordered" });
    await assertSame(naive, reordered, 1e-2); // pixels: 1e-4 of the unit grid is 0.04
    assertAlmostEquals(await maxAbsDiff(naive.position3d, reordered.position3d), 0, 1e-4);
    const [spread] = await tf.moments(naive.position2d, 0).variance.sqrt().data();
    assert(spread! > 10, `positions all alike: ${spread} px`); // or the comparison says nothing
  });
}

everyBackend("locate() is heatmaps() and soft-argmax, in pixels and metres", async () => {
  const [map, field, points] = [features(4, 6), sharpField(), somePoints(9)];
  const { heatmap2d, heatmap3d } = heatmaps(map.map, field.weights(points));
  const found = await locate({ map: map.map, origin: 40, stride: 70 }, field, points);
  const expected2d = softArgmax2d(heatmap2d).position.mul(tf.tensor1d([350, 210])).add(40);
  assertAlmostEquals(await maxAbsDiff(found.position2d, expected2d), 0, 1e-2);
  const unit = softArgmax3d(heatmap3d).position;
  const scaled = unit.mul(tf.tensor1d([350 / 512, 210 / 512, 1])).add(tf.tensor1d([40 / 512, 40 / 512, 0]));
  assertAlmostEquals(await maxAbsDiff(found.position3dBox, scaled.sub(0.5).mul(2.2)), 0, 1e-4);
});

for (const assignment of ["nlf-gs", "nlf"] as const) {
  everyBackend(
    `locate() reads p'_2D in a window, both ways alike, and nothing else, assignment ${assignment}`,
    async () => {
      const [map, field, points] = [features(), sharpField(), somePoints(30)], window = 3;
      const whole = await locate(map, field, points, { assignment });
      const naive = await locate(map, field, points, { assignment, window, method: "naive" });
      const reordered = await locate(map, field, points, { assignment, window });
      await assertSame(naive, reordered, 1e-2);
      assert(await maxAbsDiff(reordered.position2d, whole.position2d) > 10); // pixels
      assertAlmostEquals(await maxAbsDiff(reordered.position3d, whole.position3d), 0, 1e-6);
      assertAlmostEquals(await maxAbsDiff(reordered.uncertainty, whole.uncertainty), 0, 1e-6);
    },
  );

  everyBackend(`locate() averages the logits of several maps, both ways alike, assignment ${assignment}`, async () => {
    const [one, two] = [features(), coveringMap(tf.randomNormal([6, 6, L], 0, 1, "float32", 9))], field = sharpField();
    const points = somePoints(20), mirrored = points.mul<tf.Tensor2D>(tf.tensor2d([[-1, 1, 1]]));
    const seen = [{ features: one, mirrored: false }, { features: two, mirrored: true }];
    const pelvis = [0, -0.3, 0.1] as const; // its own mirror image
    const found = await locate(seen, field, points, { assignment, pelvis });
    await assertSame(await locate(seen, field, points, { assignment, pelvis, method: "naive" }), found, 1e-2);
    const [a, b] = [[one, points], [two, mirrored]].map(([map, asked]) =>
      heatmaps((map as FeatureMap).map, field.weights(asked as tf.Tensor2D), { assignment })
    );
    const logits = a!.heatmap2d.add<tf.Tensor3D>(b!.heatmap2d).div<tf.Tensor3D>(2);
    const wanted = softArgmax2d(logits).position.mul(5 * one.stride).add(one.origin);
    assertAlmostEquals(await maxAbsDiff(found.position2d, wanted), 0, 1e-2);
  });
}

everyBackend("locate() puts the pelvis at the origin of position3d, wherever it lies in the box", async () => {
  const pelvis = [0.2, -0.3, 0.1] as const;
  const points = tf.tensor2d([[...pelvis], [0.5, 0.5, 0]]);
  const { position3d, position3dBox } = await locate(features(), sharpField(), points, { pelvis });
  const [own] = tf.unstack(position3d), [box] = tf.unstack(position3dBox);
  assertAlmostEquals(await maxAbsDiff(own!, tf.zeros([3])), 0, 1e-5);
  assertAlmostEquals(await maxAbsDiff(position3d.add(box!), position3dBox), 0, 1e-5);
});

everyBackend("locate() of flat features is the middle of crop and box, at the depth that its bias says", async () => {
  const field = sharpField();
  const { position2d, position3dBox, uncertainty } = await locate(
    coveringMap(tf.zeros([8, 8, L])),
    field,
    somePoints(3),
  );
  assertAlmostEquals(await maxAbsDiff(position2d, tf.fill([3, 2], 256)), 0, 1e-3);
  assertAlmostEquals(await maxAbsDiff(tf.slice(position3dBox, [0, 0], [3, 2]), tf.zeros([3, 2])), 0, 1e-5);
  assert((await uncertainty.data()).every((u) => u > 0.001));
});

for (const method of ["reordered", "naive"] as const) {
  everyBackend(`locate() streams (${method}): chunks of any size give the numbers of one`, async () => {
    const [map, field, points] = [features(), sharpField(), somePoints(23)];
    const whole = await locate(map, field, points, { chunk: 1000, method });
    for (const chunk of [1, 7, 23, 24]) {
      await assertSame(await locate(map, field, points, { chunk, method }), whole, 5e-3); // 1e-5 of the grid: rounding
    }
  });
}

everyBackend("locate() keeps the watched points' tensors in full, and they belong to the positions", async () => {
  const [map, field, points] = [features(), sharpField(), somePoints(23)];
  const { watched, position2d, ...rest } = await locate(map, field, points, { watch: [20, 3, 3], chunk: 5 });
  assertEquals(watched!.indices, Int32Array.of(20, 3, 3));
  const shapes = Object.entries(watched!).map(([name, tensor]) => [name, (tensor as tf.Tensor).shape]);
  assertEquals(Object.fromEntries(shapes.filter(([name]) => name !== "indices")), {
    encoding: [3, 16],
    hidden: [3, 14],
    weights: [3, L, 10],
    bias: [3, 10],
    heatmap2d: [3, 6, 6],
    heatmap3d: [3, 6, 6, 8],
    uncertaintyMap: [3, 6, 6],
  });
  const again = softArgmax2d(watched!.heatmap2d).position.mul(5 * map.stride).add(map.origin);
  assertAlmostEquals(await maxAbsDiff(again, tf.gather(position2d, [20, 3, 3])), 0, 1e-2);
  assertEquals((await locate(map, field, points, { watch: [] })).watched, undefined);
  disposeAll(rest);
});

everyBackend("locate() works with GPS and raw points, also where tensors live on a GPU", async () => {
  const signature = await loadSignature();
  for (const encoding of ["gps", "raw"] as const) {
    const field = sharpField({ encoding, eigenfunctions: 30 }, { signature });
    const computed = somePoints(5).mul<tf.Tensor2D>(0.5); // on WebGPU: not readable at once
    const { position2d, watched } = await locate(features(), field, computed, { watch: [1] });
    assert((await position2d.data()).every(Number.isFinite));
    assertEquals(watched!.weights.shape, [1, L, 10]);
  }
});

everyBackend("locate() takes no points at all", async () => {
  const { position2d, position3d, uncertainty } = await locate(features(), sharpField(), tf.zeros([0, 3]));
  assertEquals([position2d.shape, position3d.shape, uncertainty.shape], [[0, 2], [0, 3], [0]]);
});

Deno.test("locate()'s peak of tensor bytes does not grow with the number of points", async () => {
  const field = sharpField(), map = features(12, 12);
  const peak = async (n: number) => {
    const points = somePoints(n);
    const before = tf.memory().numBytes;
    let located: Located | undefined;
    const { peakBytes } = await tf.profile(async () =>
      (located = await locate(map, field, points, { chunk: 200 })) as never
    );
    const returned = NAMES.reduce((sum, name) => sum + 4 * located![name].size, 0);
    disposeAll(located, points);
    return peakBytes - before - returned;
  };
  const [few, many] = [await peak(400), await peak(3200)];
  assert(many < 1.2 * few, `${few} bytes for 400 points, ${many} for 3200`);
  disposeAll(map, field.parameters);
});

Deno.test("locate() says what is wrong, and leaves nothing behind", async () => {
  const map = features(), field = sharpField(), points = somePoints(4), flat = tf.zeros<tf.Rank.R2>([4, 2]);
  const holed = tf.tensor2d([[0, 0, 0], [0, NaN, 0]]), wide = coveringMap(tf.zeros([2, 2, L + 1]));
  const seen = { features: map, mirrored: false }, mirror = { ...seen, mirrored: true }, moved = { ...map, origin: 0 };
  const faults: [() => unknown, string, RegExp][] = [
    [() => locate(wide, field, points), "TypeError", /features.map must be "h w 12": got \[2, 2, 13\]/],
    [() => locate(map, field, flat), "TypeError", /points must be "n 3": got \[4, 2\]/],
    [() => locate(map, field, holed), "RangeError", /points must be finite: point 1 holds NaN/],
    [() => locate(map, field, points, { chunk: 0 }), "RangeError", /chunk must be a whole number at least 1: got 0/],
    [() => locate(map, field, points, { watch: [4] }), "RangeError", /watch must name points from 0 to 3: got 4/],
    [() => locate(map, field, points, { box: -1 }), "RangeError", /box must be a positive length in metres: got -1/],
    [() => locate(map, field, points, { window: 4 }), "RangeError", /window must be an odd number of cells: got 4/],
    [() => locate([], field, points), "RangeError", /there must be a map/],
    [() => locate([map] as never, field, points), "TypeError", /a list of \{ features, mirrored \}/],
    [() => locate(map.map as never, field, points), "TypeError", /wanted a feature map \{ map, origin, stride \}/],
    [() => locate(undefined as never, field, points), "TypeError", /wanted a feature map/],
    [() => locate([seen, { ...seen, features: moved }], field, points), "RangeError", /in the same places of the crop/],
    [() => locate([mirror], field, points, { watch: [1] }), "RangeError", /must not be mirrored/],
    [() => locate(map, field, points, { method: "fast" as "naive" }), "RangeError", /one of reordered, naive/],
    [() => locate(map, field, points, { chunks: 3 } as LocateOptions), "TypeError", /unknown option "chunks"/],
  ];
  for (const [fn, name, message] of faults) {
    const error = await failsCleanly(fn);
    assertEquals(error.name, name);
    assertMatch(error.message, message);
  }
  disposeAll(map, field.parameters, points, flat, holed, wide);
});

Deno.test("locate() stops when aborted, between two chunks, and leaves nothing behind", async () => {
  const map = features(), field = sharpField(), points = somePoints(5000);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 5);
  const started = performance.now();
  const error = await failsCleanly(() => locate(map, field, points, { chunk: 1, signal: controller.signal }));
  assertEquals(error.name, "AbortError");
  assert(performance.now() - started < 2000, "went on to the end");
  disposeAll(map, field.parameters, points);
});

Deno.test("locate() leaves its results behind and no more", async () => {
  const field = sharpField();
  for (const options of [{}, { method: "naive" }, { watch: [0, 2] }, { assignment: "nlf" }, { window: 3 }] as const) {
    await leaves(
      "result",
      { map: features().map, points: somePoints(6) },
      ({ map, points }) => locate(coveringMap(map), field, points, { ...options, chunk: 4 }),
    );
  }
  field.dispose();
});
