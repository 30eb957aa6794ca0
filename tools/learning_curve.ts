/**
 * # `deno task curve`: what more pictures and more steps bring
 *
 * ```
 * deno task curve                                    runs against pictures, then against steps
 *
 * --pictures a,b,…   numbers of pictures, all trained for the same steps; 400,800,1600,3200,6400
 * --steps N          these; 400
 * --durations a,b,…  steps of further runs on the most pictures; 100,200,800
 * --limit N          people of each evaluation set; 60
 * --every K          every K-th vertex for PVE; 8
 * --set PATH=VALUE   an entry that all runs share, as `deno task train` takes them
 * --out DIR          runs, cells, tables and figures; out/curve
 * --figures PREFIX   the figures, PREFIX_pictures.png and PREFIX_steps.png
 * --blas FILE|off    see `deno task train`
 * ```
 *
 * Runs and measurements are kept: after Ctrl-C or `kill` the same command goes on. Two pictures of three are usual people
 * (`examples.seed`), the third unusual ones (`unusual.seed`).
 *
 * @module
 */
import { join } from "node:path";
import { LOCALIZER_METRICS, localizerInputs, openLocalizerBench } from "../lib/ablate/bench.ts";
import { curveFigure, type CurvePoint, curveVariants, powerLaw, readCurve } from "../lib/ablate/learning_curve.ts";
import { ablate } from "../lib/ablate/sweep.ts";
import { readable } from "../lib/plot/round.ts";
import { useBackend } from "../lib/tensor/backend.ts";
import { useNativeBlas } from "../lib/tensor/native_blas.ts";
import { expectInteger } from "../lib/tensor/options.ts";
import { commandLine, taskFlags } from "./command_line.ts";

const { values: flags } = await taskFlags(import.meta.url, {
  options: {
    pictures: { type: "string", default: "400,800,1600,3200,6400" },
    steps: { type: "string", default: "400" },
    durations: { type: "string", default: "100,200,800" },
    limit: { type: "string", default: "60" },
    every: { type: "string", default: "8" },
    set: { type: "string", multiple: true, default: [] },
    out: { type: "string", default: "out/curve" },
    figures: { type: "string" },
    blas: { type: "string" },
  },
});
const GOAL = 60; // mm PVE
const numbers = (flag: string, text: string) => text.split(",").map((n) => expectInteger("curve", flag, Number(n), 1));
const pictures = [...new Set(numbers("--pictures", flags.pictures))].sort((a, b) => a - b), most = pictures.at(-1)!;
const steps = expectInteger("curve", "--steps", Number(flags.steps), 1);
const people = expectInteger("curve", "--limit", Number(flags.limit), 1);
const stride = expectInteger("curve", "--every", Number(flags.every), 1);
const byPictures: CurvePoint[] = pictures.map((pictures) => ({ pictures, steps }));
const bySteps: CurvePoint[] = [...new Set([...numbers("--durations", flags.durations), steps])]
  .map((steps) => ({ pictures: most, steps }));
const runs = [...byPictures.toReversed(), ...bySteps.filter((point) => point.steps !== steps)];
const command = commandLine("curve");

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => stop.abort());
await useBackend("wasm");
if (flags.blas !== "off") useNativeBlas({ library: flags.blas });
const bench = openLocalizerBench(), { everyday, hard } = await localizerInputs(people, stride);
console.error(command);
const table = await ablate({
  variants: curveVariants(bench, runs, {
    folder: join(flags.out, "runs"),
    entries: flags.set,
  }),
  inputs: { everyday: everyday!, hard: hard! },
  metrics: LOCALIZER_METRICS,
  out: flags.out,
  command,
  name: "curve",
  signal: stop.signal,
});
bench.dispose();
console.log(`${table}\n`);
for (
  const [points, axis, held] of [
    [byPictures, "pictures", `${steps} steps each, ${people} people`],
    [bySteps, "steps", `${most} pictures each, ${people} people`],
  ] as const
) {
  const curve = readCurve(table, points, axis);
  if (curve.x.length < 2) continue;
  const law = powerLaw(curve.x, curve.errors.pve_mm), reached = law.reaches(GOAL);
  console.log(`everyday PVE goes as ${axis}^${readable(0 - law.exponent)}: ${GOAL} mm at ${readable(reached)} ${axis}`);
  await curveFigure(curve, held).save(`${flags.figures ?? join(flags.out, "curve")}_${axis}.png`);
}
Deno.exit(stop.signal.aborted ? 130 : 0); // a BLAS library may keep threads
