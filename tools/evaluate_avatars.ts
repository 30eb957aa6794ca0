/**
 * # `deno task evaluate --avatars`: what avatars of people never seen look like
 *
 * ```
 * deno task evaluate --avatars                                    everyday people, figures beside baselines, photos to look at
 * deno task evaluate --avatars --people 100 --json figures.json
 * deno task evaluate --avatars --decoders out/train/decoders.safetensors
 * ```
 *
 * See `lib/train/avatars/evaluate_avatars.ts` for what is measured. A grid with the subjects' pictures beside the truth and a sheet
 * for each photo of `data/photos.json` go to a folder.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import * as tf from "@tensorflow/tfjs";
import { loadEncoder } from "../lib/encoder/load.ts";
import { LAST_BLOCKS } from "../lib/encoder/movenet_network.ts";
import { writeFileAtomic } from "../lib/format/file.ts";
import { SHIPPED_DECODERS } from "../lib/gaussian/decoder_file.ts";
import { loadPersonDetector } from "../lib/image/keypoints.ts";
import { loadSegmenter } from "../lib/image/mask.ts";
import { readImage } from "../lib/image/read.ts";
import { encodeImage } from "../lib/image/write.ts";
import { createPipeline } from "../lib/pipeline/pipeline.ts";
import { Progress } from "../lib/plot/progress.ts";
import { useBackend } from "../lib/tensor/backend.ts";
import { expectInteger, expectOneOf } from "../lib/tensor/options.ts";
import { useNativeBlas } from "../lib/tensor/native_blas.ts";
import { TensorScope } from "../lib/tensor/scope.ts";
import { type AvatarEvaluation, evaluateAvatars } from "../lib/train/avatars/evaluate_avatars.ts";
import { AVATAR_MAKERS, type AvatarMaker, type ChangeAvatar } from "../lib/train/avatars/made_avatar.ts";
import { photoSheet, type SheetParts } from "../lib/train/avatars/photo_sheet.ts";
import { type AvatarFigures, type KindFigures, PICTURE_KINDS } from "../lib/train/avatars/picture_table.ts";
import { PsnrByPerson, type PsnrChange } from "../lib/train/avatars/psnr_changes.ts";
import { photoItself } from "../lib/train/avatars/photo_itself.ts";
import type { PictureMetrics } from "../lib/train/image_metrics.ts";
import { refinedToPhoto } from "../lib/train/avatars/refined_avatar.ts";
import { SubjectSheet } from "../lib/train/avatars/subject_sheet.ts";
import { readMarkedPhotos } from "../lib/train/photos.ts";

const USAGE = `Usage: deno task evaluate --avatars [options]

Avatars of people never seen: PSNR, SSIM, mask IoU and feature distance beside baselines.

  --decoders FILE      MLP_shape and MLP_appearance; weights/decoders.safetensors if there is one, else untrained
  --weights FILE       the localizer; weights/localizer.safetensors
  --set NAME           everyday or hard (default: everyday)
  --people N           so many of the set, from the first (default: 20)
  --size N             pixels a side of the compared pictures, 64 to 512 (default: 256)
  --per-face K         Gaussians on each face (default: 1)
  --total N            Gaussians in all instead, spread by area
  --at-least K         with --total: so many on every face, whatever its area
  --true-body          on the true body alone: nothing is located and fitted
  --refine             measure again with avatars refined to their photos (about a minute each), and the difference
  --no-perceptual      without the feature distance, which takes a second a person
  --no-photos          without the real photos
  --blas FILE | off    see \`deno task train\`
  --out DIR            pictures to look at (default: out/avatars)
  --json FILE          the figures`;
const PERCEPTUAL = "movenet-thunder", PHOTO_SIZE = 320;

/** Runs the command; returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({
    args: [...args],
    options: {
      avatars: { type: "boolean" },
      decoders: { type: "string" },
      weights: { type: "string" },
      set: { type: "string", default: "everyday" },
      people: { type: "string", default: "20" },
      size: { type: "string", default: "256" },
      "per-face": { type: "string" },
      total: { type: "string" },
      "at-least": { type: "string" },
      "true-body": { type: "boolean", default: false },
      refine: { type: "boolean", default: false },
      perceptual: { type: "boolean", default: true },
      photos: { type: "boolean", default: true },
      blas: { type: "string" },
      out: { type: "string", default: "out/avatars" },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
    allowNegative: true,
  });
  if (flags.help) {
    console.log(USAGE);
    return 0;
  }
  const set = expectOneOf("evaluate", "--set", flags.set, ["everyday", "hard"]);
  const people = expectInteger("evaluate", "--people", Number(flags.people), 1);
  const size = expectInteger("evaluate", "--size", Number(flags.size), 64, 512);
  const count = (flag: "per-face" | "total" | "at-least") =>
    flags[flag] === undefined ? undefined : expectInteger("evaluate", `--${flag}`, Number(flags[flag]), 1);
  const spread = { perFace: count("per-face"), total: count("total"), atLeast: count("at-least") };
  const makers = flags["true-body"] ? ["truth_body"] as const : AVATAR_MAKERS;
  const folder = fromCaller(flags.out);
  await Deno.mkdir(folder, { recursive: true });
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => stop.abort());
  await useBackend("wasm");
  if (flags.blas !== "off") useNativeBlas({ library: flags.blas });

  const decoders = flags.decoders === undefined ? await shippedDecoders() : fromCaller(flags.decoders);
  using owned = new DisposableStack();
  const own = <T extends { dispose(): void }>(part: T) => owned.adopt(part, (loaded) => loaded.dispose());
  const pipeline = own(
    await createPipeline({
      decoders,
      localizer: flags.weights === undefined ? undefined : fromCaller(flags.weights),
      ...spread,
    }),
  );
  const parts = { ...pipeline, segmenter: own(await loadSegmenter()), detector: own(await loadPersonDetector()) };
  const perceptual = flags.perceptual
    ? own(await loadEncoder(PERCEPTUAL, { size: 256, blocks: LAST_BLOCKS }))
    : undefined;
  if (!pipeline.decoders.trained) console.error("The decoders are untrained: give --decoders FILE");
  const run = async (prefix: string, label: string, change?: ChangeAvatar) => {
    const sheet = new SubjectSheet(size), psnr = new PsnrByPerson(), photos: PictureMetrics[] = [];
    await using progress = new Progress(label, people, { unit: "people" });
    const evaluation = await evaluateAvatars(parts, {
      set,
      people,
      size,
      makers,
      perceptual,
      change,
      signal: stop.signal,
      onPerson: () => progress.advance(),
      onPicture: async (subject, shown) => {
        psnr.add(subject, shown);
        if (!change && shown.maker === makers[0] && shown.truth.kind === "input_view") {
          photos.push((await photoItself(subject, shown.truth))!); // somebody is in it: it was shown
        }
        await sheet.add(subject, shown);
      },
    });
    await progress.finish();
    print(evaluation, makers);
    const real = flags.photos && makers.some((maker) => maker === "photo")
      ? await photosPng(parts, stop.signal, change)
      : undefined;
    for (const [name, png] of Object.entries({ people: await sheet.png(), photos: real })) {
      if (png) await writeFileAtomic(join(folder, `${prefix}${name}.png`), png);
    }
    return { evaluation, psnr, photoItself: { psnr: meanOf(photos, "psnr"), ssim: meanOf(photos, "ssim") } };
  };
  const plain = await run("", "Measuring"), { psnr: photoPsnr, ssim: photoSsim } = plain.photoItself;
  console.log(
    `\nThe photo itself, cut out by the true mask, in its own view: ${photoPsnr.toFixed(2)} dB, SSIM ${
      photoSsim.toFixed(3)
    }`,
  );
  const found: Record<string, unknown> = {
    ...plain.evaluation,
    photo_itself: plain.photoItself,
    set,
    gaussians: pipeline.template.count,
    spread,
    perceptual_encoder: perceptual?.name,
    decoders: String(decoders ?? "none"),
    trained: pipeline.decoders.trained,
  };
  if (flags.refine && !stop.signal.aborted) {
    const { evaluation, psnr } = await run(
      "refined_",
      "Refining and measuring",
      refinedToPhoto({ signal: stop.signal }),
    );
    const changes = Object.fromEntries(makers.map((maker) => [maker, psnr.changesFrom(plain.psnr, maker)]));
    printChanges(changes);
    Object.assign(found, { refined: evaluation, refined_change: changes });
  }
  console.log(`\nPictures in ${folder}`);
  if (flags.json) await writeFileAtomic(fromCaller(flags.json), JSON.stringify(found, rounded, 1));
  return stop.signal.aborted ? 130 : 0;
}

const meanOf = (metrics: readonly PictureMetrics[], name: "psnr" | "ssim") =>
  metrics.reduce((sum, each) => sum + each[name], 0) / metrics.length;

/** The decoders of the repository, if there are any. */
async function shippedDecoders(): Promise<URL | undefined> {
  return await Deno.stat(SHIPPED_DECODERS).then(() => SHIPPED_DECODERS, () => undefined);
}

