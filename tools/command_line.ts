/**
 * # The command that makes something again
 *
 * @module
 */

/** The call of a task with the arguments of this process, as a shell takes it. */
export function commandLine(task: string): string {
  const quoted = (text: string) => /^[\w.,=/+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
  return [`npx -y deno@2.9.6 task ${task}`, ...Deno.args.map(quoted)].join(" ");
}
