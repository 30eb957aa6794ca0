/**
 * # The peers' side: PyTorch in a throw-away environment
 *
 * Ratios in `deno task bench` come from one run on one machine: our side in this process, then the peer's script with
 * the same sizes. The environment is made once in the cache folder (`$NLFGS_CACHE`, else the user's cache) from
 * `bench/requirements.txt`, whose torch is meant to be the CPU build. Where your package index serves the CUDA build by
 * default, point `PIP_INDEX_URL` at PyTorch's CPU index before the first run.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "../lib/train/feature_cache.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Path of a Python that has PyTorch, made on first use. */
async function pythonWithTorch(): Promise<string> {
  const venv = join(cacheFolder(), "bench-python");
  const python = join(venv, Deno.build.os === "windows" ? "Scripts/python.exe" : "bin/python");
  const ready = join(venv, "ready");
  const wanted = await Deno.readTextFile(join(here, "requirements.txt"));
  if (await Deno.readTextFile(ready).catch(() => "") === wanted) return python;
  console.error(`Setting up PyTorch for the comparison in ${venv} (once, about 200 MB to fetch)`);
  await command("python3", ["-m", "venv", "--clear", venv]);
  await command(python, [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "-r",
    join(here, "requirements.txt"),
  ]);
  await Deno.writeTextFile(ready, wanted);
  return python;
}

async function command(program: string, args: readonly string[]): Promise<string> {
  const { success, code, stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output().catch(
    (error) => {
      throw new Error(`bench: cannot start ${program}: ${error.message}: the comparison needs Python 3 with venv`);
    },
  );
  if (!success) {
    throw new Error(
      `bench: ${program} ${args[0]} ended with ${code}:\n${new TextDecoder().decode(stderr).slice(-2000)}`,
    );
  }
  return new TextDecoder().decode(stdout);
}

/**
 * Runs a peer's script with one record of settings and returns the record it prints.
 *
 * @param script File name in `bench/`.
 * @throws {Error} if Python is missing or the script fails, with its last lines.
 */
export async function peer<T>(script: string, settings: Readonly<Record<string, unknown>>): Promise<T> {
  const printed = await command(await pythonWithTorch(), [join(here, script), JSON.stringify(settings)]);
  return JSON.parse(printed.trim().split("\n").at(-1)!) as T;
}
