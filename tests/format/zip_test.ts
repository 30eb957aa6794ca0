import { assert, assertEquals } from "@std/assert";
import { unzipEntry, zipEntries, zipFiles, type ZipRules } from "../../lib/format/zip.ts";
import { failsCleanly } from "../harness.ts";

const RULES: ZipRules = { caller: "readIt", name: "a.zip", kind: "box", wants: () => true, maxBytes: 1e6 };
const text = (content: string) => new TextEncoder().encode(content);

Deno.test("zipFiles() packs the same bytes each time, and unzipEntry() unpacks them", () => {
  const entries = { "b.txt": text("two"), "a.txt": text("one ".repeat(1000)) };
  for (const level of [0, 6, 9] as const) {
    const bytes = zipFiles(entries, level);
    assertEquals(bytes, zipFiles(entries, level));
    assertEquals(zipEntries(bytes, RULES), ["b.txt", "a.txt"]);
    assertEquals(unzipEntry(bytes, "a.txt", RULES), entries["a.txt"]);
  }
});

Deno.test("zipEntries() looks at claims before anything is unpacked, and only at those of wanted entries", async () => {
  const bytes = zipFiles({ bomb: new Uint8Array(1e6), fine: text("fine") }, 9);
  const directory = new DataView(bytes.buffer), place = directory.getUint32(bytes.length - 6, true);
  const wide = await failsCleanly(() => zipEntries(bytes, RULES));
  assertEquals(wide.message, "readIt: a.zip would unpack to 1000004 bytes: the limit is 1000000");
  directory.setUint32(place + 24, 2 ** 31 - 1, true);
  const lie = await failsCleanly(() => zipEntries(bytes, RULES));
  assert(/^readIt: bomb in a.zip claims 2147483647 bytes, more than its \d+ can hold$/.test(lie.message), lie.message);
  assert(lie instanceof RangeError && wide instanceof RangeError);
  assertEquals(zipEntries(bytes, { ...RULES, wants: (entry) => entry === "fine" }), ["fine"]);
  const none = await failsCleanly(() => zipEntries(text("no zip at all, but long enough to look for an end"), RULES));
  assertEquals(none.message, "readIt: a.zip is no box: invalid zip data");
  assert(none instanceof SyntaxError);
});
