/**
 * # Cells: outcomes that stay
 *
 * A sweep is a table of cells, one for each variant, input and seed. Each is written as soon as it is measured, whole or not
 * at all, under the digest of what it depends on:
 *
 * ```
 * FOLDER/DIGEST.json     { of: { variant, input, seed }, outcome: { figures, ms, bytes, measured } }
 * ```
 *
 * So a sweep that was killed goes on where it was, sweeps that share cells share their cost, and a variant whose definition
 * changed has no cell yet. Deleting a file measures its cell again.
 *
 * @module
 */
import { join } from "node:path";
import { digest } from "../format/digest.ts";
import { writeFileAtomic } from "../format/file.ts";
import { canonicalText } from "./variant.ts";

/** What a cell depends on; all of it plain data. */
export interface CellKey {
  /** The variant's definition. */
  readonly variant: unknown;
  /** The input. */
  readonly input: unknown;
  /** The seed; `null` where nothing is drawn. */
  readonly seed: number | null;
}

/** What is kept of a measurement. */
export interface StoredOutcome {
  /** Figures by name. */
  readonly figures: Readonly<Record<string, unknown>>;
  /** Milliseconds of one unit of work. */
  readonly ms: number;
  /** What the parameters occupy. */
  readonly bytes: number;
  /** When it was measured, ISO 8601. */
  readonly measured: string;
}

/** Outcomes on disk, or in memory where no folder is given. */
export class CellStore {
  readonly #folder: string | undefined;
  readonly #memory = new Map<string, StoredOutcome>();

  /** @param folder Where the cells lie; made when the first is written. */
  constructor(folder?: string) {
    this.#folder = folder;
  }

  /** The outcome of a cell; `undefined` if there is none that can be read. */
  async read(key: CellKey): Promise<StoredOutcome | undefined> {
    const of = canonicalText(key), name = await digest(of);
    if (this.#folder === undefined) return this.#memory.get(name);
    let stored: { of?: unknown; outcome?: StoredOutcome };
    try {
      stored = JSON.parse(await Deno.readTextFile(join(this.#folder, `${name}.json`)));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined; // measure it again
      throw error;
    }
    return canonicalText(stored?.of ?? null) === of && stored.outcome?.figures ? stored.outcome : undefined;
  }

  /**
   * Keeps an outcome.
   *
   * @throws {Error} if it cannot be written; cells written before are intact.
   */
  async write(key: CellKey, outcome: StoredOutcome): Promise<void> {
    const of = canonicalText(key), name = await digest(of);
    this.#memory.set(name, outcome);
    if (this.#folder === undefined) return;
    const path = join(this.#folder, `${name}.json`);
    await writeFileAtomic(path, `${JSON.stringify({ of: JSON.parse(of), outcome }, null, 1)}\n`);
  }
}
