import { assertEquals, assertRejects } from "@std/assert";
import { findPage } from "../../tools/viewer/view.ts";

Deno.test("findPage() finds the page of a folder, or takes a page, or says what to do", async () => {
  const folder = await Deno.makeTempDir(), page = `${folder}/viewer.html`;
  await assertRejects(
    () => findPage(folder),
    Deno.errors.NotFound,
    "has no viewer.html: write it again with `deno task demo",
  );
  await assertRejects(() => findPage(`${folder}/none`), Deno.errors.NotFound, "run `deno task demo --out");
  for (const missing of [`${folder}/none/viewer.html`, `${folder}/none/VIEWER.HTM`]) {
    await assertRejects(
      () => findPage(missing),
      Deno.errors.NotFound,
      `run \`deno task demo --out ${folder}/none\` first`,
    );
  }
  await assertRejects(
    () => findPage(`${folder}/my photos`),
    Deno.errors.NotFound,
    `--out "${folder}/my photos"\` first`,
  );
  await Deno.writeTextFile(`${folder}/avatar.ply`, "ply");
  await assertRejects(() => findPage(`${folder}/avatar.ply`), TypeError, "wanted a folder or an .html file");
  await Deno.writeTextFile(page, "<!doctype html>");
  assertEquals([await findPage(folder), await findPage(page)], [page, page]);
  await Deno.remove(folder, { recursive: true });
});
