import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { createLocalizer } from "../../lib/localize/localizer.ts";
import { SMALL_RUN } from "../../lib/train/run.ts";
import { startRun } from "../../lib/train/run_start.ts";
import { startFrom } from "../../lib/train/start_from.ts";
import { channelStatistics } from "../../lib/train/trainee.ts";
import { flattenParameters } from "../../lib/tensor/parameters.ts";
import { leaves, maxAbsDiff, scoped } from "../harness.ts";
import { LOCALIZER, source } from "./tiny_run.ts";

const OPTIONS = { ...LOCALIZER, link: { ...LOCALIZER.link, normalization: "channel" } } as const;
const firsts = () => [source.read(0), source.read(1)];

Deno.test("startRun() measures statistics on the first examples, unless it starts from known ones", () =>
  scoped(async () => {
    using fresh = (await startRun(SMALL_RUN, OPTIONS, firsts)).trainee;
    const measured = flattenParameters(fresh.localizer().link.parameters)["statistics.mean"]!;
    const wanted = channelStatistics(firsts(), 5).mean;
    (await measured.data()).forEach((value, c) => assertAlmostEquals(value, wanted[c]!, 1e-6));
    const known = await startFrom(createLocalizer(OPTIONS), OPTIONS, SMALL_RUN.logitScale);
    using again = (await startRun(SMALL_RUN, OPTIONS, () => [], known)).trainee; // no example is asked for
    const name = "field.frequencies";
    assertEquals(await maxAbsDiff(again.variables[name]!, known.initial[name]!), 0);
  }));

Deno.test("startRun() leaves the trainee's tensors alone, and nothing where the tail's rate is no share", async () => {
  await leaves(0, {}, async () => {
    (await startRun(SMALL_RUN, OPTIONS, firsts)).trainee[Symbol.dispose]();
    const wrong = { ...SMALL_RUN, tailRate: 2 };
    await assertRejects(() => startRun(wrong, OPTIONS, firsts), RangeError, "tailRate must be from 0 to 1");
  });
});
