import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { expectReadable, findPoints, type Found, type Reading } from "../../lib/ablate/reading.ts";
import { coveringMap } from "../../lib/encoder/encoder.ts";
import { linkFeatures } from "../../lib/localize/link.ts";
import { createLocalizer } from "../../lib/localize/localizer.ts";
import { softArgmax2d } from "../../lib/localize/soft_argmax.ts";
import { locate } from "../../lib/localize/locate.ts";
import { disposeAll } from "../../lib/tensor/scope.ts";
import { failsCleanly, leaves } from "../harness.ts";

const LOCALIZER = createLocalizer({
  encoder: "made-up",
  link: { channels: 5, width: 8, grid: [4, 4] },
  field: { frequencies: 4, hidden: [8], depthBins: 3, frequencyScale: 4 },
});
const FEATURES = tf.randomNormal<tf.Rank.R3>([4, 4, 5], 0, 1, "float32", 3);
const MIRRORED = FEATURES.reverse<tf.Tensor3D>(1);
const POINTS = tf.tensor2d([[0, 0, 0], [0.3, 0.1, 0], [-0.3, 0.1, 0], [0.1, -0.8, 0.1]]);
const CROP = {
  features: coveringMap(FEATURES),
  flipped: coveringMap(MIRRORED),
  camera: { K: [[900, 0, 256], [0, 900, 256], [0, 0, 1]] },
} as const;

const read = (reading: Reading, crop: Parameters<typeof findPoints>[2] = CROP) =>
  findPoints(LOCALIZER, reading, crop, POINTS);

function assertNear(actual: Found, expected: Found, tolerance = 1e-4): void {
  for (const name of ["position2d", "position3d", "uncertainty"] as const) {
    actual[name].forEach((value, i) =>
      assertEquals(Math.abs(value - expected[name][i]!) <= tolerance, true, `${name} ${value} ${expected[name][i]}`)
    );
  }
}

Deno.test("findPoints() without changes is locate()", async () => {
  const linked = linkFeatures(CROP.features, LOCALIZER.link);
  const located = await locate(linked, LOCALIZER.field, POINTS, LOCALIZER.head);
  const { position2d, position3d, uncertainty } = await read({});
  assertEquals(position2d, await located.position2d.data());
  assertEquals(position3d, await located.position3d.data());
  assertEquals(uncertainty, await located.uncertainty.data());
  disposeAll(linked.map, located);
});

for (const flip of ["heatmaps", "positions"] as const) {
  Deno.test(`findPoints(): the mean of ${flip} with the mirrored crop is the mirror image of itself`, async () => {
    const found = await read({ flip });
    const swapped = await read({ flip }, { ...CROP, features: CROP.flipped, flipped: CROP.features });
    // points 1 and 2 are each other's mirror images
    assertEquals(Math.abs(512 - swapped.position2d[4]! - found.position2d[2]!) < 1e-3, true);
    assertEquals(Math.abs(-swapped.position3d[6]! - found.position3d[3]!) < 1e-5, true);
    assertEquals(Math.abs(swapped.position2d[5]! - found.position2d[3]!) < 1e-3, true);
  });
}

Deno.test("findPoints(): averaged heatmaps are the mean of both crops' logits", async () => {
  const logits: tf.Tensor[] = [], keep = (map: tf.Tensor) => (logits.push(tf.keep(map.clone())), map);
  const found = await read({ flip: "heatmaps", replace: { "localize.heatmap2d": keep } });
  const wanted = tf.tidy(() => softArgmax2d(logits[0]!.add<tf.Tensor3D>(logits[1]!).div(2)).position.mul(384).add(64));
  (await wanted.data()).slice(0, 8).forEach((value, i) => {
    assertEquals(Math.abs(value - found.position2d[i]!) < 1e-2, true, `${value} ${found.position2d[i]}`);
  });
  disposeAll(logits, wanted);
});

Deno.test("findPoints() weighs both crops by u⁻² when told", async () => {
  const mirrored: typeof CROP = { ...CROP, features: CROP.flipped };
  const [equal, weighted, own] = [
    await read({ flip: "positions" }),
    await read({ flip: "positions", weighting: "uncertainty" }),
    await read({}),
  ];
  const other = await findPoints(LOCALIZER, {}, mirrored, POINTS.mul<tf.Tensor2D>(tf.tensor2d([[-1, 1, 1]])));
  for (let i = 0; i < 4; i++) {
    const a = own.uncertainty[i]! ** -2, b = other.uncertainty[i]! ** -2;
    const x = own.position2d[2 * i]!, back = 512 - other.position2d[2 * i]!;
    assertEquals(Math.abs(equal.position2d[2 * i]! - (x + back) / 2) < 1e-3, true);
    assertEquals(Math.abs(weighted.position2d[2 * i]! - (a * x + b * back) / (a + b)) < 1e-3, true);
  }
});

Deno.test("findPoints() on the map's own number of cells is what it is; on others it differs", async () => {
  const own = await read({});
  assertNear(await read({ cells: 4 }), own, 1e-3);
  const finer = await read({ cells: 8 });
  assertEquals(Math.abs(finer.position2d[0]! - own.position2d[0]!) > 0.1, true);
});

Deno.test("findPoints() hands tensors to replacements, whole and in chunks", async () => {
  const own = await read({}), seen: string[] = [];
  const look = (tensor: tf.Tensor, { name }: { name: string }) => (seen.push(`${name} ${tensor.shape}`), tensor);
  const names = ["encoder.features", "encoder.linked", "field.weights", "localize.heatmap2d", "localize.position2d"];
  assertNear(await read({ replace: Object.fromEntries(names.map((name) => [name, look])) }), own);
  assertEquals(seen, [
    "encoder.features 4,4,5",
    "encoder.linked 4,4,8",
    "field.weights 5,8,5",
    "localize.heatmap2d 5,4,4",
    "localize.position2d 4,2",
  ]);
  const flat = await read({ replace: { "localize.heatmap2d": (map) => map.mul(0) } });
  assertEquals(flat.position2d.every((pixel) => Math.abs(pixel - 256) < 1e-3), true);
  const moved = await read({ replace: { "localize.position2d": (pixels) => pixels.add(1) } });
  assertEquals(Math.abs(moved.position2d[0]! - own.position2d[0]! - 1) < 1e-4, true);
});

Deno.test("expectReadable() refuses tensors that positions do not come from", () => {
  const same = (tensor: tf.Tensor) => tensor;
  expectReadable({ "field.hidden": same });
  assertThrows(() => expectReadable({ "render.image": same }), RangeError, "use pipelineVariant");
  assertThrows(() => expectReadable({ "field.ghost": same }), RangeError, 'no tensor is called "field.ghost"');
});

Deno.test("findPoints() leaves no tensor behind, when it fails neither", async () => {
  for (const flip of ["none", "heatmaps", "positions"] as const) {
    await leaves(
      0,
      {},
      () => read({ flip, cells: 6, position2d: "projected", replace: { "encoder.linked": (x) => x.mul(2) } }),
    );
  }
  const wrong = await failsCleanly(() => read({ replace: { "encoder.linked": () => tf.zeros([2]) } }));
  assertEquals(wrong instanceof TypeError, true);
  await assertRejects(
    () => read({ flip: "positions" }, { ...CROP, flipped: undefined }),
    TypeError,
    "ablate: averaging with the mirrored crop needs its features",
  );
});
