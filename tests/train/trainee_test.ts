import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { coveringMap } from "../../lib/encoder/encoder.ts";
import { fieldExtras } from "../../lib/field/field_file.ts";
import { linkFeatures } from "../../lib/localize/link.ts";
import { locate } from "../../lib/localize/locate.ts";
import { flattenParameters } from "../../lib/tensor/parameters.ts";
import { Optimizer } from "../../lib/train/optimizer.ts";
import { RandomStream } from "../../lib/train/people/random.ts";
import { placePoints, samplePoints } from "../../lib/train/points.ts";
import { channelStatistics, Trainee } from "../../lib/train/trainee.ts";
import { LOSS_DEFAULTS } from "../../lib/train/losses.ts";
import { leaves, maxAbsDiff, scoped } from "../harness.ts";
import { body, CONFIG, LOCALIZER, source } from "./tiny_run.ts";

const examples = [source.read(0), source.read(1)];

Deno.test("Trainee: `locate` with the localizer taken out errs as much as training says", () =>
  scoped(async () => {
    using trainee = new Trainee(LOCALIZER, undefined, 4);
    const points = samplePoints(body, new RandomStream(1), CONFIG.points);
    const { error3d } = await trainee.learn([examples[0]!], points, body.canonical, LOSS_DEFAULTS);
    const localizer = trainee.localizer(), canonical = placePoints(points, body.canonical);
    const places = tf.tensor2d(canonical, [points.count, 3]);
    const features = coveringMap(tf.tensor3d(examples[0]!.features!, [3, 4, 5]));
    const linked = linkFeatures({ ...features, stride: 128, origin: 64 }, localizer.link); // 4 columns; rows below
    const { position3dBox } = await locate(linked, localizer.field, places, localizer.head);
    const found = await position3dBox.data(), truth = placePoints(points, examples[0]!.anchors!);
    const rows = 3 / 4; // the map has three rows for four columns: `locate` spaces them as columns, training over the crop
    let sum = 0;
    for (let p = 1; p < points.count; p++) {
      const d = [0, 1, 2].map((c) => (found[3 * p + c]! - found[c]!) * (c === 1 ? 1 / rows : 1) - truth[3 * p + c]!);
      sum += Math.hypot(...d) / (points.count - 1);
    }
    assertAlmostEquals(sum, error3d, 1e-4);
  }));

Deno.test("Trainee: the depth starts near the middle of the box, for every point", () =>
  scoped(async () => {
    using trainee = new Trainee(LOCALIZER, undefined, 4);
    const localizer = trainee.localizer(), places = tf.randomUniform<tf.Rank.R2>([50, 3], -0.8, 0.8, "float32", 1);
    const linked = linkFeatures(coveringMap(tf.tensor3d(examples[0]!.features!, [3, 4, 5])), localizer.link);
    const depth = (await locate(linked, localizer.field, places, localizer.head)).position3dBox.slice([0, 2], [50, 1]);
    const most = (await depth.abs().max().data())[0]!;
    assertEquals(most > 0 && most < 0.25, true, `${most}`);
  }));

Deno.test("Trainee: each parameter gets a gradient, and one step along it lowers the loss", () =>
  scoped(async () => {
    using trainee = new Trainee(LOCALIZER, channelStatistics(examples, 5), 4);
    const points = samplePoints(body, new RandomStream(1), CONFIG.points);
    const plain = { ...LOSS_DEFAULTS, beta: 0 }; // with β, what is followed is not the slope of the loss
    const learn = () => trainee.learn(examples, points, body.canonical, plain);
    const before = await learn();
    assertEquals(Object.keys(before.gradients).sort(), Object.keys(trainee.variables).sort());
    await new Optimizer(trainee.variables, { rate: 1e-4, warmUp: 1 }).step(before.gradients, 100);
    assertEquals((await learn()).loss < before.loss, true);
  }));

const TAIL = { reads: 3, stages: [{ channels: 4, blocks: 2, stride: 1 }] } as const;
const TAILED = { ...LOCALIZER, link: { ...LOCALIZER.link, normalization: "channel", tail: TAIL } } as const;

