/**
 * # How good a picture of a person is
 *
 * ```
 * PSNR = −10·log₁₀(mean (x − y)²)          dB, colours 0..1
 * mask IoU = |A ∩ B| / |A ∪ B|             A, B: coverage above ½
 * perceptual = mean over levels and cells of ½·|f_x/|f_x| − f_y/|f_y||²        f: features of an encoder, 0..2
 * ```
 *
 * PSNR, SSIM and the perceptual distance are taken where the person is: inside the bounds of the true mask, 5 % of their size
 * wider on each side and clipped to the picture. Otherwise a small figure on much black would look good whatever it is. Both
 * pictures stand on black.
 *
 * The perceptual distance compares what an embedded encoder makes of the two cut-outs, made square with black and enlarged
 * to its crop. It is not LPIPS, whose weights were tuned to people's judgements, though it has the form; it is named by its encoder.
 *
 * Sources: Zhang et al., *The Unreasonable Effectiveness of Deep Features as a Perceptual Metric*, 2018, for the form.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { CROP, type Encoder } from "../encoder/encoder.ts";
import { colourAndCoverage } from "../splat/splat_gaussians.ts";
import { TensorScope } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { ssim, SSIM_WINDOW } from "./ssim.ts";

/** A picture on black and where its person is. */
export interface Portrait {
  /** [H, W, 3], colours 0..1. */
  readonly image: tf.Tensor3D;
  /** [H, W], coverage 0..1. */
  readonly mask: tf.Tensor2D;
}

/** A rendered picture [H, W, 4] on black as a portrait; the caller disposes of it. */
export function portraitOf(rendered: tf.Tensor3D): Portrait {
  const { h, w } = expectShape("portraitOf", { rendered }, "h w 4");
  return tf.tidy(() => {
    const { colour, coverage } = colourAndCoverage(rendered);
    return { image: colour, mask: coverage.reshape<tf.Tensor2D>([h, w]) };
  });
}

/** What is measured of one picture. */
export interface PictureMetrics {
  /** dB */
  readonly psnr: number;
  readonly ssim: number;
  readonly mask_iou: number;
  /** 0..2, by the encoder's name; NaN without an encoder. */
  readonly perceptual: number;
}

/** Rows `top` to `bottom` − 1, columns `left` to `right` − 1. */
export interface Bounds {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

const MARGIN = 0.05, LEAST_ERROR = 1e-10; // mean square: equal pictures have 100 dB, not infinitely many

/**
 * The bounds of a mask with their margin, at least as large as SSIM's window.
 *
 * @param mask [H, W], coverage 0..1.
 * @returns the bounds, or undefined if nobody is on the mask.
 */
export async function maskBounds(mask: tf.Tensor2D): Promise<Bounds | undefined> {
  const [height, width] = mask.shape, cover = await mask.data();
  let [top, left, bottom, right] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (!(cover[i]! > 0.5)) continue;
      [top, left, bottom, right] = [Math.min(top, y), Math.min(left, x), y + 1, Math.max(right, x + 1)];
    }
  }
  if (bottom < 0) return undefined;
  const widened = (from: number, to: number, side: number): [number, number] => {
    const margin = Math.max(Math.ceil(MARGIN * (to - from)), Math.ceil((SSIM_WINDOW - (to - from)) / 2));
    return [Math.max(0, from - margin), Math.min(side, to + margin)];
  };
  [top, bottom] = widened(top, bottom, height);
  [left, right] = widened(left, right, width);
  return { top, left, bottom, right };
}

/**
 * PSNR of two pictures in dB, at most 100.
 *
 * @param a [H, W, C], colours 0..1.
 * @param b [H, W, C]
 * @throws {TypeError} if the pictures' shapes differ.
 */
export async function psnr(a: tf.Tensor3D, b: tf.Tensor3D): Promise<number> {
  expectShape("psnr", { a, b }, { a: "H W C", b: "H W C" });
  return -10 * Math.log10(Math.max(LEAST_ERROR, await scalar(() => a.sub(b).square().mean())));
}

