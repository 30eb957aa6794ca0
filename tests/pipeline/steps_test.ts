import { assert, assertEquals } from "@std/assert";
import { STEPS, stepsPage, tensorInfo, TENSORS } from "../../lib/pipeline/steps.ts";

Deno.test("docs/steps.md is the list of steps and tensors (else: deno task steps)", async () => {
  assertEquals(await Deno.readTextFile(new URL("../../docs/steps.md", import.meta.url)), stepsPage());
});

Deno.test("every tensor belongs to a step, in the order of the steps", () => {
  const steps = STEPS.map(({ step }) => step as string);
  const places = TENSORS.map(({ name }) => steps.indexOf(name.split(".")[0]!));
  assert(places.every((place, i) => place >= 0 && (i === 0 || place >= places[i - 1]!)));
});

Deno.test("every step's module exists", async () => {
  for (const { module } of STEPS) await Deno.stat(new URL(`../../${module}`, import.meta.url));
});

Deno.test("tensorInfo() finds pyramid levels under their pattern", () => {
  assertEquals(tensorInfo("encoder.pyramid.rgb")?.name, "encoder.pyramid.*");
  assertEquals(tensorInfo("encoder.pyramid."), undefined);
  assertEquals(tensorInfo("encoder.colour"), undefined);
});
