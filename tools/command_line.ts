/**
 * # What tasks share at the command line
 *
 * Flags are read by `node:util`. `--help` prints the task's own opening comment, so that there is one text; whatever goes wrong is said in
 * one line, without a stack.
 *
 * @module
 */
import { parseArgs, type ParseArgsConfig } from "node:util";

/** The call of a task with the arguments of this process, as a shell takes it. */
export function commandLine(task: string): string {
  const quoted = (text: string) => /^[\w.,=/+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
  return [`npx -y deno@2.9.6 task ${task}`, ...Deno.args.map(quoted)].join(" ");
}

/**
 * The flags of a task that is a script. Ends the process after `--help`, and where they cannot be read; errors of the script end it with
 * their message from then on.
 *
 * @param url The script's `import.meta.url`.
 */
export async function taskFlags<T extends ParseArgsConfig>(
  url: string,
  config: T,
): Promise<ReturnType<typeof parseArgs<T>>> {
  sayErrorsInOneLine();
  if (Deno.args.includes("--help")) {
    console.log(usageOf(await Deno.readTextFile(new URL(url))));
    Deno.exit(0);
  }
  try {
    return parseArgs<T>({ args: Deno.args, ...config });
  } catch (error) {
    return fail(error, " (--help says what there is)");
  }
}

/** From now on an error of the script ends the process with its message alone. */
export function sayErrorsInOneLine(): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    fail(event.reason);
  });
}

/** The opening comment of a source, without its marks. */
export function usageOf(source: string): string {
  const comment = /^\/\*\*\n([\s\S]*?)\n \*\//.exec(source)?.[1] ?? "";
  return comment.replace(/^ \* ?/gm, "").replace(/\n*@module[\s\S]*$/, "").replace(/^```\n/gm, "").replace(/^# /, "")
    .replace(/\{@link (\S+?)\}/g, "$1");
}

function fail(error: unknown, more = ""): never {
  console.error(`${error instanceof Error ? error.message : error}${more}`);
  Deno.exit(1);
}
