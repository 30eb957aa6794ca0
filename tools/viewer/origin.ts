/**
 * # What the viewer's script was built from
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { digest } from "../../lib/format/digest.ts";

const root = new URL("../../", import.meta.url);
const LIBRARIES = ["three", "@sparkjsdev/spark"] as const;

/** Sources, libraries and the script, by hash or version. */
export interface Origin {
  /** How to build it again. */
  readonly command: string;
  /** Of the script, SHA-256. */
  readonly script: string;
  /** Exact versions by name, as deno.json has them. */
  readonly libraries: Readonly<Record<string, string>>;
  /** SHA-256 of every source, by path. */
  readonly sources: Readonly<Record<string, string>>;
}

/** What viewer/dist/viewer.json says. */
export async function recordedOrigin(): Promise<Origin> {
  return JSON.parse(await Deno.readTextFile(new URL("viewer/dist/viewer.json", root)));
}

/**
 * What there is now.
 *
 * @param sources Paths of the sources, from the project's root; those that are gone have the hash "".
 */
export async function currentOrigin(sources: readonly string[]): Promise<Origin> {
  const hashed: Record<string, string> = {};
  for (const path of sources) hashed[path] = await hash(new URL(path, root)).catch(() => "");
  return {
    command: "deno task bundle",
    script: await hash(new URL("viewer/dist/viewer.js", root)),
    libraries: await libraryVersions(),
    sources: hashed,
  };
}

/** The versions of the libraries in the script, as deno.json has them. */
export async function libraryVersions(): Promise<Record<string, string>> {
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root))) as {
    imports: Record<string, string>;
  };
  return Object.fromEntries(LIBRARIES.map((name) => [name, imports[name]!.replace(/^npm:.*@/, "")]));
}

/** The project's sources in viewer/, whether imported or not. */
export function viewerSources(): string[] {
  return [...Deno.readDirSync(fileURLToPath(new URL("viewer", root)))]
    .filter(({ isFile, name }) => isFile && name.endsWith(".ts")).map(({ name }) => `viewer/${name}`).sort();
}

const hash = async (file: URL): Promise<string> => await digest(await Deno.readFile(file));
