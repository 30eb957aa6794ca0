import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { SMALL_BODY } from "../../lib/body/template.ts";
import { createPipeline } from "../../lib/pipeline/pipeline.ts";
import type { RefineStep } from "../../lib/refine/refine.ts";
import { refineRun } from "../../lib/refine/refine_run.ts";
import { failsCleanly, maxAbsDiff } from "../harness.ts";

const PHOTO = new URL("../../data/astronaut.png", import.meta.url);
const QUICK = { bodySteps: 1, steps: 1, size: 64 };

Deno.test({
  name: "refineRun() refines a run to its photo, leaves the run as it was, and frees all when disposed of",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const pipeline = await createPipeline({ body: SMALL_BODY, total: 500 });
    const run = await pipeline.run(PHOTO, { record: ["image.*", "render.image"], pictureSize: 96 });
    const before = tf.memory().numTensors, { sh } = run.avatar, colours = await sh.data();
    const refined = await refineRun(pipeline, run, QUICK);
    assert(await maxAbsDiff(refined.parameters.pose, run.body.parameters.pose) > 0, "the body moved");
    assert(await maxAbsDiff(refined.avatar.sh, sh) > 0, "colours changed");
    assertEquals(refined.image.shape, [96, 96, 4]);
    assert(await maxAbsDiff(refined.image, run.trace.tensor("render.image")) > 0);
    assertEquals([refined.losses.body.length, refined.losses.gaussians.length], [1, 1]);
    refined.dispose();
    assertEquals(tf.memory().numTensors, before);
    assertEquals(await sh.data(), colours);

    const stop = new AbortController();
    const onStep = ({ stage }: RefineStep) => stage === "gaussians" ? stop.abort() : undefined;
    const stopped = await failsCleanly(() =>
      refineRun(pipeline, run, { ...QUICK, steps: 9, onStep, signal: stop.signal })
    );
    assertEquals(stopped.name, "AbortError");
    run.dispose();

    const faint = await pipeline.run(PHOTO, {
      record: ["image.*", "render.image"],
      pictureSize: 96,
      replace: { "decode.opacity": (opacity) => opacity.mul(0.1) },
    });
    assertEquals(faint.replaced, ["decode.opacity"]);
    const still = await refineRun(pipeline, faint, { ...QUICK, steps: 0 });
    assert(await maxAbsDiff(still.parameters.pose, faint.body.parameters.pose) > 0, "the body moved");
    assert(await maxAbsDiff(still.avatar.opacity, faint.avatar.opacity) < 1e-5, "what was replaced stays");
    still.dispose();
    faint.dispose();

    const unrecorded = await pipeline.run(PHOTO);
    const missing = await failsCleanly(() => refineRun(pipeline, unrecorded, QUICK));
    assert(missing.message.includes('"image.crop" was not kept: pass it in record'), missing.message);
    const unfitted = { ...unrecorded, body: { ...unrecorded.body, fitted: false } };
    const standing = await failsCleanly(() => refineRun(pipeline, unfitted, QUICK));
    assert(standing.message.startsWith("refineRun: the body was not fitted to the photo"), standing.message);
    unrecorded.dispose();
    pipeline.dispose();
  },
});
