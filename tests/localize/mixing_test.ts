import { assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { coveringMap } from "../../lib/encoder/encoder.ts";
import { createLink, linkCells, linkFeatures, linkShapes, normalizeCells } from "../../lib/localize/link.ts";
import { attend, createMixing, mix, MIXINGS } from "../../lib/localize/mixing.ts";
import { flattenParameters } from "../../lib/tensor/parameters.ts";
import { everyBackend, failsCleanly, leaves, maxAbsDiff } from "../harness.ts";

const GRID = { batch: 2, h: 3, w: 4 };

everyBackend("a mixing block is the identity until it is trained", async () => {
  const x = tf.randomNormal<tf.Rank.R2>([24, 8], 0, 1, "float32", 1);
  for (const kind of MIXINGS) {
    assertAlmostEquals(await maxAbsDiff(mix(x, kind, createMixing(kind, 8, 5), GRID, 2), x), 0, 1e-6);
  }
});

everyBackend("mixing never lets one picture of a batch see another", async () => {
  const link = createLink({ channels: 5, width: 8, mixing: [...MIXINGS], heads: 2, grid: [3, 4] });
  for (const block of Object.values(link.parameters.mixing!)) {
    for (const name of Object.keys(block)) (block as Record<string, tf.Tensor>)[name] = block[name]!.add(0.1); // no identity
  }
  const both = tf.randomNormal<tf.Rank.R2>([24, 5], 0, 1, "float32", 2), together = linkCells(both, link, 2);
  const alone = tf.concat([0, 1].map((b) => linkCells(tf.slice(both, [12 * b, 0], [12, 5]), link, 1)));
  assertAlmostEquals(await maxAbsDiff(together, alone), 0, 1e-4);
});

everyBackend("attend()'s gradients equal finite differences", async () => {
  const inputs = [1, 2, 3].map((seed) => tf.randomNormal<tf.Rank.R3>([2, 3, 2], 0, 1, "float32", seed)), step = 1e-2;
  const weights = tf.randomNormal([2, 3, 2], 0, 1, "float32", 4);
  const value = (...[q, k, v]: tf.Tensor[]) =>
    attend(q as tf.Tensor3D, k as tf.Tensor3D, v as tf.Tensor3D).mul(weights).sum();
  const slopes = tf.grads(value)(inputs);
  for (const [which, slope] of slopes.entries()) {
    const found = await slope.data();
    for (const i of [0, 5, 10]) {
      const nudge = tf.oneHot(tf.tensor1d([i], "int32"), 12).toFloat().reshape([2, 3, 2]).mul(step);
      const [up, down] = await Promise.all([1, -1].map(async (sign) => {
        const moved = inputs.map((input, j) => j === which ? input.add(nudge.mul(sign)) : input);
        return (await value(...moved).data())[0]!;
      }));
      assertAlmostEquals(found[i]!, (up! - down!) / (2 * step), 2e-3); // float32 over a step of 1e-2
    }
  }
});

everyBackend("linkFeatures() with mixing gives a normed map of the same grid", async () => {
  const link = createLink({ channels: 5, width: 8, mixing: ["attention"], heads: 2, grid: [3, 3] });
  const { map, stride } = linkFeatures(coveringMap(tf.randomNormal([3, 3, 5])), link);
  assertEquals([...map.shape, stride], [3, 3, 8, 512 / 3]);
  assertAlmostEquals(await maxAbsDiff(map.mean(2), tf.zeros([3, 3])), 0, 1e-5);
});

Deno.test("linkShapes() lists exactly the parameters that createLink() makes", () => {
  const link = createLink({ channels: 5, width: 8, normalization: "channel", mixing: [...MIXINGS], heads: 2 });
  const made = Object.entries(flattenParameters(link.parameters)).map(([name, { shape }]) => [name, shape]);
  assertEquals(
    Object.fromEntries(made),
    Object.fromEntries(Object.entries(linkShapes(link.config)).map(([n, s]) => [n, [...s]])),
  );
  link.dispose();
});

Deno.test("linkFeatures() refuses a map of another grid, cleanly; createLink() unknown layers and odd heads", async () => {
  const link = createLink({ channels: 5, width: 8, mixing: ["convolution"], grid: [3, 3] }),
    map = tf.ones<tf.Rank.R3>([2, 3, 5]);
  const error = await failsCleanly(() => linkFeatures(coveringMap(map), link));
  assertEquals(error.message, "linkFeatures: this link is for maps of 3 × 3 cells: got 2 × 3");
  assertThrows(
    () => createLink({ channels: 5, mixing: ["pooling"] as never }),
    RangeError,
    "must be one of attention, convolution",
  );
  assertThrows(() => createLink({ channels: 5, mixing: "attention" as never }), TypeError, "mixing must list layers");
  assertThrows(
    () => createLink({ channels: 5, width: 9, mixing: ["attention"] }),
    RangeError,
    "heads must divide the width 9: got 4",
  );
  await assertRejects(
    () => Promise.try(() => createLink({ channels: 5, layers: 2 } as never)),
    TypeError,
    "unknown option",
  );
  tf.dispose(map);
  link.dispose();
});

Deno.test("the link leaves one tensor behind", async () => {
  const link = createLink({ channels: 5, width: 8, mixing: [...MIXINGS], heads: 2, grid: [2, 3] });
  await leaves(1, { x: tf.ones([12, 5]) }, ({ x }) => linkCells(x as tf.Tensor2D, link, 2));
  await leaves(1, { x: tf.ones([12, 5]) }, ({ x }) => normalizeCells(x as tf.Tensor2D, link));
  link.dispose();
});
