import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { CROP } from "../../lib/encoder/encoder.ts";
import { type EncoderName, ENCODERS, loadEncoder } from "../../lib/encoder/load.ts";
import { everyBackend, failsCleanly, leaves, maxAbsDiff, scoped } from "../harness.ts";
import { astronaut } from "../image/astronaut.ts";

for (const name of ENCODERS) {
  everyBackend(`${name} returns the channels, grid and levels that it says, each covering the crop`, async () => {
    const encoder = await loadEncoder(name);
    const { features, pyramid } = await encoder.encode(await astronaut());
    assertEquals(features.map.shape, [...encoder.grid, encoder.channels]);
    assertEquals(
      Object.fromEntries(Object.entries(pyramid).map(([level, { map }]) => [level, map.shape[2]])),
      encoder.levels,
    );
    for (const { map, origin, stride } of [features, ...Object.values(pyramid)]) {
      assertAlmostEquals(map.shape[0] * stride, CROP, 1e-9);
      assertAlmostEquals(origin, stride / 2, 1e-9);
      assert((await map.isFinite().all().data())[0] === 1, "all numbers are finite");
    }
    assertEquals(await maxAbsDiff(pyramid.rgb!.map, await astronaut()), 0);
  }, { size: "large" });

  Deno.test(`${name} leaves behind its maps alone, and nothing when it fails or is disposed of`, async () => {
    const before = tf.memory().numTensors;
    const encoder = await loadEncoder(name);
    await leaves("result", { crop: await astronaut() }, ({ crop }) => encoder.encode(crop));
    const error = await failsCleanly(() => scoped(() => encoder.encode(tf.zeros([256, 256, 3]))));
    assertEquals(error.message, 'encode: crop must be "512 512 3": got [256, 256, 3]');
    encoder.dispose();
    assertEquals(tf.memory().numTensors, before);
  });
}

everyBackend("dinov2-s+movenet-thunder is both on DINOv2's grid, channels side by side", async () => {
  const crop = await astronaut();
  const [dino, moveNet] = [await loadEncoder("dinov2-s"), await loadEncoder("movenet-thunder", { blocks: [12, 15] })];
  const both = await loadEncoder("dinov2-s+movenet-thunder");
  assertEquals([both.channels, ...both.grid], [1152 + 548, 16, 16]);
  const { features, pyramid } = await both.encode(crop);
  const [parts, sides] = tf.split(features.map, [1152, 548], 2);
  assertAlmostEquals(await maxAbsDiff(parts!, (await dino.encode(crop)).features.map), 0, 1e-6);
  assertAlmostEquals(await maxAbsDiff(sides!, (await moveNet.encode(crop)).features.map), 0, 1e-5);
  assertEquals(Object.keys(pyramid).sort(), ["head", "rgb", "s32", "s4", "s8"]);
}, { size: "large" });

everyBackend("dinov2-s+movenet-thunder takes each one's options and looks into each", async () => {
  const both = await loadEncoder("dinov2-s+movenet-thunder", {
    grid: 8,
    dinov2: { size: 56, blocks: [2] },
    movenet: { size: 256, blocks: [6] },
  });
  const crop = await astronaut();
  assertEquals((await both.encode(crop)).features.map.shape, [8, 8, 384 + 112 + 32 + 68]);
  const found = await both.inspect(crop, ["dinov2-s.block.1", "movenet-thunder.pyramid.*"]);
  assertEquals(Object.keys(found).sort(), [
    "dinov2-s.block.1",
    "movenet-thunder.pyramid.s16",
    "movenet-thunder.pyramid.s4",
    "movenet-thunder.pyramid.s8",
  ]);
  const wrong = await failsCleanly(() => both.inspect(crop, ["movenet-thunder.stem", "dinov2-s.block.99"]));
  assert(wrong.message.startsWith('inspect: no intermediate matches "block.99"'), wrong.message);
  await assertRejects(() => both.inspect(crop, ["stem"]), RangeError, 'names here begin with "dinov2-s."');
}, { size: "large" });

Deno.test("loadEncoder() names the encoders that there are", async () => {
  const error = await failsCleanly(() => loadEncoder("resnet" as EncoderName));
  assertEquals(
    error.message,
    'loadEncoder: name must be one of dinov2-s, movenet-thunder, dinov2-s+movenet-thunder: got "resnet"',
  );
});

Deno.test("loadEncoder() says where it looked for weights, and leaves nothing behind", async () => {
  const missing = { weights: "nowhere.safetensors" };
  await assertRejects(() => loadEncoder("dinov2-s", missing), Deno.errors.NotFound, "no file at nowhere.safetensors");
  await failsCleanly(() => loadEncoder("dinov2-s+movenet-thunder", { movenet: missing }));
});
