import * as tf from "@tensorflow/tfjs";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { loadEncoder } from "../../lib/encoder/load.ts";
import { MOVENET_TAIL } from "../../lib/encoder/movenet_tail.ts";
import { readImage } from "../../lib/image/read.ts";
import { disposeAll } from "../../lib/tensor/scope.ts";
import { FEATURE_OPTIONS, RUN_DEFAULTS } from "../../lib/train/run.ts";
import { linkStatistics, tailOf, tailStart, withoutTail } from "../../lib/train/tail_start.ts";
import { channelStatistics } from "../../lib/train/trainee.ts";
import { leaves, scoped } from "../harness.ts";

Deno.test("tailOf(): a run has a tail where its encoder stops early, and none where it goes to its end", () => {
  const of = (encoder: keyof typeof FEATURE_OPTIONS, encoderOptions: object = FEATURE_OPTIONS[encoder]) =>
    tailOf({ encoder, encoderOptions });
  assertEquals(of("movenet-thunder"), MOVENET_TAIL);
  assertEquals(of("movenet-thunder", {}), MOVENET_TAIL);
  assertEquals(of("movenet-thunder", { blocks: [9] })?.stages, MOVENET_TAIL.stages.slice(3));
  assertEquals(of("movenet-thunder", { blocks: [12, 15] }), undefined);
  assertEquals([of("dinov2-s"), of("dinov2-s+movenet-thunder")], [undefined, undefined]);
  for (const other of [{ grid: 8 }, { size: 512, featureSize: 512 }]) { // where MoveNet's blocks see something else
    assertThrows(() => of("movenet-thunder", other), RangeError, "set encoderOptions.blocks=[12,15] to have no tail");
    assertEquals(of("movenet-thunder", { ...other, blocks: [12, 15] }), undefined);
  }
  const encoderOptions = { size: 256, blocks: [6] }, early = { encoder: "movenet-thunder", encoderOptions } as const;
  assertEquals(withoutTail(early).encoderOptions, { size: 256, blocks: [12, 15] });
  const dino = { encoder: "dinov2-s", encoderOptions: {} } as const;
  assertEquals(withoutTail(dino), dino);
});

Deno.test("linkStatistics() are those of what MoveNet's own blocks make of the features", () =>
  scoped(async () => {
    const encoder = await loadEncoder("movenet-thunder", FEATURE_OPTIONS["movenet-thunder"]);
    const crop = await readImage(new URL("../../data/astronaut.png", import.meta.url));
    const { features, pyramid } = await encoder.encode(crop), { channels, grid } = encoder;
    const [early, late] = await Promise.all([features, pyramid.s32!].map(async ({ map }) => await map.data()));
    const options = { link: { ...RUN_DEFAULTS.link, channels, grid, tail: MOVENET_TAIL } };
    const initial = await tailStart(options);
    const found = await linkStatistics([{ features: early as Float32Array }], options, initial);
    const wanted = channelStatistics([{ features: late as Float32Array }], encoder.levels.s32!);
    for (const which of ["mean", "deviation"] as const) {
      assertEquals(found[which].length, 56 + 112 + 112 + 548); // blocks 5, 6 and 9 before them
      wanted[which].forEach((value, c) => assertAlmostEquals(found[which][56 + 112 + 112 + c]!, value, 1e-3));
    }
    encoder.dispose();
  }));

Deno.test("linkStatistics() without a tail are channelStatistics(); a tail's start is empty then; nothing is left", async () => {
  const options = { link: { channels: 2, grid: [1, 2] as const } }, features = Float32Array.of(1, 5, 3, 6);
  assertEquals(await tailStart(options), {});
  const known = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`link.tail.${i}.expandBias`, tf.scalar(i)]));
  const whole = await tailStart({ link: { ...options.link, tail: MOVENET_TAIL } }, known);
  assertEquals(Object.keys(whole).filter((name) => name.endsWith("expandBias")), ["link.tail.11.expandBias"]);
  disposeAll(whole, known);
  const own = { reads: 1, stages: [{ channels: 3, blocks: 1, stride: 1 }] } as const;
  assertEquals(await tailStart({ link: { ...options.link, tail: own } }), {}); // no shape of MoveNet's: it begins seeded
  assertEquals(await linkStatistics([{ features }], options, {}), channelStatistics([{ features }], 2));
  await leaves(0, {}, async () => {
    const tailed = { link: { channels: 324, grid: [2, 2] as const, tail: MOVENET_TAIL } },
      initial = await tailStart(tailed);
    const { mean } = await linkStatistics([{ features: new Float32Array(4 * 324).fill(0.5) }], tailed, initial);
    assert(mean.every(Number.isFinite));
    disposeAll(initial);
  });
});
