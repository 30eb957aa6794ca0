import { assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { shBasis, shColor, shDegree } from "../../lib/gaussian/spherical_harmonics.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, maxAbsDiff } from "../harness.ts";

const reference = { reference: "scipy sph_harm_y", version: "1.17.1", command: "python tests/golden/harmonics.py" };

everyBackend("shBasis() equals scipy's harmonics up to degree 3", async () => {
  const { direction, basis } = await golden("harmonics");
  const values = shBasis(direction as tf.Tensor2D, 3);
  // polynomials of degree 3 in float32, coefficients below 3
  await assertParity(values, basis!, { step: "spherical harmonics, degree 3", tolerance: 2e-6, ...reference });
});

everyBackend("shBasis() of a lower degree is the beginning of a higher one", async () => {
  const { direction, basis } = await golden("harmonics");
  for (const degree of [0, 1, 2]) {
    const expected = basis!.slice([0, 0], [-1, (degree + 1) ** 2]);
    assertEquals(await maxAbsDiff(shBasis(direction as tf.Tensor2D, degree), expected) < 2e-6, true);
  }
});

everyBackend("shColor() equals the sum over scipy's harmonics, cut at black", async () => {
  const { direction, sh, color } = await golden("harmonics");
  const values = shColor(sh as tf.Tensor3D, direction as tf.Tensor2D);
  await assertParity(values, color!, { step: "colour from harmonics", tolerance: 3e-6, ...reference }); // 16 terms
});

everyBackend("shColor() of zeros is mid grey from everywhere", async () => {
  const { direction } = await golden("harmonics");
  const color = shColor(tf.zeros([40, 4, 3]), direction as tf.Tensor2D);
  assertEquals(await maxAbsDiff(color, tf.fill([40, 3], 0.5)), 0);
});

Deno.test("shDegree() knows 1, 4, 9 and 16 harmonics", () => {
  assertEquals([1, 4, 9, 16].map((count) => shDegree("test", count)), [0, 1, 2, 3]);
  assertThrows(() => shDegree("shColor", 25), RangeError, "shColor: sh must have 1, 4, 9 or 16 harmonics");
});

Deno.test("shColor() says what is wrong with its input", async () => {
  const sh = tf.zeros<tf.Rank.R3>([2, 5, 3]),
    direction = tf.ones<tf.Rank.R2>([2, 3]),
    three = tf.ones<tf.Rank.R2>([3, 3]);
  const count = await failsCleanly(() => shColor(sh, direction));
  assertEquals(count.message, "shColor: sh must have 1, 4, 9 or 16 harmonics (degree 0 to 3): got 5");
  const rows = await failsCleanly(() => shColor(sh, three));
  assertEquals(rows.message, 'shColor: direction must be "n 3" (with n=2): got [3, 3]');
  const degree = await failsCleanly(() => shBasis(direction, 4));
  assertEquals(degree.message, "shBasis: degree must be a whole number from 0 to 3: got 4");
});

Deno.test("shColor() leaves one tensor behind and no more", () =>
  leaves(
    1,
    { sh: tf.zeros<tf.Rank.R3>([2, 16, 3]), direction: tf.ones<tf.Rank.R2>([2, 3]) },
    ({ sh, direction }) => shColor(sh, direction),
  ));
