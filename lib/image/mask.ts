/**
 * # Which pixels are the person: a foreground mask
 *
 * ```
 * crop [512, 512, 3]  →  256²  →  network  →  512²        mask 0..1
 * ```
 *
 * A small network (106 k numbers) in the manner of MobileNetV3, made for portraits and video calls: it marks *people*,
 * all of them, not the one whom the crop is about, and is best when they are near. It is blind to what it was not trained
 * on; a bulky suit, a hat or a held object may be missed.
 *
 * Source: MediaPipe Selfie Segmentation; the network is in `selfie_network.ts`.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { CROP } from "../encoder/encoder.ts";
import { resolveOptions } from "../tensor/options.ts";
import { disposeAll } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { resampleSquare } from "./resample.ts";
import { type QuarterTurns, turnPicture } from "./turn.ts";
import { loadSelfieWeights, selfie, SELFIE_SIZE } from "./selfie_network.ts";

/** A network that marks people. */
export interface Segmenter {
  /**
   * Marks the people on a crop.
   *
   * @param crop [512, 512, 3], 0..1.
   * @returns [512, 512], the probability of a person; the caller disposes of it.
   */
  mask(crop: tf.Tensor3D): tf.Tensor2D;
  /** Frees the weights. */
  dispose(): void;
}

/** How the segmenter is made. */
export interface SegmenterOptions {
  /** A safetensors file of the selfie network; the embedded one by default. */
  readonly weights?: string | undefined;
}

/** How a mask is made. */
export interface ForegroundMaskOptions {
  /** The network; without one it is loaded for this call alone. */
  readonly segmenter?: Segmenter | undefined;
  /** Quarter turns after which the person is upright, as `cropPerson` finds them: the network knows people upright; 0 by default. */
  readonly turns?: QuarterTurns;
}

/** Loads the selfie network. */
export async function loadSegmenter(options?: SegmenterOptions): Promise<Segmenter> {
  const { weights: path } = resolveOptions<SegmenterOptions>("loadSegmenter", { weights: undefined }, options);
  const weights = await loadSelfieWeights("loadSegmenter", path);
  return {
    mask: (crop) => {
      expectShape("mask", { crop }, `${CROP} ${CROP} 3`);
      return tf.tidy(() => {
        const small = selfie(resampleSquare(crop, { x: 0, y: 0, size: CROP }, SELFIE_SIZE), weights); // [256, 256, 1]
        return resampleSquare(small, { x: 0, y: 0, size: SELFIE_SIZE }, CROP).squeeze<tf.Tensor2D>([2]);
      });
    },
    dispose: () => disposeAll(weights),
  };
}

/**
 * Marks the people on a crop.
 *
 * @param crop [512, 512, 3], 0..1.
 * @returns [512, 512], the probability of a person; the caller disposes of it.
 */
export async function foregroundMask(crop: tf.Tensor3D, options?: ForegroundMaskOptions): Promise<tf.Tensor2D> {
  const { segmenter, turns } = resolveOptions<Required<ForegroundMaskOptions>>(
    "foregroundMask",
    { segmenter: undefined, turns: 0 },
    options,
  );
  expectShape("foregroundMask", { crop }, `${CROP} ${CROP} 3`);
  const own = segmenter ?? await loadSegmenter();
  try {
    return tf.tidy(() => {
      const mask = own.mask(turnPicture(crop, turns)).expandDims<tf.Tensor3D>(2);
      return turnPicture(mask, (4 - turns) % 4 as QuarterTurns).squeeze<tf.Tensor2D>([2]);
    });
  } finally {
    if (!segmenter) own.dispose();
  }
}
