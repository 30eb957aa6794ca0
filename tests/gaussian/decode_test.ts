import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { activateShape } from "../../lib/gaussian/activations.ts";
import { createDecoders, decodeAppearance, type Decoders, decodeShape } from "../../lib/gaussian/decode.ts";
import type { Mlp } from "../../lib/gaussian/mlp.ts";
import { disposeAll } from "../../lib/tensor/scope.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, maxAbsDiff } from "../harness.ts";

function mlpOf(tensors: Record<string, tf.Tensor>, name: string): Mlp {
  return Object.fromEntries(["hidden1", "hidden2", "output"].map((layer) => [layer, {
    weight: tensors[`${name}.${layer}.weight`] as tf.Tensor2D,
    bias: tensors[`${name}.${layer}.bias`] as tf.Tensor1D,
  }]));
}

everyBackend("decodeShape() and decodeAppearance() equal the PyTorch reference", async () => {
  const tensors = await golden("decode");
  const decoders: Decoders = {
    ...createDecoders({ channels: 12, hidden: [16, 8], shDegree: 1 }),
    shape: mlpOf(tensors, "shape"),
    appearance: mlpOf(tensors, "appearance"),
  };
  const feature = tensors.feature as tf.Tensor2D;
  const decoded: Record<string, tf.Tensor> = {
    ...decodeShape(decoders, feature, tensors.share as tf.Tensor1D),
    ...decodeAppearance(decoders, feature),
  };
  for (const name of ["translation", "rotation", "scale", "opacity", "sh"]) {
    await assertParity(decoded[name]!, tensors[name]!, {
      step: `decode.${name}`,
      reference: "PyTorch",
      version: "2.13.0",
      command: "python tests/golden/decode.py",
      tolerance: 3e-5, // three layers in float32, raw outputs up to 20
    });
  }
});

everyBackend("untrained decoders say the neutral Gaussian for every feature", async () => {
  const decoders = createDecoders({ channels: 6, shDegree: 2 });
  assertEquals(decoders.trained, false);
  const feature = tf.randomNormal<tf.Rank.R2>([3, 6], 0, 10, "float32", 1), share = tf.tensor1d([1, 0.25, 0]);
  const { translation, rotation, scale } = decodeShape(decoders, feature, share);
  const { opacity, sh } = decodeAppearance(decoders, feature);
  assertEquals(await maxAbsDiff(translation, tf.zeros([3, 3])), 0);
  assertEquals(await maxAbsDiff(rotation, tf.tensor2d([[1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]])), 0);
  assert(await maxAbsDiff(scale, tf.tensor2d([[0.5, 0.5, 0.05], [0.25, 0.25, 0.025], [0, 0, 0]])) < 1e-7);
  assertEquals(await maxAbsDiff(opacity, tf.fill([3], 0.5)), 0);
  assertEquals(await maxAbsDiff(sh, tf.zeros([3, 9, 3])), 0);
});

everyBackend("decoders of equal seeds are equal, of others not", async () => {
  const [a, b, c] = [1, 1, 2].map((seed) => createDecoders({ channels: 5, hidden: [7], seed }).shape.hidden1!.weight);
  assertEquals(await maxAbsDiff(a!, b!), 0);
  assert(await maxAbsDiff(a!, c!) > 0.1);
});

everyBackend("decoded Gaussians stay within their bounds for absurd features", async () => {
  const tensors = await golden("decode");
  const mlps = { shape: mlpOf(tensors, "shape"), appearance: mlpOf(tensors, "appearance") };
  const decoders: Decoders = { ...createDecoders({ channels: 12, hidden: [16, 8], shDegree: 1 }), ...mlps };
  const feature = tf.randomNormal<tf.Rank.R2>([50, 12], 0, 1e4, "float32", 3);
  const { translation, rotation, scale } = decodeShape(decoders, feature, tf.ones([50]));
  assert((await translation.abs().max().data())[0]! <= 0.5);
  assert(await maxAbsDiff(rotation.square().sum(1), tf.ones([50])) < 1e-5);
  const [smallest, largest] = [(await scale.min().data())[0]!, (await scale.max().data())[0]!];
  assert(smallest >= 0.05 * Math.exp(-2) - 1e-6 && largest <= 0.5 * Math.exp(2) + 1e-5, `${smallest} to ${largest}`);
});

everyBackend('decoders with condition "feature+canonical" read γ(g) as well', async () => {
  const decoders = createDecoders({ channels: 4, condition: "feature+canonical", encoding: 3 });
  const feature = tf.ones<tf.Rank.R2>([2, 4]), encoding = tf.ones<tf.Rank.R2>([2, 3]);
  assertEquals(decodeShape(decoders, feature, tf.ones([2]), { encoding }).scale.shape, [2, 3]);
  const missing = await failsCleanly(() => decodeAppearance(decoders, feature));
  assertEquals(missing.message, "decodeAppearance: these decoders look at γ(g) too: pass encoding [n, 3]");
  const plain = createDecoders({ channels: 4 });
  const extra = await failsCleanly(() => decodeAppearance(plain, feature, { encoding }));
  assertEquals(extra.message, "decodeAppearance: these decoders look at the feature alone: leave out encoding");
});

