import { assertAlmostEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { poseJoints } from "../../lib/body/kinematics.ts";
import { axisAngleToMatrix } from "../../lib/body/rotation.ts";
import { everyBackend, leaves, maxAbsDiff } from "../harness.ts";

const PARENTS = Int32Array.of(-1, 0, 0, 1); // a root with two children, one of which has a child
const rest = () => tf.tensor2d([[0, 1, 0], [1, 1, 0], [-1, 1, 0], [2, 1, 0]]);
const bend = (...angles: number[]) => axisAngleToMatrix(tf.tensor2d(angles.map((angle) => [0, 0, angle])));

everyBackend("poseJoints() leaves a skeleton without rotations where it is", async () => {
  const { rotations, positions } = poseJoints(PARENTS, bend(0, 0, 0, 0), rest());
  assertAlmostEquals(await maxAbsDiff(positions, rest()), 0, 1e-6);
  assertAlmostEquals(await maxAbsDiff(rotations, bend(0, 0, 0, 0)), 0, 1e-6);
});

everyBackend("poseJoints() carries a bend to what hangs on it, and pivots the root at the root", async () => {
  const { rotations, positions } = poseJoints(PARENTS, bend(0, Math.PI / 2, 0, 0.3), rest());
  assertAlmostEquals(await maxAbsDiff(positions, tf.tensor2d([[0, 1, 0], [1, 1, 0], [-1, 1, 0], [1, 2, 0]])), 0, 1e-6);
  assertAlmostEquals(await maxAbsDiff(rotations, bend(0, Math.PI / 2, 0, Math.PI / 2 + 0.3)), 0, 1e-6);
  const whole = poseJoints(PARENTS, bend(Math.PI / 2, 0, 0, 0), rest());
  assertAlmostEquals(
    await maxAbsDiff(whole.positions, tf.tensor2d([[0, 1, 0], [0, 2, 0], [0, 0, 0], [0, 3, 0]])),
    0,
    1e-6,
  );
});

Deno.test("poseJoints() says when parents and joints differ in number", () =>
  void assertThrows(
    () => poseJoints(Int32Array.of(-1), bend(0, 0), tf.ones([2, 3])),
    TypeError,
    "poseJoints: parents must have 2 entries: got 1",
  ));

Deno.test("poseJoints() leaves two tensors and no more", () =>
  leaves(
    2,
    { rotations: bend(0, 0, 0, 0), rest: rest() },
    ({ rotations, rest }) => poseJoints(PARENTS, rotations, rest),
  ));
