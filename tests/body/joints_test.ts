import { assertEquals, assertThrows } from "@std/assert";
import { JOINT_COUNT, JOINT_NAMES, JOINT_PARENTS, jointIndex, MIRRORED_JOINTS } from "../../lib/body/joints.ts";

Deno.test("joints are SMPL-X's, in its order", () => {
  assertEquals(JOINT_NAMES.length, JOINT_COUNT);
  assertEquals(JOINT_PARENTS.length, JOINT_COUNT);
  const known = { 0: "pelvis", 12: "neck", 15: "head", 20: "left_wrist", 21: "right_wrist", 22: "jaw" };
  const more = { 23: "left_eye_smplhf", 25: "left_index1", 31: "left_pinky1", 39: "left_thumb3", 54: "right_thumb3" };
  for (const [index, name] of Object.entries({ ...known, ...more })) assertEquals(JOINT_NAMES[Number(index)], name);
});

Deno.test("joints hang on SMPL-X's parents", () => {
  assertEquals(JOINT_PARENTS.slice(0, 25), [
    ...[-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 15, 15, 15],
  ]);
  assertEquals(JOINT_PARENTS.slice(25, 31), [20, 25, 26, 20, 28, 29]);
  assertEquals(JOINT_PARENTS.slice(40, 46), [21, 40, 41, 21, 43, 44]);
});

Deno.test("MIRRORED_JOINTS pairs left with right and leaves the middle alone", () => {
  assertEquals(MIRRORED_JOINTS[jointIndex("left_thumb2")], jointIndex("right_thumb2"));
  assertEquals(MIRRORED_JOINTS[jointIndex("jaw")], jointIndex("jaw"));
  assertEquals(MIRRORED_JOINTS.map((joint) => MIRRORED_JOINTS[joint]), JOINT_NAMES.map((_, joint) => joint));
});

Deno.test("jointIndex() names what there is", () =>
  void assertThrows(() => jointIndex("left_tail"), RangeError, 'no joint is called "left_tail": known are pelvis, '));
