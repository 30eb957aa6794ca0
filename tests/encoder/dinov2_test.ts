import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { loadEncoder } from "../../lib/encoder/load.ts";
import { readSafetensors, type SafeData, writeSafetensors } from "../../lib/format/safetensors.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves } from "../harness.ts";
import { astronaut } from "../image/astronaut.ts";

const TINY = fileURLToPath(new URL("../golden/dinov2_tiny_weights.safetensors", import.meta.url));
const REFERENCE = { reference: "transformers Dinov2Model", version: "5.23.0" };

// float32 sums of up to 1,536 products in another order: 1e-5 of the largest values, which are about 2 (norm: 6)
for (const [size, first, step] of [[224, 1, 4], [392, 3, 7]] as const) {
  everyBackend(`dinov2-s at ${size} equals transformers' Dinov2Model on the same weights`, async () => {
    const encoder = await loadEncoder("dinov2-s", { size });
    const expected = await golden("dinov2");
    const cells = size / 14;
    const found = await encoder.inspect(await astronaut(), [
      ...["embeddings", "block.6", "block.9", "block.10"],
      "layernorm",
    ]);
    const spread = (tokens: tf.Tensor) =>
      tokens.slice([1, 0]).reshape([cells, cells, 384]).stridedSlice([first, first, 0], [cells, cells, 384], [
        step,
        step,
        1,
      ]);
    for (const name of ["embeddings", "block.6", "block.9", "block.10"]) {
      await assertParity(spread(found[name]!), expected[`${name.replace(".", "")}_${size}`]!, {
        ...REFERENCE,
        step: `encoder.features (dinov2-s, ${name}, ${size})`,
        command: "python tests/golden/dinov2.py",
        tolerance: 3e-5,
      });
    }
    await assertParity(found["layernorm"]!.slice([0, 0], [1, 384]), expected[`layernorm_${size}`]!, {
      ...REFERENCE,
      step: `encoder.features (dinov2-s, layernorm, ${size})`,
      command: "python tests/golden/dinov2.py",
      tolerance: 6e-5,
    });
  }, { size: "large" });
}

everyBackend(
  "A tiny random DINOv2, its architecture read from the file, equals transformers' Dinov2Model",
  async () => {
    const encoder = await loadEncoder("dinov2-s", { weights: TINY, size: 32, blocks: [1] });
    assertEquals([encoder.channels, ...encoder.grid], [128, 4, 4]);
    const expected = await golden("dinov2_tiny");
    const found = await encoder.inspect(await astronaut(), Object.keys(expected));
    for (const [name, value] of Object.entries(expected)) {
      // float32 sums of 192 products, values up to 10; the photo's reduction agrees to 1e-6
      await assertParity(found[name]!, value, {
        ...REFERENCE,
        step: `dinov2 (random weights, ${name})`,
        command: "python tests/golden/dinov2_tiny.py",
        tolerance: 3e-5,
      });
    }
  },
);

everyBackend("dinov2-s: f_I is the chosen blocks, one after the other, without the class token", async () => {
  const crop = await astronaut();
  const encoder = await loadEncoder("dinov2-s", { blocks: [3, 1], size: 56 });
  const { features } = await encoder.encode(crop);
  assertEquals([features.map.shape, features.origin, features.stride], [[4, 4, 768], 64, 128]);
  const found = await encoder.inspect(crop, ["block.1", "block.3"]);
  const joint = tf.concat([found["block.3"]!, found["block.1"]!], 1).slice([1, 0]).reshape([4, 4, 768]);
  assertAlmostEquals((await joint.sub(features.map).abs().max().data())[0]!, 0, 1e-6);
}, { size: "large" });

everyBackend("dinov2-s: attention rows sum to 1", async () => {
  const encoder = await loadEncoder("dinov2-s", { weights: TINY, size: 32, blocks: [1] });
  const { "block.1.attention.probability": probability } = await encoder.inspect(await astronaut(), [
    "block.1.attention.*",
  ]);
  assertAlmostEquals((await probability!.sum(-1).sub(1).abs().max().data())[0]!, 0, 1e-5);
});

Deno.test("dinov2-s refuses sizes and blocks that do not exist", async () => {
  const load = (options: object) => () => loadEncoder("dinov2-s", { weights: TINY, ...options });
  await assertRejects(load({ size: 100 }), RangeError, "size must be a multiple of the patch's 8 pixels: got 100");
  await assertRejects(load({ size: 32 }), RangeError, "each of blocks must be a whole number from 1 to 1: got 6");
  await assertRejects(load({ size: 32, blocks: [] }), RangeError, "blocks must name at least one block");
  await assertRejects(load({ sizes: 32 }), TypeError, 'unknown option "sizes"');
  assertEquals(tf.memory().numTensors, 0);
});

/** The tiny weights with one array changed, in a file of their own. */
async function damaged(change: (arrays: Record<string, { shape: number[]; data: SafeData }>) => void): Promise<string> {
  const { arrays } = readSafetensors(await Deno.readFile(TINY));
  const copies = Object.fromEntries([...arrays].map(([name, { shape, data }]) => [name, { shape: [...shape], data }]));
  change(copies);
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  await Deno.writeFile(path, writeSafetensors(copies));
  return path;
}

Deno.test("dinov2-s says which weight is missing, misshapen or not a number, and leaves nothing behind", async () => {
  const norm = "encoder.layer.0.norm2.weight";
  const cases: [(arrays: Record<string, { shape: number[]; data: SafeData }>) => void, string, string][] = [
    [(arrays) => delete arrays[norm], "TypeError", `lacks "${norm}" [128]: are these weights of another network?`],
    [(arrays) => arrays[norm]!.shape = [2, 64], "TypeError", `wanted "${norm}" [128]: got [2, 64]`],
    [(arrays) => arrays[norm]!.data[5] = NaN, "RangeError", `"${norm}" [128] holds NaN at element 5`],
    [(arrays) => delete arrays["embeddings.position_embeddings"], "TypeError", "got no such tensor"],
  ];
  for (const [change, name, message] of cases) {
    const weights = await damaged(change);
    const error = await failsCleanly(() => loadEncoder("dinov2-s", { weights, size: 32, blocks: [1] }));
    assertEquals([error.name, error.message.includes(message)], [name, true], error.message);
    await Deno.remove(weights);
  }
});

Deno.test("dinov2-s says which intermediates there are", async () => {
  const encoder = await loadEncoder("dinov2-s", { weights: TINY, size: 32, blocks: [1] });
  const crop = await astronaut();
  const error = await failsCleanly(() => encoder.inspect(crop, ["embeddings", "block.2"]));
  assertEquals(
    error.message.includes('"block.2": there are input, embeddings, block.1.attention.probability'),
    true,
    error.message,
  );
  await leaves("result", {}, () => encoder.inspect(crop, ["block.1.*"]));
  crop.dispose();
  encoder.dispose();
});
