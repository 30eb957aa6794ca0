import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { learningRate, Optimizer, OPTIMIZER_DEFAULTS } from "../../lib/train/optimizer.ts";
import { assertParity, everyBackend, golden, leaves, maxAbsDiff } from "../harness.ts";

everyBackend("Optimizer's three clipped steps equal torch.optim.AdamW's", async () => {
  const saved = await golden("localizer_step");
  const variables = { matrix: tf.variable(saved["adam.matrix"]!), vector: tf.variable(saved["adam.vector"]!) };
  const optimizer = new Optimizer(variables, { rate: 0.01, warmUp: 1, lastRate: 1 });
  for (let step = 0; step < 3; step++) {
    const gradients = { matrix: saved[`adam.matrix.gradient${step}`]!, vector: saved[`adam.vector.gradient${step}`]! };
    await optimizer.step(gradients, 1000);
  }
  for (const name of ["matrix", "vector"] as const) {
    await assertParity(variables[name], saved[`adam.${name}.after`]!, {
      step: `train.optimizer.${name}`,
      reference: "torch.optim.AdamW",
      version: "2.13.0",
      command: "python tests/golden/localizer_step.py",
      tolerance: 1e-6, // float32 state beside float64
    });
  }
});

Deno.test("learningRate() warms up, then falls along a cosine to its last", () => {
  const config = { ...OPTIMIZER_DEFAULTS, rate: 1, warmUp: 10, lastRate: 0.1 };
  assertAlmostEquals(learningRate(config, 1, 1e9), 0.1, 1e-9);
  assertAlmostEquals(learningRate(config, 10, 1e9), 1, 1e-9);
  assertAlmostEquals(learningRate(config, 500, 1000), 0.55, 1e-9);
  assertAlmostEquals(learningRate(config, 1000, 1000), 0.1, 1e-9);
  assertAlmostEquals(learningRate(config, 2000, 1000), 0.1, 1e-9); // past the end it stays
});

everyBackend("Optimizer leaves what was cloned from a variable, or became one, as it was", async () => {
  const start = tf.tensor1d([1, 2, 3]), variable = tf.variable(start), held = variable.clone();
  const optimizer = new Optimizer({ variable }, { rate: 0.5, warmUp: 1, lastRate: 1 });
  await optimizer.step({ variable: tf.ones([3]) }, 10);
  assertEquals([...await start.data(), ...await held.data()], [1, 2, 3, 1, 2, 3]);
  assertAlmostEquals((await variable.data())[0]!, 0.5, 1e-4);
});

everyBackend("Optimizer takes a share of the rate where it is told", async () => {
  const moved = async (shareOf?: (name: string) => number) => {
    const variables = { "a.x": tf.variable(tf.zeros([2])), b: tf.variable(tf.zeros([2])) };
    const optimizer = new Optimizer(variables, { rate: 0.1, warmUp: 1, lastRate: 1, weightDecay: 0 }, shareOf);
    await optimizer.step({ "a.x": tf.ones([2]), b: tf.ones([2]) }, 10);
    return await Promise.all(Object.values(variables).map(async (variable) => (await variable.data())[0]!));
  };
  const [whole, slow] = await moved(), [quarter, same] = await moved((name) => name.startsWith("a.") ? 0.25 : 1);
  assertAlmostEquals(quarter!, whole! / 4, 1e-6);
  assertAlmostEquals(same!, slow!, 1e-6);
});

everyBackend("Optimizer touches nothing when a gradient is not finite, and names it", async () => {
  const variables = { a: tf.variable(tf.ones([2])), b: tf.variable(tf.ones([2])) };
  const optimizer = new Optimizer(variables);
  const report = await optimizer.step({ a: tf.ones([2]), b: tf.tensor1d([1, NaN]) }, 10);
  assertEquals(report.broken, "the gradient of b");
  assertEquals(optimizer.steps, 0);
  assertEquals(await maxAbsDiff(variables.a, tf.ones([2])), 0);
});

Deno.test("Optimizer refuses options it does not know", () => {
  assertThrows(() => new Optimizer({}, { speed: 1 } as object), TypeError, 'Optimizer: unknown option "speed"');
});

Deno.test("Optimizer leaves no tensor behind", async () => {
  const variable = tf.variable(tf.ones([2]));
  const optimizer = new Optimizer({ variable });
  await leaves(
    0,
    { gradient: tf.ones([2]) },
    ({ gradient }) => optimizer.step({ variable: gradient }, 10).then(() => {}),
  );
  variable.dispose();
});
