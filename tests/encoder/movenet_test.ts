import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { loadEncoder } from "../../lib/encoder/load.ts";
import { loadMoveNetWeights, moveNet } from "../../lib/encoder/movenet_network.ts";
import { assertParity, everyBackend, golden } from "../harness.ts";
import { astronaut, halfAstronaut } from "../image/astronaut.ts";

everyBackend("moveNet() equals the package's own graph", async () => {
  const weights = await loadMoveNetWeights("test");
  const { blocks, pyramid, heads } = moveNet((await halfAstronaut()).div(255), weights);
  const expected = await golden("movenet");
  const every = (map: tf.Tensor4D, k: number) => map.stridedSlice([0, 0, 0, 0], map.shape, [1, k, k, 1]).squeeze([0]);
  const found = { block12: every(blocks[12]!, 4), pyramid: every(pyramid.s4, 8), heatmap: every(heads.heatmap, 8) };
  for (const [name, map] of Object.entries(found)) {
    const largest = (await expected[name]!.abs().max().data())[0]!;
    await assertParity(map, expected[name]!, {
      step: `encoder.features (movenet-thunder, ${name})`,
      reference: "the package's graph in tfjs-converter",
      version: "4.22.0",
      command: "deno run -A tests/golden/graph_models.ts package/models",
      tolerance: 1e-5 * largest, // float32 sums in another order
    });
  }
}, { size: "medium" });

everyBackend("movenet-thunder at 256 and 512 makes maps of the same picture", async () => {
  const crop = await astronaut();
  const features = [];
  for (const size of [256, 512]) {
    const encoder = await loadEncoder("movenet-thunder", { size, featureSize: size });
    const { features: { map }, pyramid: { s32, s4, s8, head } } = await encoder.encode(crop);
    assertEquals([s32, s4, s8, head].map((level) => level!.map.shape), [
      [16, 16, 168 + 280 + 32 + 68],
      [size / 4, size / 4, 40],
      [size / 8, size / 8, 56],
      [size / 4, size / 4, 96],
    ]);
    features.push(map.reshape<tf.Tensor2D>([256, 4 * 56 + 32 + 68]));
  }
  const [small, large] = features as [tf.Tensor2D, tf.Tensor2D];
  const cosine = small.mul(large).sum(1).div(small.norm(2, 1).mul(large.norm(2, 1)));
  assertAlmostEquals((await cosine.mean().data())[0]!, 1, 0.5); // objects seen twice as large look alike, not the same
}, { size: "large" });

everyBackend("movenet-thunder: a mirrored picture's maps mirror about the middles of the cells", async () => {
  const encoder = await loadEncoder("movenet-thunder");
  const crop = await astronaut();
  const energy = async (picture: tf.Tensor3D) =>
    (await encoder.encode(picture)).pyramid.s4!.map.square().mean(2) as tf.Tensor2D;
  const [as, mirrored] = [await energy(crop), (await energy(crop.reverse(1))).reverse(1)];
  const cells = as.shape[1];
  const differences = await Promise.all([-1, 0, 1].map(async (shift) => {
    const part = as.slice([0, 2], [cells, cells - 4]), other = mirrored.slice([0, 2 + shift], [cells, cells - 4]);
    return (await part.sub(other).square().mean().data())[0]!;
  }));
  assertEquals(differences.indexOf(Math.min(...differences)), 1, `shifted by −1, 0, 1 cells: ${differences}`);
}, { size: "large" });

Deno.test("movenet-thunder refuses sizes, grids and blocks that do not exist", async () => {
  const load = (options: object) => () => loadEncoder("movenet-thunder", options);
  await assertRejects(load({ size: 300 }), RangeError, "size must be a multiple of 32 from 128 to 1024: got 300");
  await assertRejects(
    load({ featureSize: 96 }),
    RangeError,
    "featureSize must be a multiple of 32 from 128 to 1024: got 96",
  );
  await assertRejects(load({ grid: 0 }), RangeError, "grid must be a whole number from 1 to 128: got 0");
  await assertRejects(load({ blocks: [17] }), RangeError, "each of blocks must be a whole number from 0 to 16: got 17");
  await assertRejects(
    load({ level: 1 }),
    TypeError,
    'unknown option "level": known are size, featureSize, grid, blocks, weights',
  );
});
