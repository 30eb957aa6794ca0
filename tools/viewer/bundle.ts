/**
 * # `deno task bundle`: the viewer page's script
 *
 * ```
 * viewer/page.ts, what it imports, three, Spark → viewer/dist/viewer.js        its origin → viewer/dist/viewer.json
 * ```
 *
 * The script is committed, so that writing a page needs no bundler. `viewer.json` names every source with its hash, the
 * libraries with their versions, and the script's own hash: a test compares them with what is there.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../../lib/format/file.ts";
import { currentOrigin, libraryVersions } from "./origin.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

async function deno(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: root }).output();
  if (code !== 0) throw new Error(`deno ${args[0]} failed:\n${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

const graph = JSON.parse(await deno("info", "--json", "viewer/page.ts")) as {
  modules: { local?: string; specifier: string }[];
};
const sources = graph.modules.map(({ specifier }) => specifier).filter((specifier) => specifier.startsWith("file:"))
  .map((specifier) => fileURLToPath(specifier).slice(root.length)).filter((path) => !path.includes("node_modules"))
  .sort();
await deno("bundle", "--platform", "browser", "--minify", "viewer/page.ts", "-o", "viewer/dist/viewer.js");
// The libraries' licences ask to go with every copy, and a page is one.
const licences = await Promise.all(
  Object.entries(await libraryVersions()).map(async ([name, version]) =>
    `${name} ${version}\n\n${(await Deno.readTextFile(`${root}/node_modules/${name}/LICENSE`)).trim()}`
  ),
);
const banner = ["The viewer of nlf-gs, Apache-2.0. It holds:", ...licences].join("\n\n").replaceAll("\r", "");
const bundled = await Deno.readTextFile(`${root}/viewer/dist/viewer.js`);
// What would end the script element early, should a library ever hold it in a text.
const script = `/*!\n${banner}\n*/\n${bundled}`.replace(/<(?=\/script|!--)/gi, "\\x3C");
await writeFileAtomic(`${root}/viewer/dist/viewer.js`, script);
const origin = await currentOrigin(sources);
await writeFileAtomic(`${root}/viewer/dist/viewer.json`, JSON.stringify(origin, null, 2) + "\n");
console.log(`viewer/dist/viewer.js: ${(script.length / 2 ** 20).toFixed(2)} MB from ${sources.length} sources`);
