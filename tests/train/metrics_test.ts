import { assertAlmostEquals, assertEquals } from "@std/assert";
import { jointIndex } from "../../lib/body/joints.ts";
import { about, apply, type Vector } from "../../lib/body/turns.ts";
import { LITTLE_SEEN, type Measured, PAIRS, PARTS, Scoreboard } from "../../lib/train/metrics.ts";
import { trunkAngle } from "../../lib/train/trunk.ts";

/** A person whose joints lie on a line in space and in the crop, located exactly. */
function person(): { -readonly [K in keyof Measured]: Measured[K] } {
  const joints = Float32Array.from({ length: 66 }, (_, i) => [0.05 * Math.floor(i / 3), 0.01 * (i % 5), 2][i % 3]!);
  const joints2d = Float32Array.from({ length: 44 }, (_, i) => i % 2 ? 200 + 10 * Math.sin(i) : 20 + 10 * i);
  const vertices = Float32Array.of(0, 0, 0, 1, 0, 0);
  return {
    joints: joints.slice(),
    trueJoints: joints,
    vertices: vertices.slice(),
    trueVertices: vertices,
    joints2d: joints2d.slice(),
    trueJoints2d: joints2d,
    uncertainty: Float32Array.from({ length: 22 }, (_, j) => j),
    seen: Uint8Array.from({ length: 22 }, (_, j) => j % 2),
  };
}

Deno.test("Scoreboard: exact people score nothing, whatever the origin", () => {
  const board = new Scoreboard([1, 1]), exact = person();
  exact.joints = exact.joints.map((value, i) => value + [5, 6, 7][i % 3]!);
  exact.vertices = exact.vertices.map((value, i) => value + [5, 6, 7][i % 3]!);
  board.add(exact);
  const { people, mpjpe_mm, pve_mm, pck05, p2d_px, side_swap } = board.metrics();
  assertEquals([people, pck05, p2d_px, side_swap], [1, 1, 0, NaN]); // no pair is far enough apart to be told
  assertAlmostEquals(mpjpe_mm, 0, 1e-3);
  assertAlmostEquals(pve_mm, 0, 1e-3);
});

Deno.test("Scoreboard: errors made by hand come out as computed by hand", () => {
  const board = new Scoreboard([1, 3]), off = person();
  off.joints[3 * 20 + 2]! += 0.22; // left wrist, away from the camera
  off.vertices[3]! += 0.1; // the second vertex, of three quarters of the area
  off.joints2d[2 * 20]! += 60; // between 0.1 and 0.2 of the crop
  off.joints2d[2 * 21 + 1]! += 30; // between 0.05 and 0.1
  board.add(off);
  const found = board.metrics();
  assertAlmostEquals(found.mpjpe_mm, 10, 1e-3);
  assertAlmostEquals(found.parts_mm.arms!, 220 / PARTS.arms!.length, 1e-3);
  assertAlmostEquals(found.seen_mm, 0, 1e-3);
  assertAlmostEquals(found.unseen_mm, 20, 1e-3); // the 11 joints of even number are unseen
  assertAlmostEquals(found.pve_mm, 50, 1e-3);
  assertAlmostEquals(found.pve_area_mm, 75, 1e-3);
  assertAlmostEquals(found.p2d_px, 90 / 22, 1e-4);
  assertAlmostEquals(found.pck05, 20 / 22, 1e-9);
  assertAlmostEquals(found.pck10, 21 / 22, 1e-9);
});

Deno.test("Scoreboard: exchanged sides are counted where they are far enough apart and inside the crop", () => {
  const board = new Scoreboard([1, 1]), swapped = person(), [[l, r]] = PAIRS as [[number, number]];
  const at = (j: number, x: number, y: number) => swapped.trueJoints2d.set([x, y], 2 * j);
  for (const [left, right] of PAIRS) { // too near to count
    at(left, 100, 100);
    at(right, 110, 100);
  }
  at(l, 100, 100);
  at(r, 200, 100);
  swapped.joints2d = swapped.trueJoints2d.slice();
  swapped.joints2d.set([200, 100, 100, 100], 2 * l);
  board.add(swapped);
  assertEquals(board.metrics().side_swap, 1);
  at(r, 600, 100); // out of the crop: no pair is left
  const other = new Scoreboard([1, 1]);
  other.add(swapped);
  assertEquals(other.metrics().side_swap, NaN);
});

