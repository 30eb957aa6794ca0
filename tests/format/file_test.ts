import { assertEquals, assertRejects } from "@std/assert";
import { readFile, writeFileAtomic } from "../../lib/format/file.ts";
import { inFolder } from "../harness.ts";

const names = (folder: string) => [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();

Deno.test("writeFileAtomic() makes folders, replaces a file and leaves nothing beside it", () =>
  inFolder(async (folder) => {
    await writeFileAtomic(`${folder}/deep/er/a.txt`, "one");
    await writeFileAtomic(`${folder}/deep/er/a.txt`, new TextEncoder().encode("two"));
    assertEquals(await Deno.readTextFile(`${folder}/deep/er/a.txt`), "two");
    assertEquals(names(`${folder}/deep/er`), ["a.txt"]);
  }));

Deno.test("writeFileAtomic() that fails leaves no partial file", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/taken/inside`, { recursive: true });
    await assertRejects(() => writeFileAtomic(`${folder}/taken`, "x")); // a folder has that name
    assertEquals(names(folder), ["taken"]);
  }));

Deno.test("readFile() names the file and the caller", () =>
  assertRejects(() => readFile("loadBody", "nowhere.npz"), Deno.errors.NotFound, "loadBody: no file at nowhere.npz")
    .then(() => {}));
