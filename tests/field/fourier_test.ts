import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "../property.ts";
import * as tf from "@tensorflow/tfjs";
import { fourierFeatures } from "../../lib/field/fourier.ts";
import { mirrorPoints } from "../../lib/field/symmetry.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, scoped } from "../harness.ts";

everyBackend("fourierFeatures() equals the PyTorch reference", async () => {
  const { points, frequencies, encoding } = await golden("field");
  const found = fourierFeatures(points as tf.Tensor2D, frequencies as tf.Tensor2D);
  await assertParity(found, encoding!, {
    step: "field.encoding (fourier)",
    reference: "PyTorch float64",
    version: "2.13.0",
    command: "python tests/golden/field.py",
    tolerance: 5e-6, // phases reach 40 radians, where float32 steps by 4e-6
  });
});

Deno.test("fourierFeatures() has norm 1/√2 everywhere, and its inner products depend on the difference alone", () => {
  const place = fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -1, max: 1, noNaN: true })));
  return fc.assert(fc.asyncProperty(place, place, place, (a, b, shift) =>
    scoped(async () => {
      const B = tf.randomNormal<tf.Rank.R2>([3, 9], 0, 5, "float32", 1);
      const moved = [a, b].map((p) => p.map((value, k) => value + shift[k]!));
      const features = fourierFeatures(tf.tensor2d([a, b, ...moved]), B);
      const gram = await tf.matMul(features, features.transpose()).array() as number[][];
      assertAlmostEquals(gram[0]![0]!, 0.5, 1e-5);
      assertAlmostEquals(gram[0]![1]!, gram[2]![3]!, 1e-4);
    })));
});

Deno.test("mirrorPoints() swaps left and right, and twice gives the points back", () =>
  scoped(async () => {
    const points = tf.tensor2d([[1, 2, 3], [-4, 5, 6]]);
    assertEquals(await mirrorPoints(points).array(), [[-1, 2, 3], [4, 5, 6]]);
    assertEquals(await mirrorPoints(mirrorPoints(points)).array(), await points.array());
  }));

Deno.test("fourierFeatures() and mirrorPoints() say what does not fit, and leave one tensor behind", async () => {
  const flat = tf.zeros<tf.Rank.R2>([4, 2]), waves = tf.zeros<tf.Rank.R2>([3, 5]);
  const error = await failsCleanly(() => fourierFeatures(flat, waves));
  assertEquals([error.name, error.message], ["TypeError", 'fourierFeatures: points must be "n 3": got [4, 2]']);
  assertEquals(
    (await failsCleanly(() => mirrorPoints(flat))).message,
    'mirrorPoints: points must be "n 3": got [4, 2]',
  );
  tf.dispose([flat, waves]);
  const inputs = { points: tf.zeros([4, 3]), frequencies: tf.zeros([3, 5]) };
  await leaves(
    1,
    inputs,
    ({ points, frequencies }) => fourierFeatures(points as tf.Tensor2D, frequencies as tf.Tensor2D),
  );
  await leaves(1, { points: tf.zeros([4, 3]) }, ({ points }) => mirrorPoints(points as tf.Tensor2D));
});