/** A path as the user meant it: relative to where the task was called. */
function fromCaller(path: string): string {
  return resolve(Deno.env.get("INIT_CWD") ?? ".", path);
}

/** The sheets of the marked photos, one below the other; nothing if it was stopped. */
async function photosPng(
  parts: SheetParts,
  signal: AbortSignal,
  change: ChangeAvatar | undefined,
): Promise<Uint8Array | undefined> {
  using scope = new TensorScope();
  const photos = await readMarkedPhotos(), sheets: tf.Tensor3D[] = [];
  await using progress = new Progress("Drawing photos", photos.length, { unit: "photos" });
  try {
    for (const { file } of photos) {
      signal.throwIfAborted();
      const photo = scope.own(await readImage(new URL(`../data/${file}`, import.meta.url)));
      sheets.push(scope.own(await photoSheet(parts, photo, PHOTO_SIZE, change)));
      await progress.advance();
    }
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined;
    throw error;
  }
  return await encodeImage(scope.own(tf.concat(sheets, 0)));
}

function print({ people, truth_body, ...photo }: AvatarEvaluation, makers: readonly AvatarMaker[]): void {
  console.log(`\n${people} people`);
  if (makers.includes("photo")) table("from the photo alone", photo);
  if (makers.includes("truth_body")) table("with the true body", truth_body);
}

