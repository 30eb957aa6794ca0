/**
 * # Zip files from strangers
 *
 * What an archive claims to unpack to is looked at in its directory before anything is unpacked: an entry that claims more
 * than its bytes can hold, or entries that together claim more than the limit, are refused. What we write ourselves is the
 * same bytes for the same content: entries keep their order and have no time.
 *
 * @module
 */
import { unzipSync, zipSync } from "fflate";

/** How an archive is read. */
export interface ZipRules {
  /** The public function that reads, named in errors. */
  readonly caller: string;
  /** How the file is called in errors. */
  readonly name: string;
  /** What the file should be, such as ".npz file". */
  readonly kind: string;
  /** Whether an entry is wanted. */
  readonly wants: (entry: string) => boolean;
  /** How an entry is called in errors; by its name, unless told. */
  readonly label?: (entry: string) => string;
  /** The most bytes that the wanted entries may unpack to. */
  readonly maxBytes: number;
}

const EPOCH = new Date(1980, 0, 1); // the zip format's earliest time

/**
 * Packs entries into an archive.
 *
 * @param level 0 (stored) to 9 (smallest).
 */
export function zipFiles(
  entries: Readonly<Record<string, Uint8Array>>,
  level: 0 | 6 | 9,
): Uint8Array<ArrayBuffer> {
  return zipSync({ ...entries }, { level, mtime: EPOCH }) as Uint8Array<ArrayBuffer>;
}

const DEFLATE_LIMIT = 1040; // deflate cannot pack tighter than 1032 to 1

/**
 * The names of the wanted entries, after their claims are checked.
 *
 * @throws {SyntaxError} if the bytes are no zip file.
 * @throws {RangeError} if entries claim more than their bytes can hold, or than `maxBytes`.
 */
export function zipEntries(bytes: Uint8Array, { caller, name, kind, wants, label, maxBytes }: ZipRules): string[] {
  const wanted: string[] = [];
  let total = 0, lie: string | undefined;
  unzip(bytes, { caller, name, kind }, ({ name: entry, size, originalSize }) => {
    if (!wants(entry)) return false;
    if (originalSize > DEFLATE_LIMIT * size + 64) {
      lie ??= `${caller}: ${
        label?.(entry) ?? entry
      } in ${name} claims ${originalSize} bytes, more than its ${size} can hold`;
    }
    total += originalSize;
    wanted.push(entry);
    return false;
  });
  if (lie) throw new RangeError(lie);
  if (total > maxBytes) {
    throw new RangeError(`${caller}: ${name} would unpack to ${total} bytes: the limit is ${maxBytes}`);
  }
  return wanted;
}

/**
 * The bytes of one entry that {@linkcode zipEntries} named.
 *
 * @throws {SyntaxError} if it is damaged.
 */
export function unzipEntry(
  bytes: Uint8Array,
  entry: string,
  rules: Pick<ZipRules, "caller" | "name" | "kind">,
): Uint8Array {
  return unzip(bytes, rules, (file) => file.name === entry)[entry]!;
}

function unzip(
  bytes: Uint8Array,
  { caller, name, kind }: Pick<ZipRules, "caller" | "name" | "kind">,
  filter: (file: { readonly name: string; readonly size: number; readonly originalSize: number }) => boolean,
): Record<string, Uint8Array> {
  try {
    return unzipSync(bytes, { filter });
  } catch (error) {
    throw new SyntaxError(`${caller}: ${name} is no ${kind}: ${(error as Error).message}`);
  }
}
