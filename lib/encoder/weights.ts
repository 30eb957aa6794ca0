/**
 * # Weights from a file, checked before they are used
 *
 * A network is only as good as its numbers. A file that lacks a tensor, holds one of another shape, or holds NaN gives
 * features that look plausible and mean nothing, so all of this is an error here, with the tensor's name, what was
 * wanted and what came.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { fileURLToPath } from "node:url";
import { readFile } from "../format/file.ts";
import { readSafetensors, type Safetensors } from "../format/safetensors.ts";
import { disposeAll } from "../tensor/scope.ts";

/** A network's parameters by name. */
export type Weights = Readonly<Record<string, tf.Tensor>>;
/** The shapes that a network wants, by name. */
export type Shapes = Readonly<Record<string, readonly number[]>>;

/** A parsed weight file. */
export interface WeightFile extends Safetensors {
  /** Who reads it, for errors. */
  readonly caller: string;
  /** Its path. */
  readonly path: string;
}

/** The path of a file that is part of this library, such as `dinov2_s.safetensors`. */
export function embeddedWeights(name: string): string {
  return fileURLToPath(new URL(`../../weights/${name}`, import.meta.url));
}

/**
 * Reads and parses a weight file; no tensor is made yet.
 *
 * @throws {Deno.errors.NotFound} if there is no file.
 * @throws {SyntaxError} if it is no safetensors file.
 */
export async function openWeights(caller: string, path: string): Promise<WeightFile> {
  return { ...readSafetensors(await readFile(caller, path), path), caller, path };
}

/**
 * The shape of one array of the file, for networks that read their architecture from it.
 *
 * @throws {TypeError} if the file has no such array, or one of another rank.
 */
export function shapeOf({ arrays, caller, path }: WeightFile, name: string, rank: number): readonly number[] {
  const shape = arrays.get(name)?.shape;
  if (shape?.length === rank) return shape;
  const came = shape ? `[${shape.join(", ")}]` : "no such tensor";
  throw new TypeError(`${caller}: ${path}: "${name}" must be a tensor of rank ${rank}: got ${came}`);
}

/**
 * Makes tensors of the arrays that are wanted; what else the file holds is left alone.
 *
 * @returns float32 tensors by name; the caller disposes of them. None is left behind on an error.
 * @throws {TypeError} if an array is missing or has another shape.
 * @throws {RangeError} if a number is NaN or infinite.
 */
export function takeWeights(file: WeightFile, shapes: Shapes): Weights {
  const taken: Record<string, tf.Tensor> = {};
  try {
    for (const [name, shape] of Object.entries(shapes)) taken[name] = take(file, name, shape);
    return taken;
  } catch (error) {
    disposeAll(taken);
    throw error;
  }
}

function take({ arrays, caller, path }: WeightFile, name: string, shape: readonly number[]): tf.Tensor {
  const array = arrays.get(name);
  const wanted = `"${name}" [${shape.join(", ")}]`;
  if (array === undefined) {
    throw new TypeError(`${caller}: ${path} lacks ${wanted}: are these weights of another network?`);
  }
  if (!tf.util.arraysEqual([...array.shape], [...shape])) {
    throw new TypeError(`${caller}: ${path}: wanted ${wanted}: got [${array.shape.join(", ")}]`);
  }
  const data = array.data instanceof Float32Array ? array.data : Float32Array.from(array.data as ArrayLike<number>);
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RangeError(`${caller}: ${path}: ${wanted} holds ${data[bad]} at element ${bad}: wanted numbers`);
  }
  return tf.tensor(data, [...shape]);
}
