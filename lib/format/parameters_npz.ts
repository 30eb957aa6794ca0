/**
 * # Body parameters in SMPL-X's names
 *
 * | key | shape | | key | shape |
 * |---|---|---|---|---|
 * | `betas` | [1, S] | | `jaw_pose`, `leye_pose`, `reye_pose` | [1, 3] |
 * | `expression` | [1, E] | | `left_hand_pose`, `right_hand_pose` | [1, 45] |
 * | `global_orient` | [1, 3] | | `transl` | [1, 3] |
 * | `body_pose` | [1, 63] | | `gender` | text |
 *
 * Axis-angle in radians, metres. Hands are full rotations from a flat hand: build an SMPL-X layer with
 * `use_pca=False, flat_hand_mean=True` and hand it these arrays as they are. The first axis is a batch of one; files
 * without it are read as well. Betas mean shapes of the body they were fitted with.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { JOINT_COUNT } from "../body/joints.ts";
import type { BodyParameters } from "../body/skinning.ts";
import { resolveOptions } from "../tensor/options.ts";
import { expectShape } from "../tensor/shape.ts";
import { exportFile, type ExportOptions, readFile } from "./file.ts";
import { floats, type Npz, readNpz, writeNpz } from "./npz.ts";

/** The parts of a pose in the order of joints: [name, joints]. */
const POSE = [
  ["global_orient", 1],
  ["body_pose", 21],
  ["jaw_pose", 1],
  ["leye_pose", 1],
  ["reye_pose", 1],
  ["left_hand_pose", 15],
  ["right_hand_pose", 15],
] as const;
const KEYS = ["betas", "expression", "transl", ...POSE.map(([name]) => name)];

/**
 * The bytes of an .npz file with body parameters.
 *
 * @throws {TypeError} if shapes do not fit.
 * @throws {RangeError} if a number is not finite.
 */
export async function encodeParameters(parameters: BodyParameters): Promise<Uint8Array<ArrayBuffer>> {
  const { betas, expression, pose, transl } = parameters;
  expectShape("encodeParameters", { betas, expression, pose, transl }, {
    betas: "s",
    expression: "e",
    pose: `${JOINT_COUNT} 3`,
    transl: "3",
  });
  const arrays: Record<string, { shape: number[]; data: Float32Array | string[] }> = {};
  const add = (name: string, data: Float32Array) => {
    const bad = data.find((number) => !Number.isFinite(number));
    if (bad !== undefined) throw new RangeError(`encodeParameters: ${name} has ${bad}: wanted finite numbers`);
    arrays[name] = { shape: [1, data.length], data };
  };
  add("betas", await betas.data() as Float32Array);
  add("expression", await expression.data() as Float32Array);
  const angles = await pose.data() as Float32Array;
  let at = 0;
  for (const [name, joints] of POSE) add(name, angles.slice(at, at += 3 * joints));
  add("transl", await transl.data() as Float32Array);
  return writeNpz({ ...arrays, gender: { shape: [], data: ["neutral"] } });
}

/**
 * Writes body parameters as an .npz file in SMPL-X's names, whole or not at all.
 *
 * @param path The file, by convention `*.npz`.
 * @throws {Deno.errors.AlreadyExists} if there is such a file, unless `force` is set.
 */
export async function writeParameters(
  path: string,
  parameters: BodyParameters,
  options: ExportOptions = {},
): Promise<void> {
  const { force } = resolveOptions<Required<ExportOptions>>("writeParameters", { force: false }, options);
  await exportFile("writeParameters", path, await encodeParameters(parameters), force);
}

/**
 * Body parameters from the bytes of an .npz file; parts that it lacks are zero, `betas` and `expression` ten numbers.
 *
 * @param name How the file is called in errors.
 * @returns parameters; the caller disposes of them.
 * @throws {SyntaxError} if the bytes are no .npz file.
 * @throws {TypeError} if an array has another shape, or there is no `body_pose`.
 * @throws {RangeError} if a number is not finite.
 */
export function decodeParameters(bytes: Uint8Array, name = "file"): BodyParameters {
  const npz = readNpz(bytes, { name, only: KEYS, maxBytes: 2 ** 24 });
  if (!npz.arrays.has("body_pose")) {
    throw new TypeError(`decodeParameters: ${name} has no "body_pose": it holds no parameters in SMPL-X's names`);
  }
  const pose = new Float32Array(3 * JOINT_COUNT);
  let at = 0;
  for (const [part, joints] of POSE) {
    pose.set(row(npz, name, part, 3 * joints), at);
    at += 3 * joints;
  }
  const parts = [row(npz, name, "betas"), row(npz, name, "expression"), row(npz, name, "transl", 3)];
  const [betas, expression, transl] = parts as [Float32Array, Float32Array, Float32Array];
  return {
    betas: tf.tensor1d(betas),
    expression: tf.tensor1d(expression),
    pose: tf.tensor2d(pose, [JOINT_COUNT, 3]),
    transl: tf.tensor1d(transl),
  };
}

/**
 * Reads body parameters from an .npz file in SMPL-X's names.
 *
 * @param path Path or file URL.
 * @returns parameters; the caller disposes of them.
 * @throws {SyntaxError} if it is no .npz file.
 * @throws {TypeError} if an array has another shape, or there is no `body_pose`.
 */
export async function readParameters(path: string | URL): Promise<BodyParameters> {
  return decodeParameters(await readFile("readParameters", path), String(path));
}

/** The numbers of one row; of any length if `width` is not given. */
function row({ arrays }: Npz, name: string, key: string, width?: number): Float32Array {
  const array = arrays.get(key);
  if (!array) return new Float32Array(width ?? 10);
  const { shape, data } = array, length = shape.at(-1) ?? 0;
  // [numbers], [1, numbers], or [joints, 3]
  const one = shape.length === 1 || (shape.length === 2 && (shape[0] === 1 || (width !== undefined && length === 3)));
  if (!one || Array.isArray(data) || (width !== undefined && data.length !== width) || data.length === 0) {
    throw new TypeError(
      `decodeParameters: ${key} of ${name} must be [1, ${width ?? "numbers"}]: got [${shape.join(", ")}]`,
    );
  }
  const numbers = floats(array), bad = numbers.find((number) => !Number.isFinite(number));
  if (bad !== undefined) throw new RangeError(`decodeParameters: ${key} of ${name} has ${bad}: wanted finite numbers`);
  return numbers;
}
