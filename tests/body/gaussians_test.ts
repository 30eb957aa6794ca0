import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "../property.ts";
import * as tf from "@tensorflow/tfjs";
import { attachGaussians, type GaussianCount } from "../../lib/body/gaussians.ts";
import { type Body, loadBody, SMALL_BODY } from "../../lib/body/template.ts";
import { everyBackend, leaves, scoped } from "../harness.ts";

const body: Body = await loadBody(SMALL_BODY);

everyBackend("attachGaussians({ perFace: 1 }) puts one at the centre of each face", async () => {
  const here = await loadBody(SMALL_BODY);
  const { count, canonical, faceOf } = attachGaussians(here, { perFace: 1 });
  assertEquals(count, here.faceCount);
  assertEquals([...faceOf], Array.from({ length: count }, (_, i) => i));
  const vertices = await here.template.array();
  const centres = Array.from({ length: count }, (_, face) => {
    const corners = [...here.faces.subarray(3 * face, 3 * face + 3)].map((v) => vertices[v]!);
    return [0, 1, 2].map((axis) => corners.reduce((sum, corner) => sum + corner[axis]!, 0) / 3);
  });
  const gap = canonical.sub(tf.tensor2d(centres)).abs().max();
  assertAlmostEquals((await gap.data())[0]!, 0, 1e-6);
});

Deno.test("attachGaussians({ perFace: k }) numbers them face · k + slot", () =>
  scoped(() => {
    const { faceOf, slotOf, faceStart, share } = attachGaussians(body, { perFace: 3 });
    for (const i of [0, 1, 2, 3, 3000]) assertEquals([faceOf[i], slotOf[i]], [Math.floor(i / 3), i % 3]);
    assertEquals([faceStart[0], faceStart[7], faceStart.at(-1)], [0, 21, 3 * body.faceCount]);
    for (let f = 0; f < 5; f++) assertAlmostEquals(share[3 * f]! + share[3 * f + 1]! + share[3 * f + 2]!, 1, 1e-6);
  }));

Deno.test("attachGaussians({ total }) gives exactly as many, each face within one of its share of the area", () =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20_000 }), (total) =>
      void scoped(() => {
        const { count, faceStart } = attachGaussians(body, { total });
        assertEquals(count, total);
        const area = body.faceAreas.reduce((a, b) => a + b);
        body.faceAreas.forEach((part, face) => {
          assert(Math.abs(faceStart[face + 1]! - faceStart[face]! - part / area * total) < 1, `face ${face}`);
        });
      })),
    { numRuns: 20 },
  ));

Deno.test("attachGaussians({ total }) leaves no region bare: what the Gaussians stand for is the whole body", () =>
  scoped(async () => {
    const whole = await loadBody();
    const { faceOf, share, canonical } = attachGaussians(whole, { total: 12_000 });
    const places = await canonical.data();
    const covered = { hands: 0, all: 0 }, real = { hands: 0, all: 0 };
    const isHand = (x: number) => Math.abs(x) > 0.7;
    const corners = await whole.template.array();
    whole.faceAreas.forEach((area, face) => {
      real.all += area;
      if (isHand(corners[whole.faces[3 * face]!]![0]!)) real.hands += area;
    });
    faceOf.forEach((face, i) => {
      covered.all += share[i]! * whole.faceAreas[face]!;
      if (isHand(places[3 * i]!)) covered.hands += share[i]! * whole.faceAreas[face]!;
    });
    assertAlmostEquals(covered.all / real.all, 1, 1e-3);
    assertAlmostEquals(covered.hands / real.hands, 1, 0.05); // hands: many faces smaller than a Gaussian's part
    whole.dispose();
  }));

Deno.test("attachGaussians() mirrors: left and right Gaussians are mirror images", () =>
  scoped(async () => {
    const { canonical, count } = attachGaussians(body, { perFace: 4 });
    const points = await canonical.array(), seen = new Set(points.map(key));
    const missing = points.filter(([x, y, z]) => !seen.has(key([-x!, y!, z!])));
    assert(missing.length < count / 100, `${missing.length} of ${count} have no twin`); // rounding of the key
    function key([x, y, z]: number[]): string {
      return [x!, y!, z!].map((value) => Math.round(value * 1e4) + 0).join();
    }
  }));

Deno.test("attachGaussians() says what is wrong with the count", () => {
  const attach = (count: unknown) => () => attachGaussians(body, count as GaussianCount);
  assertThrows(attach({}), TypeError, "say either { perFace } or { total }: got {  }");
  assertThrows(attach({ perFace: 1, total: 2 }), TypeError, "got { perFace, total }");
  assertThrows(attach({ perFace: 0 }), RangeError, "perFace must be a whole number from 1 to");
  assertThrows(attach({ total: 1.5 }), RangeError, "total must be a whole number from 1 to 16777216: got 1.5");
});

Deno.test("attachGaussians() leaves two tensors, which dispose() frees", async () => {
  await leaves(2, {}, () => ({ ...attachGaussians(body, { perFace: 1 }), body: undefined }));
  const before = tf.memory().numTensors;
  attachGaussians(body, { total: 100 }).dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("attachGaussians({ total, atLeast }) gives every face its due, and large faces the rest by area", async () => {
  const total = 5000, { count, faceStart, share, faceOf } = attachGaussians(body, { total, atLeast: 1 });
  assertEquals(count, total);
  const counts = Array.from({ length: body.faceCount }, (_, face) => faceStart[face + 1]! - faceStart[face]!);
  assertEquals(Math.min(...counts), 1);
  const area = body.faceAreas.reduce((all, part) => all + part, 0);
  const large = counts.map((_, face) => face).filter((face) => body.faceAreas[face]! / area * total > 5);
  assert(large.length > 20);
  const held = large.reduce((sum, face) => sum + counts[face]!, 0);
  const entitled = large.reduce((sum, face) => sum + body.faceAreas[face]! / area * total, 0);
  assert(held > 0.6 * entitled && held < entitled, `${held} of ${entitled}`);
  const sums = new Float64Array(body.faceCount);
  faceOf.forEach((face, i) => sums[face]! += share[i]!);
  sums.forEach((sum, face) => assertAlmostEquals(sum, 1, 1e-5, `face ${face}`));
  await leaves(2, {}, () => {
    const { barycentric, canonical } = attachGaussians(body, { total, atLeast: 1 });
    return { barycentric, canonical };
  });
});

Deno.test("attachGaussians() refuses fewer in all than every face is due", () => {
  assertThrows(
    () => attachGaussians(body, { total: 1000, atLeast: 1 }),
    RangeError,
    "attachGaussians: atLeast must be a whole number from 0 to 0: got 1",
  );
});
