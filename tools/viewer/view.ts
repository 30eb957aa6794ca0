/**
 * # `deno task view [folder or page]`: opens a viewer page
 *
 * Finds `viewer.html` in a folder that the demo has written, shows it in the system's browser where there is one, and says where
 * it is. The page is a file like any other: no server is needed.
 *
 * @module
 */
import { dirname, isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { sayErrorsInOneLine } from "../command_line.ts";

const USAGE = `Usage: deno task view [folder or page] [--print]

Opens viewer.html of a folder that the demo has written (default: out) in the browser.

  --print    only say where the page is
  --help     this text`;

/** How a system opens a page in its browser; none of them reads the address as a shell would, so that any letter may be in it. */
const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ["open"],
  windows: ["rundll32", "url.dll,FileProtocolHandler"],
};
const PAGE = /\.html?$/i;

/** The command that writes the page of a path, as one would type it. */
function writing(path: string): string {
  const folder = PAGE.test(path) ? dirname(path) : path;
  return `deno task demo --out ${/^[\w./\\:-]+$/.test(folder) ? folder : `"${folder}"`}`;
}

/** The page that a path means. */
export async function findPage(path: string): Promise<string> {
  const found = await Deno.stat(path).catch(() => undefined);
  if (!found) throw new Deno.errors.NotFound(`view: there is no ${path}: run \`${writing(path)}\` first`);
  if (found.isFile) {
    if (!PAGE.test(path)) throw new TypeError(`view: ${path} is no page: wanted a folder or an .html file`);
    return path;
  }
  const page = join(path, "viewer.html");
  if (await Deno.stat(page).then(({ isFile }) => isFile, () => false)) return page;
  throw new Deno.errors.NotFound(
    `view: ${path} has no viewer.html: write it again with \`${writing(path)}\`, or make a page with writeViewer`,
  );
}

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { print: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
  });
  if (values.help) return console.log(USAGE);
  if (positionals.length > 1) throw new TypeError(`view: one folder at a time: got ${positionals.join(", ")}`);
  const given = positionals[0] ?? "out"; // relative to where the task was called
  const page = await findPage(isAbsolute(given) ? given : resolve(Deno.env.get("INIT_CWD") ?? ".", given));
  const address = pathToFileURL(page).href;
  const [command, ...before] = OPENERS[Deno.build.os] ?? ["xdg-open"];
  const opened = !values.print && await new Deno.Command(command!, {
    args: [...before, address],
    stdout: "null",
    stderr: "null",
  }).output().then(({ success }) => success, () => false);
  console.log(opened ? `Opened ${address}` : `Open this page in a browser: ${address}`);
}

if (import.meta.main) {
  sayErrorsInOneLine();
  await main(Deno.args);
}
