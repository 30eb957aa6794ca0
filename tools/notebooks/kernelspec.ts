/**
 * # `deno task kernel [--prefix=FOLDER]`
 *
 * Registers this Deno as a Jupyter kernel, for the user or inside a virtual environment. Unlike
 * `deno jupyter --install` it asks for interrupts as messages, so that *Stop* stops the cell and not the kernel, and it
 * finds virtual environments and `JUPYTER_DATA_DIR`.
 *
 * @module
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeFileAtomic } from "../../lib/format/file.ts";

/** Writes the kernel's description below a prefix such as `.venv`, or for the user; returns its folder. */
export async function writeKernelspec(prefix?: string): Promise<string> {
  const base = prefix === undefined ? userFolder() : join(prefix, "share", "jupyter");
  const folder = join(base, "kernels", "deno");
  const spec = {
    argv: [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"],
    display_name: "Deno",
    language: "typescript",
    interrupt_mode: "message",
  };
  await writeFileAtomic(join(folder, "kernel.json"), JSON.stringify(spec, null, 2) + "\n");
  return folder;
}

/** Where Jupyter looks for a user's kernels on this system. */
function userFolder(): string {
  const set = Deno.env.get("JUPYTER_DATA_DIR");
  if (set) return set;
  if (Deno.build.os === "windows") return join(Deno.env.get("APPDATA") ?? ".", "jupyter");
  const home = Deno.env.get("HOME") ?? ".";
  return Deno.build.os === "darwin" ? join(home, "Library", "Jupyter") : join(home, ".local", "share", "jupyter");
}

if (import.meta.main) {
  const { values } = parseArgs({ args: Deno.args, options: { prefix: { type: "string" } } });
  console.log(`Registered the kernel "Deno" in ${await writeKernelspec(values.prefix)}`);
}
