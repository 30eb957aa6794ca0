/**
 * # .npz: arrays of numpy by name, in a zip file
 *
 * SMPL-X models, AMASS motions and the embedded body are such files. Reading is made for files from strangers: sizes
 * are checked against the zip's directory before anything is unpacked, only wanted arrays are unpacked, one at a time,
 * and pickled objects, which could run code, are passed over and listed instead.
 *
 * Equal arrays give equal bytes: names keep their order and the zip's times are fixed.
 *
 * @module
 */
import { expectInteger, resolveOptions } from "../tensor/options.ts";
import { type NpyArray, type NpyData, readNpy, UnreadableArray, writeNpy } from "./npy.ts";
import { unzipEntry, zipEntries, zipFiles } from "./zip.ts";

/** The content of an .npz file. */
export interface Npz {
  /** Arrays by name. */
  readonly arrays: ReadonlyMap<string, NpyArray>;
  /** Why each array that holds neither numbers nor text was passed over, by name. */
  readonly skipped: ReadonlyMap<string, string>;
}

/** What to read of a file, and how much. */
export interface ReadNpzOptions {
  /** How the file is called in errors. */
  readonly name: string;
  /** Names of the wanted arrays; all, if not given. */
  readonly only: readonly string[] | undefined;
  /** The most bytes that the wanted arrays may unpack to; 2 GiB unless told. */
  readonly maxBytes: number;
}

/**
 * Parses an .npz file.
 *
 * @throws {SyntaxError} if the bytes are no zip file, an entry is damaged, or an entry is no .npy array.
 * @throws {RangeError} if the arrays would unpack to more than `maxBytes`, or claim more than their bytes can hold.
 */
export function readNpz(bytes: Uint8Array, options: Partial<ReadNpzOptions> = {}): Npz {
  const { name, only, maxBytes } = resolveOptions<ReadNpzOptions>("readNpz", {
    name: "file",
    only: undefined,
    maxBytes: 2 ** 31,
  }, options);
  expectInteger("readNpz", "maxBytes", maxBytes, 0);
  const rules = {
    caller: "readNpz",
    name,
    kind: ".npz file",
    wants: (entry: string) => entry.endsWith(".npy") && (!only || only.includes(keyOf(entry))),
    label: keyOf,
    maxBytes,
  };
  const arrays = new Map<string, NpyArray>(), skipped = new Map<string, string>();
  for (const entry of zipEntries(bytes, rules)) {
    const key = keyOf(entry);
    const unpacked = unzipEntry(bytes, entry, rules);
    try {
      arrays.set(key, readNpy(unpacked, `${key} in ${name}`));
    } catch (error) {
      if (!(error instanceof UnreadableArray)) throw error;
      skipped.set(key, error.message);
    }
  }
  return { arrays, skipped };
}

/**
 * Builds an .npz file.
 *
 * @param arrays Arrays by name, in the order in which they are stored.
 * @throws {RangeError} if an array's length is not the product of its shape.
 */
export function writeNpz(
  arrays: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: NpyData | Float16Array }>>,
): Uint8Array<ArrayBuffer> {
  const entries: Record<string, Uint8Array> = {};
  for (const [name, array] of Object.entries(arrays)) entries[`${name}.npy`] = writeNpy(array);
  return zipFiles(entries, 9);
}

/** The elements as single-precision numbers; text is parsed. */
export function floats({ data }: NpyArray): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof Array || data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return Float32Array.from(data as ArrayLike<unknown> as ArrayLike<number>, Number);
  }
  return new Float32Array(data as Float64Array);
}

function keyOf(entry: string): string {
  return entry.replace(/\.npy$/, "");
}
