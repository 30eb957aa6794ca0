/**
 * # `deno task notebooks [--no-save] [--timeout SECONDS] [FILE…]`
 *
 * Runs notebooks with Deno's own kernel, without Python, and saves their outputs. Without files: all of `notebooks/`.
 * A notebook that fails or grows beyond its size is not saved, and the exit code is 1.
 *
 * @module
 */
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Progress } from "../../lib/plot/progress.ts";
import { executeNotebook } from "./execute.ts";
import { readNotebook, saveNotebook } from "./notebook.ts";

/** The notebooks of the repository, in order. */
export function notebookFiles(): string[] {
  const folder = resolve(import.meta.dirname!, "../../notebooks");
  return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".ipynb")).sort()
    .map((name) => join(folder, name));
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: { "no-save": { type: "boolean" }, timeout: { type: "string", default: "600" } },
  });
  const timeoutMs = 1000 * Number(values.timeout);
  if (!(timeoutMs > 0)) throw new RangeError(`--timeout must be seconds above 0: got "${values.timeout}"`);
  let failures = 0;
  for (const file of positionals.length > 0 ? positionals : notebookFiles()) {
    const name = basename(file), start = performance.now();
    const notebook = await readNotebook(file);
    const cells = notebook.cells.filter((cell) => cell.cell_type === "code").length;
    try {
      await using progress = new Progress(name, cells, { unit: "cells" });
      const { notebook: ran, error } = await executeNotebook(notebook, dirname(resolve(file)), {
        timeoutMs,
        onCell: (index) => index > 0 ? progress.advance() : undefined,
      });
      if (error !== undefined) throw new Error(error);
      await progress.advance();
      const bytes = values["no-save"] ? undefined : await saveNotebook(file, ran);
      const size = bytes === undefined ? "not saved" : `${Math.ceil(bytes / 1000)} kB`;
      console.log(`ok   ${name}: ${cells} cells, ${((performance.now() - start) / 1000).toFixed(1)} s, ${size}`);
    } catch (error) {
      failures++;
      console.error(`FAIL ${name}: ${(error as Error).message}`);
    }
  }
  if (failures > 0) Deno.exit(1);
}
