/**
 * # `deno task demo [photo] [--out dir] [--encoder …]`: a photo walks through every step
 *
 * Writes a folder: `report.html` (one self-contained page), `viewer.html` (the avatar to turn, pose and play), `avatar.ply`,
 * `avatar.glb` with a walk, `parameters.npz`, `turntable.webp`, `motion.webp`, `summary.json` and `steps.json` (every tensor). Without a photo it takes the embedded one. Each file appears whole or not at all, the report last.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { isAbsolute, join, resolve } from "node:path";
import { embeddedMotion, MOTIONS, readMotion } from "../../lib/body/motion/read_motion.ts";
import { ENCODERS } from "../../lib/encoder/load.ts";
import { writeFileAtomic } from "../../lib/format/file.ts";
import { encodeGlb } from "../../lib/format/glb.ts";
import { encodeParameters } from "../../lib/format/parameters_npz.ts";
import { encodePly } from "../../lib/format/ply.ts";
import { encodeViewer } from "../../lib/format/viewer.ts";
import { SHIPPED_ENCODER } from "../../lib/localize/localizer.ts";
import { createPipeline } from "../../lib/pipeline/pipeline.ts";
import type { PipelineRun } from "../../lib/pipeline/run.ts";
import { sizeText } from "../../lib/pipeline/trace.ts";
import type { RefineStep } from "../../lib/refine/refine.ts";
import { duration, Progress } from "../../lib/plot/progress.ts";
import { type BackendName, BACKENDS, useBackend } from "../../lib/tensor/backend.ts";
import { expectInteger, expectOneOf } from "../../lib/tensor/options.ts";
import { PeakWatch } from "../../lib/tensor/peak.ts";
import { reportPage } from "./report.ts";
import { REFINE_STEPS, type RefinedPhoto, refinedPhoto, refinedText } from "./refining.ts";
import { storyOf } from "./story.ts";
import { filmFrames, motionFilm, pelvisIn, turntable } from "./films.ts";

const USAGE = `Usage: deno task demo [photo] [options]

A photo (JPEG, PNG, WebP, …) walks through every step of the pipeline; the folder then holds
report.html, viewer.html, avatar.ply, avatar.glb, parameters.npz, turntable.webp, motion.webp,
summary.json and steps.json. Files of an earlier demo there are replaced, others never without --force.

  --out DIR          where to write (default: out)
  --encoder NAME     ${ENCODERS.join(", ")} (default: ${SHIPPED_ENCODER})
  --backend NAME     auto, ${BACKENDS.join(", ")} (default: auto)
  --per-face K       Gaussians on each face
  --total N          Gaussians in all, spread by area (default: 50000, at least one on each face)
  --body FILE        an SMPL-X .npz of your own
  --refine           bring avatar and body closer to the photo, which takes about a minute; Ctrl-C ends the demo
  --force            replace files there that no demo made
  --help             this text`;

/** The Gaussians nearest to these joints are watched. */
const WATCHED_JOINTS = [
  "head",
  "left_shoulder",
  "left_elbow",
  "left_wrist",
  "right_elbow",
  "pelvis",
  "left_knee",
  "right_ankle",
];
const EMBEDDED_PHOTO = new URL("../../data/astronaut.png", import.meta.url);
const VIEWS = 36;
/** What is written beside steps.json, by which a folder of an earlier demo is known. */
const WRITTEN = [
  "avatar.ply",
  "avatar.glb",
  "parameters.npz",
  "viewer.html",
  "turntable.webp",
  "motion.webp",
  "summary.json",
  "report.html",
] as const;
const DENSE = { total: 50_000, atLeast: 1 };

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      out: { type: "string", default: "out" },
      encoder: { type: "string", default: SHIPPED_ENCODER as string },
      backend: { type: "string", default: "auto" },
      "per-face": { type: "string" },
      total: { type: "string" },
      body: { type: "string" },
      refine: { type: "boolean", default: false },
      force: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  if (positionals.length > 1) throw new TypeError(`demo: one photo at a time: got ${positionals.join(", ")}`);
  const encoder = expectOneOf("demo", "--encoder", values.encoder!, ENCODERS);
  const count = (flag: string, text: string | undefined) =>
    text === undefined ? undefined : expectInteger("demo", flag, text.trim() === "" ? NaN : Number(text), 1);
  const said = { perFace: count("--per-face", values["per-face"]), total: count("--total", values.total) };
  const counts = said.perFace ?? said.total ? said : DENSE; // one a face would starve clothes
  const photo = positionals[0] === undefined ? EMBEDDED_PHOTO : fromCaller(positionals[0]);
  const folder = fromCaller(values.out);
  await expectFolder(folder, values.force);
  const stop = new AbortController(), { signal } = stop;
  for (const name of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(name, () => stop.abort());
  const started = performance.now();
  const backend = await useBackend(
    expectOneOf("demo", "--backend", values.backend, ["auto", ...BACKENDS]) as BackendName,
  );

  const motions = await Promise.all(MOTIONS.map((name) => readMotion(embeddedMotion(name))));
  const walk = motions[MOTIONS.indexOf("walk")]!, frames = filmFrames(walk);
  const refining = values.refine ? REFINE_STEPS : 0;
  await using progress = new Progress("Photo → avatar", 9 + refining + VIEWS + frames + 7);
  const advance = async (steps: number, note: string) => {
    signal.throwIfAborted();
    await progress.advance(steps, note);
  };
  await advance(0, "loading weights");
  const pipeline = await createPipeline({
    encoder,
    body: values.body === undefined ? undefined : fromCaller(values.body),
    ...counts,
  });
  try {
    if (values.refine && !pipeline.localizer.trained) {
      throw new RangeError(
        `demo: --refine needs a fitted body, and no localizer is trained behind ${encoder}: leave one out`,
      );
    }
    const loaded = performance.now();
    using memory = new PeakWatch();
    const run = await pipeline.run(photo, {
      record: ["image.*", "encoder.*", "localize.*", "decode.*", "fit.confidence", "fit.residual", "render.image"],
      watch: { joints: WATCHED_JOINTS },
      views: "upright",
      onStep: (step) => void progress.advance(1, step),
      signal,
    });
    using refinement = new DisposableStack();
    try {
      const ran = performance.now(), peakTensorBytes = memory.bytesBeside([]);
      memory[Symbol.dispose]();
      const onStep = ({ stage, step, of }: RefineStep) => advance(1, `refining ${stage}, ${step}/${of}`);
      const refined = values.refine ? await refinedPhoto(pipeline, run, { onStep, signal }) : undefined;
      if (refined) refinement.defer(() => refined.dispose());
      const { avatar, gaussians, parameters } = refined ?? { ...run, parameters: run.body.parameters };
      const target = await pelvisIn(avatar, parameters);
      const film = await turntable(gaussians, target, VIEWS, () => advance(1, "turntable"));
      const dance = await motionFilm(avatar, parameters, walk, () => advance(1, "motion"));
      await advance(1, "files");
      const ply = await encodePly(gaussians, { comments: run.notices });
      const glb = await encodeGlb(avatar, { parameters, world: "y-down", motion: walk });
      await advance(1, "viewer");
      const photoName = typeof photo === "string" ? photo.split(/[\\/]/).at(-1)! : "astronaut.png (embedded)";
      const seconds = { load: (loaded - started) / 1e3, run: (ran - loaded) / 1e3 };
      const summary = summaryOf(run, {
        photo: photoName,
        encoder,
        backend,
        gaussians: pipeline.template.count,
        seconds,
        peakTensorBytes,
        ...(refined && { refined: { seconds: refined.seconds, psnr: refined.psnr } }),
      });
      const viewer = await encodeViewer({
        avatar,
        parameters,
        uncertainty: run.trace.tensor("localize.uncertainty"),
        confidence: run.trace.tensor("fit.confidence"),
        photo: run.trace.tensor("image.crop"),
        camera: run.body.fitted ? run.camera : undefined,
        motions,
        notices: run.notices,
        title: photoName,
      });
      await advance(1, "report");
      const report = reportPage({
        title: "One photo through every step",
        subtitle: `${photoName} · ${encoder} · ${pipeline.template.count.toLocaleString("en")} Gaussians · ${backend}`,
        notices: run.notices,
        facts: [
          ["Person", run.person.message],
          ["Gaussians", pipeline.template.count.toLocaleString("en")],
          ["Loading weights and body", duration(seconds.load * 1e3)],
          ["Photo to picture", duration(seconds.run * 1e3)],
          ...(refined ? [["Refining", refinedText(refined)] as const] : []),
          ["Peak tensor memory of the run", sizeText(peakTensorBytes)],
          ["Memory of the process", sizeText(Deno.memoryUsage().rss)],
        ],
        sections: await storyOf(run, pipeline, { turntable: film, motion: dance }, refined),
        rows: run.trace.rows,
      });
      const files: Record<typeof WRITTEN[number] | "steps.json", Uint8Array | string> = {
        "avatar.ply": ply,
        "avatar.glb": glb,
        "parameters.npz": await encodeParameters(parameters),
        "viewer.html": viewer,
        "turntable.webp": film,
        "motion.webp": dance,
        "steps.json": JSON.stringify(run.trace, null, 1) + "\n",
        "summary.json": JSON.stringify(summary, null, 2) + "\n",
        "report.html": report,
      };
      for (const [name, content] of Object.entries(files)) await writeFileAtomic(join(folder, name), content);
      await progress.advance(3, "written");
      await progress.finish();
      console.log(conclusion(run, folder, files));
    } finally {
      run.dispose();
    }
  } finally {
    pipeline.dispose();
  }
}

