import { assert, assertEquals } from "@std/assert";
import fc from "../../property.ts";
import { ARM_MODES } from "../../../lib/train/people/arms.ts";
import { WITHHELD_ARMS } from "../../../lib/train/people/withheld_arms.ts";
import { clampJoint, limitExcess, mirror } from "../../../lib/body/joint_limits.ts";
import { LEG_MODES } from "../../../lib/train/people/legs.ts";
import { WITHHELD_LEGS } from "../../../lib/train/people/withheld_legs.ts";
import { reachHand } from "../../../lib/train/people/reach.ts";
import { jointMotions, poseMesh } from "../../../lib/train/people/rigged_mesh.ts";
import { add, fromVector, length, subtract, type Vector } from "../../../lib/body/turns.ts";
import { forwardKinematics, JOINT, PoseDraft } from "../../../lib/train/people/skeleton.ts";
import { STANCES, WITHHELD_STANCES } from "../../../lib/train/people/stances.ts";
import { assets, drawBody, drawPoses } from "./models.ts";

const poses = drawPoses(160);

Deno.test("drawPose() keeps every joint within its limits", () => {
  for (const { pose } of poses) {
    pose.draft.local.forEach((rotation, joint) =>
      assert(limitExcess(joint, rotation) < 1e-6, `${pose.legs} ${pose.arms} joint ${joint}`)
    );
  }
});

Deno.test("drawPose() seldom lets limbs run into the body", () => {
  const deep = poses.filter(({ pose }) => pose.penetration > 0.03).length;
  assert(deep <= 0.06 * poses.length, `${deep} of ${poses.length}`);
});

Deno.test("drawPose() keeps hands out of the trunk's mesh", () => { // an independent look, by counting crossings of rays
  const isHand = (joint: number) =>
    joint === JOINT.leftWrist || joint === JOINT.rightWrist || joint >= JOINT.leftFingers;
  const hands = [...assets.dominant.keys()].filter((v) => isHand(assets.dominant[v]!) && v % 40 === 0);
  const trunk = facesOf([
    JOINT.spine1,
    JOINT.spine2,
    JOINT.spine3,
    JOINT.leftHip,
    JOINT.rightHip,
    JOINT.pelvis,
    JOINT.neck,
    JOINT.head,
    JOINT.leftKnee,
    JOINT.rightKnee,
    JOINT.leftCollar,
    JOINT.rightCollar,
    JOINT.leftShoulder,
    JOINT.rightShoulder,
  ]);
  let inside = 0, looked = 0;
  for (const { pose, body } of poses.slice(0, 60)) {
    const { orientations, positions } = forwardKinematics(body.skeleton, pose.draft.local);
    const posed = poseMesh(assets.body, body.shaped, jointMotions(orientations, positions, body.skeleton.rest));
    for (const v of hands) {
      if (crossings(posed, trunk, v, 1) % 2 === 1 && crossings(posed, trunk, v, -1) % 2 === 1) inside++;
    }
    looked += hands.length;
  }
  assert(inside < 0.03 * looked, `${inside} of ${looked}`);
});

/** Faces whose three vertices belong to the joints. */
function facesOf(joints: readonly number[]): Uint32Array {
  const chosen: number[] = [], { faces } = assets.body;
  for (let f = 0; f < faces.length; f += 3) {
    const corners = [...faces.subarray(f, f + 3)];
    if (corners.every((v) => joints.includes(assets.dominant[v]!))) chosen.push(...corners);
  }
  return Uint32Array.from(chosen);
}

/** How often a ray along ±z from a vertex crosses the faces; they are open at the arms, hence both ways. */
function crossings(p: Float32Array, faces: Uint32Array, vertex: number, way: 1 | -1): number {
  const [x, y, z] = p.subarray(3 * vertex, 3 * vertex + 3) as unknown as Vector;
  let count = 0;
  for (let f = 0; f < faces.length; f += 3) {
    const [a, b, c] = [3 * faces[f]!, 3 * faces[f + 1]!, 3 * faces[f + 2]!];
    const cross = (i: number, j: number) => (p[j]! - p[i]!) * (y - p[i + 1]!) - (p[j + 1]! - p[i + 1]!) * (x - p[i]!);
    const u = cross(b, c), v = cross(c, a), w = cross(a, b);
    if (!((u > 0 && v > 0 && w > 0) || (u < 0 && v < 0 && w < 0))) continue;
    if ((u * p[a + 2]! + v * p[b + 2]! + w * p[c + 2]!) / (u + v + w) > z === way > 0) count++;
  }
  return count;
}

Deno.test("drawPose() knows all modes that stances name, and stances use all modes", () => {
  const used = (kinds: typeof STANCES, key: "legs" | "arms") =>
    [...new Set(Object.values(kinds).flatMap((kind) => Object.keys(kind[key])))].sort();
  assertEquals(used(STANCES, "legs"), Object.keys(LEG_MODES).sort());
  assertEquals(used(STANCES, "arms"), Object.keys(ARM_MODES).sort());
  assertEquals(used(WITHHELD_STANCES, "legs"), Object.keys(WITHHELD_LEGS).sort());
  assertEquals(used(WITHHELD_STANCES, "arms"), Object.keys(WITHHELD_ARMS).sort());
});

Deno.test("clampJoint() leaves what is within the limits, bounds what is not, and mirrors", () => {
  const angle = fc.double({ min: -3, max: 3, noNaN: true });
  fc.assert(fc.property(fc.integer({ min: 1, max: 54 }), angle, angle, angle, (joint, x, y, z) => {
    const bounded = clampJoint(joint, fromVector([x, y, z]));
    assert(limitExcess(joint, bounded) < 1e-6);
    assert(Math.max(...clampJoint(joint, bounded).map((value, i) => Math.abs(value - bounded[i]!))) < 1e-6);
  }));
  const turn = fromVector([0.4, -2, 1.9]),
    left = clampJoint(JOINT.leftShoulder, turn),
    right = clampJoint(JOINT.rightShoulder, mirror(turn));
  assert(Math.max(...mirror(right).map((value, i) => Math.abs(value - left[i]!))) < 1e-9);
});

Deno.test("reachHand() brings the wrist to a target within reach", () => {
  const { skeleton } = drawBody(3);
  for (const offset of [[0.1, -0.3, 0.2], [0.25, 0.1, 0.3], [0.05, -0.2, 0.4]] as Vector[]) {
    const draft = new PoseDraft(skeleton), target = add(skeleton.rest[JOINT.leftShoulder]!, offset);
    reachHand(draft, "left", target, [0.5, -1, -0.2]);
    assert(length(subtract(draft.position(JOINT.leftWrist), target)) < 0.02, `${offset}`);
  }
});
