import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "../property.ts";
import * as tf from "@tensorflow/tfjs";
import { softArgmax2d, softArgmax3d, unitGrid2d, unitGrid3d } from "../../lib/localize/soft_argmax.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, maxAbsDiff, scoped } from "../harness.ts";

const reference = { reference: "PyTorch float64", version: "2.13.0", command: "python tests/golden/heads.py" };
const cells = (count: number) =>
  fc.float32Array({ minLength: count, maxLength: count, noNaN: true, min: -20, max: 20 });

everyBackend("softArgmax2d() equals the PyTorch reference", async () => {
  const { logits2d, position2d, probability2d } = await golden("heads");
  const { position, probability } = softArgmax2d(logits2d as tf.Tensor3D);
  const tolerance = 2e-6; // exp of float32 logits up to 30 carries 2e-6 relative
  await assertParity(position, position2d!, { step: "softArgmax2d", tolerance, ...reference });
  await assertParity(probability, probability2d!, { step: "softArgmax2d, probability", tolerance, ...reference });
});

everyBackend("softArgmax3d() equals the PyTorch reference", async () => {
  const { logits3d, position3d, probability3d } = await golden("heads");
  const { position, probability } = softArgmax3d(logits3d as tf.Tensor4D);
  const tolerance = 2e-6; // as above
  await assertParity(position, position3d!, { step: "softArgmax3d", tolerance, ...reference });
  await assertParity(probability, probability3d!, { step: "softArgmax3d, probability", tolerance, ...reference });
});

everyBackend("softArgmax2d() and softArgmax3d() have the reference's gradients", async () => {
  const { logits2d, logits3d, direction2d, direction3d, gradient2d, gradient3d } = await golden("heads");
  const planar = tf.grad((logits) => softArgmax2d(logits as tf.Tensor3D).position.mul(direction2d!).sum())(logits2d!);
  const spatial = tf.grad((logits) => softArgmax3d(logits as tf.Tensor4D).position.mul(direction3d!).sum())(logits3d!);
  const tolerance = 2e-6; // probabilities off by as much
  await assertParity(planar, gradient2d!, { step: "softArgmax2d, gradient", tolerance, ...reference });
  await assertParity(spatial, gradient3d!, { step: "softArgmax3d, gradient", tolerance, ...reference });
});

everyBackend("softArgmax2d() of a flat map is the centre", async () => {
  const { position } = softArgmax2d(tf.zeros([1, 12, 12]));
  assertAlmostEquals((await position.data())[0]!, 0.5, 1e-6);
});

everyBackend("softArgmax3d() of one peak is the peak's cell", async () => {
  const logits = tf.buffer<tf.Rank.R4>([1, 3, 5, 9]);
  logits.set(60, 0, 2, 1, 7); // y = 2/2, x = 1/4, z = 7/8
  const { position } = softArgmax3d(logits.toTensor());
  assertAlmostEquals(await maxAbsDiff(position, tf.tensor2d([[0.25, 1, 0.875]])), 0, 1e-6);
});

everyBackend("softArgmax3d() stands far logits without overflow", async () => {
  const logits = tf.tensor4d([1e4, -1e4, 1e4, -1e4], [1, 1, 2, 2]);
  assertEquals([...await softArgmax3d(logits).position.data()], [0.5, 0, 0]);
});

Deno.test("softArgmax2d() mirrors when its map is mirrored", () =>
  fc.assert(fc.asyncProperty(cells(48), (numbers) =>
    scoped(async () => {
      const map = tf.tensor3d(numbers, [1, 6, 8]);
      const [x, y] = await softArgmax2d(map).position.data();
      const [mirrored, same] = await softArgmax2d(map.reverse(2)).position.data();
      assertAlmostEquals(x! + mirrored!, 1, 1e-5);
      assertAlmostEquals(y!, same!, 1e-5);
    }))));

Deno.test("softArgmax3d() of a volume without depth structure is softArgmax2d(), in the middle of the depth", () =>
  fc.assert(fc.asyncProperty(cells(20), (numbers) =>
    scoped(async () => {
      const map = tf.tensor3d(numbers, [1, 4, 5]);
      const [x, y] = await softArgmax2d(map).position.data();
      const deep = await softArgmax3d(tf.tile(map.expandDims<tf.Tensor4D>(3), [1, 1, 1, 8])).position.data();
      [x!, y!, 0.5].forEach((expected, i) => assertAlmostEquals(deep[i]!, expected, 1e-5));
    }))));

Deno.test("softArgmax2d()'s probability sums to one and its position stays on the grid", () =>
  fc.assert(fc.asyncProperty(cells(24), (numbers) =>
    scoped(async () => {
      const { position, probability } = softArgmax2d(tf.tensor3d(numbers, [2, 3, 4]));
      for (const sum of await probability.sum([1, 2]).data()) assertAlmostEquals(sum, 1, 1e-5);
      for (const c of await position.data()) assert(c >= -1e-6 && c <= 1 + 1e-6, `${c}`);
    }))));

Deno.test("unitGrid2d() and unitGrid3d() run along x, then y, depth fastest; one cell is 0", () =>
  scoped(async () => {
    assertEquals(await unitGrid2d(2, 3).array(), [[0, 0], [0.5, 0], [1, 0], [0, 1], [0.5, 1], [1, 1]]);
    assertEquals(await unitGrid3d(1, 2, 2).array(), [[0, 0, 0], [0, 0, 1], [1, 0, 0], [1, 0, 1]]);
  }));

Deno.test("softArgmax2d() and softArgmax3d() say which axis is missing", async () => {
  const flat = tf.zeros([12, 12]);
  const error = await failsCleanly(() => softArgmax2d(flat as tf.Tensor3D));
  assertEquals([error.name, error.message], ["TypeError", 'softArgmax2d: logits must be "n h w": got [12, 12]']);
  assertThrows(() => softArgmax3d(flat as tf.Tensor4D), TypeError, 'logits must be "n h w d": got [12, 12]');
  flat.dispose();
});

Deno.test("softArgmax2d() and softArgmax3d() leave two tensors behind and no more", async () => {
  await leaves(2, { logits: tf.ones([2, 4, 4]) }, ({ logits }) => softArgmax2d(logits as tf.Tensor3D));
  await leaves(2, { logits: tf.ones([2, 4, 4, 3]) }, ({ logits }) => softArgmax3d(logits as tf.Tensor4D));
});
