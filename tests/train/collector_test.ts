import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "node:path";
import { Collector } from "../../tools/train/collector.ts";
import { inFolder } from "../harness.ts";
import { CONFIG, tinyRun } from "./tiny_run.ts";

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

Deno.test("Collector.until() ends with the last words of a process that is done before there is enough", async () => {
  await using collector = running(`console.error("Making 3/9"); console.error("another process adds to it")`);
  await assertRejects(
    () => collector.until(() => false, new AbortController().signal),
    Error,
    "train: the process that makes examples ended before there were enough: another process adds to it",
  );
  assertEquals(collector.failed.aborted, false, "to be done is no failure");
});

Deno.test("Collector.until() has enough when the process that is done made it", async () => {
  await using collector = running("0");
  await assertRejects(() => collector.until(() => false, new AbortController().signal), Error, "it said nothing");
  await collector.until(() => true, new AbortController().signal);
});

Deno.test("A training whose collector fails ends saved after the step it is at", async () => {
  await inFolder(async (folder) => {
    await using collector = running(`throw new Error("no room")`);
    const checkpoint = join(folder, "a"), config = { ...CONFIG, steps: 100_000 };
    const { steps } = await tinyRun(checkpoint, { config, signal: collector.failed, report: 1e6, save: 1e6 });
    assert(steps < config.steps && Deno.statSync(checkpoint).size > 0);
    assertThrows(
      () => collector.failed.throwIfAborted(),
      Error,
      "train: the process that makes examples ended early: no room",
    );
  });
});

Deno.test("Collector.kill() ends a process that does not listen, and that is no failure", async () => {
  const deaf = running(`Deno.addSignalListener("SIGTERM", () => {}); console.error("deaf"); ${forever}`);
  await new Promise((later) => setTimeout(later, 1000));
  deaf.kill();
  await deaf[Symbol.asyncDispose]();
  assertEquals(deaf.failed.aborted, false);
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
    assertEquals(collector.failed.aborted, false);
  }
});

Deno.test("Collector takes in more than a pipe holds", async () => {
  await using collector = running(`console.error("x".repeat(1e6)); throw new Error("after much")`);
  await assertRejects(() => collector.until(() => false, new AbortController().signal), Error, "after much");
  assert(collector.failed.reason.message.length < 2000);
});
