/**
 * # `deno task bench [steps] [localizer] [train] [fit] [splat] [viewer] [drive] [--json FILE] [--markdown FILE] [--backend NAME] [--encoder NAME] [--quick]`
 *
 * Time and memory of our steps, and the peer's time on the same work in the same run (`ratio` is always the peer's time over
 * ours). Prints Markdown tables; `--json` writes the figures under stable keys, `--markdown` the tables (`docs/bench.md` is one).
 * Nothing here asserts a time.
 *
 * @module
 */
import { resolve } from "node:path";
import { ENCODERS } from "../lib/encoder/load.ts";
import { writeFileAtomic } from "../lib/format/file.ts";
import { BACKENDS, useBackend } from "../lib/tensor/backend.ts";
import { expectOneOf } from "../lib/tensor/options.ts";
import { taskFlags } from "../tools/command_line.ts";
import { benchDrive } from "./drive.ts";
import { benchFit } from "./fit.ts";
import { benchPhotoFit } from "./photo_fit.ts";
import { benchLocalizer } from "./localizer.ts";
import { benchSplat, type SplatCase } from "./splat.ts";
import { benchSteps } from "./steps.ts";
import { benchTraining } from "./train.ts";
import { benchViewer } from "./viewer.ts";

const PARTS = ["steps", "localizer", "train", "fit", "splat", "viewer", "drive"] as const;

/** Rows as a Markdown table. */
function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const { values, positionals } = await taskFlags(import.meta.url, {
  allowPositionals: true,
  options: {
    json: { type: "string" },
    markdown: { type: "string" },
    backend: { type: "string", default: "wasm" },
    encoder: { type: "string", default: "dinov2-s" },
    quick: { type: "boolean", default: false },
  },
});
const parts = positionals.length > 0 ? positionals.map((part) => expectOneOf("bench", "part", part, PARTS)) : PARTS;
const backend = await useBackend(expectOneOf("bench", "--backend", values.backend, ["auto", ...BACKENDS]));
const encoder = expectOneOf("bench", "--encoder", values.encoder, ENCODERS);
const repeats = values.quick ? 1 : 3;
const counts = values.quick ? [25_000] : [25_000, 50_000, 100_000];
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
const machine = { backend, cores: navigator.hardwareConcurrency, deno: Deno.version.deno, system: Deno.build.target };
const page: string[] = [];
const say = (text: string) => {
  page.push(text);
  console.log(text);
};
const figures: Record<string, unknown> = { machine };
say(`Backend ${backend}, ${machine.cores} cores, Deno ${machine.deno}, ${machine.system}\n`);

if (parts.includes("steps")) {
  const rows = await benchSteps({ counts, encoder, repeats });
  figures.steps = rows;
  say("## Steps: least of several runs; peak tensor memory above the start, results not counted\n");
  say(table(
    ["step", "Gaussians", "ms", "peak MB", "result MB"],
    rows.map((
      row,
    ) => [row.step, row.gaussians || "–", row.ms.toFixed(0), megabytes(row.peakBytes), megabytes(row.resultBytes)]),
  ));
  const growth = counts.length > 1
    ? ["field + localize", "sample + decode", "drive", "render 512²", "export .ply"].map((step) => {
      const peaks = counts.map((count) => rows.find((row) => row.step === step && row.gaussians === count)!.peakBytes);
      return [step, peaks.at(-1)! / peaks[0]!] as const;
    })
    : [];
  for (const [step, factor] of growth) {
    say(`\nPeak of ${step} from ${counts[0]} to ${counts.at(-1)} Gaussians: × ${factor.toFixed(3)}`);
  }
  figures.peak_growth = Object.fromEntries(growth);
}

if (parts.includes("localizer")) {
  const { rows, torch, threads } = await benchLocalizer({ counts, sides: [16], repeats });
  say(`\n## Localizer head beside PyTorch ${torch} with ${threads} threads\n`);
  say(
    "Ours on wasm is one thread of 128-bit vectors (25–35 GFLOP/s a core); PyTorch uses every core and its widest vectors. " +
      "Ratio: its time over ours.\n",
  );
  say(table(
    ["grid", "Gaussians", "order", "ours ms", "PyTorch ms", "ratio"],
    rows.map((
      row,
    ) => [`${row.side}²`, row.points, row.method, row.ms.toFixed(0), row.peerMs.toFixed(0), row.ratio.toFixed(2)]),
  ));
  const last = (method: string) => rows.findLast((row) => row.method === method && row.side === 16)!.ratio;
  figures.localizer = { ratio_naive: last("naive"), ratio_reordered: last("reordered"), torch, threads, rows };
}

if (parts.includes("train")) {
  const sizes = values.quick ? [[8, 96]] as const : [[4, 96], [8, 96], [16, 96], [8, 48], [8, 192]] as const;
  const { rows, torch, threads } = await benchTraining({ sizes, repeats: 2 * repeats });
  say(`\n## Training step beside PyTorch ${torch} with ${threads} threads\n`);
  say(table(
    ["batch", "points", "products", "ours ms", "steps/s", "PyTorch ms", "ratio"],
    rows.map((row) => [
      row.batch,
      row.points,
      row.products,
      row.ms.toFixed(0),
      row.stepsPerSecond.toFixed(1),
      row.peerMs.toFixed(0),
      row.ratio.toFixed(2),
    ]),
  ));
  const best = rows.filter((row) => row.batch === 8 && row.points === 96).at(-1)!;
  figures.train = { ratio: best.ratio, torch, threads, rows };
}

