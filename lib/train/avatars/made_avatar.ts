/**
 * # An avatar on a body, changed if somebody wants to
 *
 * Refinements and experiments get the avatar after it was decoded and before it is looked at, with all that they need to make
 * another.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import type { BodyParameters } from "../../body/skinning.ts";
import type { Encoded } from "../../encoder/encoder.ts";
import type { Avatar } from "../../gaussian/assemble.ts";
import { disposeAll } from "../../tensor/scope.ts";
import { freeAvatar } from "./baselines.ts";
import { avatarOfParameters, avatarOn, type AvatarParts, type BodyInPhoto } from "../../pipeline/avatar_of_crop.ts";

/** Which avatars: from the photo alone, or on the true body. */
export const AVATAR_MAKERS = ["photo", "truth_body"] as const;
/** One of them. */
export type AvatarMaker = typeof AVATAR_MAKERS[number];

/** An avatar that was made, before it is looked at. */
export interface MadeAvatar {
  readonly maker: AvatarMaker;
  readonly avatar: Avatar;
  /** [512, 512, 3], colours 0..1. */
  readonly crop: tf.Tensor3D;
  readonly body: BodyInPhoto;
  /** The avatar that the photo makes of a body elsewhere. */
  readonly estimate: (parameters: BodyParameters) => Promise<Avatar>;
}

/**
 * Changes an avatar before it is looked at, such as a refinement to the photo: returns a new avatar or the same, and parameters
 * that are new or those given. The avatar it was given is freed after it. The true body stays where it is, whatever is returned.
 */
export type ChangeAvatar = (
  made: MadeAvatar,
) => Promise<{ readonly avatar: Avatar; readonly parameters: BodyParameters }>;

/**
 * The avatar on a body, changed if a change is wanted.
 *
 * @returns avatar and parameters; the caller disposes of both, but not of parameters that are the body's own.
 */
export async function makeAvatar(
  parts: AvatarParts,
  encoded: Encoded,
  crop: tf.Tensor3D,
  { maker, body, change }: Pick<MadeAvatar, "maker" | "body"> & { readonly change?: ChangeAvatar | undefined },
): Promise<{ readonly avatar: Avatar; readonly parameters: BodyParameters }> {
  const avatar = await avatarOn(parts, encoded, crop, body);
  if (!change) return { avatar, parameters: body.parameters };
  using failure = new DisposableStack();
  failure.adopt(avatar, freeAvatar);
  const estimate = (parameters: BodyParameters) => avatarOfParameters(parts, encoded, crop, body, parameters);
  const changed = await change({ maker, avatar, crop, body, estimate });
  if (changed.avatar === avatar) failure.move();
  return changed;
}

/** Leaves avatar and parameters to a stack, but not parameters that are the body's own. */
export function ownChanged<T extends Awaited<ReturnType<typeof makeAvatar>>>(
  stack: DisposableStack,
  body: BodyInPhoto,
  made: T,
): T {
  stack.adopt(made.avatar, freeAvatar);
  const { betas, expression, pose, transl } = made.parameters;
  if (made.parameters !== body.parameters) stack.defer(() => disposeAll(betas, expression, pose, transl));
  return made;
}
