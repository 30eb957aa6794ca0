import { assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import { usageOf } from "../tools/command_line.ts";

const SOURCE = `/**
 * # \`deno task paint\`: paints
 *
 * \`\`\`
 * --colour NAME   what with, {@link ./colours.ts}
 * \`\`\`
 *
 * Twice.
 *
 * @module
 */
export {};
`;

Deno.test("usageOf() is a source's opening comment without its marks", () => {
  assertEquals(usageOf(SOURCE), "`deno task paint`: paints\n\n--colour NAME   what with, ./colours.ts\n\nTwice.");
});

async function run(tool: string, ...args: string[]) {
  const path = fileURLToPath(new URL(`../tools/${tool}.ts`, import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", path, ...args],
  })
    .output();
  return { code, out: new TextDecoder().decode(stdout), error: new TextDecoder().decode(stderr) };
}

for (const tool of ["train", "evaluate", "ablate", "learning_curve"]) {
  Deno.test(`tools/${tool}.ts says what there is, and in one line what is wrong`, async () => {
    const help = await run(tool, "--help");
    assertEquals(help.code, 0);
    assertMatch(help.out, /^`deno task \w+`/);
    assertMatch(help.out, /--\w+/);
    const wrong = await run(tool, "--no-such-flag");
    assertEquals([wrong.code, wrong.out], [1, ""]);
    assertMatch(wrong.error, /^Unknown option '--no-such-flag'.* \(--help says what there is\)\n$/);
  });
}

Deno.test("tools/evaluate.ts says in one line what is out of range", async () => {
  const { code, error } = await run("evaluate", "--set", "nowhere");
  assertEquals([code, error], [1, 'evaluate: --set must be one of everyday, hard: got "nowhere"\n']);
});