Deno.test("Trainee: a tail is learned, but for its filters, or left as it is", () =>
  scoped(async () => {
    const points = samplePoints(body, new RandomStream(1), CONFIG.points);
    using learning = new Trainee(TAILED, undefined, 4);
    using frozen = new Trainee(TAILED, undefined, 4, {}, {}, { learnsTail: false });
    const tails = (trainee: Trainee) => Object.keys(trainee.variables).filter((name) => name.startsWith("link.tail."));
    const parts = ["expandWeight", "expandBias", "projectWeight", "projectBias"];
    assertEquals(tails(learning), ["0", "1"].flatMap((block) => parts.map((part) => `link.tail.${block}.${part}`)));
    assertEquals(tails(frozen), []);
    const [one, other] = await Promise.all(
      [learning, frozen].map((trainee) => trainee.learn(examples, points, body.canonical, LOSS_DEFAULTS)),
    );
    assertAlmostEquals(one!.loss, other!.loss, 1e-5);
    for (const [name, gradient] of Object.entries(other!.gradients)) {
      assertAlmostEquals(await maxAbsDiff(gradient, one!.gradients[name]!), 0, 1e-4);
    }
    await new Optimizer(learning.variables, { rate: 1e-4, warmUp: 1 }, (name) => name.startsWith("link.tail.") ? 1 : 0)
      .step(one!.gradients, 100); // the tail alone
    const after = await learning.learn(examples, points, body.canonical, LOSS_DEFAULTS);
    assert(after.loss < one!.loss, `${one!.loss} → ${after.loss}`);
    const kept = flattenParameters(learning.localizer().link.parameters);
    assertEquals(Object.keys(kept).filter((name) => name.includes("filter")).length, 4); // in what is saved
  }));

Deno.test("Trainee: a field encoded by GPS learns with its signature, and is refused without", () =>
  scoped(async () => {
    const options = { ...LOCALIZER, field: { encoding: "gps", eigenfunctions: 6, hidden: [8], depthBins: 3 } } as const;
    using trainee = new Trainee(options, undefined, 4, {}, await fieldExtras(options.field));
    const points = samplePoints(body, new RandomStream(1), CONFIG.points);
    const { gradients } = await trainee.learn(examples, points, body.canonical, LOSS_DEFAULTS);
    assertEquals(Object.keys(gradients).includes("field.frequencies"), false);
    assertEquals(Object.keys(gradients).sort(), Object.keys(trainee.variables).sort());
    assertThrows(() => new Trainee(options, undefined, 4), TypeError, 'the "gps" encoding needs { signature');
  }));

Deno.test("Trainee starts from given parameters and refuses strangers", () =>
  scoped(async () => {
    const frequencies = tf.fill([3, 4], 0.5);
    using trainee = new Trainee(LOCALIZER, undefined, 4, { "field.frequencies": frequencies });
    assertEquals(new Set(await trainee.variables["field.frequencies"]!.data()), new Set([0.5]));
    await leaves(0, {}, () => {
      const start = (initial: Record<string, tf.Tensor>) => new Trainee(LOCALIZER, undefined, 4, initial);
      assertThrows(() => start({ nothing: frequencies }), RangeError, 'no parameter "nothing"');
      assertThrows(() => start({ "link.place": frequencies }), TypeError, "link.place");
    });
  }));

Deno.test("Trainee.learn() leaves its gradients behind and no more", async () => {
  using trainee = new Trainee(LOCALIZER, undefined, 4);
  const points = samplePoints(body, new RandomStream(1), CONFIG.points);
  await leaves("result", {}, () => trainee.learn(examples, points, body.canonical, LOSS_DEFAULTS));
});

Deno.test("channelStatistics() are mean and deviation, 1 where nothing changes", () => {
  const made = [{ features: Float32Array.of(1, 5, 3, 5) }, { features: Float32Array.of(5, 5, 7, 5) }];
  const { mean, deviation } = channelStatistics(made, 2);
  assertEquals([...mean], [4, 5]);
  assertAlmostEquals(deviation[0]!, Math.sqrt(5), 1e-6);
  assertEquals(deviation[1], 1);
});
