import { assertEquals, assertThrows } from "@std/assert";
import { withEntries } from "../../lib/train/settings.ts";

const config = { loop: { steps: 5, name: "a" }, mixing: ["attention"], plain: 1 };

Deno.test("withEntries() replaces entries by JSON or text and leaves the original alone", () => {
  const changed = withEntries(config, ["loop.steps=7", "loop.name=b c", 'mixing=["convolution"]']);
  assertEquals(changed, { loop: { steps: 7, name: "b c" }, mixing: ["convolution"], plain: 1 });
  assertEquals(config.loop.steps, 5);
});

Deno.test("withEntries() says what leads nowhere", () => {
  assertThrows(() => withEntries(config, ["loop.steps"]), TypeError, '"loop.steps" must be path=value');
  assertThrows(
    () => withEntries(config, ["lop.steps=7"]),
    TypeError,
    '"lop.steps" leads nowhere: known are loop, mixing, plain',
  );
  assertThrows(() => withEntries(config, ["plain.deep.er=7"]), TypeError, "leads nowhere");
  assertThrows(() => withEntries(config, ["__proto__.x=7"]), TypeError, "leads nowhere");
});

Deno.test("withEntries() refuses entries that the configuration has not", () => {
  assertThrows(
    () => withEntries(config, ["loop.stpes=7"]),
    TypeError,
    '"loop.stpes" is no entry: known are steps, name',
  );
});
