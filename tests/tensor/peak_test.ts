import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { PeakWatch } from "../../lib/tensor/peak.ts";
import { everyBackend } from "../harness.ts";

everyBackend("PeakWatch counts what was there at one time, without the result", () => {
  using watch = new PeakWatch();
  const result = tf.tidy(() => {
    for (let i = 0; i < 5; i++) tf.tidy(() => void tf.zeros([1000])); // one after the other: 4000 bytes
    return tf.zeros([50]).clone();
  });
  assertEquals(watch.bytesBeside([]), 4000);
  assertEquals(watch.bytesBeside([result]), 4000);
  const large = tf.zeros([3000]);
  assertEquals(watch.bytesBeside([result]), 12_000);
  assertEquals(watch.bytesBeside([result, large]), 4000);
});

Deno.test("PeakWatch sees nothing after its block, and leaves the engine as it was", () => {
  const engine = tf.engine() as unknown as { trackTensor: unknown };
  const before = engine.trackTensor;
  const watch = new PeakWatch();
  watch[Symbol.dispose]();
  assertEquals(engine.trackTensor, before);
});
