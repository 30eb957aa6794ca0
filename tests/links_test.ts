import { assertEquals } from "@std/assert";

Deno.test("every relative link of the Markdown pages leads to a file", async () => {
  const root = new URL("../", import.meta.url);
  const pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "THIRD_PARTY.md", "data/README.md", "docs/steps.md"];
  for await (const { name } of Deno.readDir(new URL("docs/", root))) {
    if (name.endsWith(".md")) pages.push(`docs/${name}`);
  }
  const broken: string[] = [];
  for (const page of new Set(pages)) {
    const text = await Deno.readTextFile(new URL(page, root));
    for (const [, target] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue;
      await Deno.stat(new URL(target!, new URL(page, root))).catch(() => broken.push(`${page}: ${target}`));
    }
  }
  assertEquals(broken, []);
});
