import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { duration, Progress, type ProgressOptions } from "../../lib/plot/progress.ts";

/** A progress whose clock is set by hand and whose text is kept. */
function watched(total: number, options: Partial<ProgressOptions>) {
  const clock = { time: 0 }, written: string[] = [];
  const progress = new Progress("Rendering", total, {
    write: (text) => void written.push(text),
    now: () => clock.time,
    unit: "views",
    ...options,
  });
  return { progress, clock, written };
}

Deno.test("Progress tells the time left from the time spent", async () => {
  const { progress, clock, written } = watched(4, { to: "lines" });
  clock.time = 6000;
  await progress.advance(1, "view 0");
  await progress.finish();
  assertEquals(written, [
    "Rendering 1/4 views · 25 % · 6.0 s, 18 s left · view 0\n",
    "Rendering 1/4 views · 25 % · 6.0 s · view 0\n",
  ]);
});

Deno.test("Progress adds a plain line every few seconds where there is no terminal", async () => {
  const { progress, clock, written } = watched(1000, { to: "lines" });
  for (let i = 0; i < 1000; i++) {
    clock.time += 20; // 20 s in all
    await progress.advance();
  }
  await progress.finish();
  assertEquals(written.length, 5);
  for (const line of written) assertEquals(line.includes("\r"), false, "nothing is redrawn");
});

Deno.test("Progress redraws one line in a terminal and ends it once", async () => {
  const { progress, clock, written } = watched(2, { to: "terminal" });
  {
    await using _ = progress;
    clock.time = 500;
    await progress.advance();
  }
  await progress.finish();
  assertEquals(written.length, 2);
  assertEquals(written.every((text) => text.startsWith("\r\x1b[J")), true);
  assertEquals(written.join("").split("\n").length, 2, "one line feed, at the end");
});

Deno.test("Progress redraws the lines above it, cut to the terminal's width", async () => {
  let above: string[] = [];
  const { progress, clock, written } = watched(3, { to: "terminal", columns: () => 20, above: () => above });
  for (const lines of [[], ["a", "b"], ["a"]]) {
    above = lines;
    clock.time += 500;
    await progress.advance();
  }
  assertEquals(written.map((text) => text.split("\n")), [
    ["\r\x1b[JRendering 1/3 views"],
    ["\r\x1b[Ja", "b", "Rendering 2/3 views"],
    ["\x1b[2A\r\x1b[Ja", "Rendering 3/3 views"],
  ]);
});

Deno.test("Progress.say() writes between what is drawn and redraws it, and later drawing leaves it alone", async () => {
  const above = () => ["curve"];
  const { progress, clock, written } = watched(2, { to: "terminal", above });
  await progress.advance();
  Progress.say("Stopping");
  clock.time += 500;
  await progress.advance();
  const screen: string[] = [];
  for (const text of written) { // each begins by going up and clearing to the end
    // deno-lint-ignore no-control-regex -- a terminal's orders
    const [, up = "0", lines] = /^(?:\x1b\[(\d+)A)?\r\x1b\[J(.*)$/s.exec(text)!;
    screen.splice(Math.max(0, screen.length - 1 - Number(up)), Infinity, ...lines!.split("\n"));
  }
  assertEquals(screen.slice(0, 2), ["Stopping", "curve"]);
  assertStringIncludes(screen[2]!, "Rendering 2/2 views");
  assertEquals(screen.length, 3);
});

Deno.test("Progress.say() is a plain line where lines are plain", async () => {
  const { progress, written } = watched(2, { to: "lines" });
  await progress.advance();
  Progress.say("Stopping");
  assertEquals(written.at(-1), "Stopping\n");
  assertEquals(written.length, 2);
  await progress.finish();
});

Deno.test("Progress of nothing is complete, and never counts beyond its total", async () => {
  const { progress } = watched(0, { to: "silent" });
  await progress.advance(3);
  assertStringIncludes(String(progress), "Rendering 0/0 views · 100 %");
  assertThrows(() => new Progress("x", -1), RangeError, "total must be a whole number at least 0: got -1");
});

Deno.test("duration() is read at a glance", () => {
  const told = [0, 400, 9_960, 59_400, 185_000, 7_860_000].map(duration);
  assertEquals(told, ["0.0 s", "0.4 s", "10 s", "59 s", "3 min 5 s", "2 h 11 min"]);
});
