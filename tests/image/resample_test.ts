import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "../property.ts";
import * as tf from "@tensorflow/tfjs";
import { resampleSquare, type Square } from "../../lib/image/resample.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, maxAbsDiff, scoped } from "../harness.ts";

everyBackend("resampleSquare() equals Pillow's antialiased bilinear filter", async () => {
  const { image, ...cases } = await golden("resample");
  for (const name of ["enlarged", "kept", "reduced", "corner", "pooled"]) {
    const [x, y, side, size] = await cases[`${name}_square`]!.data() as Float32Array as unknown as number[];
    const found = resampleSquare(image as tf.Tensor3D, { x: x!, y: y!, size: side! }, size!);
    await assertParity(found, cases[name]!, {
      step: `image.crop (${name})`,
      reference: "Pillow Image.resize(BILINEAR, box)",
      version: "13.0.0",
      command: "python tests/golden/resample.py",
      tolerance: 2e-6, // float32 sums of values 0..1
    });
  }
});

everyBackend("resampleSquare() of a square that is the image is the image", async () => {
  const image = tf.randomUniform([24, 24, 3], 0, 1, "float32", 3) as tf.Tensor3D;
  assertAlmostEquals(await maxAbsDiff(resampleSquare(image, { x: 0, y: 0, size: 24 }, 24), image), 0, 1e-6);
});

everyBackend("resampleSquare() fills what lies past the edges, by the share of each pixel", async () => {
  const image = tf.ones<tf.Rank.R3>([10, 10, 1]);
  const padded = resampleSquare(image, { x: -5.5, y: 0, size: 10 }, 10, { pad: 0.25 }).squeeze<tf.Tensor2D>([2]);
  const row = (await padded.array())[4]!;
  const wanted = [0.25, 0.25, 0.25, 0.25, 0.25, 0.25 + 0.5 * 0.75, 1, 1, 1, 1]; // half of pixel 5 is on the image
  row.forEach((value, i) => assertAlmostEquals(value, wanted[i]!, 1e-6, `pixel ${i}`));
  const outside = resampleSquare(image, { x: 40, y: 40, size: 10 }, 4);
  assertAlmostEquals((await outside.sub(0.5).abs().max().data())[0]!, 0, 1e-6);
  const repeated = resampleSquare(image, { x: -40, y: 3, size: 60 }, 7, { pad: "edge" });
  assertAlmostEquals((await repeated.sub(1).abs().max().data())[0]!, 0, 1e-6);
});

Deno.test("resampleSquare() leaves a slope a slope, wherever the square lies inside", () =>
  fc.assert(
    fc.asyncProperty(
      fc.record({
        x: fc.double({ min: 40, max: 60, noNaN: true }),
        y: fc.double({ min: 40, max: 60, noNaN: true }),
        size: fc.double({ min: 3, max: 90, noNaN: true }),
      }),
      fc.integer({ min: 2, max: 20 }),
      (square: Square, size) =>
        scoped(async () => {
          const slope = tf.range(0, 200).add(0.5).reshape([1, 200, 1]).tile<tf.Tensor3D>([200, 1, 1]); // its own x
          const found = await resampleSquare(slope, square, size).slice([size >> 1, 0, 0], [1, size, 1]).data();
          found.forEach((value, i) =>
            assertAlmostEquals(value, square.x + (i + 0.5) * square.size / size, 0.15 * square.size / size + 1e-3)
          );
        }),
    ),
    { numRuns: 40, seed: 7 },
  ));

Deno.test("resampleSquare() does not alias: a fine chequerboard turns grey", () =>
  scoped(async () => {
    const board = tf.tensor3d(Float32Array.from({ length: 128 * 128 }, (_, i) => (i + (i >> 7)) % 2), [128, 128, 1]);
    for (const size of [11, 30, 50]) {
      const inside = resampleSquare(board, { x: 0.3, y: 1.7, size: 120 }, size);
      assertAlmostEquals((await inside.sub(0.5).abs().max().data())[0]!, 0, 0.03);
    }
  }));

Deno.test("resampleSquare() refuses squares without size and leaves nothing behind", async () => {
  const image = tf.zeros<tf.Rank.R3>([8, 8, 3]);
  for (const size of [0, -1, NaN, Infinity]) {
    const error = await failsCleanly(() => resampleSquare(image, { x: 0, y: 0, size }, 4));
    assertEquals(error.message.startsWith("resampleSquare: square must be finite and larger than 0"), true);
  }
  assertThrows(() => resampleSquare(image, { x: 0, y: 0, size: 8 }, 0.5), RangeError, "size must be a whole number");
  image.dispose();
  await leaves(
    1,
    { image: tf.zeros([8, 8, 3]) },
    ({ image }) => resampleSquare(image as tf.Tensor3D, { x: -4, y: -4, size: 99 }, 4),
  );
});
