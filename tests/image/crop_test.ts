import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import fc from "../property.ts";
import * as tf from "@tensorflow/tfjs";
import { cropPerson, cropToImage, imageToCrop } from "../../lib/image/crop.ts";
import { loadPersonDetector, type PersonDetector } from "../../lib/image/keypoints.ts";
import { type QuarterTurns, turnBack, turnPicture } from "../../lib/image/turn.ts";
import { resampleSquare, type Square } from "../../lib/image/resample.ts";
import { everyBackend, failsCleanly, leaves, maxAbsDiff, scoped } from "../harness.ts";
import { astronaut } from "./astronaut.ts";

/** A detector that always sees the same: [x, y, score] of some key points by number, the others unseen. */
const scripted = (points: Record<number, readonly [number, number, number]>): PersonDetector => ({
  keypoints: () =>
    Promise.resolve(Array.from({ length: 17 }, (_, k) => {
      const [x, y, score] = points[k] ?? [0, 0, 0.01];
      return { name: "nose" as const, x, y, score };
    })),
  dispose: () => {},
});

everyBackend("cropPerson() finds the astronaut and keeps to the photo", async () => {
  const image = await astronaut();
  const { crop, transform, person } = await cropPerson(image);
  assertEquals(crop.shape, [512, 512, 3]);
  assert(person.found && person.keypoints.length === 17, person.message);
  const { x, y, size } = transform;
  assert(x >= 0 && y >= 0 && size > 300 && x + size <= 512.001 && y + size <= 512.001, JSON.stringify(transform));
}, { size: "large" });

everyBackend("cropPerson() finds a small person off the middle of a large picture", async () => {
  // the astronaut at 40 % in a grey picture of 900 × 500, upper left corner at (120, 150)
  const image = resampleSquare(await astronaut(), { x: -300, y: -375, size: 2250 }, 900).slice([0, 0, 0], [
    500,
    900,
    3,
  ]);
  const { crop, transform: { x, y, size }, person } = await cropPerson(image as tf.Tensor3D);
  assert(person.found, person.message);
  assert(size < 330 && Math.abs(x + size / 2 - 210) < 60 && Math.abs(y + size / 2 - 255) < 60, `${x}, ${y}, ${size}`);
  assertEquals(crop.shape, [512, 512, 3]);
}, { size: "large" });

for (const [turns, how] of [[1, "on one side"], [2, "upside down"], [3, "on the other side"]] as const) {
  everyBackend(`cropPerson() finds a person who lies ${how}, at the same place`, async () => {
    const image = (await astronaut()).slice<tf.Tensor3D>([0, 0, 0], [480, 512, 3]), upright = await cropPerson(image);
    const lying = turnPicture(image, turns), back = 4 - turns as QuarterTurns;
    const { transform, person, crop } = await cropPerson(lying);
    assertEquals([upright.person.turns, person.turns], [0, back]);
    assertEquals(
      person.message,
      `Found a person, the photo turned by ${90 * back}°${upright.person.message.slice(14)}`,
    );
    const there = (place: Square) => turnBack(place, turns, 512, 480);
    for (
      const [found, wanted] of Object.values(there(transform)).map((x, i) => [x, Object.values(upright.transform)[i]!])
    ) {
      assertAlmostEquals(found!, wanted!, 1e-3);
    }
    person.keypoints.forEach(({ x, y }, k) => {
      const was = there({ x, y, size: 0 }), other = upright.person.keypoints[k]!;
      assertAlmostEquals(was.x, other.x, 1e-3);
      assertAlmostEquals(was.y, other.y, 1e-3);
    });
    assertAlmostEquals(await maxAbsDiff(crop, turnPicture(upright.crop, turns)), 0, 1e-5);
  }, { size: "large" });
}

everyBackend("cropPerson() goes on with the whole picture where there is nobody, and says so", async () => {
  const noise = tf.randomUniform([300, 400, 3], 0, 1, "float32", 7) as tf.Tensor3D;
  const { transform, person, crop } = await cropPerson(noise);
  assertEquals(transform, { x: 0, y: -50, size: 400 });
  assertEquals(person.found, false);
  assertEquals(person.message, "No person found (0 of 17 key points seen): went on with the whole image");
  assertAlmostEquals((await crop.slice([0, 0, 0], [50, 512, 3]).sub(0.5).abs().max().data())[0]!, 0, 1e-6); // padding
}, { size: "large" });

