/**
 * # Reading .ply: Gaussians from our own files and others'
 *
 * Columns are found by name, so that files with fewer harmonics, without normals, with further columns or other number
 * types are read as well. Logarithms and logits are undone; the harmonics are in the file's own frame, x right, y down,
 * z forward for most.
 *
 * A file is hostile until parsed: the header's length, the count and the rows' width are held against the file's size
 * before anything is allocated.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Gaussians } from "../gaussian/gaussians.ts";
import { readFile } from "./file.ts";

const MAX_HEADER = 1 << 16;

interface NumberType {
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
}

const int8: NumberType = { bytes: 1, read: (view, at) => view.getInt8(at) };
const uint8: NumberType = { bytes: 1, read: (view, at) => view.getUint8(at) };
const int16: NumberType = { bytes: 2, read: (view, at) => view.getInt16(at, true) };
const uint16: NumberType = { bytes: 2, read: (view, at) => view.getUint16(at, true) };
const int32: NumberType = { bytes: 4, read: (view, at) => view.getInt32(at, true) };
const uint32: NumberType = { bytes: 4, read: (view, at) => view.getUint32(at, true) };
const float32: NumberType = { bytes: 4, read: (view, at) => view.getFloat32(at, true) };
const float64: NumberType = { bytes: 8, read: (view, at) => view.getFloat64(at, true) };
/** Types by both families of names in use. */
const TYPES: Readonly<Record<string, NumberType>> = {
  ...{
    char: int8,
    uchar: uint8,
    short: int16,
    ushort: uint16,
    int: int32,
    uint: uint32,
    float: float32,
    double: float64,
  },
  ...{ int8, uint8, int16, uint16, int32, uint32, float32, float64 },
};

interface Column {
  readonly type: NumberType;
  /** Bytes from the row's beginning. */
  readonly offset: number;
}

interface Layout {
  readonly count: number;
  /** Bytes of a row. */
  readonly stride: number;
  /** Where the first row begins. */
  readonly start: number;
  readonly columns: ReadonlyMap<string, Column>;
}

/**
 * Gaussians from the bytes of a binary little-endian .ply file.
 *
 * @param bytes The whole file.
 * @param name How the file is called in errors.
 * @returns the Gaussians, without `frames`; the caller disposes of them.
 * @throws {SyntaxError} if it is no such file, is truncated, or lacks the columns of a Gaussian.
 */
export function decodePly(bytes: Uint8Array, name = "file"): Gaussians {
  const fail = (why: string): never => {
    throw new SyntaxError(`decodePly: ${name} is no .ply of Gaussians: ${why}`);
  };
  const { count, stride, start, columns } = parseHeader(bytes, fail);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const columnOf = (column: string): Column => columns.get(column) ?? fail(`it has no column "${column}"`);
  /** [n, names]: the columns of these names side by side, each number through `undo`. */
  const gather = (names: readonly string[], undo: (value: number) => number = (value) => value): Float32Array => {
    const found = names.map(columnOf);
    const out = new Float32Array(count * names.length);
    for (let row = 0; row < count; row++) {
      found.forEach(({ type, offset }, i) => {
        out[row * names.length + i] = undo(type.read(view, start + row * stride + offset));
      });
    }
    return out;
  };
  const rest = [...columns.keys()].filter((column) => /^f_rest_\d+$/.test(column)).length;
  const harmonics = rest / 3 + 1;
  if (![1, 4, 9, 16].includes(harmonics)) fail(`it has ${rest} columns f_rest_*, wanted 0, 9, 24 or 45`);
  const shColumns = Array.from({ length: harmonics * 3 }, (_, i) => {
    const [k, channel] = [Math.floor(i / 3), i % 3]; // ours: harmonic by harmonic; the file's: colour by colour
    return k === 0 ? `f_dc_${channel}` : `f_rest_${channel * (harmonics - 1) + k - 1}`;
  });
  const numbers = {
    means: gather(["x", "y", "z"]),
    rotations: gather(["rot_0", "rot_1", "rot_2", "rot_3"]),
    scales: gather(["scale_0", "scale_1", "scale_2"], Math.exp),
    opacity: gather(["opacity"], (logit) => 1 / (1 + Math.exp(-logit))),
    sh: gather(shColumns),
  };
  return {
    means: tf.tensor2d(numbers.means, [count, 3]),
    rotations: tf.tensor2d(numbers.rotations, [count, 4]),
    scales: tf.tensor2d(numbers.scales, [count, 3]),
    opacity: tf.tensor1d(numbers.opacity),
    sh: tf.tensor3d(numbers.sh, [count, harmonics, 3]),
  };
}

function parseHeader(bytes: Uint8Array, fail: (why: string) => never): Layout {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, MAX_HEADER)); // one character a byte
  const end = /\nend_header\r?\n/.exec(text);
  if (!/^ply\r?\n/.test(text)) fail('it does not begin with "ply"');
  if (!end) return fail(`its header does not end within ${MAX_HEADER} bytes`);
  const columns = new Map<string, Column>();
  let [element, count, stride, vertices] = ["", 0, 0, false];
  for (const line of text.slice(0, end.index).split(/\r?\n/).slice(1)) {
    const [keyword, ...words] = line.trim().split(/\s+/);
    if (keyword === "format" && words[0] !== "binary_little_endian") {
      fail(`its format is ${words[0]}, wanted binary_little_endian`);
    } else if (keyword === "element") {
      if (element === "" && words[0] !== "vertex") fail(`its first element is "${words[0]}", wanted "vertex"`);
      element = words[0]!;
      if (element !== "vertex") continue;
      if (vertices || !/^\d{1,10}$/.test(words[1] ?? "")) fail(`it says "${line}"`);
      [count, vertices] = [Number(words[1]), true];
    } else if (keyword === "property" && element === "vertex") {
      const [kind, column] = words;
      if (!Object.hasOwn(TYPES, kind ?? "") || !column || columns.has(column)) fail(`it says "${line}"`);
      columns.set(column!, { type: TYPES[kind!]!, offset: stride });
      stride += TYPES[kind!]!.bytes;
    }
  }
  if (!vertices) fail('it has no element "vertex"');
  const start = end.index + end[0].length;
  if (start + count * stride > bytes.length) {
    fail(
      `${count} rows of ${stride} bytes after a header of ${start} want more than its ${bytes.length} bytes: truncated?`,
    );
  }
  return { count, stride, start, columns };
}

/**
 * Reads Gaussians from a .ply file.
 *
 * @param path Path or file URL.
 * @returns the Gaussians, without `frames`; the caller disposes of them.
 * @throws {SyntaxError} if it is no binary .ply of Gaussians.
 */
export async function readPly(path: string | URL): Promise<Gaussians> {
  return decodePly(await readFile("readPly", path), String(path));
}
