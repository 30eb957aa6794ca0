import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  curveFigure,
  type CurvePoint,
  curveVariants,
  pointName,
  powerLaw,
  readCurve,
} from "../../lib/ablate/learning_curve.ts";
import { Ablation } from "../../lib/ablate/table.ts";
import { tinyBench } from "./tiny_bench.ts";

Deno.test("powerLaw() finds exponent and value of a true power law, and where it would reach an error", () => {
  const law = powerLaw([100, 400, 1600], [400, 200, 100]);
  assertAlmostEquals(law.exponent, 0.5, 1e-12);
  assertAlmostEquals(law.at(900), 400 / 3, 1e-9);
  assertAlmostEquals(law.reaches(50), 6400, 1e-6);
  assertEquals(law.reaches(120), 1600); // it is there
});

Deno.test("powerLaw() never reaches what an error that does not fall would have to fall to", () => {
  assertEquals(powerLaw([1, 2], [3, 3]).reaches(2), Infinity);
  assertEquals(powerLaw([1, 2], [3, 4]).reaches(2), Infinity);
});

Deno.test("powerLaw() refuses what has no logarithm", () => {
  for (const [x, y] of [[[1], [1]], [[0, 1], [1, 1]], [[1, 2], [1, NaN]], [[1, 2], [1]]] as const) {
    assertThrows(() => powerLaw(x, y), RangeError, "powerLaw: needs two or more positive x");
  }
});

Deno.test("curveVariants(): two pictures of three are usual, the third unusual; steps are the point's own", () => {
  const variants = curveVariants(tinyBench(), [{ pictures: 400, steps: 50 }], {
    folder: "",
    entries: ["loop.steps=9", "examples.seed=11"],
  });
  const { run } = (variants[0]!.definition as { localizer: { run: Record<string, Record<string, number>> } }).localizer;
  assertEquals(variants[0]!.name, "400 pictures, 50 steps");
  assertEquals([run["examples"]!["count"], run["unusual"]!["count"], run["turned"]!["count"]], [267, 133, 0]);
  assertEquals([run["loop"]!["steps"], run["examples"]!["seed"]], [50, 11]);
});

Deno.test("readCurve() orders points along an axis, leaves out what is not measured, and draws measured and fitted lines", () => {
  const points: CurvePoint[] = [400, 100, 1600].map((pictures) => ({ pictures, steps: 50 }));
  const table = new Ablation({
    variants: points.map((point) => ({ name: pointName(point), definition: point })),
    inputs: { everyday: {} },
    metrics: [{ name: "pve_mm", better: "less" }, { name: "mpjpe_mm", better: "less" }],
    seeds: [0],
    command: "",
    cells: points.map((point) => ({
      variant: pointName(point),
      input: "everyday",
      seed: 0,
      ...(point.pictures < 1000 && {
        outcome: { figures: { pve_mm: 4000 / point.pictures, mpjpe_mm: 9 }, ms: 1, bytes: 1, measured: "" },
      }),
    })),
  });
  const curve = readCurve(table, points, "pictures");
  assertEquals(curve, { axis: "pictures", x: [100, 400], errors: { mpjpe_mm: [9, 9], pve_mm: [40, 10] } });
  const names = curveFigure(curve, "50 steps each").spec.data.map(({ name }) => name);
  assertEquals(names, ["PVE", "PVE ∝ pictures^−1", "MPJPE", "MPJPE ∝ pictures^0"]);
});