Deno.test("cropPerson() frames the key points that were seen, with a margin, inside the photo", () =>
  scoped(async () => {
    const image = tf.zeros<tf.Rank.R3>([1000, 800, 3]);
    const frame = async (points: Record<number, readonly [number, number, number]>) =>
      (await cropPerson(image, { detector: scripted(points), margin: 1.2 })).transform;
    const person = {
      5: [400, 300, 0.9],
      6: [300, 300, 0.9],
      15: [400, 700, 0.9],
      16: [300, 700, 0.9],
      9: [0, 0, 0.1],
    } as const;
    const { x, y, size } = await frame(person); // 400 px high: × 1.2 = 480, about (350, 500); the wrist is a guess
    for (const [found, wanted] of [[x, 110], [y, 260], [size, 480]] as const) assertAlmostEquals(found, wanted, 1e-6);
    const face = await frame({ ...person, 0: [350, 250, 0.9], 3: [380, 240, 0.9], 4: [320, 240, 0.9] });
    assertAlmostEquals(face.size, (700 - 240 + 60) * 1.2, 1e-6); // the ears are 60 apart: 60 px for the top of the head
    const cut = await frame({ 5: [700, 200, 0.9], 6: [600, 200, 0.9], 11: [700, 990, 0.9], 12: [600, 990, 0.9] });
    assertAlmostEquals(cut.y + cut.size, 1000, 1e-6); // the legs are cut off below: no padding for them
    assert(cut.x <= 0 && cut.x + cut.size >= 800, JSON.stringify(cut)); // wider than the photo: all of it is shown
  }));

Deno.test("cropPerson() takes the square it is given", () =>
  scoped(async () => {
    const image = tf.randomUniform([700, 700, 3], 0, 1, "float32", 7) as tf.Tensor3D;
    const { crop, transform, person } = await cropPerson(image, { square: { x: 100, y: 150, size: 512 } });
    assertEquals([transform, person.found], [{ x: 100, y: 150, size: 512 }, false]);
    assertAlmostEquals(await maxAbsDiff(crop, image.slice([150, 100, 0], [512, 512, 3])), 0, 1e-6);
  }));

Deno.test("cropToImage() and imageToCrop() undo each other, and the crop shows what the image has there", () =>
  fc.assert(
    fc.asyncProperty(
      fc.double({ min: -200, max: 600, noNaN: true }),
      fc.double({ min: -200, max: 600, noNaN: true }),
      fc.double({ min: 20, max: 2000, noNaN: true }),
      (x, y, size) =>
        scoped(async () => {
          const points = tf.tensor2d([[0, 0], [512, 512], [100.5, 300.25]]);
          const image = cropToImage(points, { x, y, size });
          assertAlmostEquals(await maxAbsDiff(imageToCrop(image, { x, y, size }), points), 0, 2e-2 + 0.1 / size);
          const [corner, opposite] = await image.array() as [number[], number[]];
          assertAlmostEquals(corner[0]!, x, 1e-3);
          assertAlmostEquals(opposite[1]!, y + size, 1e-3);
        }),
    ),
    { numRuns: 50, seed: 7 },
  ));

everyBackend("cropToImage() says where in the image a crop pixel came from", async () => {
  const ramp = tf.stack([
    tf.range(0, 300).add(0.5).expandDims(0).tile([300, 1]),
    tf.range(0, 300).add(0.5).expandDims(1).tile([1, 300]),
  ], 2);
  const image = tf.concat([ramp, tf.zeros([300, 300, 1])], 2) as tf.Tensor3D; // each pixel holds its own x and y
  const { crop, transform } = await cropPerson(image, { square: { x: 40, y: 20, size: 200 } });
  const place = await cropToImage(tf.tensor2d([[130.5, 250.5]]), transform).data();
  const held = await crop.slice([250, 130, 0], [1, 1, 2]).data();
  assertAlmostEquals(held[0]!, place[0]!, 1e-2);
  assertAlmostEquals(held[1]!, place[1]!, 1e-2);
});

Deno.test("cropPerson() refuses other shapes and options, and leaves its crop alone behind", async () => {
  const detector = await loadPersonDetector();
  const image = tf.zeros<tf.Rank.R3>([64, 64, 3]);
  await assertRejects(() => cropPerson(image, { margin: 0.5 }), RangeError, "margin must be from 1 to 4: got 0.5");
  await failsCleanly(() =>
    cropPerson(image, { detector: { ...detector, keypoints: () => Promise.reject(new Error("no")) } })
  );
  await failsCleanly(() => scoped(() => cropPerson(tf.zeros([64, 64, 1]))));
  image.dispose();
  await leaves(1, { image: tf.zeros([64, 64, 3]) }, ({ image }) => cropPerson(image as tf.Tensor3D, { detector }));
  await leaves(1, { image: tf.zeros([64, 64, 3]) }, ({ image }) => cropPerson(image as tf.Tensor3D));
  detector.dispose();
});
