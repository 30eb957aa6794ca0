/**
 * # Compiles the fast rasteriser
 *
 * AssemblyScript sources, `lib/splat/wasm/*.as`, become `lib/splat/wasm/module.ts`: WebAssembly as text, so that it can be
 * loaded at once, without files, anywhere. The compiler is a peer (`tests/peers`) and runs as a process of its own:
 *
 * ```sh
 * deno run -A tools/splat/compile.ts
 * ```
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../../lib/format/file.ts";
import { base64 } from "../../lib/plot/pixel_canvas.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** Where the sources and the result lie. */
export const FOLDER = join(root, "lib/splat/wasm");
const PEERS = join(root, "tests/peers/deno.json");

const FLAGS = [
  ...["-O3", "--runtime", "stub", "--noAssert", "--enable", "simd,threads"],
  ...["--importMemory", "--sharedMemory", "--initialMemory", "2", "--maximumMemory", "16384", "--memoryBase", "4096"],
];

/** Compiles the sources; the bytes are the same wherever it runs. */
export async function compileSplat(): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir();
  try {
    for await (const { name } of Deno.readDir(FOLDER)) { // the compiler wants .ts, this project's type checker must not
      if (name.endsWith(".as")) await Deno.copyFile(join(FOLDER, name), join(folder, name.replace(/\.as$/, ".ts")));
    }
    const out = join(folder, "splat.wasm");
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--config", PEERS, "npm:assemblyscript@0.28.20/asc", "splat.ts", "--outFile", out, ...FLAGS],
      cwd: folder,
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(`AssemblyScript could not compile ${FOLDER}:\n${new TextDecoder().decode(stderr)}`);
    return await Deno.readFile(out);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The module that holds the bytes. */
export function moduleText(bytes: Uint8Array): string {
  return `/**
 * The fast rasteriser's WebAssembly, ${bytes.length} bytes, written by \`tools/splat/compile.ts\` from the \`.as\` files here.
 *
 * @module
 */

/** Base64 of the binary. */
export const MODULE =
  "${base64(bytes)}";
`;
}

if (import.meta.main) await writeFileAtomic(join(FOLDER, "module.ts"), moduleText(await compileSplat()));