/** A person who stands, seen from the front, the camera's y down: [22, 3]. */
function standing(): Float32Array {
  const joints = new Float32Array(66),
    at = (name: string, x: number, y: number) => joints.set([x, y, 3], 3 * jointIndex(name));
  at("pelvis", 0, 0);
  at("neck", 0, -0.5);
  for (const [side, sign] of [["left", 1], ["right", -1]] as const) {
    at(`${side}_hip`, 0.1 * sign, 0.05);
    at(`${side}_shoulder`, 0.2 * sign, -0.45);
  }
  return joints;
}

/** Rows turned about one of the axes, degrees. */
function turned(rows: Float32Array, axis: 0 | 1 | 2, degrees: number): Float32Array {
  const R = about([+(axis === 0), +(axis === 1), +(axis === 2)], degrees * Math.PI / 180);
  return rows.map((_, i) => apply(R, Array.from(rows.subarray(i - i % 3, i - i % 3 + 3)) as unknown as Vector)[i % 3]!);
}

Deno.test("trunkAngle() is the angle that a body was turned by, whatever the axis, and half a turn from the wrong side", () => {
  const joints = standing();
  for (const axis of [0, 1, 2] as const) {
    for (const degrees of [0, 30, 100, 180]) {
      assertAlmostEquals(trunkAngle(turned(joints, axis, degrees), joints), degrees, 0.1); // float32 places
    }
  }
  const exchanged = joints.slice(); // left taken for right: seen from behind
  for (const name of ["hip", "shoulder"]) {
    const [l, r] = ["left", "right"].map((side) => 3 * jointIndex(`${side}_${name}`)) as [number, number];
    exchanged.set(joints.subarray(r, r + 3), l);
    exchanged.set(joints.subarray(l, l + 3), r);
  }
  assertAlmostEquals(trunkAngle(exchanged, joints), 180, 0.1);
});

Deno.test("trunkAngle() is no number where joints lie in one place or are none, and the Scoreboard counts that as wrong", () => {
  const joints = standing();
  for (const found of [new Float32Array(66), joints.map(() => NaN)]) {
    assertEquals(trunkAngle(found, joints), NaN);
    const board = new Scoreboard([1, 1]);
    board.add({ ...person(), joints: found, trueJoints: joints });
    assertEquals(board.metrics().trunk_wrong, 1);
  }
});

Deno.test("Scoreboard: people whose trunk is turned by more than 45° are told from the others", () => {
  const board = new Scoreboard([1, 1]), joints = standing(), made: number[] = [];
  for (const degrees of [44, 46, 170]) {
    const found = turned(joints, 1, degrees);
    board.add({ ...person(), joints: found, trueJoints: joints });
    const one = new Scoreboard([1, 1]);
    one.add({ ...person(), joints: found, trueJoints: joints });
    made.push(one.metrics().mpjpe_mm);
  }
  const { trunk_wrong, trunk_wrong_mm, trunk_right_mm } = board.metrics();
  assertAlmostEquals(trunk_wrong, 2 / 3, 1e-9);
  assertAlmostEquals(trunk_right_mm, made[0]!, 1e-6);
  assertAlmostEquals(trunk_wrong_mm, (made[1]! + made[2]!) / 2, 1e-6);
});

Deno.test("Scoreboard: people of whom little is seen are told from the others", () => {
  const board = new Scoreboard([1, 1]), made: number[] = [];
  for (const [i, count] of [LITTLE_SEEN - 1, LITTLE_SEEN, 0].entries()) {
    const one = person(), vertices = one.trueVertices.map((value) => value + 0.1 * (i + 1));
    const seen = Array.from({ length: 22 }, (_, j) => Number(j < count)), shown = { ...one, vertices, seen };
    board.add(shown);
    const alone = new Scoreboard([1, 1]);
    alone.add(shown);
    made.push(alone.metrics().pve_mm);
  }
  const { little_seen, little_seen_pve_mm, more_seen_pve_mm } = board.metrics();
  assertAlmostEquals(little_seen, 2 / 3, 1e-9);
  assertAlmostEquals(more_seen_pve_mm, made[1]!, 1e-6);
  assertAlmostEquals(little_seen_pve_mm, (made[0]! + made[2]!) / 2, 1e-6);
});

Deno.test("PAIRS and PARTS name the 22 joints' sides and parts", () => {
  assertEquals(PAIRS.length, 8);
  assertEquals(Object.values(PARTS).flat().toSorted((a, b) => a - b), Array.from({ length: 21 }, (_, i) => i + 1));
});