const COLUMNS = ["psnr", "ssim", "mask_iou", "perceptual"] as const;

function table(title: string, { by_angle, ...kinds }: AvatarFigures): void {
  const cells = (figures: Partial<KindFigures>) =>
    COLUMNS.map((key) => Number.isFinite(figures[key]) ? figures[key]!.toFixed(key === "psnr" ? 2 : 3) : "–");
  const line = (name: string, values: readonly string[]) =>
    console.log(name.padEnd(28) + values.map((value) => value.padStart(12)).join(""));
  console.log("");
  line(title, [...COLUMNS, "gain dB"]);
  for (const kind of PICTURE_KINDS) {
    const figures = kinds[kind];
    line(kind.replace("_", " "), [...cells(figures), figures.gain_over_best_baseline_db.toFixed(2)]);
    for (const [name, baseline] of Object.entries(figures.baselines)) {
      line(`  ${name.replaceAll("_", " ")}`, [...cells(baseline), ""]);
    }
  }
  for (const [angle, figures] of Object.entries(by_angle)) {
    line(`new view at ${angle}°`, [...cells(figures), figures.gain_over_best_baseline_db.toFixed(2)]);
  }
}

function printChanges(changes: Record<string, Record<string, PsnrChange>>): void {
  console.log("\nWhat refining changes, dB                mean       worst person");
  for (const [maker, kinds] of Object.entries(changes)) {
    for (const [kind, { mean_db, worst_person_db }] of Object.entries(kinds)) {
      const name = `${maker} ${kind}`.replaceAll("_", " ");
      console.log(`  ${name.padEnd(32)}${mean_db.toFixed(2).padStart(12)}${worst_person_db.toFixed(2).padStart(16)}`);
    }
  }
}

function rounded(_key: string, value: unknown): unknown {
  if (typeof value !== "number") return value;
  return Number.isFinite(value) ? Number(value.toFixed(4)) : null;
}
