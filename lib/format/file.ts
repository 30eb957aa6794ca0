/**
 * # Files appear whole or not at all
 *
 * A writer that is interrupted must leave neither half a file nor a destroyed old one: bytes go to a new name in the
 * same folder, which then takes the final name in one step. What a user asks to export never takes the place of a file that
 * is there already, unless told to.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";

/** What is written: bytes or text. */
export type FileContent = Uint8Array | string;

/**
 * Writes a file atomically, making its folder where there is none.
 *
 * @throws {Error} (of Deno's kinds) if the disk is full or the place is not writable, with the path, the size and what to do; an
 * older file of that name is then untouched.
 */
export async function writeFileAtomic(path: string, content: FileContent): Promise<void> {
  await writeAs(path, path, content);
}

/** @param named What the file is called in errors. */
async function writeAs(named: string, path: string, content: FileContent): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const partial = join(dirname(path), `.${basename(path)}.${crypto.randomUUID().slice(0, 8)}.part`);
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(partial, bytes);
    await Deno.rename(partial, path);
  } catch (error) {
    await Deno.remove(partial).catch(() => {});
    throw notWritten(named, bytes.length, error);
  }
}

/**
 * What a system's error means for a file that was to be written.
 *
 * @param bytes How many were to be written.
 * @returns the same error, if it is one, in words that name the file and say what to do.
 */
export function notWritten(path: string, bytes: number, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const reason = error.message.replace(/: \w+ '.*$/s, ""); // Deno adds the call and the partial file's name
  const advice = /os error (28|112|122)\b/.test(reason) // no space left, on Windows, beyond the quota
    ? "make room, or choose a place on another disk"
    : "choose a place that can be written to";
  error.message = `cannot write ${path} (${bytes} bytes): ${reason}: ${advice}; what was there before is intact`;
  return error;
}

/** How a file is exported. */
export interface ExportOptions {
  /** Whether a file of that name is replaced; an error unless told. */
  readonly force?: boolean;
}

/**
 * Writes a file atomically where there is none yet.
 *
 * @param caller The public function that exports, named in the error.
 * @param force Whether an older file is replaced.
 * @throws {Deno.errors.AlreadyExists} if there is a file of that name and `force` is not set.
 */
export async function exportFile(caller: string, path: string, content: FileContent, force = false): Promise<void> {
  if (force) return await writeFileAtomic(path, content);
  const taken = () => {
    throw new Deno.errors.AlreadyExists(`${caller}: ${path} exists: choose another name, or replace it with { force }`);
  };
  if (await Deno.lstat(path).then(() => true, () => false)) taken();
  const complete = `${path}.${crypto.randomUUID().slice(0, 8)}.part`;
  await writeAs(path, complete, content);
  try {
    await Deno.link(complete, path); // unlike a renaming, fails if the name has been taken meanwhile
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) taken();
    await Deno.rename(complete, path); // a file system without links
  } finally {
    await Deno.remove(complete).catch(() => {});
  }
}

/**
 * Reads a whole file, with an error that says which one and why it was wanted.
 *
 * @param caller The public function that reads, named in the error.
 * @param path Path or file URL.
 * @throws {Error} (Deno.errors.NotFound and its like) with the path and what to do.
 */
export async function readFile(caller: string, path: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new Deno.errors.NotFound(`${caller}: no file at ${path}: check the path`);
    }
    if (error instanceof Error) error.message = `${caller}: cannot read ${path}: ${error.message}`;
    throw error;
  }
}
