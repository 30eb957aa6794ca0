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
import { writeFileAtomic } from "../lib/format/file.ts";
import { SHIPPED_DECODERS } from "../lib/gaussian/decoder_file.ts";
import { loadPersonDetector } from "../lib/image/keypoints.ts";
import { loadSegmenter } from "../lib/image/mask.ts";
import { readImage } from "../lib/image/read.ts";
import { encodeImage } from "../lib/image/write.ts";
import { refine } from "../lib/refine/refine.ts";
import { createPipeline } from "../lib/pipeline/pipeline.ts";
import { Progress } from "../lib/plot/progress.ts";
import { useBackend } from "../lib/tensor/backend.ts";
import { expectInteger, expectOneOf } from "../lib/tensor/options.ts";
import { useNativeBlas } from "../lib/tensor/native_blas.ts";
import { disposeAll } from "../lib/tensor/scope.ts";
import { type AvatarEvaluation, evaluateAvatars } from "../lib/train/avatars/evaluate_avatars.ts";
import { freeAvatar } from "../lib/train/avatars/baselines.ts";
import type { ChangeAvatar, MadeAvatar } from "../lib/train/avatars/made_avatar.ts";
import { photoSheet, type SheetParts } from "../lib/train/avatars/photo_sheet.ts";
import { type AvatarFigures, type KindFigures, PICTURE_KINDS } from "../lib/train/avatars/picture_table.ts";
import { PsnrByPerson, type PsnrChange } from "../lib/train/avatars/psnr_changes.ts";
import { SubjectSheet } from "../lib/train/avatars/subject_sheet.ts";
import { readMarkedPhotos } from "../lib/train/photos.ts";

const USAGE = `Usage: deno task evaluate --avatars [options]

Avatars of people never seen: PSNR, SSIM, mask IoU and feature distance beside baselines.

  --decoders FILE      MLP_shape and MLP_appearance; weights/decoders.safetensors if there is one, else untrained
  --weights FILE       the localizer; weights/localizer.safetensors
  --set NAME           everyday or hard (default: everyday)
  --people N           so many of the set, from the first (default: 20)
  --size N             pixels a side of the compared pictures, 64 to 512 (default: 256)
  --total N            Gaussians in all, spread by area; one on each face unless told
  --refine             measure again with avatars refined to their photos (up to a minute each), and the difference
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
      total: { type: "string" },
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
  const total = flags.total === undefined ? undefined : expectInteger("evaluate", "--total", Number(flags.total), 1);
  const folder = fromCaller(flags.out);
  await Deno.mkdir(folder, { recursive: true });
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => stop.abort());
  await useBackend("wasm");
  if (flags.blas !== "off") useNativeBlas({ library: flags.blas });

  const decoders = flags.decoders === undefined ? await shippedDecoders() : fromCaller(flags.decoders);
  const pipeline = await createPipeline({
    decoders,
    localizer: flags.weights === undefined ? undefined : fromCaller(flags.weights),
    total,
  });
  const parts = { ...pipeline, segmenter: await loadSegmenter(), detector: await loadPersonDetector() };
  const perceptual = flags.perceptual ? await loadEncoder(PERCEPTUAL, { size: 256 }) : undefined;
  if (!pipeline.decoders.trained) console.error("The decoders are untrained: give --decoders FILE");
  const run = async (prefix: string, label: string, change?: ChangeAvatar) => {
    const sheet = new SubjectSheet(size), psnr = new PsnrByPerson();
    await using progress = new Progress(label, people, { unit: "people" });
    const evaluation = await evaluateAvatars(parts, {
      set,
      people,
      size,
      perceptual,
      change,
      signal: stop.signal,
      onPerson: () => progress.advance(),
      onPicture: async (subject, shown) => {
        psnr.add(subject, shown);
        await sheet.add(subject, shown);
      },
    });
    await progress.finish();
    print(evaluation);
    await writeFileAtomic(join(folder, `${prefix}people.png`), await sheet.png());
    if (flags.photos && !stop.signal.aborted) {
      await writeFileAtomic(join(folder, `${prefix}photos.png`), await photosPng(parts, stop.signal, change));
    }
    return { evaluation, psnr };
  };
  const plain = await run("", "Measuring");
  const found: Record<string, unknown> = {
    ...plain.evaluation,
    set,
    perceptual_encoder: perceptual?.name,
    decoders: String(decoders ?? "none"),
    trained: pipeline.decoders.trained,
  };
  if (flags.refine && !stop.signal.aborted) {
    const { evaluation, psnr } = await run("refined_", "Refining and measuring", refined);
    const makers = ["photo", "truth_body"] as const;
    const changes = Object.fromEntries(makers.map((maker) => [maker, psnr.changesFrom(plain.psnr, maker)]));
    printChanges(changes);
    Object.assign(found, { refined: evaluation, refined_change: changes });
  }
  console.log(`\nPictures in ${folder}`);
  if (flags.json) await writeFileAtomic(fromCaller(flags.json), JSON.stringify(found, rounded, 1));
  return stop.signal.aborted ? 130 : 0;
}

/** The decoders of the repository, if there are any. */
async function shippedDecoders(): Promise<URL | undefined> {
  return await Deno.stat(SHIPPED_DECODERS).then(() => SHIPPED_DECODERS, () => undefined);
}

/** A path as the user meant it: relative to where the task was called. */
function fromCaller(path: string): string {
  return resolve(Deno.env.get("INIT_CWD") ?? ".", path);
}

/** The avatar refined to its photo; the true body stays where it is. */
async function refined({ maker, avatar, crop, body, estimate }: MadeAvatar): ReturnType<ChangeAvatar> {
  const { parameters, mask, camera } = body, still = maker === "truth_body" ? { bodySteps: 0 } : {};
  const { shown, ...result } = await refine(avatar, { crop, mask, camera }, parameters, { estimate, ...still });
  shown.dispose();
  freeAvatar(avatar);
  return result;
}

/** The sheets of the marked photos, one below the other. */
async function photosPng(
  parts: SheetParts,
  signal: AbortSignal,
  change: ChangeAvatar | undefined,
): Promise<Uint8Array> {
  const photos = await readMarkedPhotos(), sheets: tf.Tensor3D[] = [];
  await using progress = new Progress("Drawing photos", photos.length, { unit: "photos" });
  for (const { file } of photos) {
    if (signal.aborted) break;
    const photo = await readImage(new URL(`../data/${file}`, import.meta.url));
    sheets.push(await photoSheet(parts, photo, PHOTO_SIZE, change).finally(() => photo.dispose()));
    await progress.advance();
  }
  const all = tf.concat(sheets, 0);
  return await encodeImage(all).finally(() => disposeAll(all, sheets));
}

function print({ people, truth_body, ...photo }: AvatarEvaluation): void {
  console.log(`\n${people} people`);
  table("from the photo alone", photo);
  table("with the true body", truth_body);
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
