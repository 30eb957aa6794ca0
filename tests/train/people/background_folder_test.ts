import { assert, assertEquals, assertRejects } from "@std/assert";
import sharp from "sharp";
import { digestOfPictures, readBackgrounds } from "../../../lib/train/people/background_folder.ts";
import { createPeople } from "../../../lib/train/people/person.ts";
import { TRAINING } from "../../../lib/train/people/sets.ts";

const picture = (width: number, height: number, colour: string) =>
  sharp({ create: { width, height, channels: 3, background: colour } }).jpeg().toBuffer();

async function folder(files: Record<string, Uint8Array>): Promise<string> {
  const path = await Deno.makeTempDir();
  for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(`${path}/${name}`, bytes);
  return path;
}

Deno.test({
  name: "readBackgrounds() skips, counts and names what it cannot read",
  sanitizeResources: false,
  sanitizeOps: false,
  fn: async () => {
    const good = await picture(700, 400, "#336699"), text = new TextEncoder().encode("no picture");
    const path = await folder({
      "a.jpg": good,
      "b.jpg": good.subarray(0, 200),
      "c.png": text,
      "d.txt": text,
      "e.webp": new Uint8Array(),
    });
    const { pictures, skipped } = await readBackgrounds(path);
    assertEquals(pictures.map(({ width, height }) => [width, height]), [[512, 293]]);
    assertEquals(skipped.map(({ name }) => name), ["b.jpg", "c.png", "e.webp"]);
    assert(skipped.every(({ reason }) => reason.length > 5));
  },
});

Deno.test({
  name: "readBackgrounds() says when nothing can be read, or nothing is there",
  sanitizeResources: false,
  sanitizeOps: false,
  fn: async () => {
    const path = await folder({ "a.jpg": new TextEncoder().encode("no picture") });
    await assertRejects(() => readBackgrounds(path), RangeError, "none of the 1 pictures");
    await assertRejects(() => readBackgrounds(`${path}/missing`), Deno.errors.NotFound, "no folder at");
  },
});

Deno.test({
  name: "createPeople() shows the user's photos behind people in training, never in evaluation",
  sanitizeResources: false,
  sanitizeOps: false,
  fn: async () => {
    const { pictures: backgrounds } = await readBackgrounds(
      await folder({ "a.jpg": await picture(300, 300, "#00ff00") }),
    );
    const drawn = async (set: "train" | "everyday") => {
      const people = await createPeople({ seed: 4, set, size: 64, backgrounds });
      return await Promise.all(Array.from({ length: 12 }, async (_, i) => (await people.person(i)).scene.background));
    };
    assert((await drawn("train")).includes("photo"));
    assert(!(await drawn("everyday")).includes("photo"));
    assert(!TRAINING.withheld);
  },
});

Deno.test("digestOfPictures() names pixels and size, not where they lie", async () => {
  const of = (width: number, first: number) => {
    const pixels = new Uint8Array(new SharedArrayBuffer(3 * 40 * 60));
    pixels[0] = first;
    return { width, height: 2400 / width, pixels };
  };
  const [one, same, other, turned] = await Promise.all(
    [of(40, 1), of(40, 1), of(40, 2), of(60, 1)].map((p) => digestOfPictures([p])),
  );
  assertEquals(one, same);
  assertEquals(new Set([one, other, turned, await digestOfPictures([of(40, 1), of(40, 2)])]).size, 4);
});
