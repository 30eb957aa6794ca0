/**
 * # Checkpoints: stop anywhere, go on as if nothing had happened
 *
 * One safetensors file holds all that the next step depends on: the parameters θ in full precision, Adam's m and v, the
 * number of steps taken, and the run's configuration in the header.
 *
 * ```
 * theta.NAME   first.NAME   second.NAME           header: kind = "checkpoint", config, steps, losses
 * ```
 *
 * What a step draws at random depends on the seed and its number alone, so a run that is killed and resumed equals an unbroken
 * one, bit for bit. Files are written whole or not at all; a run of another configuration is refused with the keys that
 * differ, but for its length and the number of examples, which may be changed; a set of examples that it does not know is empty.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { digest } from "../format/digest.ts";
import { readFile, writeFileAtomic } from "../format/file.ts";
import { readSafetensors, type SafeArray, writeSafetensors } from "../format/safetensors.ts";
import { differingKeys } from "./feature_cache.ts";
import type { Optimizer } from "./optimizer.ts";

/** What is kept beside the optimizer. */
export interface Progressed {
  /** The run's configuration: plain JSON. */
  readonly config: unknown;
  /** One row for each report: steps, loss and the like. */
  readonly history: readonly Readonly<Record<string, number>>[];
}

const SETS = ["examples", "unusual", "turned", "people"]; // one that a file does not know is empty in it
const EXTENDABLE = ["loop.steps", ...SETS, ...SETS.map((set) => `${set}.count`)]; // a run may be made longer or shorter

/** The first 16 digits of a file's SHA-256, by which a run's configuration names the weights it started from. */
export async function fileDigest(path: string): Promise<string> {
  return (await digest(await readFile("train", path))).slice(0, 16);
}

/**
 * Writes a checkpoint, whole or not at all.
 *
 * @throws {Error} as {@linkcode writeFileAtomic}; an earlier checkpoint is then intact.
 */
export async function saveCheckpoint(path: string, optimizer: Optimizer, progressed: Progressed): Promise<void> {
  const arrays: Record<string, { shape: readonly number[]; data: Float32Array }> = {};
  for (const [name, variable] of Object.entries(optimizer.variables)) {
    const shape = variable.shape, { m, v } = optimizer.state.get(name)!;
    arrays[`theta.${name}`] = { shape, data: await variable.data() as Float32Array };
    arrays[`first.${name}`] = { shape, data: m };
    arrays[`second.${name}`] = { shape, data: v };
  }
  const bytes = writeSafetensors(arrays, {
    kind: "checkpoint",
    config: JSON.stringify(progressed.config),
    steps: String(optimizer.steps),
    history: JSON.stringify(progressed.history),
  });
  await writeFileAtomic(path, bytes);
}

/**
 * Puts an optimizer and its variables where they were.
 *
 * @param config The configuration of the run that wants to go on.
 * @returns the history so far.
 * @throws {SyntaxError} if the file is no checkpoint.
 * @throws {RangeError} if it belongs to another configuration; names the keys that differ. Nothing is changed then.
 * @throws {TypeError} if a parameter is missing or has another shape. Nothing is changed then.
 */
export async function loadCheckpoint(
  path: string,
  optimizer: Optimizer,
  config: unknown,
): Promise<Progressed["history"]> {
  const { arrays, metadata } = readSafetensors(await readFile("loadCheckpoint", path), path);
  if (metadata.kind !== "checkpoint") {
    throw new SyntaxError(`loadCheckpoint: ${path} is no checkpoint: wanted a file that \`task train\` wrote`);
  }
  const differing = differingKeys(JSON.parse(metadata.config ?? "null"), JSON.parse(JSON.stringify(config)))
    .filter((key) => !EXTENDABLE.includes(key));
  if (differing.length > 0) {
    throw new RangeError(
      `loadCheckpoint: ${path} is of another run, differing in ${
        differing.join(", ")
      }: use its options, or another file`,
    );
  }
  const wanted = Object.entries(optimizer.variables).map(([name, variable]) => {
    const [theta, m, v] = ["theta", "first", "second"].map((part) =>
      expectArray(path, arrays, `${part}.${name}`, variable)
    );
    return { name, variable, theta: theta!, m: m!, v: v! };
  });
  for (const { name, variable, theta, m, v } of wanted) {
    const tensor = tf.tensor(theta, variable.shape);
    variable.assign(tensor);
    tensor.dispose();
    optimizer.state.get(name)!.m.set(m);
    optimizer.state.get(name)!.v.set(v);
  }
  optimizer.steps = Number(metadata.steps);
  return JSON.parse(metadata.history ?? "[]");
}

function expectArray(
  path: string,
  arrays: ReadonlyMap<string, SafeArray>,
  name: string,
  { shape }: tf.Variable,
): Float32Array {
  const array = arrays.get(name);
  if (String(array?.shape) !== String(shape)) {
    throw new TypeError(
      `loadCheckpoint: ${path}: "${name}" must be [${shape}]: got ${array ? `[${array.shape}]` : "none"}`,
    );
  }
  return array!.data as Float32Array;
}
