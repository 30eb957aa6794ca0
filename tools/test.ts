/**
 * # `deno task test`: all tests, then the examples in the documentation, then one plain line
 *
 * Arguments are handed to `deno test`: a folder or file to run it alone, `--filter softArgmax` to choose by name. A full
 * run also rewrites `docs/parity.json`, the table of every comparison with an independent reference.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../lib/format/file.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Runs `deno test` with its output shown as it comes, and reads the counts off its last line. */
async function denoTest(args: readonly string[], env: Record<string, string>, counts: Counts): Promise<void> {
  const command = new Deno.Command(Deno.execPath(), { args: ["test", ...args], cwd: root, env, stdout: "piped" });
  const child = command.spawn();
  const decoder = new TextDecoder();
  let tail = "";
  for await (const chunk of child.stdout) {
    await Deno.stdout.write(chunk);
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-4000);
  }
  const { code } = await child.status;
  // deno-lint-ignore no-control-regex -- colours, where the terminal has them
  const plain = tail.replace(/\x1b\[[0-9;]*m/g, "");
  const [, passed, failed, ignored] = /(\d+) passed[^|\n]* \| (\d+) failed(?: \| (\d+) ignored)?/.exec(plain) ?? [];
  counts.passed += Number(passed ?? 0);
  counts.skipped += Number(ignored ?? 0);
  counts.failed += Math.max(Number(failed ?? 0), code === 0 ? 0 : 1); // a crash or a type error counts as one
}

/** Gathers the rows that tests appended into one sorted table: the worst figure of each step on each backend. */
async function writeParityTable(folder: string): Promise<void> {
  const text = await Deno.readTextFile(`${folder}/rows.jsonl`).catch(() => "");
  const rows = new Map<string, Record<string, unknown> & { max_abs: number }>();
  for (const line of text.split("\n").filter(Boolean)) {
    const row = JSON.parse(line);
    for (const key of ["max_abs", "max_rel"]) row[key] = Number(row[key].toPrecision(1)); // alike on most machines
    const key = `${row.step} ${row.backend} ${row.reference}`;
    if (!(rows.get(key)?.max_abs! >= row.max_abs)) rows.set(key, row);
  }
  const sorted = [...rows].sort(([a], [b]) => a < b ? -1 : 1).map(([, row]) => `  ${JSON.stringify(row)}`);
  if (sorted.length > 0) await writeFileAtomic(`${root}/docs/parity.json`, `[\n${sorted.join(",\n")}\n]\n`);
}

/** Mesa's software WebGPU complains on every start where this is not set. */
const quiet = { XDG_RUNTIME_DIR: Deno.env.get("XDG_RUNTIME_DIR") ?? "/tmp" };

const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
const parity = await Deno.makeTempDir();
try {
  const chosen = Deno.args.length > 0;
  await denoTest(["-A", ...(chosen ? Deno.args : ["tests"])], { ...quiet, NLFGS_PARITY: parity }, counts);
  if (!chosen) {
    await denoTest(["-A", "--doc", "mod.ts", "lib"], quiet, counts);
    if (counts.failed === 0) await writeParityTable(parity);
  }
} finally {
  await Deno.remove(parity, { recursive: true });
}
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
Deno.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);
