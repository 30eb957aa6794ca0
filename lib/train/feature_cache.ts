/**
 * # The feature cache: a frozen encoder runs once
 *
 * What training needs of a picture does not change: the encoder's features and where the person's anchors are. Both are computed
 * once and kept on disk:
 *
 * ```
 * FOLDER/layout.json     { key, arrays: [{ name, shape, type: "f16" | "f32" }], record: bytes }
 * FOLDER/records.bin     record 0 │ record 1 │ …       all of one size, appended
 * ```
 *
 * Records are found by number without an index, a record that was being written when the process died is overwritten by the
 * next one, and a trainer may read while a worker still appends. `key` is the configuration that the records depend on; a
 * folder of another key is not touched. Half precision halves the size and is exact to three digits.
 *
 * One process adds at a time: a second writer is refused by a lock on the file, which the system lifts when a process dies.
 *
 * The cache never grows beyond its bound. `cacheFolder` is `$NLFGS_CACHE`, else the user's cache folder.
 *
 * @module
 */
import { join } from "node:path";
import { digest } from "../format/digest.ts";
import { notWritten, writeFileAtomic } from "../format/file.ts";

/** One array of a record. */
export interface CachedArray {
  /** Its name in a record. */
  readonly name: string;
  /** Sizes, outermost axis first. */
  readonly shape: readonly number[];
  /** Half or single precision. */
  readonly type: "f16" | "f32";
}

/** What a cache is for and how large it may be. */
export interface CacheConfig {
  /** What the records depend on: encoder, seed, distribution; plain JSON. */
  readonly key: unknown;
  /** The arrays of each record. */
  readonly arrays: readonly CachedArray[];
  /** How many records it shall hold at most. */
  readonly capacity: number;
  /** Bytes that it may not exceed; 10 GB by default. */
  readonly limit?: number;
}

const LIMIT = 10e9;
const LAYOUT = "layout.json", RECORDS = "records.bin";

/** The folder for caches: `$NLFGS_CACHE`, else `nlf-gs` in the user's cache folder. */
export function cacheFolder(): string {
  const named = Deno.env.get("NLFGS_CACHE");
  if (named) return named;
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? ".";
  return join(Deno.env.get("XDG_CACHE_HOME") ?? Deno.env.get("LOCALAPPDATA") ?? join(home, ".cache"), "nlf-gs");
}

/** Records of equal size in one growing file. */
export class FeatureCache implements Disposable {
  /** Where it lies. */
  readonly folder: string;
  /** What it is for. */
  readonly config: CacheConfig;
  /** Bytes of one record. */
  readonly recordBytes: number;
  readonly #file: Deno.FsFile;

  private constructor(folder: string, config: CacheConfig, file: Deno.FsFile) {
    this.folder = folder;
    this.config = config;
    this.recordBytes = recordBytes(config.arrays);
    this.#file = file;
  }

  /**
   * Opens a cache, making it where there is none.
   *
   * @param options `append`: to add records, which one process may do at a time.
   * @throws {RangeError} if it could grow beyond its limit, or the folder belongs to another key; nothing is changed then.
   * @throws {Deno.errors.Busy} if another process adds records.
   */
  static async open(
    folder: string,
    config: CacheConfig,
    { append = false }: { readonly append?: boolean } = {},
  ): Promise<FeatureCache> {
    const bytes = recordBytes(config.arrays) * config.capacity, limit = config.limit ?? LIMIT;
    if (bytes > limit) {
      throw new RangeError(
        `FeatureCache: ${config.capacity} records take ${gigabytes(bytes)}, more than the ${
          gigabytes(limit)
        } allowed: ` +
          `ask for fewer, or raise the limit`,
      );
    }
    const layout = JSON.stringify({ key: config.key, arrays: config.arrays, record: recordBytes(config.arrays) });
    const path = join(folder, LAYOUT);
    const found = await Deno.readTextFile(path).catch(() => undefined);
    if (found !== undefined && found !== layout) {
      throw new RangeError(
        `FeatureCache: ${folder} holds records of another configuration: ${difference(found, layout)}`,
      );
    }
    if (found === undefined) await writeFileAtomic(path, layout);
    const file = await Deno.open(join(folder, RECORDS), { read: true, write: true, create: true });
    if (append && !await file.tryLock(true)) {
      file.close();
      throw new Deno.errors.Busy(`FeatureCache: another process adds to ${folder}: wait for it, or end it`);
    }
    return new FeatureCache(folder, config, file);
  }

