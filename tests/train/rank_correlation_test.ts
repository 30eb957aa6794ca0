import { assertAlmostEquals } from "@std/assert";
import { spearman } from "../../lib/train/rank_correlation.ts";
import { golden } from "../harness.ts";

const numbers = async (name: string) => await (await golden("localizer_step"))[name]!.data() as Float32Array;

Deno.test("spearman() equals scipy's, ties included", async () => {
  const found = spearman(await numbers("spearman.a"), await numbers("spearman.b"));
  assertAlmostEquals(found, (await numbers("spearman.rho"))[0]!, 1e-6);
});
