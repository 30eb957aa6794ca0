import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "../property.ts";
import { MIRRORED_JOINTS } from "../../lib/body/joints.ts";
import { loadBody, SMALL_BODY } from "../../lib/body/template.ts";
import { RandomStream } from "../../lib/train/people/random.ts";
import { anchorBody, mirrorAnchors, placePoints, samplePoints } from "../../lib/train/points.ts";

const small = await loadBody(SMALL_BODY), body = await anchorBody(small), mirror = small.mirror!;
small.dispose();
const V = body.vertexCount;

Deno.test("samplePoints(): the pelvis is first, the body's joints follow, weights sum to one", () =>
  fc.assert(
    fc.property(fc.nat(1000), (seed) => {
      const { count, anchors, weights } = samplePoints(body, new RandomStream(seed));
      assertEquals(count, 128);
      for (let j = 0; j < 22; j++) assertEquals([anchors[4 * j], weights[4 * j]], [V + j, 1]);
      for (let p = 0; p < count; p++) {
        const four = weights.subarray(4 * p, 4 * p + 4);
        assertAlmostEquals(four.reduce((sum, weight) => sum + weight, 0), 1, 1e-5);
        assertEquals(four.every((weight) => weight >= 0), true);
      }
    }),
    { numRuns: 20 },
  ));

Deno.test("samplePoints() draws the same from the same stream and others from another", () => {
  const [a, b, c] = [3, 3, 4].map((seed) => samplePoints(body, new RandomStream(seed)));
  assertEquals(a, b);
  assertEquals(a!.anchors.every((anchor, i) => anchor === c!.anchors[i]), false);
});

Deno.test("placePoints() follows a similarity of the anchors", () => {
  const points = samplePoints(body, new RandomStream(1)), before = placePoints(points, body.canonical);
  const after = placePoints(points, body.canonical.map((value, i) => 2 * value + i % 3));
  after.forEach((value, i) => assertAlmostEquals(value, 2 * before[i]! + i % 3, 1e-4));
});

Deno.test("samplePoints() puts half of the surface where the area is", () => {
  const counts = { joints: 1, surface: 4000, volume: 0 }, points = samplePoints(body, new RandomStream(2), counts);
  const placed = placePoints(points, body.canonical);
  let beyond = 0; // hands and wrists of the T-pose: 5 % of the area, a quarter of the faces of the full body
  for (let p = 1; p < points.count; p++) beyond += Math.abs(placed[3 * p]!) > 0.62 ? 1 : 0;
  assertEquals(beyond / 4000 > 0.03 && beyond / 4000 < 0.4, true, `${beyond}`);
});

Deno.test("mirrorAnchors() of the canonical body is the canonical body, and twice is nothing", () => {
  const mirrored = mirrorAnchors(body.canonical, mirror);
  mirrored.forEach((value, i) => assertAlmostEquals(value, body.canonical[i]!, 1e-4)); // stored to a tenth of a millimetre
  const posed = body.canonical.map((value, i) => value + Math.sin(i));
  mirrorAnchors(mirrorAnchors(posed, mirror), mirror).forEach((value, i) => assertEquals(value, posed[i]));
});

Deno.test("a flipped person's left wrist is where the right one's mirror image is", () => {
  const posed = body.canonical.map((value, i) => value + Math.sin(i)), flipped = mirrorAnchors(posed, mirror);
  const at = (anchors: Float32Array, joint: number) => [...anchors.subarray(3 * (V + joint), 3 * (V + joint) + 3)];
  const [x, y, z] = at(posed, MIRRORED_JOINTS[20]!);
  assertEquals(at(flipped, 20), [-x!, y, z]);
});
