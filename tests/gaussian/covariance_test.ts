import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { covariance } from "../../lib/gaussian/covariance.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, maxAbsDiff } from "../harness.ts";

everyBackend("covariance() equals R·S·Sᵀ·Rᵀ by scipy and numpy", async () => {
  const { rotation, scale, covariance: expected } = await golden("harmonics");
  await assertParity(covariance(rotation as tf.Tensor2D, scale as tf.Tensor2D), expected!, {
    step: "covariance",
    reference: "scipy Rotation, numpy",
    version: "1.17.1",
    command: "python tests/golden/harmonics.py",
    tolerance: 1e-4, // entries reach 100
  });
});

everyBackend("covariance() is symmetric, and does not see the sign of a quaternion", async () => {
  const { rotation, scale } = await golden("harmonics");
  const sigma = covariance(rotation as tf.Tensor2D, scale as tf.Tensor2D);
  assertEquals(await maxAbsDiff(sigma, sigma.transpose([0, 2, 1])), 0);
  assert(await maxAbsDiff(sigma, covariance(rotation!.neg() as tf.Tensor2D, scale as tf.Tensor2D)) < 1e-6);
});

Deno.test("covariance() says what is wrong with its input", async () => {
  const rotation = tf.ones<tf.Rank.R2>([2, 4]), scale = tf.ones<tf.Rank.R2>([3, 3]);
  const error = await failsCleanly(() => covariance(rotation, scale));
  assertEquals(error.message, 'covariance: scale must be "n 3" (with n=2): got [3, 3]');
});

Deno.test("covariance() leaves one tensor behind and no more", () =>
  leaves(
    1,
    { rotation: tf.ones<tf.Rank.R2>([2, 4]), scale: tf.ones<tf.Rank.R2>([2, 3]) },
    ({ rotation, scale }) => covariance(rotation, scale),
  ));
