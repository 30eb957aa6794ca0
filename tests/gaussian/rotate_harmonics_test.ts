import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { conjugate, normalizeQuaternion } from "../../lib/gaussian/quaternion.ts";
import { rotateHarmonics } from "../../lib/gaussian/rotate_harmonics.ts";
import { shBasis } from "../../lib/gaussian/spherical_harmonics.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, maxAbsDiff, scoped } from "../harness.ts";

everyBackend("rotateHarmonics() keeps the colour that scipy sees in the turned frame", async () => {
  const { sh, rotation, direction, inner_color } = await golden("harmonics");
  const outer = await rotateHarmonics(sh as tf.Tensor3D, rotation as tf.Tensor2D);
  const color = outer.mul(shBasis(direction as tf.Tensor2D, 3).expandDims(2)).sum(1).add(0.5);
  await assertParity(color, inner_color!, {
    step: "harmonics turned into another frame",
    reference: "scipy Rotation and sph_harm_y",
    version: "1.17.1",
    command: "python tests/golden/harmonics.py",
    tolerance: 1e-5, // sums of 14 directions times 7 harmonics
  });
});

everyBackend("rotateHarmonics() there and back changes nothing, at every degree", async () => {
  const { sh, rotation } = await golden("harmonics");
  for (const count of [1, 4, 9, 16]) {
    const inner = sh!.slice([0, 0, 0], [-1, count, -1]) as tf.Tensor3D;
    const outer = await rotateHarmonics(inner, rotation as tf.Tensor2D);
    const again = await rotateHarmonics(outer, conjugate(rotation as tf.Tensor2D));
    assert(await maxAbsDiff(again, inner) < 1e-5);
    if (count > 1) assert(await maxAbsDiff(outer, inner) > 0.1, "the rotation does something");
  }
});

Deno.test("rotateHarmonics() says what is wrong with its input", async () => {
  const sh = tf.zeros<tf.Rank.R3>([2, 2, 3]), rotation = tf.ones<tf.Rank.R2>([2, 4]);
  const error = await failsCleanly(() => rotateHarmonics(sh, rotation));
  assertEquals(error.message, "rotateHarmonics: sh must have 1, 4, 9 or 16 harmonics (degree 0 to 3): got 2");
});

Deno.test("rotateHarmonics() leaves one tensor behind and no more", async () => {
  for (const count of [1, 16]) {
    const inputs = { sh: tf.zeros<tf.Rank.R3>([2, count, 3]), rotation: tf.ones<tf.Rank.R2>([2, 4]) };
    await leaves(1, inputs, ({ sh, rotation }) => rotateHarmonics(sh, rotation));
  }
});

Deno.test("rotateHarmonics() turns each Gaussian alone, beyond the first chunk too", () =>
  scoped(async () => {
    const n = 4100;
    const sh = tf.randomNormal<tf.Rank.R3>([n, 9, 3], 0, 1, "float32", 1);
    const rotation = normalizeQuaternion(tf.randomNormal<tf.Rank.R2>([n, 4], 0, 1, "float32", 2));
    const together = (await rotateHarmonics(sh, rotation)).slice([n - 5, 0, 0], [5, 9, 3]);
    const alone = await rotateHarmonics(sh.slice([n - 5, 0, 0], [5, 9, 3]), rotation.slice([n - 5, 0], [5, 4]));
    assert(await maxAbsDiff(together, alone) < 1e-6);
  }));
