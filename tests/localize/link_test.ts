import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { coveringMap } from "../../lib/encoder/encoder.ts";
import {
  createLink,
  linkFeatures,
  linkOf,
  type LinkParameters,
  linkShapes,
  NORMALIZATIONS,
} from "../../lib/localize/link.ts";
import { flattenParameters, unflattenParameters } from "../../lib/tensor/parameters.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, maxAbsDiff, scoped } from "../harness.ts";

for (const normalization of NORMALIZATIONS) {
  everyBackend(`linkFeatures() with ${normalization} normalization equals the PyTorch reference`, async () => {
    const all = await golden("field");
    const { config } = createLink({ channels: 8, width: 5, normalization });
    const flat = Object.keys(linkShapes(config)).map((name) => [name, all[name]!]);
    const link = linkOf(config, unflattenParameters(Object.fromEntries(flat)) as LinkParameters);
    const features = { map: all.features as tf.Tensor3D, origin: 21, stride: 42 };
    const linked = linkFeatures(features, link);
    assertEquals([linked.origin, linked.stride], [21, 42]);
    await assertParity(linked.map, all[`linked.${normalization}`]!, {
      step: `encoder.linked, ${normalization}`,
      reference: "PyTorch float64",
      version: "2.13.0",
      command: "python tests/golden/field.py",
      tolerance: 1e-5, // sums of 8 products of size up to 10
    });
  });
}

everyBackend("linkFeatures() with layer normalization does not care about the encoder's scale", async () => {
  const link = createLink({ channels: 24, width: 16 });
  const map = tf.randomNormal<tf.Rank.R3>([4, 4, 24], 3, 2, "float32", 1);
  const [once, scaled] = [map, map.mul<tf.Tensor3D>(50)].map((map) => linkFeatures(coveringMap(map), link).map);
  assertAlmostEquals(await maxAbsDiff(once!, scaled!), 0, 1e-4);
  const flat = linkFeatures(coveringMap(tf.fill([2, 2, 24], 7)), link).map; // a cell of equal numbers
  assert((await flat.data()).every(Number.isFinite));
});

Deno.test("createLink() is decided by its seed, and has the parameters it says", () =>
  scoped(async () => {
    const [one, same, other] = [4, 4, 5].map((seed) => createLink({ channels: 6, width: 3, seed }).parameters);
    assertEquals(await maxAbsDiff(one!.projection.weight, same!.projection.weight), 0);
    assert(await maxAbsDiff(one!.projection.weight, other!.projection.weight) > 0.1);
    for (const normalization of NORMALIZATIONS) {
      const { parameters, config } = createLink({ channels: 6, width: 3, normalization });
      const shapes = Object.entries(flattenParameters(parameters)).map(([name, { shape }]) => [name, shape]);
      assertEquals(Object.fromEntries(shapes), linkShapes(config));
    }
  }));

Deno.test("createLink() and linkFeatures() say what is wrong", async () => {
  const message = async (fn: () => unknown) => (await failsCleanly(fn)).message;
  assertMatch(await message(() => createLink({ channels: 0 })), /channels must be a whole number at least 1: got 0/);
  assertMatch(
    await message(() => createLink({ channels: 1, normalization: "batch" as "none" })),
    /one of layer, channel, none/,
  );
  const link = createLink({ channels: 6 }), map = tf.zeros<tf.Rank.R3>([2, 2, 7]);
  assertEquals(
    await message(() => linkFeatures(coveringMap(map), link)),
    'linkFeatures: features.map must be "h w 6": got [2, 2, 7]',
  );
  link.dispose();
  map.dispose();
});

Deno.test("linkFeatures() leaves one map behind, and dispose() frees all", () =>
  leaves(0, {}, async () => {
    for (const normalization of NORMALIZATIONS) {
      const link = createLink({ channels: 4, normalization });
      await leaves(1, { map: tf.ones([3, 3, 4]) }, ({ map }) => linkFeatures(coveringMap(map as tf.Tensor3D), link));
      link.dispose();
    }
  }));
