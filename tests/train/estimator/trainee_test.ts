import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { join } from "node:path";
import { disposeAll, tensorsIn } from "../../../lib/tensor/scope.ts";
import { descend, type DescentOptions } from "../../../lib/train/descent.ts";
import { avatarSheet } from "../../../lib/train/estimator/preview.ts";
import { EstimatorTrainee } from "../../../lib/train/estimator/trainee.ts";
import { psnr } from "../../../lib/train/image_metrics.ts";
import { Optimizer } from "../../../lib/train/optimizer.ts";
import { RandomStream } from "../../../lib/train/people/random.ts";
import { failsCleanly, inFolder, leaves, maxAbsDiff } from "../../harness.ts";
import { DECODERS, LAYOUT, LOSSES, STATISTICS, template, tinyPerson } from "./tiny_people.ts";

const person = await tinyPerson(0), other = await tinyPerson(1);
const create = (decoders: object = {}, losses = LOSSES) =>
  EstimatorTrainee.create(template, LAYOUT, { ...DECODERS, ...decoders }, losses, STATISTICS);

/** Gives every parameter a value of its own, so that no gradient is zero by symmetry. */
function stir(trainee: EstimatorTrainee, deviation: number): void {
  Object.values(trainee.variables).forEach((variable, i) => {
    const moved = tf.tidy(() => variable.add(tf.randomNormal(variable.shape, 0, deviation, "float32", 40 + i)));
    variable.assign(moved);
    moved.dispose();
  });
}

/** The loss's slope along the gradient of each parameter, beside the gradient's length. */
async function slopes(trainee: EstimatorTrainee, names: readonly string[]) {
  const { gradients } = await trainee.learn(person, [0, 1, 2]),
    found: [name: string, slope: number, length: number][] = [];
  for (const name of names) {
    const variable = trainee.variables[name]!, gradient = gradients[name]!, start = tf.tidy(() => variable.mul(1));
    const length = Math.sqrt((await gradient.square().sum().data())[0]!), step = 0.004;
    const at = async (sign: number) => {
      const moved = tf.tidy(() => start.add(gradient.mul(sign * step / length)));
      variable.assign(moved);
      moved.dispose();
      const { loss, gradients } = await trainee.learn(person, [0, 1, 2]);
      disposeAll(gradients);
      return loss;
    };
    found.push([name, (await at(1) - await at(-1)) / (2 * step), length]);
    variable.assign(start);
    start.dispose();
  }
  disposeAll(gradients);
  return found;
}

const SHAPE = ["shape.output.weight", "shape.output.bias", "shape.hidden1.weight"];
const APPEARANCE = ["appearance.output.weight", "appearance.output.bias", "appearance.hidden1.weight"];
const COVERAGE = { ...LOSSES, colour: 0, structure: 0, mask: 1 };

for (
  const { what, decoders, losses, names } of [
    { what: "of the whole loss, in what colours and covers", decoders: {}, losses: LOSSES, names: APPEARANCE },
    // moved Gaussians pass before and behind each other, which finite differences see and gradients do not: coverage alone
    { what: "of coverage and regularisers, in where Gaussians go", decoders: {}, losses: COVERAGE, names: SHAPE },
    {
      what: "of the whole loss, with features alone",
      decoders: { condition: "feature", colour: "free", reach: 0 },
      losses: LOSSES,
      names: [...SHAPE, ...APPEARANCE],
    },
  ]
) {
  Deno.test(`EstimatorTrainee: gradients equal finite differences ${what}`, async () => {
    using trainee = create(decoders, losses);
    stir(trainee, 0.05);
    const opaque = trainee.variables["appearance.output.bias"]!;
    const half = tf.zerosLike(opaque); // where nothing is opaque, the ellipses' ends matter least
    opaque.assign(half);
    half.dispose();
    for (const [name, slope, length] of await slopes(trainee, names)) {
      // ellipses end at 3σ and at α = 1/255: a step that gradients, here as in every splatting renderer, leave out
      assert(Math.abs(slope - length) < 0.1 * length + 1e-3, `${name}: slope ${slope}, gradient ${length}`);
    }
  });
}

