/**
 * # safetensors: named tensors in one flat file
 *
 * ```
 * u64 n, little-endian │ n bytes of JSON │ the tensors' raw bytes, little-endian
 * JSON: { "name": { "dtype": "F32", "shape": [3, 4], "data_offsets": [0, 48] }, …, "__metadata__": { key: text } }
 * ```
 *
 * All weights and test fixtures of this project are such files, with their resolved configuration in the metadata. Half
 * precision is widened to float32 on reading.
 *
 * A file is hostile until parsed: the header's length, every shape and every offset are checked against the file's
 * size before anything is allocated, and nothing in it is executed.
 *
 * Source: the format's description in huggingface/safetensors.
 *
 * @module
 */

/** Element types that are read; `F16` and `BF16` are widened to float32. */
export type SafeDtype = "F64" | "F32" | "F16" | "BF16" | "I64" | "I32" | "U32" | "I16" | "U16" | "I8" | "U8" | "BOOL";

/** Numbers as they come out of a file: floats as float32 (`F64` as float64), integers in their own width. */
export type SafeData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/** One array of a file. */
export interface SafeArray {
  /** The element type in the file. */
  readonly dtype: SafeDtype;
  /** Sizes, outermost axis first. */
  readonly shape: readonly number[];
  /** Row-major numbers. */
  readonly data: SafeData;
}

/** The content of a safetensors file. */
export interface Safetensors {
  /** Arrays by name. */
  readonly arrays: ReadonlyMap<string, SafeArray>;
  /** Free text by key. */
  readonly metadata: Readonly<Record<string, string>>;
}

const BYTES: Readonly<Record<SafeDtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  U32: 4,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};
const MAX_HEADER = 100_000_000;

/**
 * Parses a safetensors file.
 *
 * @param bytes The whole file.
 * @param name How the file is called in errors.
 * @throws {SyntaxError} if the bytes are no safetensors file: truncated, overlapping or out-of-range offsets, unknown type.
 */
export function readSafetensors(bytes: Uint8Array, name = "file"): Safetensors {
  const fail = (why: string): never => {
    throw new SyntaxError(`readSafetensors: ${name} is no safetensors file: ${why}`);
  };
  if (bytes.byteLength < 8) fail(`it has ${bytes.byteLength} bytes, fewer than the 8 of the header's length`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(Math.min(MAX_HEADER, bytes.byteLength - 8))) {
    fail(`its header claims ${length} bytes, the file has ${bytes.byteLength}`);
  }
  const start = 8 + Number(length);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, start)));
  } catch {
    fail("its header is not JSON");
  }
  if (header === null || typeof header !== "object" || Array.isArray(header)) fail("its header is not a record");
  const arrays = new Map<string, SafeArray>();
  checkOverlap(Object.entries(header as Record<string, { data_offsets?: unknown }>), fail);
  let metadata: Record<string, string> = {};
  for (const [key, entry] of Object.entries(header as Record<string, unknown>)) {
    if (key === "__metadata__") {
      const texts = Object.entries(entry ?? {}).filter(([, text]) => typeof text === "string");
      metadata = Object.fromEntries(texts) as Record<string, string>;
      continue;
    }
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
    if (typeof dtype !== "string" || !Object.hasOwn(BYTES, dtype)) fail(`"${key}" has the unknown type ${dtype}`);
    const sizes = shape as number[];
    if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
      fail(`"${key}" has the shape ${JSON.stringify(shape)}`);
    }
    const [from, to] = Array.isArray(offsets) ? offsets as number[] : [];
    const wanted = sizes.reduce((product, size) => product * size, 1) * BYTES[dtype as SafeDtype];
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from! < 0 || to! - from! !== wanted) {
      fail(`"${key}" [${sizes}] wants ${wanted} bytes, its offsets are ${JSON.stringify(offsets)}`);
    }
    if (start + to! > bytes.byteLength) fail(`"${key}" ends at byte ${start + to!} of ${bytes.byteLength}: truncated?`);
    const raw = bytes.slice(start + from!, start + to!); // a copy of its own: aligned
    arrays.set(key, { dtype: dtype as SafeDtype, shape: sizes, data: decode(raw.buffer, dtype as SafeDtype) });
  }
  return { arrays, metadata };
}

/**
 * Builds a safetensors file; tensors keep their order, and equal input gives equal bytes.
 *
 * @param arrays Arrays by name: `F32` from a Float32Array, `F64`, `I32`, `I8`, `U8` likewise; ask for `half` to store
 * floats in half precision.
 * @param metadata Text by key, such as the resolved configuration.
 * @throws {RangeError} if an array's length is not the product of its shape.
 */
export function writeSafetensors(
  arrays: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly data: SafeData; readonly half?: boolean }>
  >,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { shape, data, half }] of Object.entries(arrays)) {
    const size = shape.reduce((product, axis) => product * axis, 1);
    if (size !== data.length) {
      throw new RangeError(`writeSafetensors: ${name} [${shape}] wants ${size} numbers: got ${data.length}`);
    }
    const stored = half && data instanceof Float32Array ? new Float16Array(data) : data;
    const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
    header[name] = { dtype: dtypeOf(stored), shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
    parts.push(bytes);
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8; // spaces up to the next multiple of 8 keep the data aligned
  const file = new Uint8Array(8 + padded + offset).fill(32, 8 + json.length, 8 + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(json, 8);
  let at = 8 + padded;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

/** Tensors that share bytes could make a small file fill the memory. */
function checkOverlap(
  entries: readonly (readonly [string, { readonly data_offsets?: unknown } | null])[],
  fail: (why: string) => never,
): void {
  const ranges = entries.flatMap(([name, entry]) =>
    Array.isArray(entry?.data_offsets)
      ? [{ name, from: Number(entry.data_offsets[0]), to: Number(entry.data_offsets[1]) }]
      : []
  ).sort((a, b) => a.from - b.from || a.to - b.to);
  for (let i = 1; i < ranges.length; i++) {
    if (ranges[i]!.from < ranges[i - 1]!.to) fail(`"${ranges[i]!.name}" and "${ranges[i - 1]!.name}" share bytes`);
  }
}

function decode(buffer: ArrayBuffer, dtype: SafeDtype): SafeData {
  switch (dtype) {
    case "F64":
      return new Float64Array(buffer);
    case "F32":
      return new Float32Array(buffer);
    case "F16":
      return new Float32Array(new Float16Array(buffer));
    case "BF16":
      return bfloat16(new Uint16Array(buffer));
    case "I64":
      return new BigInt64Array(buffer);
    case "I32":
      return new Int32Array(buffer);
    case "U32":
      return new Uint32Array(buffer);
    case "I16":
      return new Int16Array(buffer);
    case "U16":
      return new Uint16Array(buffer);
    case "I8":
      return new Int8Array(buffer);
    case "U8":
    case "BOOL":
      return new Uint8Array(buffer);
  }
}

/** bfloat16 is the upper half of a float32. */
function bfloat16(halves: Uint16Array): Float32Array {
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = halves[i]! << 16;
  return new Float32Array(words.buffer);
}

function dtypeOf(data: SafeData | Float16Array): SafeDtype {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float16Array) return "F16";
  if (data instanceof Float64Array) return "F64";
  if (data instanceof Int32Array) return "I32";
  if (data instanceof Uint32Array) return "U32";
  if (data instanceof Int16Array) return "I16";
  if (data instanceof Uint16Array) return "U16";
  if (data instanceof Int8Array) return "I8";
  if (data instanceof BigInt64Array) return "I64";
  return "U8";
}
