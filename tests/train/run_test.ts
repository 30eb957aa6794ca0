import { assertEquals, assertThrows } from "@std/assert";
import { joined } from "../../lib/train/run.ts";

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
