import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { filterChannels, relu6 } from "../../lib/tensor/depthwise.ts";
import { everyBackend, leaves, maxAbsDiff } from "../harness.ts";

const random = <T extends tf.Tensor>(shape: number[], seed: number) =>
  tf.randomNormal(shape, 0, 2, "float32", seed) as T;
const FILTER = () => random<tf.Tensor4D>([3, 3, 3, 1], 2), BIAS = () => random<tf.Tensor1D>([3], 3);

for (const stride of [1, 2] as const) {
  everyBackend(
    `filterChannels() of stride ${stride} filters each channel by itself; its gradient is the adjoint`,
    async () => {
      const x = random<tf.Tensor4D>([2, 4, 6, 3], 1), filter = FILTER(), none = tf.zeros<tf.Rank.R1>([3]);
      const y = filterChannels(x, filter, BIAS(), stride);
      assertEquals(y.shape, [2, 4 / stride, 6 / stride, 3]);
      for (let c = 0; c < 3; c++) {
        const kernel = filter.slice([0, 0, c, 0], [3, 3, 1, 1]) as tf.Tensor4D;
        const alone = tf.conv2d(x.slice([0, 0, 0, c], [2, 4, 6, 1]) as tf.Tensor4D, kernel, stride, "same");
        const wanted = alone.add(BIAS().slice([c], [1]));
        assertAlmostEquals(await maxAbsDiff(y.slice([0, 0, 0, c], [...y.shape.slice(0, 3), 1]), wanted), 0, 1e-4);
      }
      const dy = random<tf.Tensor4D>(y.shape, 4), other = random<tf.Tensor4D>([2, 4, 6, 3], 5);
      const dx = tf.grad((x: tf.Tensor) => filterChannels(x as tf.Tensor4D, filter, none, stride).mul(dy).sum())(x);
      // the filter is linear: ⟨F∗other, dy⟩ = ⟨other, dx⟩
      const [there, back] = [filterChannels(other, filter, none, stride).mul(dy).sum(), other.mul(dx).sum()];
      assertAlmostEquals((await there.data())[0]!, (await back.data())[0]!, 1e-3);
    },
  );
}

everyBackend("relu6() and its gradient equal tfjs's own", async () => {
  const x = tf.tensor1d([-3, 0.5, 2, 5.9, 6.5, 40]);
  assertAlmostEquals(await maxAbsDiff(relu6(x), tf.tensor1d([0, 0.5, 2, 5.9, 6, 6])), 0, 1e-6);
  const slope = tf.grad((x: tf.Tensor) => relu6(x).mul([1, 2, 3, 4, 5, 6]).sum())(x);
  assertAlmostEquals(await maxAbsDiff(slope, tf.tensor1d([0, 2, 3, 4, 0, 0])), 0, 1e-6);
});

Deno.test("filterChannels() and relu6() leave one tensor behind; an odd size does not fit a stride of 2", async () => {
  const inputs = () => ({ x: tf.ones<tf.Rank.R4>([1, 3, 4, 3]), filter: FILTER(), bias: BIAS() });
  await leaves(1, inputs(), ({ x, filter, bias }) => filterChannels(x, filter, bias, 1));
  await leaves(1, { x: tf.ones([2]) }, ({ x }) => relu6(x));
  const { x, filter, bias } = inputs();
  assertThrows(() => filterChannels(x, filter, bias, 2), RangeError, "a stride of 2 needs even sizes: got 3 × 4");
  tf.dispose([x, filter, bias]);
});
