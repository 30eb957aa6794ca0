import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { exceeds } from "../../lib/tensor/indicator.ts";
import { everyBackend, leaves } from "../harness.ts";

everyBackend("exceeds() is 1 above the threshold and 0 up to it", async () => {
  assertEquals([...await exceeds(tf.tensor1d([-1, 0.5, 2]), 0.5).data()], [0, 0, 1]);
});

everyBackend("exceeds() lets gradients pass by", async () => {
  const kinked = tf.grad((x) => exceeds(x, 1).mul(x).mul(3).sum()); // 3x above 1, else 0
  assertEquals([...await kinked(tf.tensor1d([0, 2])).data()], [0, 3]);
});

Deno.test("exceeds() leaves its result and no more", () =>
  leaves("result", { x: tf.ones([3]) }, ({ x }) => exceeds(x, 0)));
