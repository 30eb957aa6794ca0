import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { coveringMap } from "../../lib/encoder/encoder.ts";
import { loadEncoder } from "../../lib/encoder/load.ts";
import { LAST_BLOCKS } from "../../lib/encoder/movenet_network.ts";
import { tailBehind } from "../../lib/encoder/movenet_tail.ts";
import { linkFeatures, linkOf, tailCells } from "../../lib/localize/link.ts";
import type { TailConfig } from "../../lib/localize/tail.ts";
import { createLocalizer, type Localizer, parametersOf } from "../../lib/localize/localizer.ts";
import { flattenParameters } from "../../lib/tensor/parameters.ts";
import { SMALL_RUN } from "../../lib/train/run.ts";
import { startRun } from "../../lib/train/run_start.ts";
import { startFrom } from "../../lib/train/start_from.ts";
import { tailStart } from "../../lib/train/tail_start.ts";
import { channelStatistics, Trainee } from "../../lib/train/trainee.ts";
import { maxAbsDiff, scoped } from "../harness.ts";
import { LOCALIZER, source } from "./tiny_run.ts";

const examples = [source.read(0), source.read(1)];
const TAIL = { reads: 3, stages: [{ channels: 4, blocks: 2, stride: 1 }] } as const;
const CHANNEL = { ...LOCALIZER.link, normalization: "channel" } as const;
const TAILED = { ...LOCALIZER, link: { ...CHANNEL, tail: TAIL } };
const LONGER = {
  ...LOCALIZER,
  link: { ...CHANNEL, tail: { reads: 3, stages: [{ channels: 3, blocks: 2, stride: 1 }, ...TAIL.stages] } },
} as const;

Deno.test("startFrom(): a training goes on from a trained localizer's numbers, and refuses one of another configuration", () =>
  scoped(async () => {
    using first = new Trainee(LOCALIZER, channelStatistics(examples, 5), 4);
    const known = first.localizer();
    const { initial, statistics } = await startFrom(known, LOCALIZER, 8); // another logit scale
    using second = new Trainee(LOCALIZER, statistics, 8, initial);
    const numbers = async (localizer: Localizer) =>
      await Promise.all(
        Object.values(parametersOf(localizer)).map(async (
          t,
        ) => [...await t.data()]),
      );
    assertEquals(await numbers(second.localizer()), await numbers(known));
    const other = { ...LOCALIZER, field: { ...LOCALIZER.field, frequencies: 5 } };
    await assertRejects(() => startFrom(known, other, 8), RangeError, "differs in field.frequencies");
  }));

Deno.test("startFrom(): a localizer without a tail is the start of one with a tail, not of another width", () =>
  scoped(async () => {
    const wide = { ...LOCALIZER, link: { ...LOCALIZER.link, channels: 6, normalization: "channel" } } as const;
    using first = new Trainee(wide, undefined, 4); // 6 = 4 + (5 − 3): what the tail makes of 5
    const { initial, statistics } = await startFrom(first.localizer(), TAILED, 4);
    using second = new Trainee(TAILED, statistics, 4, initial);
    assertEquals(second.variables["link.projection.weight"]!.shape, [6, 8]);
    const known = second.localizer();
    await assertRejects(() => startFrom(known, wide, 4), RangeError, "differs in");
    const narrow = { ...TAILED, link: { ...TAILED.link, tail: { ...TAIL, reads: 2 } } };
    await assertRejects(() => startFrom(known, narrow, 4), RangeError, "differs in");
    await assertRejects(() => startFrom(first.localizer(), narrow, 4), RangeError, "differs in link.channels");
  }));

