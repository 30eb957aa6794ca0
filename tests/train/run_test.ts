import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  collect,
  featureOptionsOf,
  firstMade,
  firstOf,
  joined,
  loadRunBody,
  openExamples,
  rateShareOf,
  RUN_DEFAULTS,
  runOf,
  SMALL_RUN,
} from "../../lib/train/run.ts";
import { resolveLinkConfig } from "../../lib/localize/link.ts";
import { MOVENET_TAIL, tailBehind } from "../../lib/encoder/movenet_tail.ts";

Deno.test("joined() reads one source after the other, also while they grow", () => {
  const lists = [[10, 11], [20]];
  const source = joined(lists.map((list) => ({
    count: () => list.length,
    read: (index) => ({ value: Float32Array.of(list[index]!) }),
  })));
  const all = () => Array.from({ length: source.count() }, (_, i) => source.read(i).value![0]);
  assertEquals(all(), [10, 11, 20]);
  lists[0]!.push(12);
  assertEquals(all(), [10, 11, 12, 20]);
  assertThrows(() => source.read(4), RangeError, "4 examples are there: asked for number 4");
});

Deno.test("firstOf() shows no more examples than asked for, however many more are there", () => {
  const list = [10], all = { count: () => list.length, read: (i: number) => ({ value: Float32Array.of(list[i]!) }) };
  const two = firstOf(all, 2), values = () => Array.from({ length: two.count() }, (_, i) => two.read(i).value![0]);
  assertEquals(values(), [10]);
  list.push(20, 30);
  assertEquals(values(), [10, 20]);
  assertThrows(() => two.read(2), RangeError, "2 examples are shown: asked for number 2");
});

Deno.test("collect() refuses backgrounds that the configuration does not name, before it makes anything", async () => {
  const picture = { width: 40, height: 40, pixels: new Uint8Array(new SharedArrayBuffer(4800)) };
  const named = { ...SMALL_RUN, examples: { ...SMALL_RUN.examples, backgrounds: "0123456789abcdef" } };
  for (const [config, given] of [[SMALL_RUN, [picture]], [named, []], [named, [picture]]] as const) {
    await assertRejects(
      () => collect(config, undefined, undefined, given),
      RangeError,
      "not those that the configuration names",
    );
  }
});

Deno.test("openExamples() refuses turns that are not known, before there is a folder for them", async () => {
  const turns = "uprigth" as unknown as "upright", { turned } = SMALL_RUN;
  const fit = { channels: 5, grid: [3, 4] as const }, body = await loadRunBody();
  await assertRejects(
    () => openExamples({ ...SMALL_RUN, examples: { ...turned, turns } }, fit, body),
    RangeError,
    "turns must be one of 0, 1, 2, 3, drawn, upright: got uprigth",
  );
});

Deno.test("runOf() gives another encoder its own options, before entries of them are told", () => {
  assertEquals(runOf(RUN_DEFAULTS, ["encoder=dinov2-s"]).encoderOptions, {});
  assertEquals(runOf(RUN_DEFAULTS, ["encoder=dinov2-s", "encoderOptions.size=224"]).encoderOptions, { size: 224 });
  assertEquals(runOf(RUN_DEFAULTS, ['encoderOptions={"size":256,"grid":8}']).encoderOptions, { size: 256, grid: 8 });
});

Deno.test("featureOptionsOf(): an encoder gives what a localizer reads: MoveNet stops where the tail begins, at its end where there is none", () => {
  const options = (encoder: string, tail?: typeof MOVENET_TAIL) =>
    featureOptionsOf({ encoder, link: resolveLinkConfig("test", { channels: 324, tail }) });
  assertEquals(options("movenet-thunder", MOVENET_TAIL), { size: 256, blocks: [3] });
  assertEquals(options("movenet-thunder", tailBehind(9)), { size: 256, blocks: [9] });
  assertEquals(options("movenet-thunder"), { size: 256, blocks: [12, 15] });
  assertEquals(options("dinov2-s"), {});
  assertThrows(() => options("mine"), RangeError, "encoder must be one of");
});

Deno.test("rateShareOf(): the tail's own rate, the whole of it for all others; a share alone", () => {
  const share = rateShareOf({ tailRate: 0.2 });
  assertEquals([share("link.tail.0.expandWeight"), share("link.place"), share("field.readout")], [0.2, 1, 1]);
  for (const tailRate of [-0.1, 2, NaN]) assertThrows(() => rateShareOf({ tailRate }), RangeError, "from 0 to 1");
});

Deno.test("firstMade() are the first in the order of making, the same before and after more are there", () => {
  const lists = [[1, 2, 3], [], [7]], wanted = [2, 1, 5]; // a list may hold more than a run wants
  const parts = lists.map((list, i) => ({
    source: { count: () => list.length, read: (index: number) => ({ value: Float32Array.of(list[index]!) }) },
    wanted: wanted[i]!,
  }));
  const first = (count: number) => firstMade(parts, count)?.map(({ value }) => value![0]);
  assertEquals([first(2), first(3)], [[1, 2], undefined]); // the second list is not made yet
  lists[1]!.push(5);
  assertEquals([first(2), first(3), first(4), first(5)], [[1, 2], [1, 2, 5], [1, 2, 5, 7], undefined]);
});