everyBackend(
  "decoders with a reach move Gaussians by metres along the normal, by a face at most, and leave no holes",
  async () => {
    const tensors = await golden("decode");
    const mlps = { shape: mlpOf(tensors, "shape"), appearance: mlpOf(tensors, "appearance") };
    const decoders: Decoders = {
      ...createDecoders({ channels: 12, hidden: [16, 8], shDegree: 1, reach: 0.1 }),
      ...mlps,
    };
    const feature = tf.randomNormal<tf.Rank.R2>([20, 12], 0, 1e4, "float32", 3), share = tf.ones<tf.Rank.R1>([20]);
    const faceSize = tf.linspace(0.002, 0.05, 20), wild = decodeShape(decoders, feature, share, { faceSize });
    assertEquals(await maxAbsDiff(wild.translation.slice([0, 0], [20, 2]), tf.zeros([20, 2])), 0);
    assertEquals((await wild.translation.abs().max().data())[0], 1); // one face
    const grown = wild.scale.div(tf.tensor2d([[0.5, 0.5, 0.05]]));
    const [smallest, largest] = [(await grown.min().data())[0]!, (await grown.max().data())[0]!];
    assert(
      Math.abs(smallest - Math.exp(-0.2)) < 1e-5 && Math.abs(largest - Math.exp(2)) < 1e-4,
      `${smallest}, ${largest}`,
    );
    const calm = tf.zeros<tf.Rank.R2>([20, 10]).add<tf.Tensor2D>(0.01),
      near = activateShape(calm, share, tf.div(0.1, faceSize));
    const metres = near.translation.slice([10, 2]).mul(faceSize.slice([10]).expandDims(1)); // faces of 27 to 50 mm
    assert(await maxAbsDiff(metres, tf.fill([10, 1], 0.001)) < 1e-6, "0.01 of 10 cm");
    const missing = await failsCleanly(() => decodeShape(decoders, feature, share));
    assert(missing.message.endsWith("pass faceSize [n], the template's"), missing.message);
  },
);

everyBackend('decoders with condition "feature+sight" do not look at the feature of what is hidden', async () => {
  const decoders = createDecoders({ channels: 4, condition: "feature+sight", hidden: [6] });
  const loud = {
    ...decoders.appearance,
    output: { ...decoders.appearance.output!, weight: tf.ones<tf.Rank.R2>([6, 4]) },
  };
  const sight = tf.tensor2d([[1, 0.5], [0, -0.5]]), speak = { ...decoders, appearance: loud };
  const [one, other] = [1, 2].map((seed) =>
    decodeAppearance(speak, tf.randomNormal([2, 4], 0, 3, "float32", seed), { sight }).opacity
  );
  const difference = await one!.sub(other!).abs().array() as unknown as number[];
  assert(difference[0]! > 1e-4);
  assertEquals(difference[1], 0);
});

Deno.test("createDecoders() says which option is wrong", () => {
  const bad = (config: object, type: typeof RangeError | typeof TypeError, message: string) =>
    void assertThrows(() => createDecoders(config as { channels: number }), type, message);
  bad({}, RangeError, "createDecoders: channels must be a whole number at least 1: got 0");
  bad({ channels: 3, depth: 1 }, TypeError, 'createDecoders: unknown option "depth"');
  bad({ channels: 3, shDegree: 4 }, RangeError, "shDegree must be a whole number from 0 to 3: got 4");
  bad({ channels: 3, hidden: [0] }, RangeError, "every hidden width must be a whole number at least 1: got 0");
  bad({ channels: 3, condition: "all" }, RangeError, "condition must be one of feature, feature+canonical");
  bad({ channels: 3, condition: "feature+canonical" }, RangeError, 'encoding with condition "feature+canonical"');
  bad({ channels: 3, colour: "chosen" }, RangeError, 'colour "chosen" needs the kin\'s colours');
  bad({ channels: 3, located: "face" }, RangeError, "located must be one of heatmap, body");
  bad({ channels: 3, reach: 7 }, RangeError, "reach must be from 0 to 1 metre: got 7");
  bad({ channels: 3, maps: "rgb" }, TypeError, "maps must be a list of names: got rgb");
  bad({ channels: 3, encoding: 5 }, RangeError, 'encoding with condition "feature" must be a whole number from 0 to 0');
});

Deno.test("decodeShape() says which width is wrong", async () => {
  const decoders = createDecoders({ channels: 4 }),
    feature = tf.ones<tf.Rank.R2>([2, 5]),
    share = tf.ones<tf.Rank.R1>([2]);
  const error = await failsCleanly(() => decodeShape(decoders, feature, share));
  assertEquals(error.message, 'decodeShape: feature must be "n 4": got [2, 5]');
  disposeAll(feature, share);
  decoders.dispose();
});

Deno.test("decoding leaves its result behind and no more; dispose() frees the decoders", async () => {
  const before = tf.memory().numTensors;
  const decoders = createDecoders({ channels: 4 });
  const inputs = () => ({ feature: tf.ones<tf.Rank.R2>([2, 4]), share: tf.ones<tf.Rank.R1>([2]) });
  await leaves(3, inputs(), ({ feature, share }) => decodeShape(decoders, feature, share));
  await leaves(2, inputs(), ({ feature }) => decodeAppearance(decoders, feature));
  decoders.dispose();
  assertEquals(tf.memory().numTensors, before);
});
