import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { readPly } from "../../lib/format/read_ply.ts";
import { lookAt } from "../../lib/image/cameras.ts";
import { splatGaussians } from "../../lib/splat/splat_gaussians.ts";
import { everyBackend } from "../harness.ts";

const file = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));

everyBackend("splatGaussians() draws, to the last of 8 bits, what splat-transform's renderer draws", async () => {
  const { data, info } = await sharp(file("splat_transform.webp")).raw().toBuffer({ resolveWithObject: true });
  assertEquals([info.width, info.height, info.channels], [128, 96, 3]);
  const gaussians = await readPly(file("splat_transform.ply"));
  // The file's world has y down, that of the other program y up: (x, y) are turned round.
  const focal = 48 / Math.tan(Math.PI / 8);
  const camera = {
    ...lookAt({ eye: [-0.6, -0.4, -3.5], target: [0, 0, 0], up: [0, -1, 0] }),
    K: [[focal, 0, 64], [0, focal, 48], [0, 0, 1]],
  };
  const image = await splatGaussians(gaussians, camera, { width: 128, height: 96 }).image.data();
  let far = 0, lit = 0;
  for (let pixel = 0; pixel < 128 * 96; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      const ours = Math.round(255 * Math.min(1, image[4 * pixel + channel]!)), theirs = data[3 * pixel + channel]!;
      if (ours !== theirs) far++;
      assert(Math.abs(ours - theirs) <= 1, `${ours} and ${theirs} at pixel ${pixel}`); // a rounding of .5
      if (theirs > 20) lit++;
    }
  }
  assert(far < 20, `${far} of ${3 * 128 * 96} numbers differ`);
  assert(lit > 10_000, "the picture shows something");
});