Deno.test("EstimatorTrainee learns a person: photo's view, another view and another pose come nearer", async () => {
  using trainee = create();
  const quality = async () => {
    const rendered = await trainee.render(person, [0, 1, 2]);
    const all = await Promise.all(rendered.map(({ picture, image }) => psnr(picture, image)));
    disposeAll(rendered);
    return all;
  };
  const before = await quality(), optimizer = new Optimizer(trainee.variables, { warmUp: 5, rate: 0.01 });
  for (let t = 0; t < 60; t++) {
    const { gradients } = await trainee.learn(person, [0, 1, 3]); // picture 2 is never learned from
    await optimizer.step(gradients, 60);
    disposeAll(gradients);
  }
  const after = await quality();
  after.forEach((value, k) => assert(value > before[k]! + 1, `picture ${k}: from ${before[k]} to ${value} dB`));
});

Deno.test("EstimatorTrainee: a misplaced body changes what is read, not where pictures are drawn; equal streams, equal losses", async () => {
  using trainee = create();
  stir(trainee, 0.05);
  const loss = async (seed?: number) => {
    const { loss, gradients } = await trainee.learn(
      person,
      [0, 1],
      seed === undefined ? undefined : new RandomStream(seed),
    );
    disposeAll(gradients);
    return loss;
  };
  const [plain, one, again, another] = [await loss(), await loss(1), await loss(1), await loss(2)];
  assertEquals(one, again);
  assert(one !== plain && one !== another);
});

async function run(folder: string, options: Partial<DescentOptions> = {}) {
  using trainee = create();
  const optimizer = new Optimizer(trainee.variables, { warmUp: 2, rate: 0.01 });
  await descend({
    learn: (t) => trainee.learn([person, other][t % 2]!, [0, 1 + t % 3], t % 2 ? new RandomStream(5, t) : undefined),
    optimizer,
    steps: 6,
    checkpoint: join(folder, "checkpoint"),
    resume: false,
    identity: { decoders: DECODERS },
    report: 2,
    save: 2,
    ...options,
  });
  return Object.fromEntries(
    await Promise.all(Object.entries(trainee.variables).map(async ([name, v]) => [name, [...await v.data()]] as const)),
  );
}

Deno.test("an estimator's training killed and resumed equals unbroken, bit for bit", () =>
  inFolder(async (folder) => {
    const unbroken = await run(join(folder, "a"));
    class Killed extends Error {}
    const killed = run(join(folder, "b"), {
      onStep: (step) => {
        if (step === 5) throw new Killed(); // one step after the last checkpoint
      },
    });
    await assertRejects(() => killed, Killed);
    assertEquals(await run(join(folder, "b"), { resume: true }), unbroken);
  }));

Deno.test("a picture that is not finite stops the training, naming a parameter; the last checkpoint stands", () =>
  inFolder(async (folder) => {
    await run(folder, { steps: 2 });
    const before = await Deno.readFile(join(folder, "checkpoint"));
    using trainee = create();
    const broken = { ...person, pictures: person.pictures!.map((value, i) => i === 5 ? NaN : value) };
    const error = await assertRejects(() =>
      descend({
        learn: () => trainee.learn(broken, [0]),
        optimizer: new Optimizer(trainee.variables),
        steps: 4,
        checkpoint: join(folder, "checkpoint"),
        resume: true,
        identity: { decoders: DECODERS },
        report: 1,
        save: 1,
      }), RangeError);
    assert(error.message.startsWith("train: step 3: splatGaussians: imageGradient must be finite"), error.message);
    assert(error.message.endsWith("holds the last good parameters; lower the rate and resume from it"), error.message);
    assertEquals(await Deno.readFile(join(folder, "checkpoint")), before);
  }));

