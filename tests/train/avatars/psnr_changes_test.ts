import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { ShownPicture } from "../../../lib/train/avatars/measure_body.ts";
import { PsnrByPerson } from "../../../lib/train/avatars/psnr_changes.ts";
import type { Subject } from "../../../lib/train/avatars/subject.ts";

/** A run whose people have these new views. */
function runOf(...people: readonly (readonly number[])[]): PsnrByPerson {
  const run = new PsnrByPerson();
  for (const views of people) {
    const subject = { person: {} } as Subject;
    for (const psnr of views) {
      run.add(subject, { maker: "photo", truth: { kind: "new_view" }, metrics: { psnr } } as ShownPicture);
    }
  }
  return run;
}

Deno.test("PsnrByPerson.changesFrom() tells the mean over people, and whom it hurt most", () => {
  const before = runOf([20, 22], [30, 30], [10, 10]), after = runOf([22, 24], [29, 30], [10, 13]);
  const { new_view, new_pose } = after.changesFrom(before, "photo");
  assertAlmostEquals(new_view.mean_db, (2 - 0.5 + 1.5) / 3, 1e-12);
  assertAlmostEquals(new_view.worst_person_db, -0.5, 1e-12);
  assertEquals(new_pose.mean_db, NaN); // there were no such pictures
});

Deno.test("PsnrByPerson.changesFrom() compares the people that both runs have", () => {
  const { new_view } = runOf([21]).changesFrom(runOf([20], [20]), "photo");
  assertEquals([new_view.mean_db, new_view.worst_person_db], [1, 1]);
});
