import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { coveringMap, CROP, type FeatureMap } from "../../lib/encoder/encoder.ts";
import { regrid } from "../../lib/encoder/regrid.ts";
import { everyBackend, leaves, maxAbsDiff } from "../harness.ts";

/** A map each of whose cells holds the x and y of its own centre on the crop. */
function places(cells: number, origin: number, stride: number): FeatureMap {
  const axis = tf.range(0, cells).mul(stride).add(origin);
  const x = axis.expandDims(0).tile([cells, 1]), y = axis.expandDims(1).tile([1, cells]);
  return { map: tf.stack([x, y], 2) as tf.Tensor3D, origin, stride };
}

everyBackend(
  "regrid() puts every cell where it was on the crop, for maps that cover it and maps that do not",
  async () => {
    // 16 cells that cover the crop, and 13 whose first and last centres are the crop's corners (centred strides)
    for (const [cells, origin, stride] of [[16, 16, 32], [13, 0, CROP / 12], [128, 2, 4]] as const) {
      for (const wanted of [8, 11, 30]) {
        const found = regrid(places(cells, origin, stride), wanted);
        const exact = places(wanted, CROP / wanted / 2, CROP / wanted).map;
        const inner = (map: tf.Tensor3D) => map.slice([2, 2, 0], [wanted - 4, wanted - 4, 2]); // the border is repeated
        const cell = Math.max(stride, CROP / wanted);
        assertAlmostEquals(await maxAbsDiff(inner(found), inner(exact)), 0, 0.1 * cell, `${cells} to ${wanted}`);
      }
    }
  },
);

everyBackend("regrid() to a map's own grid changes nothing", async () => {
  const map = tf.randomUniform([12, 12, 5], -1, 1, "float32", 7) as tf.Tensor3D;
  assertAlmostEquals(await maxAbsDiff(regrid(coveringMap(map), 12), map), 0, 1e-6);
});

Deno.test("regrid() leaves one tensor behind", async () => {
  const before = tf.memory().numTensors;
  await leaves(1, { map: tf.ones([6, 6, 2]) }, ({ map }) => regrid(coveringMap(map as tf.Tensor3D), 4));
  assertEquals(tf.memory().numTensors, before);
});