Deno.test("a gradient that is not finite behind the renderer stops the training, naming the parameter; the last checkpoint stands", () =>
  inFolder(async (folder) => {
    await run(folder, { steps: 2 });
    const path = join(folder, "checkpoint"), before = await Deno.readFile(path);
    using trainee = create();
    const learn = async (t: number) => {
      const learned = await trainee.learn(person, [0]);
      if (t < 4) return learned;
      const { "shape.output.weight": good, ...gradients } = learned.gradients, broken = tf.fill(good!.shape, NaN);
      good!.dispose();
      return { ...learned, gradients: { ...gradients, "shape.output.weight": broken } };
    };
    const optimizer = new Optimizer(trainee.variables, { warmUp: 2, rate: 0.01 });
    const options = { learn, optimizer, steps: 6, checkpoint: path, identity: { decoders: DECODERS }, report: 1 };
    const error = await assertRejects(() => descend({ ...options, resume: true, save: 3 }), RangeError);
    assert(
      error.message.startsWith("train: step 5: the gradient of shape.output.weight is not finite: "),
      error.message,
    );
    assert((await Deno.readFile(path)).length > before.length, "its history has another row");
    assertEquals(
      (await run(folder, { steps: 3, resume: true })).constructor,
      Object,
      "step 3's checkpoint can be read",
    );
  }));

Deno.test("decoders with a number that is not finite stop the training before the first step", async () => {
  using trainee = create();
  const weight = trainee.variables["shape.output.weight"]!, broken = tf.fill(weight.shape, NaN);
  weight.assign(broken);
  broken.dispose();
  const optimizer = new Optimizer(trainee.variables);
  const error = await failsCleanly(() =>
    descend({
      learn: () => trainee.learn(person, [0]),
      optimizer,
      steps: 1,
      checkpoint: "nowhere",
      resume: false,
      identity: {},
      report: 1,
      save: 1,
    })
  );
  assert(
    /^train: step 1: the loss and the gradient of shape\.\S+ is not finite: there is no checkpoint yet; /.test(
      error.message,
    ),
    error.message,
  );
  assertEquals(optimizer.steps, 0);
});

Deno.test("trained() gives decoders that say what the trainee says; disposing frees all", async () => {
  const before = tf.memory().numTensors;
  const trainee = create();
  stir(trainee, 0.1);
  const decoders = trainee.trained();
  assertEquals(decoders.trained, true);
  assertEquals(await maxAbsDiff(decoders.shape.output!.weight, trainee.variables["shape.output.weight"]!), 0);
  trainee[Symbol.dispose]();
  decoders.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("EstimatorTrainee.from() goes on from known decoders, statistics included, and refuses those built otherwise", async () => {
  const before = tf.memory().numTensors;
  using first = create();
  stir(first, 0.1);
  const known = first.trained();
  const on = (decoders: object) => EstimatorTrainee.from(template, LAYOUT, { ...DECODERS, ...decoders }, LOSSES, known);
  assertThrows(() => on({ hidden: [13], reach: 0.2 }), RangeError, "differ in reach, hidden:");
  const second = on({ seed: 99, located: "body" });
  const [[one], [two]] = [await first.render(person, [1]), await second.render(person, [1])];
  assertEquals(await maxAbsDiff(one!.image, two!.image), 0);
  known.dispose();
  const { gradients } = await second.learn(person, [0]); // its parameters are its own
  disposeAll(gradients, one, two);
  second[Symbol.dispose]();
  first[Symbol.dispose]();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("learn(), render() and avatarSheet() leave their results behind and no more", async () => {
  using trainee = create();
  await leaves(Object.keys(trainee.variables).length, {}, async () => {
    return (await trainee.learn(person, [0, 1], new RandomStream(1))).gradients;
  });
  await leaves(4, {}, () => trainee.render(person, [0, 2]));
  const sheet = await avatarSheet(trainee, [person, other], [0, 1]);
  assertEquals(sheet.shape, [2 * 32, 5 * 32, 3]);
  assertEquals(tensorsIn(sheet).size, 1);
  sheet.dispose();
});
