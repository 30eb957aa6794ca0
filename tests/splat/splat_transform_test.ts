import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { readPly } from "../../lib/format/read_ply.ts";
import type { Camera } from "../../lib/image/cameras.ts";
import { splatGaussians } from "../../lib/splat/splat_gaussians.ts";
import { everyBackend } from "../harness.ts";

const file = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));

/** A camera at `eye` that looks at the origin, y down in the picture where y is down in the world. */
function lookFrom(eye: readonly [number, number, number], height: number, fieldOfView: number): Camera {
  const unit = (v: number[]) => v.map((part) => part / Math.hypot(...v));
  const cross = (a: number[], b: number[]) =>
    [0, 1, 2].map((i) => a[(i + 1) % 3]! * b[(i + 2) % 3]! - a[(i + 2) % 3]! * b[(i + 1) % 3]!);
  const forward = unit(eye.map((part) => -part)), right = unit(cross([0, 1, 0], forward)), down = cross(forward, right);
  const rows = [right, down, forward].map((axis) => [...axis, -axis.reduce((sum, part, i) => sum + part * eye[i]!, 0)]);
  const focal = height / 2 / Math.tan(fieldOfView / 2);
  return { K: [[focal, 0, 64], [0, focal, 48], [0, 0, 1]], worldToCamera: [...rows, [0, 0, 0, 1]] };
}

everyBackend("splatGaussians() draws, to the last of 8 bits, what splat-transform's renderer draws", async () => {
  const { data, info } = await sharp(file("splat_transform.webp")).raw().toBuffer({ resolveWithObject: true });
  assertEquals([info.width, info.height, info.channels], [128, 96, 3]);
  const gaussians = await readPly(file("splat_transform.ply"));
  // The file's world has y down, that of the other program y up: (x, y) are turned round.
  const camera = lookFrom([-0.6, -0.4, -3.5], 96, Math.PI / 4);
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