if (parts.includes("viewer")) {
  const rows = await benchViewer({ counts, repeats });
  say("\n## Viewer page: milliseconds for each picture of a motion, drawing not counted\n");
  say(table(
    ["Gaussians", "harmonics", "pose the body", "place Gaussians", "colours", "write", "together"],
    rows.map(({ gaussians, harmonics, ...times }) => [
      gaussians,
      harmonics,
      ...[times.pose, times.place, times.color, times.write, times.total].map((ms) => ms.toFixed(1)),
    ]),
  ));
  figures.viewer = rows;
}

if (parts.includes("drive")) {
  const { rows, torch, threads } = await benchDrive({ counts, repeats });
  say(`\n## Skinning and driving a frame beside PyTorch ${torch} with ${threads} threads\n`);
  say(table(
    ["Gaussians", "ours ms", "PyTorch ms", "ratio"],
    rows.map((row) => [row.gaussians, row.ms.toFixed(1), row.peerMs.toFixed(1), row.ratio.toFixed(2)]),
  ));
  figures.drive = { ratio: rows.at(-1)!.ratio, torch, threads, rows };
}

if (parts.includes("fit")) {
  const fit = await benchFit({ people: values.quick ? 2 : 8, batches: values.quick ? [1, 8] : [1, 8, 32], repeats });
  say(`\n## Fitting the body beside smplfitter ${fit.smplfitter}, PyTorch ${fit.torch} with ${fit.threads} threads\n`);
  say(table(
    ["smplfitter's batch", "smplfitter ms", "our closed form ms", "fits/s", "ratio", "with polish ms"],
    fit.speed.map((row) => [
      row.batch,
      row.peerMs.toFixed(1),
      row.ms.toFixed(1),
      row.fitsPerSecond.toFixed(1),
      row.ratio.toFixed(2),
      row.polishedMs.toFixed(0),
    ]),
  ));
  say(
    `\nSame points and options: ${
      fit.parity_mm.toFixed(4)
    } mm apart. Mean vertex error in mm, all vertices (those seen):\n`,
  );
  const millimetres = ([all, seen]: readonly [number, number]) => `${all.toFixed(2)} (${seen.toFixed(2)})`;
  say(table(
    ["noise mm", "missing", "smplfitter", "our closed form", "with polish"],
    fit.quality.map((row) => [
      row.noise,
      `${100 * row.missing} %`,
      ...[row.peer, row.closed, row.polished].map(millimetres),
    ]),
  ));
  const photos = await benchPhotoFit(values.quick ? 8 : 100);
  say(`\nFrom pictures of the first ${photos.people} everyday people, with the true camera:\n`);
  say(table(
    ["PVE mm, located", "fitted", "IoU, bare body", "clothed", "true body, clothed"],
    [[
      photos.pve_before_mm.toFixed(1),
      photos.pve_after_mm.toFixed(1),
      photos.iou.toFixed(3),
      photos.iou_clothed.toFixed(3),
      photos.iou_ceiling.toFixed(3),
    ]],
  ));
  figures.fit = { ratio: fit.speed.at(-1)!.ratio, ...fit, ...photos };
}

if (parts.includes("splat")) {
  const draw = (count: number, side: number): SplatCase => ({ count, side, backward: false });
  const learn = (count: number, side: number): SplatCase => ({ count, side, backward: true });
  const compared = [draw(80_000, 512), learn(10_000, 128)];
  const grown = values.quick ? [] : [
    ...[20_000, 40_000, 160_000].map((count) => draw(count, 512)),
    ...[128, 256, 1024].map((side) => draw(80_000, side)),
    ...[20_000, 40_000].map((count) => learn(count, 128)),
    ...[256, 512].map((side) => learn(10_000, side)),
  ];
  const often = 5 * repeats; // WebAssembly is compiled well only once it has run for a while
  const { rows, torch, threads } = await benchSplat({ compared, grown, repeats: often });
  say(`\n## Splatting beside PyTorch ${torch} with ${threads} threads\n`);
  say(table(
    ["Gaussians", "picture", "", "ours ms", "PyTorch, tiles ms", "PyTorch, pairs ms", "ratio"],
    rows.map((row) => [
      row.count,
      `${row.side}²`,
      row.backward ? "forward + backward" : "forward",
      row.ms.toFixed(1),
      row.tilesMs?.toFixed(0) ?? "–",
      row.pairsMs?.toFixed(0) ?? "–",
      row.ratio?.toFixed(1) ?? "–",
    ]),
  ));
  figures.splat = { ratio: rows[0]!.ratio, forward_backward_ratio: rows[1]!.ratio, torch, threads, rows };
}

const fromCaller = (path: string) => resolve(Deno.env.get("INIT_CWD") ?? ".", path);
if (values.json !== undefined) {
  await writeFileAtomic(fromCaller(values.json), JSON.stringify(figures, null, 2) + "\n");
}
if (values.markdown !== undefined) {
  const head = `# Time and memory\n\nWritten by \`deno task bench --markdown docs/bench.md\`.\n`;
  await writeFileAtomic(fromCaller(values.markdown), `${head}\n${page.join("\n")}\n`);
}
