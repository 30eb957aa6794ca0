import { assert, assertEquals, assertRejects } from "@std/assert";
import { exportFile, readFile, writeFileAtomic } from "../../lib/format/file.ts";
import { inFolder } from "../harness.ts";
import { fill, onSmallDisk } from "../small_disk.ts";

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

Deno.test("writeFileAtomic() says which file, how large and what to do where it may not write", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    for (const write of [writeFileAtomic, (path: string, text: string) => exportFile("writeIt", path, text)]) {
      const error = await assertRejects(() => write(`${folder}/file/a.txt`, "naïve"), Error);
      assert(error.message.startsWith(`cannot write ${folder}/file/a.txt (6 bytes): `), error.message);
      assert(error.message.endsWith(": choose a place that can be written to; what was there before is intact"));
    }
  }));

onSmallDisk("writeFileAtomic() and exportFile() on a full disk keep what is there", 1, async (disk) => {
  await writeFileAtomic(`${disk}/a.txt`, "old");
  fill(`${disk}/filler`);
  const large = new Uint8Array(100_000);
  for (
    const [path, write] of [
      ["a.txt", writeFileAtomic],
      ["b.txt", (path: string, bytes: Uint8Array) => exportFile("writeIt", path, bytes)],
    ] as const
  ) {
    const error = await assertRejects(() => write(`${disk}/${path}`, large), Error);
    assertEquals(
      error.message,
      `cannot write ${disk}/${path} (100000 bytes): No space left on device (os error 28): ` +
        "make room, or choose a place on another disk; what was there before is intact",
    );
  }
  assertEquals(names(disk), ["a.txt", "filler"]);
  assertEquals(await Deno.readTextFile(`${disk}/a.txt`), "old");
});

Deno.test("exportFile() replaces a file only when told", () =>
  inFolder(async (folder) => {
    const path = `${folder}/new/a.txt`;
    await exportFile("writeIt", path, "one");
    await assertRejects(
      () => exportFile("writeIt", path, "two"),
      Deno.errors.AlreadyExists,
      `writeIt: ${path} exists: choose another name, or replace it with { force }`,
    );
    assertEquals(await Deno.readTextFile(path), "one");
    await exportFile("writeIt", path, "three", true);
    assertEquals(await Deno.readTextFile(path), "three");
    assertEquals(names(`${folder}/new`), ["a.txt"]);
  }));

Deno.test("exportFile() at the same time from many lets one win, whole", () =>
  inFolder(async (folder) => {
    const texts = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(100_000));
    const outcomes = await Promise.allSettled(texts.map((text) => exportFile("writeIt", `${folder}/a.txt`, text)));
    const winners = texts.filter((_, i) => outcomes[i]!.status === "fulfilled");
    assertEquals([await Deno.readTextFile(`${folder}/a.txt`)], winners);
    assertEquals(names(folder), ["a.txt"]);
  }));

Deno.test("readFile() names the file and the caller", () =>
  assertRejects(() => readFile("loadBody", "nowhere.npz"), Deno.errors.NotFound, "loadBody: no file at nowhere.npz")
    .then(() => {}));
