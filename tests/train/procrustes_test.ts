import { assertAlmostEquals, assertEquals } from "@std/assert";
import { procrustesError } from "../../lib/train/procrustes.ts";
import { golden } from "../harness.ts";

const numbers = async (name: string) => await (await golden("localizer_step"))[name]!.data() as Float32Array;

Deno.test("procrustesError() equals scipy's alignment with scale", async () => {
  const found = procrustesError(await numbers("procrustes.points"), await numbers("procrustes.targets"));
  assertAlmostEquals(found, (await numbers("procrustes.error"))[0]!, 1e-5);
});

Deno.test("procrustesError() is nothing after any similarity, and refuses mirror images", () => {
  const points = Float32Array.from({ length: 30 }, (_, i) => Math.sin(i * i));
  const turned = Float32Array.from({ length: 30 }, (_, i) => {
    const [x, y, z] = points.subarray(i - i % 3) as unknown as [number, number, number];
    return [2 * y + 1, -2 * x + 5, 2 * z - 3][i % 3]!;
  });
  assertAlmostEquals(procrustesError(points, turned), 0, 1e-5);
  assertEquals(procrustesError(points, points.map((value, i) => i % 3 === 0 ? -value : value)) > 0.1, true);
});
