import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { pipelineVariant } from "../../lib/ablate/pipeline_variant.ts";
import { ablate } from "../../lib/ablate/sweep.ts";
import { SMALL_BODY } from "../../lib/body/template.ts";
import type { PipelineRun } from "../../lib/pipeline/run.ts";
import { useBackend } from "../../lib/tensor/backend.ts";

Deno.test("pipelineVariant(): a replaced tensor changes what is measured of a run, and nothing stays behind", async () => {
  await useBackend("wasm");
  const before = tf.memory().numTensors;
  const measure = ({ trace }: PipelineRun) => {
    const of = (name: string) => trace.rows.find((row) => row.name === name)!.mean!;
    return { position: of("localize.position2d"), scale: of("drive.scales") };
  };
  const options = { encoder: "movenet-thunder", body: SMALL_BODY, total: 40 } as const, run = { pictureSize: 16 };
  const replace = { "drive.scales": (scales: tf.Tensor) => scales.mul(0.5) };
  const table = await ablate({
    variants: [
      pipelineVariant({ name: "as it is", options, run, measure }),
      pipelineVariant({ name: "half as large", options, run, measure, replace }),
    ],
    inputs: { astronaut: new URL("../../data/astronaut.png", import.meta.url).pathname },
    metrics: [{ name: "position", better: "less" }, { name: "scale", better: "less" }],
    seeds: [0, 1],
    progress: { to: "silent" },
  });
  const [whole, half] = ["as it is", "half as large"].map((name) => table.summary(name, "astronaut"));
  assertEquals(half!.metrics["position"]!.mean, whole!.metrics["position"]!.mean);
  assertEquals(Math.abs(half!.metrics["scale"]!.mean / whole!.metrics["scale"]!.mean - 0.5) < 1e-3, true);
  assertEquals([whole!.errors, half!.metrics["scale"]!.count], [[], 1]); // nothing is drawn: measured once
  assertEquals(tf.memory().numTensors, before);
});
