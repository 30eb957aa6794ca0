import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { foregroundMask, loadSegmenter } from "../../lib/image/mask.ts";
import { type QuarterTurns, turnPicture } from "../../lib/image/turn.ts";
import { loadSelfieWeights, selfie } from "../../lib/image/selfie_network.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, maxAbsDiff, scoped } from "../harness.ts";
import { astronaut, halfAstronaut } from "./astronaut.ts";

everyBackend("selfie() equals the package's own graph", async () => {
  const weights = await loadSelfieWeights("test");
  const found = selfie((await halfAstronaut()).div(255), weights).squeeze<tf.Tensor2D>([2]);
  await assertParity(found.stridedSlice([0, 0], [256, 256], [4, 4]), (await golden("selfie")).mask!, {
    step: "image.mask",
    reference: "the package's graph in tfjs-converter",
    version: "4.22.0",
    command: "deno run -A tests/golden/graph_models.ts package/models",
    tolerance: 2e-4, // float32 sums in another order, through a sigmoid that is steep at the borders
  });
});

everyBackend("foregroundMask() marks the astronaut and not the shuttle or the flag", async () => {
  const mask = await foregroundMask(await astronaut());
  assertEquals(mask.shape, [512, 512]);
  const at = async (y: number, x: number) => (await mask.slice([y, x], [1, 1]).data())[0]!;
  for (const [y, x] of [[120, 225], [60, 220], [300, 100], [350, 200]] as const) {
    assert(await at(y, x) > 0.9, `${x}, ${y}`);
  }
  for (const [y, x] of [[30, 20], [100, 420], [40, 340], [200, 400]] as const) {
    assert(await at(y, x) < 0.1, `${x}, ${y}`);
  }
  const [least, most] = [(await mask.min().data())[0]!, (await mask.max().data())[0]!];
  assert(least >= 0 && most <= 1.000001, `${least} … ${most}`);
}, { size: "large" });

everyBackend("foregroundMask() of a crop on its side or its head is the same mask, turned", async () => {
  const crop = await astronaut(), upright = await foregroundMask(crop);
  for (const turns of [1, 2, 3] as const) {
    const mask = await foregroundMask(turnPicture(crop, turns), { turns: (4 - turns) as QuarterTurns });
    const wanted = turnPicture(upright.expandDims(2), turns).squeeze([2]);
    assertAlmostEquals(await maxAbsDiff(mask, wanted), 0, 1e-4);
  }
}, { size: "large" });

Deno.test("foregroundMask() leaves one tensor behind, its own network or a given one", async () => {
  const before = tf.memory().numTensors;
  const segmenter = await loadSegmenter();
  await leaves(1, { crop: tf.zeros([512, 512, 3]) }, ({ crop }) => foregroundMask(crop as tf.Tensor3D, { segmenter }));
  await leaves(1, { crop: tf.zeros([512, 512, 3]) }, ({ crop }) => foregroundMask(crop as tf.Tensor3D));
  const error = await failsCleanly(() => scoped(() => foregroundMask(tf.zeros([512, 500, 3]))));
  assertEquals(error.message, 'foregroundMask: crop must be "512 512 3": got [512, 500, 3]');
  segmenter.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("foregroundMask() of nothing is nothing", () =>
  scoped(async () => {
    const mask = await foregroundMask(tf.fill([512, 512, 3], 0.5));
    assertAlmostEquals((await mask.max().data())[0]!, 0, 0.2);
  }));
