/**
 * # `deno task check:notebooks [FILE…]`
 *
 * The kernel strips types without looking at them, and `deno check` does not open notebooks. Here each notebook's code
 * cells become one TypeScript file beside it (so that imports resolve), which is type-checked and linted; places in
 * the findings are given as cell and line. Without files: all of `notebooks/`.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { type Notebook, readNotebook, sourceOf } from "./notebook.ts";
import { notebookFiles } from "./run.ts";

/** A notebook's code as one file, and where each of its lines comes from. */
export interface ExtractedCode {
  readonly text: string;
  /** For each line of `text`, such as `cell 3, line 2`. */
  readonly places: readonly string[];
}

/** Joins the code cells. */
export function extractCode(notebook: Notebook): ExtractedCode {
  const lines = ["export {};"], places = ["the head of the file"];
  for (const [index, cell] of notebook.cells.entries()) {
    if (cell.cell_type !== "code") continue;
    for (const [line, text] of sourceOf(cell).split("\n").entries()) {
      lines.push(text);
      places.push(`cell ${index}, line ${line + 1}`);
    }
  }
  return { text: lines.join("\n") + "\n", places };
}

/**
 * Type-checks and lints notebooks.
 *
 * @returns the findings as text, empty if there are none.
 */
export async function checkNotebooks(files: readonly string[]): Promise<string> {
  const extracted = new Map<string, { name: string; code: ExtractedCode }>();
  try {
    for (const file of files) {
      const name = `.${basename(file, ".ipynb")}.${crypto.randomUUID().slice(0, 8)}.ts`;
      const path = join(dirname(file), name);
      const code = extractCode(await readNotebook(file));
      extracted.set(path, { name: basename(file), code });
      await Deno.writeTextFile(path, code.text);
    }
    const paths = [...extracted.keys()];
    const commands = [
      ["check", "--quiet", ...paths],
      ["lint", "--quiet", "--no-config", "--rules-exclude=no-import-prefix,no-console", ...paths],
    ];
    let findings = "";
    for (const args of commands) {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } })
        .output();
      if (code === 0) continue;
      const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      findings += withPlaces(text, extracted);
    }
    return findings;
  } finally {
    for (const path of extracted.keys()) await Deno.remove(path).catch(() => {});
  }
}

/** Replaces `…/.NAME.xxxxxxxx.ts:7:3` by `NAME.ipynb, cell 2, line 1:3`. */
function withPlaces(text: string, extracted: ReadonlyMap<string, { name: string; code: ExtractedCode }>): string {
  for (const [path, { name, code }] of extracted) {
    const mentioned = new RegExp(`(?:file://)?[^\\s()]*${RegExp.escape(basename(path))}:(\\d+):(\\d+)`, "g");
    text = text.replaceAll(mentioned, (_, line, column) => `${name}, ${code.places[Number(line) - 1]}:${column}`);
  }
  return text;
}

if (import.meta.main) {
  const files = Deno.args.length > 0 ? Deno.args : notebookFiles();
  const findings = files.length === 0 ? "" : await checkNotebooks(files);
  if (findings !== "") {
    console.error(findings);
    Deno.exit(1);
  }
  console.log(`ok   the code of ${files.length} notebooks`);
}
