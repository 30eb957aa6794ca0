/**
 * # Activations: from any number to a Gaussian that makes sense
 *
 * ```
 * translation = ½·tanh(x)              at most half a face away, in units of s = √(2·area of the face)
 * rotation    = normalise((1, 0, 0, 0) + x)                        the face's own orientation at x = 0
 * scale       = s₀·exp(2·tanh(x))      within e^±2 of the neutral size s₀, in units of s
 * opacity     = 1 / (1 + e^−x)         ½ at x = 0
 * sh          = x                      mid grey at x = 0
 * ```
 *
 * The neutral size follows from what a Gaussian has to cover. A slot stands for a share q of its face, so that the
 * distance between neighbouring slots goes with √q; a standard deviation of ½·√q·s lets half-opaque neighbours close the
 * surface between them. Along the normal it is a tenth of that: skin and cloth are thin.
 *
 * ```
 * s₀ = √q·(½, ½, 1/20)                 axes: t along the face's first edge, n × t, n the normal
 * ```
 *
 * Half a face is enough for skin. Cloth and hair are centimetres off it, on faces of any size. With a reach of d metres, r = d/s, the
 * Gaussians are a closed sheet that stands off the body:
 *
 * ```
 * translation = n·tanh(r·x)            x is in units of d; at most one face away, along the normal
 * scale       = s₀·exp(2·tanh(x)) where x > 0, s₀·exp(tanh(x)/5) elsewhere          never much smaller than what closes the sheet
 * ```
 *
 * Free moves and sizes cost as much as they gain in pictures of whole people, and spoil what is looked at from near: a centimetre
 * forward turns the lining of an eye or a mouth out through the face, whose faces are 3 mm apart; neighbours that
 * slide in the frames of their own faces part, and behind small Gaussians the inside of the head shows as specks.
 *
 * With `colour: "chosen"` the colour is a mixture of the K colours that the photo offers for a Gaussian, {@link ./kin.ts}, and
 * the network says how far to trust each and what to add:
 *
 * ```
 * sh_0 = x_0 + (Σ_k a_k·c_k − ½)/Y_00        a = softmax(logits + log(w + 10⁻⁴) + prior)
 * ```
 *
 * so that an untrained network already shows the photo where it saw the person, and its like where it did not.
 *
 * Bounds keep a badly predicted Gaussian from becoming a metre-long needle, and all of them are smooth, so that it can
 * be trained back.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectShape } from "../tensor/shape.ts";
import { normalizeQuaternion } from "./quaternion.ts";
import { KIN, type KinColours, TRUST } from "./kin.ts";
import { SH_0, shDegree } from "./spherical_harmonics.ts";

/** The shape of each Gaussian in the frame of its face. */
export interface Shape {
  /** [n, 3]: from the slot's point, in units of s, along t, n × t, n. */
  readonly translation: tf.Tensor2D;
  /** [n, 4]: unit quaternion wxyz. */
  readonly rotation: tf.Tensor2D;
  /** [n, 3]: standard deviations along the Gaussian's own axes, in units of s. */
  readonly scale: tf.Tensor2D;
}

/** What each Gaussian looks like. */
export interface Appearance {
  /** [n], 0..1 */
  readonly opacity: tf.Tensor1D;
  /** [n, (L+1)², 3]: spherical harmonics in the frame of the face, red, green, blue last. */
  readonly sh: tf.Tensor3D;
}

/** How many numbers MLP_shape gives each Gaussian: translation 3, rotation 4, scale 3. */
export const SHAPE_OUTPUTS = 10;

/** How many numbers MLP_appearance gives each Gaussian at degree L: opacity 1, three colours of (L+1)² harmonics. */
export function appearanceOutputs(degree: number): number {
  return 1 + 3 * (degree + 1) ** 2;
}

/** s₀ of a slot that stands for its whole face, in units of s. */
const NEUTRAL_SCALE = [0.5, 0.5, 0.05];

