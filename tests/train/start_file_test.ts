import { assertRejects } from "@std/assert";
import { join } from "node:path";
import { expectOtherFile } from "../../tools/train/start_file.ts";
import { inFolder } from "../harness.ts";

Deno.test("expectOtherFile() refuses to write over the file that is started from, whatever it is called", () =>
  inFolder(async (folder) => {
    const from = join(folder, "known.safetensors"), link = join(folder, "link.safetensors");
    await Deno.writeTextFile(from, "known");
    await Deno.symlink(from, link);
    for (const out of [from, `${folder}/../${folder.split("/").at(-1)}/known.safetensors`, link]) {
      await assertRejects(
        () => expectOtherFile("--from", from, out),
        RangeError,
        `train: --from ${from} is the file that --out would write over: give another --out, or a copy of it`,
      );
    }
  }));

Deno.test("expectOtherFile() lets another file be, one that is not there yet too", () =>
  inFolder(async (folder) => {
    const [from, out] = ["a", "b"].map((name) => join(folder, name)) as [string, string];
    await expectOtherFile("--from", from, out); // that there is nothing to start from is told where it is read
    await Deno.writeTextFile(from, "");
    await expectOtherFile("--from", from, out);
    await Deno.writeTextFile(out, "");
    await expectOtherFile("--from", from, out);
  }));
