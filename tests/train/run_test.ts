import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { collect, joined, SMALL_RUN } from "../../lib/train/run.ts";

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
