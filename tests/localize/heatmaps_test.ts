import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { heatmaps } from "../../lib/localize/heatmaps.ts";
import { softArgmax2d, softArgmax3d } from "../../lib/localize/soft_argmax.ts";
import { expectedUncertainty } from "../../lib/localize/uncertainty.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, maxAbsDiff } from "../harness.ts";

const reference = { reference: "PyTorch float64", version: "2.13.0", command: "python tests/golden/heads.py" };
const tolerance = 5e-6; // logits are sums of 12 float32 products of size up to 10

async function head() {
  const all = await golden("heads");
  const pose = { weights: all.weights as tf.Tensor3D, bias: all.bias as tf.Tensor2D };
  return { ...all, features: all.features as tf.Tensor3D, pose } as Record<string, tf.Tensor> & {
    features: tf.Tensor3D;
    pose: typeof pose;
  };
}

everyBackend("heatmaps() equals the PyTorch reference, channel by channel", async () => {
  const { features, pose, ...expected } = await head();
  const { heatmap2d, heatmap3d, uncertaintyMap } = heatmaps(features, pose);
  await assertParity(heatmap2d, expected.channel1!, { step: "localize.heatmap2d", tolerance, ...reference });
  await assertParity(heatmap3d, expected.channels2up!, { step: "localize.heatmap3d", tolerance, ...reference });
  await assertParity(uncertaintyMap, expected.uncertaintyMap!, {
    step: "localize.uncertaintyMap",
    tolerance,
    ...reference,
  });
});

for (const assignment of ["nlf-gs", "nlf"] as const) {
  everyBackend(`heatmaps() locates and doubts like the "${assignment}" head in PyTorch`, async () => {
    const { features, pose, ...expected } = await head();
    const maps = heatmaps(features, pose, { assignment });
    const { raw, uncertainty } = expectedUncertainty(maps.uncertaintyMap, maps.heatmap2d);
    const found = {
      position2d: softArgmax2d(maps.heatmap2d).position,
      position3d: softArgmax3d(maps.heatmap3d).position,
      raw,
      uncertainty,
    };
    for (const [name, tensor] of Object.entries(found)) {
      await assertParity(tensor, expected[`${assignment}.${name}`]!, {
        step: `head ${assignment}, ${name}`,
        tolerance,
        ...reference,
      });
    }
  });
}

everyBackend("heatmaps() is linear in the weights' bias: it shifts a channel everywhere", async () => {
  const { features, pose } = await head();
  const shifted = { ...pose, bias: pose.bias.add<tf.Tensor2D>(1) };
  const before = heatmaps(features, pose), after = heatmaps(features, shifted);
  assertAlmostEquals(await maxAbsDiff(after.heatmap3d.sub(before.heatmap3d), tf.onesLike(before.heatmap3d)), 0, 1e-5);
});

everyBackend("expectedUncertainty() is positive and grows with its map", async () => {
  const flat = tf.zeros<tf.Rank.R3>([3, 2, 2]);
  const map = tf.tensor3d([-50, -50, 0, 0, 50, 50], [3, 1, 2]);
  const { raw, uncertainty } = expectedUncertainty(map, tf.zeros([3, 1, 2]), { offset: 0 });
  assertAlmostEquals(await maxAbsDiff(raw, tf.tensor1d([-50, 0, 50])), 0, 1e-4);
  assertAlmostEquals(await maxAbsDiff(uncertainty, tf.tensor1d([0.001, Math.LN2 + 0.001, 50.001])), 0, 1e-4);
  const { uncertainty: usual } = expectedUncertainty(flat, flat);
  assertAlmostEquals((await usual.data())[0]!, 0.0799, 1e-4); // softplus(−2.5) + 0.001
});

Deno.test("heatmaps() and expectedUncertainty() say what does not fit", async () => {
  const features = tf.zeros<tf.Rank.R3>([2, 2, 4]), bias = tf.zeros<tf.Rank.R2>([1, 10]);
  const weights = tf.zeros<tf.Rank.R3>([1, 5, 10]), few = tf.zeros<tf.Rank.R3>([1, 4, 2]);
  const narrow = tf.zeros<tf.Rank.R2>([1, 2]), right = tf.zeros<tf.Rank.R3>([1, 4, 10]);
  const message = async (fn: () => unknown) => (await failsCleanly(fn)).message;
  assertEquals(
    await message(() => heatmaps(features, { weights, bias })),
    'heatmaps: weights must be "n L J" (with L=4): got [1, 5, 10]',
  );
  assertEquals(
    await message(() => heatmaps(features, { weights: few, bias: narrow })),
    "heatmaps: weights need J ≥ 3 channels (U, 2D, one depth bin or more): got 2",
  );
  assertEquals(
    await message(() => heatmaps(features, { weights: right, bias }, { assignment: "smpl" as "nlf" })),
    'heatmaps: assignment must be one of nlf-gs, nlf: got "smpl"',
  );
  assertEquals(
    await message(() => expectedUncertainty(features, right)),
    'expectedUncertainty: heatmap2d must be "n h w" (with n=2, h=2, w=4): got [1, 4, 10]',
  );
  tf.dispose([features, bias, weights, few, narrow, right]);
});

Deno.test("heatmaps() and expectedUncertainty() leave their results behind and no more", async () => {
  for (const assignment of ["nlf-gs", "nlf"] as const) {
    const inputs = { features: tf.ones([3, 3, 4]), weights: tf.ones([2, 4, 10]), bias: tf.ones([2, 10]) };
    await leaves(
      3,
      inputs,
      ({ features, weights, bias }) =>
        heatmaps(features as tf.Tensor3D, { weights: weights as tf.Tensor3D, bias: bias as tf.Tensor2D }, {
          assignment,
        }),
    );
  }
  const inputs = { u: tf.ones([2, 3, 3]), h: tf.ones([2, 3, 3]) };
  await leaves(2, inputs, ({ u, h }) => expectedUncertainty(u as tf.Tensor3D, h as tf.Tensor3D));
});