Deno.test("startFrom(): with a longer tail a link sees, before the first step, what the known one saw behind the new blocks", () =>
  scoped(async () => {
    using short = new Trainee(TAILED, {
      mean: Float32Array.of(1, 2, 3, 4, 5, 6),
      deviation: new Float32Array(6).fill(2),
    }, 4);
    const known = short.localizer(), start = await startFrom(known, LONGER, 4);
    const { trainee } = await startRun({ ...SMALL_RUN, tailRate: 1 }, LONGER, () => examples, start);
    using long = trainee;
    const { link } = long.localizer(), cells = tf.tensor2d(examples[0]!.features!, [12, 5]);
    const first = linkOf(
      { ...link.config, tail: { reads: 3, stages: LONGER.link.tail.stages.slice(0, 1) } },
      link.parameters,
    );
    const behind = tailCells(cells, first, 1); // [what the new blocks make of 3 channels ‖ the other 2]
    const map = (cells: tf.Tensor) => coveringMap(cells.reshape<tf.Tensor3D>([3, 4, 5]));
    const [wanted, found] = [linkFeatures(map(behind), known.link), linkFeatures(map(cells), link)];
    assertAlmostEquals(await maxAbsDiff(found.map, wanted.map), 0, 1e-5);
    const own = flattenParameters(link.parameters);
    const both = await Promise.all(examples.map(async ({ features }) => {
      const made = tailCells(tf.tensor2d(features!, [12, 5]), first, 1);
      return { features: await made.data() as Float32Array };
    }));
    const measured = channelStatistics(both, 5); // of what the new blocks make of the first examples
    for (const [which, wanted] of [["mean", [1, 2, 3, 4, 5, 6]], ["deviation", [2, 2, 2, 2, 2, 2]]] as const) {
      const all = [...await own[`statistics.${which}`]!.data()];
      all.slice(0, 3).forEach((value, c) => assertAlmostEquals(value, measured[which][c]!, 1e-5));
      assertEquals(all.slice(3), [...wanted]);
    }
    const { tail } = LONGER.link,
      other = (stages: TailConfig["stages"]) => ({
        ...LONGER,
        link: { ...CHANNEL, tail: { ...tail, stages } },
      });
    const refused = [
      other([{ channels: 4, blocks: 2, stride: 1 }, TAIL.stages[0]]), // the known blocks read three channels
      other([tail.stages[0], { ...TAIL.stages[0], blocks: 3 }]),
    ];
    for (const options of refused) await assertRejects(() => startFrom(known, options, 4), RangeError, "differs in");
    await assertRejects(() => startFrom(createLocalizer(LONGER), TAILED, 4), RangeError, "differs in link.tail"); // no shorter one
    const layer = { ...LONGER, link: { ...LONGER.link, normalization: "layer" } } as const; // new channels would change the others' scale
    const plain = createLocalizer({ ...layer, link: { ...layer.link, tail: TAIL } });
    await assertRejects(() => startFrom(plain, layer, 4), RangeError, "differs in link.tail");
  }));

Deno.test("startFrom(): what was trained behind MoveNet's end or a short tail goes on with the longest, seeing the same", () =>
  scoped(async () => {
    const picture = tf.randomUniform<tf.Rank.R3>([512, 512, 3], 0, 1, "float32", 3);
    const behind = async (block: number | undefined) => {
      const encoder = await loadEncoder("movenet-thunder", {
        size: 256,
        blocks: block === undefined ? LAST_BLOCKS : [block],
      });
      const { features } = await encoder.encode(picture), { channels, grid } = encoder;
      encoder.dispose();
      const tail = block === undefined ? undefined : tailBehind(block)!;
      const link = { channels, grid, tail, width: 8, normalization: "channel", mixing: ["convolution"] } as const;
      return { features, options: { encoder: "movenet-thunder", link, field: { hidden: [4] } } };
    };
    const wanted = await behind(3), data = await wanted.features.map.data() as Float32Array;
    for (const block of [undefined, 12, 9, 6, 5]) {
      const { features, options } = await behind(block), tail = await tailStart(options);
      using short = new Trainee(options, undefined, 4, tail);
      const known = short.localizer(), start = await startFrom(known, wanted.options, 4);
      using long = (await startRun(SMALL_RUN, wanted.options, () => [{ features: data }], start)).trainee;
      const [before, after] = [
        linkFeatures(features, known.link),
        linkFeatures(wanted.features, long.localizer().link),
      ];
      assertAlmostEquals(await maxAbsDiff(before.map, after.map), 0, 1e-4);
      const news = long.variables["link.projection.weight"]!.slice([0, 0], [56, -1]); // of block 5
      assertEquals(await maxAbsDiff(news, tf.zerosLike(news)), 0);
    }
  }));

Deno.test("startRun() refuses statistics of more channels than the link has", () =>
  scoped(async () => {
    const options = { ...LOCALIZER, link: CHANNEL }, many = new Float32Array(7).fill(1);
    const start = { statistics: { mean: many, deviation: many } };
    await assertRejects(
      () => startRun(SMALL_RUN, options, () => examples, start),
      RangeError,
      "the link has 5 channels: got statistics of 7",
    );
  }));
