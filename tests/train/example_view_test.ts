import { assert, assertEquals, assertThrows } from "@std/assert";
import { jointIndex } from "../../lib/body/joints.ts";
import { intoView } from "../../lib/localize/crop_views.ts";
import { trunkDirection } from "../../lib/localize/locate_in_views.ts";
import { expectTurns, type Turns, viewOf } from "../../lib/train/example_view.ts";

/** Joints whose trunk points in a direction, anywhere before the camera. */
function pointing(x: number, y: number): Float32Array {
  const joints = new Float32Array(55 * 3).fill(2);
  joints.set([2 + x, 2 + y], 3 * jointIndex("neck"));
  return joints;
}
const training = { set: "unusual", seed: 5 } as const;

Deno.test("viewOf(): an upright example's trunk points up in its view, mirrored or not", () => {
  for (const angle of [0, 40, 50, 100, 170, 200, 260, 300]) {
    const joints = pointing(0.5 * Math.cos(angle * Math.PI / 180), 0.5 * Math.sin(angle * Math.PI / 180));
    for (const index of [0, 1]) {
      const view = viewOf({ ...training, turns: "upright" }, index, joints);
      const [x, y] = trunkDirection(intoView(joints, 3, view));
      assert(-y >= Math.abs(x), `${angle}°, example ${index}: ${x}, ${y}`);
      assertEquals(view.mirrored, index === 1);
    }
  }
});

Deno.test("viewOf(): drawn turns are one to three, by seed and number alone; others are those of the configuration", () => {
  const drawn = Array.from({ length: 30 }, (_, i) => viewOf({ ...training, turns: "drawn" }, i, pointing(0, -1)).turns);
  assertEquals(new Set(drawn), new Set([1, 2, 3]));
  assertEquals(drawn, drawn.map((_, i) => viewOf({ ...training, turns: "drawn" }, i, pointing(1, 0)).turns));
  assertEquals(viewOf({ ...training, turns: 2 }, 0, pointing(1, 0)).turns, 2);
  assertEquals(viewOf(training, 0, pointing(1, 0)).turns, 0);
});

Deno.test("viewOf(): people to measure are mirrored only where all are", () => {
  const mirrored = (flips?: "all") =>
    [0, 1].map((i) => viewOf({ set: "hard", seed: 1, ...(flips && { flips }) }, i, []).mirrored);
  assertEquals([mirrored(), mirrored("all")], [[false, false], [true, true]]);
});

Deno.test("expectTurns() refuses turns that are not known, naming those that are", () => {
  for (const turns of ["up", 4, -1, 0.5, "1"] as unknown[] as Turns[]) {
    assertThrows(
      () => expectTurns("mine", turns),
      RangeError,
      `mine: turns must be one of 0, 1, 2, 3, drawn, upright: got ${turns}`,
    );
  }
});
