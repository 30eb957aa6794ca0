import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Recorder } from "../../lib/pipeline/recorder.ts";
import { failsCleanly } from "../harness.ts";

Deno.test("Recorder keeps what matches a name, a pattern, an expression, or all", async () => {
  const keptBy = async (record: ConstructorParameters<typeof Recorder>[0]) => {
    const recorder = new Recorder(record);
    for (const name of ["image.crop", "localize.position2d", "localize.position3d"]) {
      (await recorder.pass(name, tf.zeros([2]))).dispose();
    }
    const kept = [...recorder.trace.tensors.keys()];
    recorder.trace.dispose();
    return kept;
  };
  const before = tf.memory().numTensors;
  assertEquals(await keptBy(["image.crop"]), ["image.crop"]);
  assertEquals(await keptBy(["localize.*"]), ["localize.position2d", "localize.position3d"]);
  assertEquals(await keptBy(/3d$/g), ["localize.position3d"]);
  assertEquals((await keptBy("all")).length, 3);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("Recorder.pass() puts the replacement in the tensor's place, and frees the tensor", async () => {
  const before = tf.memory().numTensors;
  const recorder = new Recorder([], { "decode.opacity": (tensor) => tensor.mul(0) });
  const passed = await recorder.pass("decode.opacity", tf.ones([4]));
  assertEquals(await passed.array(), [0, 0, 0, 0]);
  assertEquals(recorder.trace.rows[0]!.notes, ["replaced"]);
  passed.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("Recorder.pass() may be told to leave a tensor as it is", async () => {
  const recorder = new Recorder([], { "decode.opacity": (tensor) => tensor });
  const tensor = tf.ones([1]);
  assertEquals(await recorder.pass("decode.opacity", tensor) === tensor, true);
  tensor.dispose();
});

Deno.test("Recorder refuses a replacement of another shape, and leaves nothing behind", async () => {
  const wrong = new Recorder([], { "decode.opacity": () => tf.ones([3]) });
  const error = await failsCleanly(() => wrong.pass("decode.opacity", tf.ones([4])));
  assertEquals(error.message, 'replace: the replacement of "decode.opacity" must be [4]: got [3]');
  const none = new Recorder([], { "decode.opacity": () => undefined as never });
  await failsCleanly(() => none.pass("decode.opacity", tf.ones([4])));
});

Deno.test("Recorder.intercept() refuses an asynchronous replacement", () => {
  const recorder = new Recorder([], { "localize.heatmap2d": (tensor) => Promise.resolve(tensor) });
  tf.tidy(() =>
    void assertThrows(
      () => recorder.intercept("localize.heatmap2d", tf.ones([1]), new Int32Array(1)),
      TypeError,
      "must not be asynchronous",
    )
  );
});

Deno.test("Recorder says which names there are", () => {
  assertThrows(
    () => new Recorder(["decode.colour"]),
    RangeError,
    'record: no tensor is called "decode.colour": known are decode.translation',
  );
  assertThrows(
    () => new Recorder([], { heat: (t) => t }),
    RangeError,
    'replace: no tensor is called "heat": known are image.crop',
  );
});

Deno.test("Trace.tensor() says how to keep what was not kept", () => {
  const { trace } = new Recorder([]);
  assertThrows(() => trace.tensor("localize.heatmap2d"), RangeError, "pass it in watch");
  assertThrows(() => trace.tensor("image.crop"), RangeError, "pass it in record");
});

Deno.test("Trace counts what is not finite and prints a table", async () => {
  const { trace } = new Recorder([]);
  const tensor = tf.tensor1d([1, NaN, 3, Infinity]);
  await trace.add("decode.opacity", tensor, { ms: 12.34, notes: ["untrained"] });
  tensor.dispose();
  assertEquals(trace.rows[0], {
    name: "decode.opacity",
    axes: "n",
    shape: [4],
    dtype: "float32",
    bytes: 16,
    ms: 12.34,
    notes: ["untrained"],
    min: 1,
    mean: 2,
    max: 3,
    nonFinite: 2,
  });
  assertEquals(
    trace.toString(),
    [
      "name            shape  dtype    size  ms  min  mean  max  NaN/Inf  notes",
      "decode.opacity  [4]    float32  16 B  12    1     2    3        2  untrained",
    ].join("\n"),
  );
  await assertRejects(async () => await trace.add("x", tensor), Error);
});

Deno.test("Recorder.pass() frees what a synchronous replacement made on the way, and what an asynchronous one returned", async () => {
  const before = tf.memory().numTensors;
  const recorder = new Recorder([], {
    "decode.opacity": (tensor) => tensor.mul(0.5).add(0).sub(0),
    "decode.scale": async (tensor) => {
      await tensor.data();
      return tensor.mul(2);
    },
  });
  (await recorder.pass("decode.opacity", tf.ones([4]))).dispose();
  const scaled = await recorder.pass("decode.scale", tf.ones([4, 3]));
  assertEquals((await scaled.data())[0], 2);
  scaled.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("Recorder refuses what cannot be a replacement before anything runs", async () => {
  assertThrows(() => new Recorder([], { "decode.opacity": 5 as never }), TypeError, "must be a function: got number");
  assertThrows(() => new Recorder(["localise.*"]), RangeError, 'no tensor is called like "localise.*"');
  const cast = new Recorder([], { "decode.opacity": (tensor) => tensor.toInt() });
  const error = await failsCleanly(() => cast.pass("decode.opacity", tf.ones([4])));
  assertEquals(error.message, 'replace: the replacement of "decode.opacity" must be float32: got int32: cast it');
});