/** Makes the folder now: that a place cannot be written to is better known before the work than after. */
async function expectFolder(folder: string, force: boolean): Promise<void> {
  try {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.remove(await Deno.makeTempFile({ dir: folder, prefix: ".probe" }));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`demo: --out must be a folder that can be written to: got ${folder}: ${why}`);
  }
  const there = new Set(Array.from(Deno.readDirSync(folder), ({ name }) => name));
  const foreign = there.has("steps.json") ? undefined : WRITTEN.find((name) => there.has(name));
  if (foreign !== undefined && !force) {
    throw new Error(`demo: ${join(folder, foreign)} exists and no demo made it: choose another --out, or give --force`);
  }
}

/** A path as the user meant it: relative to where the task was called. */
function fromCaller(path: string): string {
  return isAbsolute(path) ? path : resolve(Deno.env.get("INIT_CWD") ?? ".", path);
}

interface Setting {
  readonly photo: string;
  readonly encoder: string;
  readonly backend: string;
  readonly gaussians: number;
  readonly seconds: { readonly load: number; readonly run: number };
  readonly peakTensorBytes: number;
  readonly refined?: Pick<RefinedPhoto, "seconds" | "psnr">;
}

function summaryOf(run: PipelineRun, setting: Setting): Record<string, unknown> {
  const { person, transform, watched, notices, trace } = run;
  const milliseconds = Object.fromEntries(
    trace.rows.filter(({ ms }) => ms > 0).map(({ name, ms }) => [name, Math.round(ms)]),
  );
  const nonFinite = trace.rows.reduce((sum, row) => sum + row.nonFinite, 0);
  return {
    ...setting,
    notices,
    fitted: run.body.fitted,
    unseen: run.body.unseen,
    person: { found: person.found, message: person.message, keypoints: person.keypoints },
    crop: transform,
    watched: watched.labels.map((label, i) => ({ label, gaussian: watched.indices[i] })),
    milliseconds,
    nonFinite,
    residentBytes: Deno.memoryUsage().rss,
  };
}

function conclusion(run: PipelineRun, folder: string, files: Readonly<Record<string, Uint8Array | string>>): string {
  const lines = Object.entries(files).map(([name, content]) =>
    `  ${name.padEnd(16)} ${sizeText(content.length).padStart(9)}`
  );
  return [
    `${run.person.message}.`,
    ...run.notices.map((notice) => `Note: ${notice}.`),
    `Written to ${folder}:`,
    ...lines,
    `Open ${join(folder, "report.html")}, and ${join(folder, "viewer.html")} to turn, pose and play the avatar.`,
  ].join("\n");
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    const stopped = error instanceof DOMException && error.name === "AbortError";
    console.error(`\n${stopped ? "Stopped; nothing was written" : error instanceof Error ? error.message : error}`);
    Deno.exit(stopped ? 130 : 1);
  }
}
