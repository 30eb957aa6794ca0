import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { join } from "node:path";
import { loadSignature } from "../../lib/field/gps.ts";
import {
  createLocalizer,
  loadLocalizer,
  type Localizer,
  type LocalizerOptions,
  parametersOf,
  saveLocalizer,
} from "../../lib/localize/localizer.ts";
import { TensorScope } from "../../lib/tensor/scope.ts";
import { meanLocalizer } from "../../lib/train/mean_localizer.ts";
import { type ChannelStatistics, channelStatistics, Trainee } from "../../lib/train/trainee.ts";
import { writeMean } from "../../tools/train/mean.ts";
import { failsCleanly, inFolder, maxAbsDiff, scoped } from "../harness.ts";
import { LOCALIZER, source } from "./tiny_run.ts";

const OPTIONS = { ...LOCALIZER, link: { ...LOCALIZER.link, normalization: "channel" } } as const;
const START = channelStatistics([source.read(0), source.read(1)], 5);

/** A localizer that went on from one start and moved each parameter by so much. */
function moved(by: number, options: LocalizerOptions = OPTIONS, statistics: ChannelStatistics = START): Localizer {
  using trainee = new Trainee(options, statistics, 4);
  for (const variable of Object.values(trainee.variables)) {
    const there = variable.add(by);
    variable.assign(there);
    there.dispose();
  }
  return trainee.localizer();
}

Deno.test("meanLocalizer(): each parameter is the mean, what is not learned stays, the others are the caller's", () =>
  scoped(async () => {
    const start = moved(0), runs = [moved(0.1), moved(-0.2), moved(0.4)];
    const mean = await meanLocalizer(runs), wanted = parametersOf(start), got = parametersOf(mean);
    assertEquals(Object.keys(got).sort(), Object.keys(wanted).sort());
    for (const [name, tensor] of Object.entries(wanted)) {
      const scale = name === "field.readout" ? 4 : 1, by = name.startsWith("link.statistics.") ? 0 : 0.1 * scale;
      const [before, after] = await Promise.all([tensor.data(), got[name]!.data()]);
      assertEquals(got[name]!.shape, tensor.shape);
      before.forEach((value, i) => assertAlmostEquals(after[i]!, value + by, 1e-6 * (1 + Math.abs(value)), name));
    }
    assertEquals([mean.trained, mean.config], [true, start.config]);
    runs.forEach((run) => run.dispose()); // the mean holds numbers of its own
    assertEquals((await mean.link.parameters.projection.weight.data()).length, 40);
  }));

Deno.test("meanLocalizer(): one alone, another configuration or another start is refused, and nothing is left behind", () =>
  scoped(async () => {
    const first = moved(0.1), before = tf.memory().numTensors;
    await assertRejects(() => meanLocalizer([first]), RangeError, "at least two localizers: got 1");
    const other = moved(0.1, { ...OPTIONS, field: { ...OPTIONS.field, frequencies: 5 } });
    await assertRejects(
      () => meanLocalizer([first, first, other]),
      RangeError,
      "localizer 3 differs from localizer 1 in field.frequencies",
    );
    other.dispose();
    const elsewhere = moved(0.1, OPTIONS, channelStatistics([source.read(2), source.read(3)], 5));
    await assertRejects(
      () => meanLocalizer([first, elsewhere], { names: ["one", "other"] }),
      RangeError,
      "other reads its channels by other statistics than one (link.statistics.mean)",
    );
    elsewhere.dispose();
    assertEquals(tf.memory().numTensors, before);
    const gone = moved(0.2);
    gone.field.dispose();
    await failsCleanly(() => meanLocalizer([first, gone]));
    gone.dispose();
  }));

Deno.test("meanLocalizer() gives a field that reads a signature the same signature, and counts as trained if all are", () =>
  scoped(async () => {
    const options = { ...LOCALIZER, field: { ...LOCALIZER.field, encoding: "gps", eigenfunctions: 4 } } as const;
    const extras = { signature: await loadSignature() };
    const [one, other] = [createLocalizer(options, extras), createLocalizer(options, extras)];
    const mean = await meanLocalizer([one, other], { extras }), places = tf.tensor2d([[0.1, -0.3, 0.02]]);
    assertEquals(await maxAbsDiff(mean.field.encode(places), one.field.encode(places)), 0);
    assertEquals([one.trained, mean.trained], [false, false]);
    const error = await failsCleanly(() => meanLocalizer([one, other]));
    assert(error instanceof TypeError, error.message);
  }));

Deno.test("writeMean() writes what loadLocalizer() reads, and leaves no tensor", () =>
  inFolder((folder) =>
    scoped(async () => {
      const [a, b, out] = ["a", "b", "mean"].map((name) => join(folder, name)) as [string, string, string];
      const [one, other] = [moved(0.5), moved(1.5)];
      await saveLocalizer(a, one);
      await saveLocalizer(b, other);
      const before = tf.memory().numTensors;
      await writeMean([a, b], out);
      assertEquals(tf.memory().numTensors, before);
      const mean = await loadLocalizer(out), wanted = await meanLocalizer([one, other]);
      const [got, exact] = [mean, wanted].map(({ field }) => field.parameters.readout) as [tf.Tensor, tf.Tensor];
      assertAlmostEquals(await maxAbsDiff(got, exact), 0, 0.01); // half precision, numbers up to 16
    })
  ));

Deno.test("writeMean() refuses too few files, one file twice, an input as output or none, and writes nothing", () =>
  inFolder(async (folder) => {
    const [a, b, link, out] = ["a", "b", "link", "out"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
      string,
    ];
    using lasting = new TensorScope();
    await saveLocalizer(a, lasting.own(moved(0.5)));
    await Deno.writeTextFile(b, "no localizer");
    await Deno.writeTextFile(out, "known");
    await Deno.symlink(a, link);
    const before = tf.memory().numTensors;
    const refused: [readonly string[], string | undefined, string][] = [
      [[a], out, "give --mean FILE twice or more often"],
      [[a, b], undefined, "--mean needs --out FILE"],
      [[a, link], out, `--mean ${a} and --mean ${link} are one file`],
      [[a, b], link, `--mean ${a} is the file that --out would write over`],
      [[a, b], out, b],
    ];
    for (const [files, target, message] of refused) {
      await assertRejects(() => writeMean(files, target), Error, message);
    }
    assertEquals([tf.memory().numTensors, await Deno.readTextFile(out)], [before, "known"]);
  }));
