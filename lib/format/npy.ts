/**
 * # .npy: one array of numpy
 *
 * ```
 * 6 bytes "\x93NUMPY" · version u8 u8 · header length u16 (version 1) or u32 · header · the numbers
 * header = Python's  {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
 * ```
 *
 * Numbers come out row-major and in this machine's byte order whatever the file has; half precision becomes single, text
 * becomes strings. What cannot be held as plain numbers or text (pickled objects, records, complex numbers, dates) is an
 * {@linkcode UnreadableArray} error: nothing is ever unpickled.
 *
 * Source: numpy.lib.format, NEP 1.
 *
 * @module
 */

/** What an array's elements are held in. */
export type NpyData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly string[];

/** One array. */
export interface NpyArray {
  /** Sizes, outermost axis first; [] is a single value. */
  readonly shape: readonly number[];
  /** Row-major elements. */
  readonly data: NpyData;
}

/** An array that is well formed but holds something else than numbers or text. */
export class UnreadableArray extends TypeError {
  override name = "UnreadableArray";
}

const MAGIC = [0x93, ...new TextEncoder().encode("NUMPY")];
const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Parses a .npy file.
 *
 * @param bytes The whole file.
 * @param name How the array is called in errors.
 * @throws {SyntaxError} if the bytes are no .npy file, or are fewer or more than the shape wants.
 * @throws {UnreadableArray} if its elements are neither numbers nor text.
 */
export function readNpy(bytes: Uint8Array, name = "array"): NpyArray {
  const fail = (why: string): never => {
    throw new SyntaxError(`readNpy: ${name} is no .npy array: ${why}`);
  };
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) fail("it does not start with numpy's mark");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes.length > 6 && bytes[6]! > 1;
  const start = wide ? 12 : 10;
  if (bytes.length < start) fail("its header is cut short");
  const end = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  if (end > bytes.length) fail("its header is cut short");
  const header = new TextDecoder().decode(bytes.subarray(start, end));

  const descr = /'descr':\s*(?:'([^']*)'|\[)/.exec(header);
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape':\s*\(([\dL,\s]*)\)/.exec(header)?.[1];
  if (!descr || !order || sizes === undefined) return fail(`its header is ${JSON.stringify(header.slice(0, 80))}`);
  const shape = sizes.split(",").map((size) => size.replace("L", "").trim()).filter(Boolean).map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  const { width, decode } = elementType(descr[1] ?? "records", name);
  if (!Number.isSafeInteger(count * width)) fail(`its shape [${shape.join(", ")}] is out of bounds`);
  if (bytes.length - end !== count * width) {
    fail(`its shape [${shape.join(", ")}] wants ${count * width} bytes: it has ${bytes.length - end}`);
  }
  const data = decode(bytes.slice(end)); // a copy of its own: aligned
  return { shape, data: order === "True" ? rowMajor(data, shape) : data };
}

/**
 * Builds a .npy file.
 *
 * @param array Its `data` may also be a Float16Array, stored as such.
 * @throws {RangeError} if the length is not the product of the shape.
 */
export function writeNpy(
  { shape, data }: { readonly shape: readonly number[]; readonly data: NpyData | Float16Array },
): Uint8Array<
  ArrayBuffer
> {
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== data.length) {
    throw new RangeError(`writeNpy: shape [${shape.join(", ")}] wants ${count} elements: got ${data.length}`);
  }
  const [descr, body] = isText(data) ? textBytes(data) : [descrOf(data), data];
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((10 + header.length + 1) / 64) * 64; // the data start at a multiple of 64
  const file = new Uint8Array(length + body.byteLength);
  file.set([...MAGIC, 1, 0]);
  new DataView(file.buffer).setUint16(8, length - 10, true);
  file.set(new TextEncoder().encode(header.padEnd(length - 11) + "\n"), 10);
  file.set(new Uint8Array(body.buffer, body.byteOffset, body.byteLength), length);
  return file;
}

interface ElementType {
  /** Bytes an element. */
  readonly width: number;
  readonly decode: (bytes: Uint8Array<ArrayBuffer>) => NpyData;
}

