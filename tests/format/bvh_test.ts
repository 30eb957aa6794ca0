import { assert, assertEquals } from "@std/assert";
import fc from "../property.ts";
import { parseBvh } from "../../lib/format/bvh.ts";
import { failsCleanly } from "../harness.ts";

const GOOD = `HIERARCHY
ROOT Hips
{
  OFFSET 0.0 1.5 0.0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Upper Spine
  {
    OFFSET 0.0 10.0 -1e-1
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {
      OFFSET 0 5 0
    }
  }
  JOINT Leg { OFFSET 1 0 0 CHANNELS 1 Xrotation }
}
MOTION
Frames: 2
Frame Time: 0.0333333
1 2 3 4 5 6 7 8 9 10
-1 -2 -3 -4 -5 -6 -7 -8 -9 1.5e1
`;

Deno.test("parseBvh() reads joints, channels and numbers", () => {
  const bvh = parseBvh(GOOD.replaceAll("\n", "\r\n"));
  assertEquals(bvh.joints.map(({ name, parent, firstChannel }) => [name, parent, firstChannel]), [
    ["Hips", -1, 0],
    ["Upper Spine", 0, 6],
    ["Leg", 0, 9],
  ]);
  assertEquals(bvh.joints[1]!.offset, [0, 10, -0.1]);
  assertEquals(bvh.joints[2]!.channels, ["Xrotation"]);
  assertEquals(bvh.ends, [{ parent: 1, offset: [0, 5, 0] }]);
  assertEquals([bvh.frameCount, bvh.frameSeconds, bvh.channelCount], [2, 0.0333333, 10]);
  assertEquals([...bvh.values.subarray(8)], [9, 10, -1, -2, -3, -4, -5, -6, -7, -8, -9, 15]);
});

Deno.test("parseBvh() refuses what is no skeleton in motion, saying why", async () => {
  const deep = `HIERARCHY ROOT r { OFFSET 0 0 0 ${Array.from({ length: 300 }, (_, i) => `JOINT j${i} {`).join(" ")}`;
  const cases: [string, RegExp][] = [
    ["", /does not begin with "HIERARCHY"/],
    ["HIERARCHY ROOT a {", /has no "MOTION"/],
    [GOOD.replace("JOINT Leg", "JOINT Hips"), /joint "Hips" comes twice, once below itself/],
    [GOOD.replace("JOINT Leg", "JOINT Upper Spine"), /joint "Upper Spine" comes twice$/],
    [GOOD.replace("OFFSET 0 5 0", "OFFSET 0 five 0"), /its hierarchy has "five" for a number/],
    [GOOD.replace("CHANNELS 1 Xrotation", "CHANNELS 1 Wrotation"), /joint "Leg" has the channel "Wrotation"/],
    [GOOD.replace("CHANNELS 1 Xrotation", "CHANNELS 7 Xrotation"), /joint "Leg" has 7 channels/],
    [GOOD.replace("  OFFSET 0.0 1.5 0.0\n", ""), /joint "Hips" has no OFFSET/],
    [GOOD.replace("}\nMOTION", "MOTION"), /"}" is missing after joint "Hips"/],
    [GOOD.replace("}\nMOTION", "} }\nMOTION"), /"}" is outside the skeleton/],
    [GOOD.replace("ROOT Hips", "JOINT Hips"), /it wants "ROOT", got "JOINT"/],
    [GOOD.replace("Frames: 2", "Frames: -2"), /it says "Frames: -2"/],
    [GOOD.replace("Frames: 2", "Frames: 3"), /3 frames of 10 numbers want 30 numbers: it has 20/],
    [GOOD.replace("Frames: 2", "Frames: 1"), /1 frames of 10 numbers want 10 numbers: it has 20/],
    [
      GOOD.replace("Frames: 2", "Frames: 200000000"),
      /200000000 frames of 10 numbers want more than its \d+ characters/,
    ],
    [GOOD.replace("1.5e1", "NaN"), /frame 1 has "NaN" for a number/],
    [GOOD.replace("1.5e1", "1e39"), /frame 1 has "1e39" for a number/],
    [GOOD.replace("Frame Time:", "Rate:"), /after "MOTION" it wants "Frames:" and "Frame Time:"/],
    [`${deep} MOTION`, /nested more than 200 deep/],
  ];
  for (const [text, message] of cases) {
    const error = await failsCleanly(() => parseBvh(text, "a.bvh"));
    assert(error instanceof SyntaxError, error.stack);
    assert(
      error.message.startsWith("parseBvh: a.bvh is no .bvh motion: ") && message.test(error.message),
      error.message,
    );
  }
  const none = await failsCleanly(() => parseBvh(GOOD.replace("Frames: 2", "Frames: 0"), "a.bvh"));
  assertEquals(none.message, "parseBvh: a.bvh has no frames: a motion needs at least one");
  assert(none instanceof RangeError);
  const still = await failsCleanly(() => parseBvh(GOOD.replace("0.0333333", "0"), "a.bvh"));
  assertEquals(still.message, 'parseBvh: the frame time of a.bvh must be above zero: got "0"');
});

Deno.test("parseBvh() of damaged text reads or refuses, and never fails otherwise", () => {
  const letters = fc.constantFrom("{", "}", "9", "-", " ", "J", "End ", "JOINT ", "OFFSET ", "MOTION", "CHANNELS 3 ");
  fc.assert(
    fc.property(fc.nat(GOOD.length), fc.nat(20), letters, (at, cut, letter) => {
      try {
        parseBvh(GOOD.slice(0, at) + letter + GOOD.slice(at + cut));
      } catch (error) {
        assert(error instanceof SyntaxError || error instanceof RangeError, String((error as Error).stack));
      }
    }),
    { numRuns: 500 },
  );
});
