/**
 * # The body, a little closer to its outline in the photo
 *
 * ```
 * pose  = pose⁰ + 0.1·θ_p    of the 22 joints of trunk and limbs, radians          betas = betas⁰ + 0.3·θ_β
 * transl = transl⁰ + 0.02·θ_t   metres
 * L = photo loss(splat(o(pose, betas, transl) + what was predicted)) + 0.004·(|θ_p|² + |θ_β|² + |θ_t|²)
 * ```
 *
 * A fitted body is right to centimetres, and the photo shows centimetres. The gradient reaches the parameters through the renderer,
 * the Gaussians' origins o and skinning. Rotation and size of the faces follow the body every third step, without gradients:
 * they change little and would cost more than all the rest. Small pictures (128²) do: they see far, and are quick. The mask counts only
 * within twelve pixels of the crop of where the body is at first: what is farther off is no error of centimetres, but a chair that the mask
 * holds, or something that stands before the person.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { placeInFrames, slotFrames } from "../body/drive.ts";
import { slotOrigins } from "../body/face_frame.ts";
import { type BodyParameters, skin } from "../body/skinning.ts";
import type { Avatar } from "../gaussian/assemble.ts";
import type { Gaussians } from "../gaussian/gaussians.ts";
import type { Camera } from "../image/cameras.ts";
import { colourAndCoverage, splatGaussians } from "../splat/splat_gaussians.ts";
import { disposeAll, TensorScope } from "../tensor/scope.ts";
import { minimise, type Minimising } from "./minimise.ts";
import { photoLoss, type PhotoTarget, withinReach } from "./photo_loss.ts";

/** What the body is refined with. */
export interface BodyRefinement extends Omit<Minimising, "loss"> {
  /** The photo at a small size, and its camera. */
  readonly target: PhotoTarget;
  readonly camera: Camera;
}

const FOLLOW = 3; // steps from one placing of the Gaussians to the next
const JOINTS = 22, REACH = { pose: 0.1, betas: 0.3, transl: 0.02 }, PRIOR = 0.004;
const MISSES =
  "refine: the mask shows nobody where the body stands: is it the mask of this photo, and are these its parameters?";
const MASK_REACH = 3; // pixels of 128²
const WEIGHTS = { structure: 0, inside: 1, outline: 1 };

/**
 * Moves the body.
 *
 * @returns new parameters, of which the caller disposes, and the loss before each step.
 * @throws {RangeError} if the mask shows nothing within reach of the body.
 */
export async function refineBody(
  avatar: Avatar,
  before: BodyParameters,
  { target, camera, onStep, ...how }: BodyRefinement,
): Promise<{ readonly parameters: BodyParameters; readonly losses: readonly number[] }> {
  const { template } = avatar, [height, width] = target.mask.shape, { betas, expression, pose, transl } = before;
  using scope = new TensorScope();
  const none = (shape: number[]) => scope.own(tf.tidy(() => tf.variable(tf.zeros(shape))));
  const theta = { pose: none([JOINTS, 3]), betas: none(betas.shape), transl: none([3]) };
  const moved = () => ({
    betas: betas.add<tf.Tensor1D>(theta.betas.mul(REACH.betas)),
    expression: expression.clone(),
    pose: pose.add<tf.Tensor2D>(tf.pad2d(theta.pose.mul(REACH.pose), [[0, pose.shape[0] - JOINTS], [0, 0]])),
    transl: transl.add<tf.Tensor1D>(theta.transl.mul(REACH.transl)),
  });
  const vertices = () => skin(template.body, moved()).vertices;
  const picture = ({ gaussians, offset }: Placed) => {
    const means = slotOrigins(vertices(), template).add<tf.Tensor2D>(offset);
    return splatGaussians({ ...gaussians, means }, camera, { width, height }).image;
  };
  let placed: Placed | undefined;
  const place = () => { // as constants
    disposeAll(placed);
    placed = tf.tidy(() => {
      const frames = slotFrames(template, vertices()), gaussians = placeInFrames(avatar, frames);
      return { gaussians: { ...gaussians }, offset: gaussians.means.sub<tf.Tensor2D>(frames.origins) };
    });
  };
  let near: PhotoTarget | undefined;
  const loss = () => {
    const strayed = tf.addN(Object.values(theta).map((part) => part.square().sum())).mul<tf.Scalar>(PRIOR);
    return photoLoss(picture(placed!), near!, WEIGHTS).add<tf.Scalar>(strayed);
  };
  const follow = async (step: number, loss: number) => {
    if (step % FOLLOW === 0) place();
    await onStep(step, loss);
  };
  try {
    place();
    near = scope.own(tf.tidy(() => withinReach(target, colourAndCoverage(picture(placed!)).coverage, MASK_REACH)));
    if ((await scope.own(near.mask.max()).data())[0] === 0) throw new RangeError(MISSES);
    const losses = await minimise(theta, { ...how, loss, onStep: follow });
    return { parameters: tf.tidy(moved), losses };
  } finally {
    disposeAll(placed);
  }
}

/** Gaussians on the body as it was a few steps ago, and where they lie beside their origins. */
type Placed = { readonly gaussians: Required<Gaussians>; readonly offset: tf.Tensor2D };
