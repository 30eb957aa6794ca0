import { assert, assertEquals } from "@std/assert";
import { skin } from "../../../lib/body/skinning.ts";
import type { AvatarMaker, MadeAvatar } from "../../../lib/train/avatars/made_avatar.ts";
import { refinedToPhoto } from "../../../lib/train/avatars/refined_avatar.ts";
import { failsCleanly, maxAbsDiff, scoped } from "../../harness.ts";
import { avatarOf, photoOf, standing, template } from "../../refine/scene.ts";

/** A grey avatar whose photo is coloured. */
async function made(maker: AvatarMaker): Promise<MadeAvatar> {
  const on = template(), parameters = standing(), { crop, ...photo } = await photoOf(avatarOf(on, true), parameters);
  const { vertices } = skin(on.body, parameters), body = { ...photo, vertices, parameters };
  return { maker, avatar: avatarOf(on, false), crop, body, estimate: () => Promise.resolve(avatarOf(on, false)) };
}
const QUICK = { bodySteps: 1, steps: 2, size: 64 };
const test = (name: string, fn: () => unknown) =>
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: () => scoped(fn) });

test("refinedToPhoto() moves the body of a photo, and leaves the true body where it is", async () => {
  for (const maker of ["photo", "truth_body"] as const) {
    const given = await made(maker), { avatar, parameters } = await refinedToPhoto(QUICK)(given);
    assert(await maxAbsDiff(avatar.sh, given.avatar.sh) > 0, "colours changed");
    assertEquals(await maxAbsDiff(parameters.pose, given.body.parameters.pose) > 0, maker === "photo");
  }
});

test("refinedToPhoto() ends within a refinement when aborted: the avatar is as it was, and nothing is left", async () => {
  const stop = new AbortController(), given = await made("photo"), scale = await given.avatar.scale.data();
  const change = refinedToPhoto({
    ...QUICK,
    steps: 50,
    signal: stop.signal,
    onStep: ({ step }) => step === 2 ? stop.abort() : undefined,
  });
  assertEquals((await failsCleanly(() => change(given))).name, "AbortError");
  assertEquals(await given.avatar.scale.data(), scale);
});
