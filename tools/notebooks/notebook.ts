/**
 * # Notebook files
 *
 * Notebooks are kept so that a diff shows what changed and nothing else: one metadata block for all, cell ids by
 * position, no timings, no machine paths, keys in a fixed order. Saved outputs make them large, so their size is bounded.
 *
 * @module
 */
import { basename } from "node:path";
import { writeFileAtomic } from "../../lib/format/file.ts";

/** Most bytes of a saved notebook. */
export const MOST_BYTES = 1_000_000;

/** One output of a code cell, in nbformat's words. */
export interface Output {
  output_type: "stream" | "display_data" | "execute_result" | "error";
  [key: string]: unknown;
}

/** One cell. */
export interface Cell {
  cell_type: "code" | "markdown" | "raw";
  id?: string;
  metadata: Record<string, unknown>;
  source: string | string[];
  outputs?: Output[];
  execution_count?: number | null;
}

/** A notebook, format 4.5. */
export interface Notebook {
  cells: Cell[];
  metadata: Record<string, unknown>;
  nbformat: number;
  nbformat_minor: number;
}

/** A cell's text as one string. */
export function sourceOf(cell: Cell): string {
  return Array.isArray(cell.source) ? cell.source.join("") : cell.source;
}

/**
 * Reads a notebook.
 *
 * @throws {SyntaxError} if the file is no notebook of format 4.
 */
export async function readNotebook(path: string): Promise<Notebook> {
  const text = await Deno.readTextFile(path);
  const wrong = (what: string) => new SyntaxError(`readNotebook: "${path}" ${what}: wanted a notebook of format 4`);
  let notebook: Notebook;
  try {
    notebook = JSON.parse(text);
  } catch {
    throw wrong("is no JSON");
  }
  if (!Array.isArray(notebook?.cells)) throw wrong("has no cells");
  if (notebook.nbformat !== 4) throw wrong(`has format ${notebook.nbformat}`);
  return notebook;
}

/** The notebook in its normal form; outputs stay as they are. */
export function normalised(notebook: Notebook): Notebook {
  return {
    cells: notebook.cells.map((cell, i) => ({
      cell_type: cell.cell_type,
      ...(cell.cell_type === "code" && { execution_count: cell.execution_count ?? null }),
      id: `cell-${String(i).padStart(2, "0")}`,
      metadata: keptMetadata(cell.metadata),
      ...(cell.cell_type === "code" && { outputs: cell.outputs ?? [] }),
      source: asLines(sourceOf(cell)),
    })),
    metadata: {
      kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
      language_info: { file_extension: ".ts", mimetype: "text/x.typescript", name: "typescript" },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
}

/** What a cell's author says about its look survives; what a front end adds does not. */
function keptMetadata(metadata: Record<string, unknown> = {}): Record<string, unknown> {
  const kept = ["jupyter", "tags"].filter((key) => key in metadata).map((key) => [key, metadata[key]]);
  return Object.fromEntries(kept);
}

function asLines(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

/** One line for each line of code and text, as Jupyter writes it, but live figures on one line each. */
function asText(notebook: Notebook): string {
  const figures: string[] = [];
  const text = JSON.stringify(notebook, (key, value) => {
    if (!key.startsWith("application/")) return value;
    figures.push(JSON.stringify(value));
    return `figure ${figures.length - 1} of ${FIGURE_MARK}`;
  }, 1);
  return text.replaceAll(new RegExp(`"figure (\\d+) of ${FIGURE_MARK}"`, "g"), (_, i) => figures[Number(i)]!) + "\n";
}

const FIGURE_MARK = crypto.randomUUID(); // stands for a figure while the text is laid out

/**
 * Saves a notebook in its normal form, whole or not at all.
 *
 * @throws {RangeError} if it would be larger than {@linkcode MOST_BYTES}, naming the largest outputs.
 */
export async function saveNotebook(path: string, notebook: Notebook): Promise<number> {
  const bytes = new TextEncoder().encode(asText(normalised(notebook)));
  if (bytes.length >= MOST_BYTES) {
    const sizes = notebook.cells.map((cell, i) => ({ i, size: JSON.stringify(cell.outputs ?? []).length }));
    const largest = sizes.sort((a, b) => b.size - a.size).slice(0, 3).map(({ i, size }) => `cell ${i}: ${size} bytes`);
    throw new RangeError(
      `saveNotebook: ${basename(path)} would have ${bytes.length} bytes: must be below ${MOST_BYTES}: ` +
        `show less in the largest outputs (${largest.join(", ")})`,
    );
  }
  await writeFileAtomic(path, bytes);
  return bytes.length;
}
