import { assertAlmostEquals, assertThrows } from "@std/assert";
import fc from "../property.ts";
import * as tf from "@tensorflow/tfjs";
import { axisAngleToMatrix, composeRotations, matrixToAxisAngle, turnVectors } from "../../lib/body/rotation.ts";
import { assertParity, everyBackend, golden, leaves, maxAbsDiff, scoped } from "../harness.ts";

everyBackend("axisAngleToMatrix() equals scipy", async () => {
  const { axisAngle, rotation } = await golden("skinning");
  await assertParity(axisAngleToMatrix(axisAngle as tf.Tensor2D), rotation!, {
    step: "axisAngleToMatrix",
    reference: "scipy Rotation",
    version: "1.17.1",
    command: "python tests/golden/skinning.py",
    tolerance: 2e-6, // angles up to 4 rad in single precision
  });
});

everyBackend("matrixToAxisAngle() undoes axisAngleToMatrix(), at zero and at half a turn as well", async () => {
  const { rotation } = await golden("skinning");
  const there = axisAngleToMatrix(matrixToAxisAngle(rotation as tf.Tensor3D));
  assertAlmostEquals(await maxAbsDiff(there, rotation!), 0, 5e-6);
  const zero = matrixToAxisAngle(tf.eye(3).reshape([1, 3, 3]));
  assertAlmostEquals(await maxAbsDiff(zero, tf.zeros([1, 3])), 0, 0);
});

everyBackend("axisAngleToMatrix() has the right gradient at zero: the matrices of the cross product", async () => {
  const pick = tf.tensor3d([[[0, 0, 0], [0, 0, -1], [0, 1, 0]]]); // dR/dx at zero
  const gradient = tf.grad((r) => axisAngleToMatrix(r as tf.Tensor2D).mul(pick).sum())(tf.zeros([1, 3]));
  assertAlmostEquals(await maxAbsDiff(gradient, tf.tensor2d([[2, 0, 0]])), 0, 1e-6);
});

Deno.test("axisAngleToMatrix() keeps lengths and its own axis", () =>
  fc.assert(
    fc.asyncProperty(
      fc.tuple(...[0, 1, 2].map(() => fc.float({ min: -4, max: 4, noNaN: true }))),
      (r) =>
        scoped(async () => {
          const axis = tf.tensor2d([r]);
          const rotation = axisAngleToMatrix(axis);
          const gram = composeRotations(rotation, rotation.transpose([0, 2, 1]) as tf.Tensor3D);
          assertAlmostEquals(await maxAbsDiff(gram, tf.eye(3).reshape([1, 3, 3])), 0, 1e-5);
          assertAlmostEquals(await maxAbsDiff(turnVectors(rotation, axis), axis), 0, 1e-5);
        }),
    ),
  ));

everyBackend("composeRotations() turns by b first, then by a", async () => {
  const [x, z] = [
    axisAngleToMatrix(tf.tensor2d([[Math.PI / 2, 0, 0]])),
    axisAngleToMatrix(tf.tensor2d([[0, 0, Math.PI / 2]])),
  ];
  const turned = turnVectors(composeRotations(z, x), tf.tensor2d([[0, 1, 0]])); // y → z by x; z stays under z
  assertAlmostEquals(await maxAbsDiff(turned, tf.tensor2d([[0, 0, 1]])), 0, 1e-6);
});

Deno.test("rotations say which axis is wrong", () => {
  assertThrows(() => axisAngleToMatrix(tf.ones([2, 4])), TypeError, 'axisAngle must be "n 3": got [2, 4]');
  assertThrows(() => turnVectors(tf.ones([2, 3, 3]), tf.ones([3, 3])), TypeError, 'vector must be "n 3" (with n=2)');
});

Deno.test("rotations leave their results and no more", async () => {
  await leaves("result", { r: tf.ones<tf.Rank.R2>([2, 3]) }, ({ r }) => axisAngleToMatrix(r));
  await leaves("result", { m: tf.ones<tf.Rank.R3>([2, 3, 3]) }, ({ m }) => matrixToAxisAngle(m));
  await leaves("result", { m: tf.ones<tf.Rank.R3>([2, 3, 3]) }, ({ m }) => composeRotations(m, m));
});
