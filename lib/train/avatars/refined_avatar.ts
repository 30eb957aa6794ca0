/**
 * # Avatars refined to their photos, before they are looked at
 *
 * ```
 * from the photo alone      body and Gaussians move, `lib/refine/refine.ts`
 * on the true body          Gaussians alone: the truth needs no correction
 * ```
 *
 * @module
 */
import { refine, type RefineOptions } from "../../refine/refine.ts";
import type { ChangeAvatar } from "./made_avatar.ts";

/**
 * The change that refines an avatar to its photo.
 *
 * @param options Of `refine`; an abort ends the change with the signal's reason, between two steps.
 */
export function refinedToPhoto(options: Omit<RefineOptions, "estimate"> = {}): ChangeAvatar {
  return async ({ maker, avatar, crop, body: { parameters, mask, camera }, estimate }) => {
    const still = maker === "truth_body" ? { bodySteps: 0 } : {};
    const refined = await refine(avatar, { crop, mask, camera }, parameters, { ...options, ...still, estimate });
    refined.shown.dispose();
    return { avatar: refined.avatar, parameters: refined.parameters };
  };
}