/**
 * Intersection over union of two masks, each cut at ½; 1 if both are empty.
 *
 * @param a [H, W], coverage 0..1.
 * @param b [H, W]
 * @throws {TypeError} if the masks' shapes differ.
 */
export async function maskIou(a: tf.Tensor2D, b: tf.Tensor2D): Promise<number> {
  expectShape("maskIou", { a, b }, { a: "H W", b: "H W" });
  const [one, other] = await Promise.all([a.data(), b.data()]);
  let both = 0, either = 0;
  for (let i = 0; i < one.length; i++) {
    const inOne = one[i]! > 0.5, inOther = other[i]! > 0.5;
    if (inOne && inOther) both++;
    if (inOne || inOther) either++;
  }
  return either > 0 ? both / either : 1;
}

/**
 * The distance of two pictures in an encoder's features: over f_I and all levels but `rgb`, ½ of the mean squared distance
 * between unit vectors, that is 1 − cosine.
 *
 * @param a [H, W, 3], colours 0..1, on black.
 * @param b [H, W, 3]
 * @throws {TypeError} if the pictures' shapes differ.
 */
export async function perceptualDistance(a: tf.Tensor3D, b: tf.Tensor3D, encoder: Encoder): Promise<number> {
  expectShape("perceptualDistance", { a, b }, { a: "H W 3", b: "H W 3" });
  using scope = new TensorScope();
  const [one, other] = [await directions(a), await directions(b)];
  const levels = one.map((level, i) => [level, other[i]!] as const);
  return await scalar(() =>
    tf.addN(levels.map(([x, y]) => x.sub(y).square().sum(2).mean().div(2))).div<tf.Scalar>(levels.length)
  );

  async function directions(picture: tf.Tensor3D): Promise<tf.Tensor3D[]> {
    const [height, width] = picture.shape, side = Math.max(height, width);
    const square = (length: number): [number, number] => [(side - length) >> 1, side - length - ((side - length) >> 1)];
    const crop = scope.tidy(() =>
      tf.image.resizeBilinear(tf.pad3d(picture, [square(height), square(width), [0, 0]]), [CROP, CROP], false, true)
    );
    const { features, pyramid } = scope.own(await encoder.encode(crop));
    const maps = [features, ...Object.entries(pyramid).filter(([name]) => name !== "rgb").map(([, level]) => level)];
    return maps.map(({ map }) => scope.tidy(() => map.div<tf.Tensor3D>(map.square().sum(2, true).add(1e-10).sqrt())) // cells without features stay 0
    );
  }
}

/**
 * All of it, inside the bounds of the true mask.
 *
 * @param shown The picture to be judged, on black, and its coverage.
 * @param truth The picture that it should be, on black, and the true mask.
 * @param encoder For the perceptual distance; without one that is NaN.
 * @returns the figures, or undefined if the truth shows nobody.
 */
export async function comparePortraits(
  shown: Portrait,
  truth: Portrait,
  encoder?: Encoder,
): Promise<PictureMetrics | undefined> {
  const bounds = await maskBounds(truth.mask);
  if (!bounds) return undefined;
  using scope = new TensorScope();
  const { top, left, bottom, right } = bounds;
  const cut = ({ image }: Portrait) =>
    scope.tidy(() => image.slice<tf.Tensor3D>([top, left, 0], [bottom - top, right - left, 3]));
  const [a, b] = [cut(shown), cut(truth)];
  return {
    psnr: await psnr(a, b),
    ssim: await scalar(() => ssim(a, b)),
    mask_iou: await maskIou(shown.mask, truth.mask),
    perceptual: encoder ? await perceptualDistance(a, b, encoder) : NaN,
  };
}

async function scalar(fn: () => tf.Tensor): Promise<number> {
  using scope = new TensorScope();
  return (await scope.tidy(fn).data())[0]!;
}
