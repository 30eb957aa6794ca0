/**
 * # `deno task people`: pictures of synthetic people with their labels
 *
 * Writes for person i `0000i.png`, `0000i_mask.png` and `0000i.safetensors` (labels, camera and body parameters; what was
 * drawn stands in its metadata as JSON), and `sheet.png` with the first 64 at a glance. Run again with the same seed, it
 * writes the same bytes; an interrupted run goes on with `--start`.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import * as tf from "@tensorflow/tfjs";
import { writeFileAtomic } from "../../lib/format/file.ts";
import { writeSafetensors } from "../../lib/format/safetensors.ts";
import { encodeImage } from "../../lib/image/write.ts";
import { Progress } from "../../lib/plot/progress.ts";
import { useBackend } from "../../lib/tensor/backend.ts";
import { expectInteger, expectOneOf } from "../../lib/tensor/options.ts";
import { ownBackgrounds } from "./own_backgrounds.ts";
import { contactSheet } from "../../lib/train/people/contact_sheet.ts";
import type { Person } from "../../lib/train/people/person.ts";
import { PeoplePool } from "../../lib/train/people/pool.ts";
import { isForTraining, readEvaluationSets, SET_NAMES } from "../../lib/train/people/sets.ts";
import { sayErrorsInOneLine } from "../command_line.ts";

const USAGE = `Usage: deno task people [options]

Draws synthetic people with labels: image, mask, vertices, joints, 2D, visibility, camera, body parameters.

  --count N           how many (default: 64)
  --start N           index of the first (default: 0)
  --seed N            (default: 0; an evaluation set's own seed for --set everyday and hard)
  --size N            pixels a side, 64 to 512 (default: 256)
  --set NAME          ${SET_NAMES.join(", ")} (default: train)
  --backgrounds DIR   a folder of photos to use as backgrounds in training, too
  --workers N         threads (default: the machine's cores)
  --sheet-only        only sheet.png
  --out DIR           where to write (default: out/people)
  --help              this text`;
const SHEET = 64;

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      count: { type: "string", default: "64" },
      start: { type: "string", default: "0" },
      seed: { type: "string" },
      size: { type: "string", default: "256" },
      set: { type: "string", default: "train" },
      backgrounds: { type: "string" },
      workers: { type: "string", default: String(navigator.hardwareConcurrency) },
      "sheet-only": { type: "boolean", default: false },
      out: { type: "string", default: "out/people" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const set = expectOneOf("people", "--set", values.set, SET_NAMES);
  const count = expectInteger("people", "--count", Number(values.count), 1);
  const start = expectInteger("people", "--start", Number(values.start), 0);
  const size = expectInteger("people", "--size", Number(values.size), 64, 512);
  const workers = expectInteger("people", "--workers", Number(values.workers), 1, 64);
  const ownSeed = isForTraining(set) ? 0 : (await readEvaluationSets()).sets[set].seed;
  const seed = expectInteger("people", "--seed", Number(values.seed ?? ownSeed), 0);
  const folder = resolve(Deno.env.get("INIT_CWD") ?? ".", values.out);
  await Deno.mkdir(folder, { recursive: true });
  await useBackend("cpu"); // tensors only carry pictures to files
  const backgrounds = values.backgrounds === undefined ? [] : await ownBackgrounds(values.backgrounds);

  using pool = new PeoplePool({ seed, set, size, backgrounds }, Math.min(workers, count));
  await using progress = new Progress("Drawing people", count, { unit: "people" });
  const shown: Pick<Person, "image" | "size">[] = [];
  let index = start;
  const began = performance.now();
  for await (const person of pool.people(start, values["sheet-only"] ? Math.min(count, SHEET) : count)) {
    if (shown.length < SHEET) shown.push(person);
    if (!values["sheet-only"]) await writePerson(folder, index, person);
    index++;
    await progress.advance();
  }
  const sheet = contactSheet(shown);
  await writeFileAtomic(join(folder, "sheet.png"), await encodeImage(sheet));
  sheet.dispose();
  const rate = (index - start) / (performance.now() - began) * 1000;
  console.log(`${index - start} people of set ${set}, seed ${seed}, in ${folder}: ${rate.toFixed(1)} a second`);
}

async function writePerson(folder: string, index: number, person: Person): Promise<void> {
  const path = (ending: string) => join(folder, String(index).padStart(6, "0") + ending);
  const { size, parameters, camera, scene } = person, V = person.vertexSeen.length;
  const image = tf.tidy(() => tf.tensor3d(Float32Array.from(person.image), [size, size, 3]).div<tf.Tensor3D>(255));
  const mask = tf.tidy(() =>
    tf.tensor3d(Float32Array.from(person.mask), [size, size, 1]).div(255).tile<tf.Tensor3D>([1, 1, 3])
  );
  await writeFileAtomic(path(".png"), await encodeImage(image));
  await writeFileAtomic(path("_mask.png"), await encodeImage(mask));
  tf.dispose([image, mask]);
  const labels = writeSafetensors({
    vertices: { shape: [V, 3], data: person.vertices },
    joints: { shape: [55, 3], data: person.joints },
    vertices2d: { shape: [V, 2], data: person.vertices2d },
    joints2d: { shape: [55, 2], data: person.joints2d },
    vertexSeen: { shape: [V], data: person.vertexSeen },
    jointSeen: { shape: [55], data: person.jointSeen },
    K: { shape: [3, 3], data: Float32Array.from(camera.K.flat()) },
    worldToCamera: { shape: [4, 4], data: Float32Array.from(camera.worldToCamera.flat()) },
    betas: { shape: [10], data: parameters.betas },
    expression: { shape: [10], data: parameters.expression },
    pose: { shape: [55, 3], data: parameters.pose },
    transl: { shape: [3], data: parameters.transl },
  }, { scene: JSON.stringify(scene) });
  await writeFileAtomic(path(".safetensors"), labels);
}

if (import.meta.main) {
  sayErrorsInOneLine();
  await main(Deno.args);
}
