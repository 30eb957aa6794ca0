import { assertEquals, assertRejects } from "@std/assert";
import { resolveFieldConfig } from "../../lib/field/field.ts";
import { loadSignature } from "../../lib/field/gps.ts";
import { pretrainField } from "../../lib/train/pretrain_field.ts";
import { everyBackend, failsCleanly, leaves } from "../harness.ts";
import { body } from "./tiny_run.ts";

const signature = await loadSignature();
const config = resolveFieldConfig("test", { frequencies: 32, hidden: [64, 32], eigenfunctions: 8 });

everyBackend("pretrainField() explains points that it did not learn from", async () => {
  const { parameters, error } = await pretrainField(config, body, signature, { steps: 200, batch: 128, points: 1024 });
  assertEquals(Object.keys(parameters), [
    "frequencies",
    "layers.0.weight",
    "layers.0.bias",
    "layers.1.weight",
    "layers.1.bias",
  ]);
  assertEquals(error < 0.15, true, `${error}`);
}, { size: "large" });

Deno.test("pretrainField() leaves its parameters behind and no more", async () => {
  const run = () => pretrainField(config, body, signature, { steps: 2, batch: 8, points: 100 });
  await leaves("result", {}, run);
  const raw = resolveFieldConfig("test", { encoding: "raw" });
  await assertRejects(() => pretrainField(raw, body, signature), RangeError, 'has waves to teach: got "raw"');
  await failsCleanly(() => pretrainField(config, body, signature, { steps: 0 }));
});
