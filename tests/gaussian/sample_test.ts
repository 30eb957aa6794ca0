import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "../property.ts";
import * as tf from "@tensorflow/tfjs";
import { coveringMap } from "../../lib/encoder/encoder.ts";
import { sampleFeatures } from "../../lib/gaussian/sample.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, maxAbsDiff, scoped } from "../harness.ts";

const reference = { reference: "torch grid_sample", version: "2.13.0", command: "python tests/golden/sample.py" };

everyBackend("sampleFeatures() equals torch grid_sample on two maps, inside and beyond the border", async () => {
  const { coarse, fine, position, feature } = await golden("sample");
  const maps = [coveringMap(coarse as tf.Tensor3D), coveringMap(fine as tf.Tensor3D)];
  const sampled = sampleFeatures(maps, position as tf.Tensor2D);
  // float32 cells near 16 carry 1e-6; slopes between cells reach 5
  await assertParity(sampled, feature!, { step: "sample.feature", tolerance: 2e-5, ...reference });
});

everyBackend("sampleFeatures() has grid_sample's gradients to maps and positions", async () => {
  const { coarse, fine, position, weight, d_coarse, d_fine, d_position } = await golden("sample");
  const loss = (coarse: tf.Tensor, fine: tf.Tensor, position: tf.Tensor) =>
    sampleFeatures([coveringMap(coarse as tf.Tensor3D), coveringMap(fine as tf.Tensor3D)], position as tf.Tensor2D)
      .mul(weight!).sum();
  const [dCoarse, dFine, dPosition] = tf.grads(loss)([coarse!, fine!, position!]);
  const tolerance = 1e-4; // sums of up to 64 terms, weights off by 1e-6
  await assertParity(dCoarse!, d_coarse!, {
    step: "sample.feature, gradient to the coarse map",
    tolerance,
    ...reference,
  });
  await assertParity(dFine!, d_fine!, { step: "sample.feature, gradient to the fine map", tolerance, ...reference });
  await assertParity(dPosition!, d_position!, {
    step: "sample.feature, gradient to positions",
    tolerance,
    ...reference,
  });
});

everyBackend("sampleFeatures() at a cell's centre is that cell, at infinity the border", async () => {
  const map = coveringMap(tf.range(0, 16).reshape([4, 4, 1])); // cell (x, y) holds 4y + x, centred at 64 + 128x
  const at = tf.tensor2d([[64, 64], [448, 192], [-Infinity, 64], [Infinity, Infinity]]);
  assertAlmostEquals(await maxAbsDiff(sampleFeatures(map, at), tf.tensor2d([[0], [7], [0], [15]])), 0, 1e-5);
});

everyBackend("sampleFeatures() says NaN where a position is NaN, and nowhere else", async () => {
  const map = coveringMap(tf.ones([4, 4, 2]));
  const feature = await sampleFeatures(map, tf.tensor2d([[NaN, 10], [10, NaN], [10, 10]])).data();
  assertEquals([...feature].map(Number.isNaN), [true, true, true, true, false, false]);
});

everyBackend("sampleFeatures() takes maps of one cell and no positions", async () => {
  const map = coveringMap(tf.tensor3d([[[3, 4]]]));
  assertEquals([...await sampleFeatures(map, tf.tensor2d([[500, 1]])).data()], [3, 4]);
  assertEquals(sampleFeatures(map, tf.zeros([0, 2])).shape, [0, 2]);
});

Deno.test("sampleFeatures() of a linear map is linear between the border cells' centres", () =>
  fc.assert(
    fc.asyncProperty(
      fc.double({ min: 32, max: 480, noNaN: true }),
      fc.double({ min: 32, max: 480, noNaN: true }),
      (x, y) =>
        scoped(async () => {
          const [column, row] = [tf.range(0, 8).reshape([1, 8, 1]), tf.range(0, 8).reshape([8, 1, 1])];
          const map = coveringMap(tf.add(column.mul(2), row.mul(-3))); // 2x − 3y in cells of 64 pixels
          const [value] = await sampleFeatures(map, tf.tensor2d([[x, y]])).data();
          assertAlmostEquals(value!, 2 * (x - 32) / 64 - 3 * (y - 32) / 64, 1e-4);
        }),
    ),
    { numRuns: 30 },
  ));

Deno.test("sampleFeatures() says what is wrong with its input", async () => {
  const map = coveringMap(tf.zeros([2, 2, 1])), three = tf.zeros<tf.Rank.R2>([5, 3]), at = tf.zeros<tf.Rank.R2>([5, 2]);
  const flat = await failsCleanly(() => sampleFeatures(map, three));
  assertEquals(flat.message, 'sampleFeatures: position2d must be "n 2": got [5, 3]');
  assertEquals(flat.constructor, TypeError);
  const none = await failsCleanly(() => sampleFeatures([], at));
  assertEquals(none.message, "sampleFeatures: no map to sample: pass at least one");
  const still = await failsCleanly(() => sampleFeatures({ ...map, stride: 0 }, at));
  assert(still.message.includes("a positive stride: got 128 and 0"), still.message);
});

Deno.test("sampleFeatures() leaves one tensor behind and no more", () =>
  leaves(
    "result",
    { map: tf.ones<tf.Rank.R3>([4, 4, 2]), at: tf.ones<tf.Rank.R2>([5, 2]) },
    ({ map, at }) => sampleFeatures([coveringMap(map), coveringMap(map)], at),
  ));
