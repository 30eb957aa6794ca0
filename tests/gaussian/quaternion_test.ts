import { assert, assertEquals } from "@std/assert";
import fc from "../property.ts";
import * as tf from "@tensorflow/tfjs";
import {
  conjugate,
  matrixToQuaternion,
  multiplyQuaternions,
  normalizeQuaternion,
  quaternionToMatrix,
  rotateVector,
} from "../../lib/gaussian/quaternion.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, maxAbsDiff, scoped } from "../harness.ts";

const reference = { reference: "scipy Rotation", version: "1.17.1", command: "python tests/golden/harmonics.py" };
const tolerance = 2e-6; // a few float32 roundings of numbers up to 1

everyBackend("quaternions become scipy's matrices, products and turned vectors", async () => {
  const { rotation, matrix, direction, turned, product } = await golden("harmonics");
  const q = rotation as tf.Tensor2D;
  await assertParity(quaternionToMatrix(q), matrix!, { step: "quaternion to matrix", tolerance, ...reference });
  const vectors = rotateVector(q, direction as tf.Tensor2D);
  await assertParity(vectors, turned!, { step: "quaternion turns vector", tolerance, ...reference });
  const both = quaternionToMatrix(multiplyQuaternions(q, q.reverse(0)));
  await assertParity(both, product!, { step: "quaternion product", tolerance, ...reference });
});

everyBackend("matrixToQuaternion() undoes quaternionToMatrix(), half turns included", async () => {
  const { rotation } = await golden("harmonics");
  const s = Math.SQRT1_2, third = 1 / Math.sqrt(3);
  const halfTurns = tf.tensor2d([[0, 1, 0, 0], [0, s, -s, 0], [0, third, -third, third], [0, 0, 0, 1], [1, 0, 0, 0]]);
  const q = tf.concat2d([rotation as tf.Tensor2D, halfTurns], 0);
  const matrix = quaternionToMatrix(q);
  const back = matrixToQuaternion(matrix);
  assert(await maxAbsDiff(back.square().sum(1), tf.onesLike(back.sum(1))) < 1e-6, "unit");
  assert(await maxAbsDiff(quaternionToMatrix(back), matrix) < 2e-6, "same rotation");
});

everyBackend("conjugate() turns back", async () => {
  const { rotation, direction, turned } = await golden("harmonics");
  assert(await maxAbsDiff(rotateVector(conjugate(rotation as tf.Tensor2D), turned as tf.Tensor2D), direction!) < 2e-6);
});

everyBackend("normalizeQuaternion() gives length one, and the identity for zero", async () => {
  const unit = normalizeQuaternion(tf.tensor2d([[0, 0, 3, 4], [0, 0, 0, 0]]));
  assert(await maxAbsDiff(unit, tf.tensor2d([[0, 0, 0.6, 0.8], [1, 0, 0, 0]])) < 1e-6);
});

Deno.test("rotateVector() keeps lengths", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 7, maxLength: 7 }),
      (numbers) =>
        scoped(async () => {
          const q = normalizeQuaternion(tf.tensor2d([numbers.slice(0, 4)])), v = tf.tensor2d([numbers.slice(4)]);
          assert(await maxAbsDiff(rotateVector(q, v).norm(), v.norm()) < 1e-5);
        }),
    ),
    { numRuns: 30 },
  ));

Deno.test("quaternion functions say what is wrong with their input and leave one tensor behind", async () => {
  const q = tf.ones<tf.Rank.R2>([2, 4]), v = tf.ones<tf.Rank.R2>([3, 3]);
  const error = await failsCleanly(() => rotateVector(q, v));
  assertEquals(error.message, 'rotateVector: vector must be "n 3" (with n=2): got [3, 3]');
  tf.dispose([q, v]);
  await leaves(1, { q: tf.ones<tf.Rank.R2>([2, 4]) }, ({ q }) => multiplyQuaternions(q, q));
  await leaves(1, { q: tf.ones<tf.Rank.R2>([2, 4]) }, ({ q }) => normalizeQuaternion(q));
  await leaves(1, { q: tf.ones<tf.Rank.R2>([2, 4]) }, ({ q }) => conjugate(q));
  await leaves(1, { m: tf.ones<tf.Rank.R3>([2, 3, 3]) }, ({ m }) => matrixToQuaternion(m));
  await leaves(1, { q: tf.ones<tf.Rank.R2>([2, 4]), v: tf.ones<tf.Rank.R2>([2, 3]) }, ({ q, v }) => rotateVector(q, v));
});
