import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { disposeAll, TensorScope, tensorsIn } from "../../lib/tensor/scope.ts";
import "../harness.ts"; // starts wasm

Deno.test("tensorsIn() finds tensors in records and arrays, and does not enter class instances", () => {
  class Owner {
    hidden = tf.scalar(3);
  }
  const owner = new Owner(), a = tf.scalar(1), b = tf.scalar(2);
  assertEquals(tensorsIn({ a, list: [b, 7, null], owner }).size, 2);
  disposeAll(a, b, owner.hidden);
});

Deno.test("TensorScope frees what it owns and spares what is released", async () => {
  const before = tf.memory().numTensors;
  const kept = await (async () => {
    using scope = new TensorScope();
    const a = scope.own(tf.ones([3]));
    await a.data();
    return scope.release(scope.tidy(() => a.mul(2).add(1)));
  })();
  assertEquals(tf.memory().numTensors, before + 1);
  kept.dispose();
});

Deno.test("TensorScope frees what it owns when its block throws", async () => {
  const before = tf.memory().numTensors;
  await assertRejects(async () => {
    using scope = new TensorScope();
    scope.own({ a: tf.ones([3]), b: [tf.ones([2])] });
    await Promise.reject(new Error("on purpose"));
  });
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("disposeAll() passes over tensors that are gone already", () => {
  const a = tf.ones([1]);
  disposeAll(a);
  disposeAll({ a }, [a]);
  assert(a.isDisposed);
});