function elementType(descr: string, name: string): ElementType {
  const [, order, kind, digits] = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(descr) ?? [];
  const size = Number(digits);
  if (kind === "U") return { width: 4 * size, decode: (bytes) => texts(swapped(bytes, 4, order), 4, size) };
  if (kind === "S") return { width: size, decode: (bytes) => texts(bytes, 1, size) };
  const decoder = DECODERS[`${kind}${digits}`];
  if (!decoder) {
    const what = kind === "O" ? "Python objects" : descr === "records" ? "records" : `elements of type "${descr}"`;
    throw new UnreadableArray(`readNpy: ${name} holds ${what}: wanted numbers or text`);
  }
  return { width: size, decode: (bytes) => decoder(swapped(bytes, size, order).buffer) };
}

const DECODERS: Readonly<Record<string, (buffer: ArrayBuffer) => NpyData>> = {
  f2: (buffer) => new Float32Array(new Float16Array(buffer)),
  f4: (buffer) => new Float32Array(buffer),
  f8: (buffer) => new Float64Array(buffer),
  i1: (buffer) => new Int8Array(buffer),
  i2: (buffer) => new Int16Array(buffer),
  i4: (buffer) => new Int32Array(buffer),
  i8: (buffer) => new BigInt64Array(buffer),
  u1: (buffer) => new Uint8Array(buffer),
  u2: (buffer) => new Uint16Array(buffer),
  u4: (buffer) => new Uint32Array(buffer),
  u8: (buffer) => new BigUint64Array(buffer),
  b1: (buffer) => new Uint8Array(buffer),
};

/** Brings elements of `width` bytes into this machine's order, in place. */
function swapped(bytes: Uint8Array<ArrayBuffer>, width: number, order: string | undefined): Uint8Array<ArrayBuffer> {
  if (width > 1 && (order === ">" ? LITTLE : order === "<" && !LITTLE)) {
    for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
  }
  return bytes;
}

/** Fixed-width text, padded with zeros: 4 bytes a character (code points) or 1. */
function texts(bytes: Uint8Array<ArrayBuffer>, width: 1 | 4, length: number): string[] {
  const codes = width === 4 ? new Uint32Array(bytes.buffer) : bytes;
  const rows = length === 0 ? 0 : codes.length / length;
  return Array.from({ length: rows }, (_, row) => {
    const points = [...codes.subarray(row * length, (row + 1) * length)];
    return points.map((point) => String.fromCodePoint(Math.min(point, 0x10ffff))).join("").replace(/\0+$/, "");
  });
}

/** From first axis fastest to last axis fastest. */
function rowMajor(data: NpyData, shape: readonly number[]): NpyData {
  if (shape.length < 2) return data;
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  const index = shape.map(() => 0);
  let from = 0;
  const next = (): number => {
    const here = from;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
    return here;
  };
  if (isText(data)) return data.map(() => data[next()]!);
  const sorted = data.slice() as Float64Array;
  for (let to = 0; to < sorted.length; to++) sorted[to] = (data as Float64Array)[next()]!;
  return sorted;
}

function isText(data: NpyData | Float16Array): data is readonly string[] {
  return Array.isArray(data);
}

function textBytes(data: readonly string[]): [descr: string, body: Uint32Array] {
  const points = data.map((text) => [...text].map((letter) => letter.codePointAt(0)!));
  const length = Math.max(1, ...points.map((row) => row.length));
  const body = new Uint32Array(length * data.length);
  points.forEach((row, i) => body.set(row, i * length));
  return [`${LITTLE ? "<" : ">"}U${length}`, body];
}

function descrOf(data: Exclude<NpyData, readonly string[]> | Float16Array): string {
  const order = data.BYTES_PER_ELEMENT === 1 ? "|" : LITTLE ? "<" : ">";
  const kind = /Float/.test(data.constructor.name) ? "f" : /Uint/.test(data.constructor.name) ? "u" : "i";
  return `${order}${kind}${data.BYTES_PER_ELEMENT}`;
}
