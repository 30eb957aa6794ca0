import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { jointIndex } from "../../lib/body/joints.ts";
import { aPose, poseParameters, restParameters } from "../../lib/body/poses.ts";
import { skin } from "../../lib/body/skinning.ts";
import { loadBody, SMALL_BODY } from "../../lib/body/template.ts";
import { leaves, scoped } from "../harness.ts";

Deno.test("aPose() lowers both wrists alike and keeps the feet", () =>
  scoped(async () => {
    const body = await loadBody(SMALL_BODY);
    const [a, t] = [
      await skin(body, aPose(body)).joints.array(),
      await skin(body, restParameters(body)).joints.array(),
    ];
    const [left, right] = [jointIndex("left_wrist"), jointIndex("right_wrist")];
    assert(t[left]![1]! - a[left]![1]! > 0.25);
    assert(Math.abs(a[left]![0]! + a[right]![0]!) < 1e-5 && Math.abs(a[left]![1]! - a[right]![1]!) < 1e-5);
    assertEquals(a[jointIndex("left_foot")], t[jointIndex("left_foot")]);
  }));

Deno.test("poseParameters() sets the named joints and refuses unknown ones", () =>
  scoped(async () => {
    const body = await loadBody(SMALL_BODY);
    const { pose } = poseParameters(body, { right_knee: [1, 2, 3] });
    assertEquals((await pose.array())[jointIndex("right_knee")], [1, 2, 3]);
    assertEquals((await pose.sum().data())[0], 6);
    assertThrows(() => poseParameters(body, { tail: [0, 0, 0] }), RangeError, 'no joint is called "tail"');
  }));

Deno.test("poseParameters() leaves four tensors, none when a name is wrong", async () => {
  const body = await loadBody(SMALL_BODY);
  await leaves(4, {}, () => aPose(body));
  const before = tf.memory().numTensors;
  assertThrows(() => poseParameters(body, { tail: [0, 0, 0] }), RangeError);
  assertEquals(tf.memory().numTensors, before);
  body.dispose();
});
