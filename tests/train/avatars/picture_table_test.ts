import { assertAlmostEquals, assertEquals } from "@std/assert";
import { PictureTable } from "../../../lib/train/avatars/picture_table.ts";

const metrics = (psnr: number) => ({ psnr, ssim: psnr / 100, mask_iou: 0.5, perceptual: 0.1 });

Deno.test("PictureTable.figures() averages over pictures and takes the gain over the baseline that is best on average", () => {
  const table = new PictureTable();
  for (const [psnr, mean, direct, nearest] of [[20, 15, 19, 16], [24, 17, 15, 20]] as const) {
    table.add("new_pose", 30, "avatar", metrics(psnr));
    table.add("new_pose", 30, "mean_colour", metrics(mean));
    table.add("new_pose", 30, "direct_colour", metrics(direct));
    table.add("new_pose", 30, "nearest_visible_pixel", metrics(nearest));
  }
  const { new_pose, input_view } = table.figures();
  assertEquals([new_pose.pictures, new_pose.psnr, new_pose.mask_iou], [2, 22, 0.5]);
  assertEquals([new_pose.best_baseline, new_pose.gain_over_best_baseline_db], ["nearest_visible_pixel", 4]);
  assertAlmostEquals(new_pose.baselines.direct_colour.ssim, 0.17, 1e-12);
  assertEquals([input_view.pictures, input_view.psnr], [0, NaN]); // nothing was shown
});

Deno.test("PictureTable.figures() tells new views by angle, in order", () => {
  const table = new PictureTable();
  for (const angle of [180, 30, 90, 30]) table.add("new_view", angle, "avatar", metrics(angle));
  table.add("input_view", 0, "avatar", metrics(1));
  const { by_angle, new_view } = table.figures();
  assertEquals(Object.entries(by_angle).map(([angle, { pictures }]) => [angle, pictures]), [["30", 2], ["90", 1], [
    "180",
    1,
  ]]);
  assertEquals(new_view.pictures, 4);
});
