import { assert, assertEquals } from "@std/assert";
import { currentOrigin, recordedOrigin, viewerSources } from "../../tools/viewer/origin.ts";

Deno.test("viewer/dist/viewer.js was built from the sources that are there: else run `deno task bundle`", async () => {
  const recorded = await recordedOrigin(), paths = Object.keys(recorded.sources);
  assertEquals(await currentOrigin(paths), recorded, "viewer/dist is out of date: run `deno task bundle`");
  const unused = viewerSources().filter((path) => !paths.includes(path));
  assertEquals(unused, [], "sources of the viewer that its script does not hold: import them or take them out");
});

Deno.test("viewer/dist/viewer.js can stand in a script element", async () => {
  const script = await Deno.readTextFile(new URL("../../viewer/dist/viewer.js", import.meta.url));
  assert(!/<\/script|<!--/i.test(script));
  assert(!script.includes("\r"), "the parser would change it, and the policy's hash would not fit");
});

Deno.test("viewer/dist/viewer.js goes with its libraries' licences", async () => {
  const script = await Deno.readTextFile(new URL("../../viewer/dist/viewer.js", import.meta.url));
  for (const [name, version] of Object.entries((await recordedOrigin()).libraries)) {
    assert(script.includes(`\n${name} ${version}\n\n`), name);
  }
  assert((script.match(/Permission is hereby granted/g) ?? []).length >= 2);
});
