/**
 * # A pipeline's run, refined to its photo
 *
 * ```
 * run: crop, mask, camera, body, avatar → refine → avatar', parameters' → drive → picture by the run's camera
 * ```
 *
 * All that {@linkcode refine} asks for lies in the run: the photo's crop and mask if they were recorded, the camera, the fitted body.
 * Decoders that read the photo where the body is make the avatar anew once the body has moved, unless tensors that it is made from were
 * replaced in the run: it then goes along with the body as it is.
 *
 * @example
 * ```ts ignore
 * const run = await pipeline.run("photo.jpg", { record: ["image.crop", "image.mask"] });
 * const refined = await refineRun(pipeline, run);
 * ```
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { placeGaussians } from "../body/drive.ts";
import { type BodyParameters, skin } from "../body/skinning.ts";
import { CROP } from "../encoder/encoder.ts";
import type { Gaussians } from "../gaussian/gaussians.ts";
import { scaleCamera } from "../image/cameras.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { PipelineRun } from "../pipeline/run.ts";
import { renderGaussians } from "../splat/render.ts";
import { disposeAll, TensorScope } from "../tensor/scope.ts";
import { avatarOfParameters } from "../pipeline/avatar_of_crop.ts";
import { refine, type Refined, type RefineOptions } from "./refine.ts";

/** What refining made of a run. */
export interface RefinedRun extends Pick<Refined, "avatar" | "parameters" | "losses"> {
  /** The avatar driven by the parameters. */
  readonly gaussians: Gaussians;
  /** By the run's camera, on black, as `render.image`. */
  readonly image: tf.Tensor3D;
  /** Frees avatar, parameters, Gaussians and picture; the run stays the caller's. */
  dispose(): void;
}

/**
 * Brings the avatar and the body of a run closer to the photo; the run stays as it was.
 *
 * @param pipeline That made the run.
 * @param run With `image.crop` and `image.mask` recorded.
 * @throws {RangeError} if the run's body was not fitted, crop or mask were not recorded, or as {@linkcode refine}.
 * @throws the signal's reason, if it is aborted.
 */
export async function refineRun(
  pipeline: Pipeline,
  run: PipelineRun,
  options: Omit<RefineOptions, "estimate"> = {},
): Promise<RefinedRun> {
  if (!run.body.fitted) {
    throw new RangeError("refineRun: the body was not fitted to the photo: use an encoder whose localizer is trained");
  }
  using scope = new TensorScope();
  const { body, decoders } = pipeline, { trace, camera } = run, side = sideOf(run);
  const crop = trace.tensor<tf.Tensor3D>("image.crop"), mask = trace.tensor<tf.Tensor2D>("image.mask");
  const photo = { crop, mask, camera: scaleCamera(camera, CROP / side) };
  const kept = run.replaced.some((name) => /^(encoder|sample|decode)\./.test(name));
  const anew = decoders.config.located === "body" && options.bodySteps !== 0 && !kept;
  const encoded = anew ? scope.own(await pipeline.encoder.encode(crop)) : undefined;
  const estimate = encoded &&
    ((parameters: BodyParameters) => avatarOfParameters(pipeline, encoded, crop, photo, parameters));
  const refined = await refine(run.avatar, photo, run.body.parameters, { ...options, estimate });
  const { avatar, parameters, shown, losses } = refined, { template: _, ...tensors } = avatar; // the template is shared
  scope.own([tensors, { ...parameters }, shown]);
  const { vertices } = scope.own({ ...skin(body, parameters) });
  const gaussians = scope.own({ ...placeGaussians(avatar, vertices) });
  const { image, depth } = await renderGaussians(gaussians, camera, { width: side, height: side });
  scope.own([image, depth]);
  const lasting = scope.release([tensors, { ...parameters }, gaussians, image]);
  return { avatar, parameters, losses, gaussians, image, dispose: () => disposeAll(lasting) };
}

/** Pixels a side of the run's picture. */
function sideOf({ trace: { rows } }: PipelineRun): number {
  return rows.find(({ name }) => name === "render.image")!.shape[0]!;
}
