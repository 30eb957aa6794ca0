/**
 * What all tests share: every numerical test runs on every backend there is, fixtures come from `golden/`, tensors are
 * counted before and after, and comparisons with an independent reference end up in `docs/parity.json`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { readSafetensors } from "../lib/format/safetensors.ts";
import { type BackendName, BACKENDS, useBackend } from "../lib/tensor/backend.ts";
import { disposeAll, tensorsIn } from "../lib/tensor/scope.ts";

const available = new Map<BackendName, string | undefined>(); // backend → why not
for (const name of BACKENDS) {
  available.set(name, await useBackend(name).then(() => undefined, (error: Error) => error.message));
}
await useBackend("wasm");

/** Runs `fn` on wasm, then frees every tensor made inside that is still there. */
export async function scoped(fn: () => unknown): Promise<void> {
  tf.engine().startScope();
  try {
    await fn();
  } finally {
    tf.engine().endScope();
  }
}

/** Runs `fn` with a new folder, which is removed after it. */
export async function inFolder(fn: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await fn(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Which backends a test runs on. */
export interface EveryBackendOptions {
  /** `small` (default) runs on WebGPU too, where a software adapter is slow; `large` runs on wasm alone. */
  readonly size?: "small" | "medium" | "large";
  /** Only these, for a kernel that belongs to a backend; instead of `size`. */
  readonly only?: readonly BackendName[];
}

/** One test for each backend; `fn`'s tensors are freed after it. A backend that is missing skips with its reason. */
export function everyBackend(
  name: string,
  fn: (backend: BackendName) => unknown,
  { size = "small", only }: EveryBackendOptions = {},
): void {
  const chosen = only ?? { small: BACKENDS, medium: ["wasm", "cpu"] as const, large: ["wasm"] as const }[size];
  for (const backend of chosen) {
    const missing = available.get(backend);
    Deno.test({
      name: `${name} [${backend}]${missing ? ` (skipped: ${missing})` : ""}`,
      ignore: missing !== undefined,
      sanitizeOps: false, // tfjs backends keep workers and device callbacks alive on purpose
      sanitizeResources: false,
      fn: async () => {
        await useBackend(backend);
        try {
          await scoped(() => fn(backend));
        } finally {
          await useBackend("wasm");
        }
      },
    });
  }
}

/** Reads `tests/golden/NAME.safetensors`, written by the generator script of the same folder, as tensors. */
export async function golden(name: string): Promise<Record<string, tf.Tensor>> {
  const bytes = await Deno.readFile(new URL(`./golden/${name}.safetensors`, import.meta.url));
  const { arrays } = readSafetensors(bytes, `${name}.safetensors`);
  return Object.fromEntries([...arrays].map(([key, { data, shape }]) => {
    const integers = data instanceof Int32Array || data instanceof Uint8Array || data instanceof BigInt64Array;
    const numbers = integers
      ? Int32Array.from(data as ArrayLike<unknown> as ArrayLike<number>, Number)
      : Float32Array.from(data as Float32Array);
    return [key, tf.tensor(numbers, [...shape], integers ? "int32" : "float32")];
  }));
}

/** The largest absolute difference between two tensors of the same shape. */
export async function maxAbsDiff(actual: tf.Tensor, expected: tf.Tensor): Promise<number> {
  assertEquals(actual.shape, expected.shape, "shapes");
  const [a, b] = await Promise.all([actual.data(), expected.data()]);
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= most)) most = difference; // NaN is kept
  }
  return most;
}

/** One comparison with an independent reference. */
export interface Parity {
  /** The step or function compared. */
  readonly step: string;
  /** What it was compared with, and its version. */
  readonly reference: string;
  readonly version: string;
  /** The script that made the fixture. */
  readonly command: string;
  /** The bound on the absolute difference; say beside the call why it is what it is. */
  readonly tolerance: number;
}

/** Asserts that two tensors agree within the tolerance, and records the difference for `docs/parity.json`. */
export async function assertParity(actual: tf.Tensor, expected: tf.Tensor, parity: Parity): Promise<void> {
  const max_abs = await maxAbsDiff(actual, expected);
  const scale = (await expected.data() as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const row = { ...parity, backend: tf.getBackend(), max_abs, max_rel: scale > 0 ? max_abs / scale : max_abs };
  const folder = Deno.env.get("NLFGS_PARITY");
  if (folder) await Deno.writeTextFile(`${folder}/rows.jsonl`, JSON.stringify(row) + "\n", { append: true });
  assert(
    max_abs <= parity.tolerance,
    `${parity.step}: differs from ${parity.reference} by ${max_abs}, more than ${parity.tolerance}`,
  );
}

/**
 * Asserts that `fn` leaves exactly as many new tensors as its result holds (or `count`), and frees inputs and result.
 *
 * @param inputs Tensors handed to `fn`, freed here.
 */
export async function leaves<I extends Record<string, unknown>>(
  count: number | "result",
  inputs: I,
  fn: (inputs: I) => unknown,
): Promise<void> {
  const before = tf.memory().numTensors;
  try {
    const result = await fn(inputs);
    const wanted = count === "result" ? tensorsIn(result).size : count;
    assertEquals(tf.memory().numTensors - before, wanted, "tensors left behind");
    disposeAll(result);
  } finally {
    disposeAll(inputs);
  }
}

/** Asserts that a call that fails leaves no tensor behind; returns its error. */
export async function failsCleanly(fn: () => unknown): Promise<Error> {
  const before = tf.memory().numTensors;
  try {
    await fn();
  } catch (error) {
    assertEquals(tf.memory().numTensors, before, "tensors left behind by the failed call");
    return error as Error;
  }
  throw new Error("Expected the call to fail");
}