  /**
   * Opens the cache of a key under `cacheFolder`: `NAME-HASH`, HASH that of the key.
   *
   * @throws as {@linkcode FeatureCache.open}
   */
  static async openOf(
    name: string,
    config: CacheConfig,
    options?: { readonly append?: boolean },
  ): Promise<FeatureCache> {
    const hash = (await digest(JSON.stringify(config.key))).slice(0, 10);
    return await FeatureCache.open(join(cacheFolder(), `${name}-${hash}`), config, options);
  }

  /** How much it will take on disk when full, in words. */
  get size(): string {
    return gigabytes(this.recordBytes * this.config.capacity);
  }

  /** How many whole records there are now; grows while a worker appends. */
  count(): number {
    return Math.floor(this.#file.statSync().size / this.recordBytes);
  }

  /**
   * Appends a record.
   *
   * @param record Each array by name.
   * @throws {RangeError} if the cache is full, or an array is missing or has another length.
   * @throws {Error} if the disk is full; records written before are intact.
   */
  async append(record: Readonly<Record<string, ArrayLike<number>>>): Promise<void> {
    const at = this.count();
    if (at >= this.config.capacity) {
      throw new RangeError(`FeatureCache: ${this.folder} holds its ${this.config.capacity} records already`);
    }
    const bytes = new Uint8Array(this.recordBytes);
    let offset = 0;
    for (const { name, shape, type } of this.config.arrays) {
      const values = record[name], wanted = sizeOf(shape);
      if (values?.length !== wanted) {
        throw new RangeError(
          `FeatureCache: ${name} must have ${wanted} numbers [${shape}]: got ${values?.length ?? "none"}`,
        );
      }
      const stored = type === "f16" ? new Float16Array(values) : new Float32Array(values);
      bytes.set(new Uint8Array(stored.buffer), offset);
      offset += stored.byteLength;
    }
    try {
      await this.#file.seek(at * this.recordBytes, Deno.SeekMode.Start);
      for (let written = 0; written < bytes.length;) written += await this.#file.write(bytes.subarray(written));
    } catch (error) {
      throw notWritten(`record ${at} of ${join(this.folder, RECORDS)}`, bytes.length, error);
    }
  }

  /**
   * Reads a record.
   *
   * @throws {RangeError} if there is no such record.
   */
  read(index: number): Record<string, Float32Array> {
    if (!(Number.isInteger(index) && index >= 0 && index < this.count())) {
      throw new RangeError(`FeatureCache: ${this.folder} has ${this.count()} records: asked for number ${index}`);
    }
    const bytes = new Uint8Array(this.recordBytes);
    this.#file.seekSync(index * this.recordBytes, Deno.SeekMode.Start);
    for (let got = 0; got < bytes.length;) {
      const more = this.#file.readSync(bytes.subarray(got));
      if (more === null) throw new RangeError(`FeatureCache: ${this.folder} was cut short while it was read`);
      got += more;
    }
    const record: Record<string, Float32Array> = {};
    let offset = 0;
    for (const { name, shape, type } of this.config.arrays) {
      const size = sizeOf(shape);
      record[name] = type === "f16"
        ? new Float32Array(new Float16Array(bytes.buffer, offset, size))
        : new Float32Array(bytes.buffer.slice(offset, offset + 4 * size));
      offset += size * BYTES[type];
    }
    return record;
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

const BYTES = { f16: 2, f32: 4 } as const;

function recordBytes(arrays: readonly CachedArray[]): number {
  const bytes = arrays.reduce((sum, { shape, type }) => sum + sizeOf(shape) * BYTES[type], 0);
  return Math.ceil(bytes / 8) * 8;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, axis) => size * axis, 1);
}

function gigabytes(bytes: number): string {
  return bytes < 1e8 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Which entries of two configurations differ. */
function difference(found: string, wanted: string): string {
  let old: Record<string, unknown>;
  try {
    old = JSON.parse(found);
  } catch {
    return `${LAYOUT} cannot be read`;
  }
  const now = JSON.parse(wanted) as Record<string, unknown>;
  const keys = differingKeys(old, now);
  return `${keys.join(", ")}; choose another folder or delete it`;
}

/** The dotted names under which two plain records differ. */
export function differingKeys(a: unknown, b: unknown, prefix = ""): string[] {
  const plain = (x: unknown): x is Record<string, unknown> => x !== null && typeof x === "object" && !Array.isArray(x);
  if (!plain(a) || !plain(b)) return JSON.stringify(a) === JSON.stringify(b) ? [] : [prefix];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    differingKeys(a[key], b[key], prefix === "" ? key : `${prefix}.${key}`)
  );
}
