import { assert, assertEquals, assertRejects } from "@std/assert";
import { Collector } from "../../tools/train/collector.ts";

/** A process that runs a line of code. */
const running = (code: string) => new Collector(["eval", code]);
const forever = "setInterval(() => {}, 1000);";

Deno.test("Collector.until() ends with the process's own reason when it fails before there is enough", async () => {
  await using collector = running(`console.error("Making 3/9"); throw new Error("no room")`);
  await assertRejects(
    () => collector.until(() => false, new AbortController().signal),
    Error,
    "train: the process that makes examples ended before there were enough: no room",
  );
});

Deno.test("Collector.until() waits for enough, and no longer than until it is stopped", async () => {
  await using collector = running(forever);
  let asked = 0;
  await collector.until(() => ++asked === 2, new AbortController().signal);
  assertEquals(asked, 2);
  const stop = new AbortController(), waiting = collector.until(() => false, stop.signal);
  stop.abort();
  await waiting;
});

Deno.test("Collector that is done, or ended by its owner, has not failed", async () => {
  const done = running("0"), ended = running(forever);
  for (const collector of [done, ended]) {
    await collector[Symbol.asyncDispose]();
    assertEquals(collector.failure, undefined);
  }
});

Deno.test("Collector takes in more than a pipe holds", async () => {
  await using collector = running(`console.error("x".repeat(1e6)); throw new Error("after much")`);
  await assertRejects(() => collector.until(() => false, new AbortController().signal), Error, "after much");
  assert(collector.failure!.length < 2000);
});