/** s₀ [n, 3] of slots that stand for shares [n] of their faces, in units of s; the caller disposes of it. */
export function neutralScale(share: tf.Tensor1D): tf.Tensor2D {
  return tf.tidy(() => share.sqrt().expandDims(1).mul<tf.Tensor2D>(tf.tensor2d([NEUTRAL_SCALE])));
}

/**
 * Shapes from MLP_shape's raw outputs.
 *
 * @param raw [n, 10]: translation, rotation, scale.
 * @param share [n]: the share q of its face that each slot covers, 0..1.
 * @param reach r [n], in units of s, for a closed sheet.
 * @returns the shapes; the caller disposes of them.
 * @throws {TypeError} if the shapes do not fit.
 */
export function activateShape(raw: tf.Tensor2D, share: tf.Tensor1D, reach?: tf.Tensor1D): Shape {
  expectShape("activateShape", { raw, share, reach: reach ?? share }, { raw: "n 10", share: "n", reach: "n" });
  return tf.tidy(() => {
    const [move, turn, size] = tf.split(raw, [3, 4, 3], 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    return {
      translation: reach
        ? move.mul(reach.expandDims(1)).tanh().mul<tf.Tensor2D>(tf.tensor2d([[0, 0, 1]]))
        : move.tanh().mul<tf.Tensor2D>(0.5),
      rotation: normalizeQuaternion(turn.add(tf.tensor2d([[1, 0, 0, 0]]))),
      scale: neutralScale(share).mul<tf.Tensor2D>((reach ? sheetGrowth(size) : size.tanh().mul(2)).exp()),
    };
  });
}

/** ln(scale/s₀) of a closed sheet: growing as ever, shrinking a tenth as fast. */
function sheetGrowth(size: tf.Tensor2D): tf.Tensor2D {
  const bounded = size.tanh();
  return bounded.mul(2).maximum<tf.Tensor2D>(bounded.mul(0.2));
}

/**
 * Appearance from MLP_appearance's raw outputs.
 *
 * @param raw [n, 1 + 3·(L+1)²]: opacity, then the harmonics, each with red, green, blue; with `offered` K logits more.
 * @param offered The colours to mix, for `colour: "chosen"`.
 * @returns the appearance; the caller disposes of it.
 * @throws {TypeError} if `raw` is not of rank 2.
 * @throws {RangeError} if its width fits no degree.
 */
export function activateAppearance(raw: tf.Tensor2D, offered?: KinColours): Appearance {
  const { n, outputs } = expectShape("activateAppearance", { raw }, "n outputs");
  const count = (outputs - 1 - (offered ? KIN : 0)) / 3;
  shDegree("activateAppearance", count);
  return tf.tidy(() => {
    const parts = tf.split(raw, [1, 3 * count, ...(offered ? [KIN] : [])], 1) as tf.Tensor2D[];
    const opacity = parts[0]!.sigmoid().reshape<tf.Tensor1D>([n]), added = parts[1]!;
    if (!offered) return { opacity, sh: added.reshape<tf.Tensor3D>([n, count, 3]) };
    const mixed = mixColours(parts[2]!, offered).sub(0.5).div<tf.Tensor2D>(SH_0); // [n, 3]
    const sh = count === 1
      ? added.add<tf.Tensor2D>(mixed)
      : added.add<tf.Tensor2D>(mixed.pad([[0, 0], [0, 3 * count - 3]]));
    return { opacity, sh: sh.reshape<tf.Tensor3D>([n, count, 3]) };
  });
}

/** Σ_k a_k·c_k of logits [n, K]: [n, 3]. Channel by channel: sums along the last axis are the fast ones. */
function mixColours(logits: tf.Tensor2D, { colours, weights }: KinColours): tf.Tensor2D {
  const trust = tf.softmax(logits.add<tf.Tensor2D>(weights.add(1e-4).log().add(tf.tensor2d([[...TRUST]])))); // a, [n, K]
  return tf.stack(colours.map((channel) => channel.mul(trust).sum(1)), 1) as tf.Tensor2D;
}
