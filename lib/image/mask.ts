/**
 * # Which pixels are the person: a foreground mask
 *
 * ```
 * crop [512, 512, 3] → 256² → encoder ÷2 ÷4 ÷8 ÷16 → context → decoder ×2 ×2 ×2 ×2 → σ → 512²        mask 0..1
 * ```
 *
 * A small network (106 k numbers) in the manner of MobileNetV3, made for portraits and video calls: it marks *people*,
 * all of them, not the one whom the crop is about, and is best when they are near. It is blind to what it was not trained
 * on; a bulky suit, a hat or a held object may be missed.
 *
 * A block widens the channels, filters each by itself, weighs them by what the whole picture holds (squeeze and
 * excitation: s ⊙ x, s = σ(W₂·relu(W₁·mean(x)))) and narrows them. Hard-swish is x·relu6(x + 3)/6. Each step of the
 * decoder adds the encoder's map of the same size, weighed in the same way.
 *
 * Source: Howard et al., *Searching for MobileNetV3*, 2019; MediaPipe Selfie Segmentation (general model).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { convolution, convolutionShapes, depthwise, depthwiseShapes } from "../encoder/convolution.ts";
import { CROP } from "../encoder/encoder.ts";
import { embeddedWeights, openWeights, type Shapes, takeWeights, type Weights } from "../encoder/weights.ts";
import { resolveOptions } from "../tensor/options.ts";
import { disposeAll } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { resampleSquare } from "./resample.ts";

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
}

const SIZE = 256;

/** Loads the selfie network. */
export async function loadSegmenter(options?: SegmenterOptions): Promise<Segmenter> {
  const { weights: path } = resolveOptions<SegmenterOptions>("loadSegmenter", { weights: undefined }, options);
  const weights = takeWeights(
    await openWeights("loadSegmenter", path ?? embeddedWeights("selfie.safetensors")),
    shapes(),
  );
  return {
    mask: (crop) => {
      expectShape("mask", { crop }, `${CROP} ${CROP} 3`);
      return tf.tidy(() => {
        const small = selfie(resampleSquare(crop, { x: 0, y: 0, size: CROP }, SIZE), weights); // [256, 256, 1]
        return resampleSquare(small, { x: 0, y: 0, size: SIZE }, CROP).squeeze<tf.Tensor2D>([2]);
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
  const { segmenter } = resolveOptions<ForegroundMaskOptions>("foregroundMask", { segmenter: undefined }, options);
  expectShape("foregroundMask", { crop }, `${CROP} ${CROP} 3`);
  if (segmenter) return segmenter.mask(crop);
  const own = await loadSegmenter();
  try {
    return own.mask(crop);
  } finally {
    own.dispose();
  }
}

type Nonlinearity = "relu" | "hardSwish";

/** The eight blocks: wide and output channels, kernel, stride, squeezed channels (0 for none), nonlinearity. */
const BLOCKS = [
  { wide: 16, out: 16, kernel: 3, stride: 2, squeezed: 8, nonlinearity: "relu", residual: false },
  { wide: 72, out: 24, kernel: 3, stride: 2, squeezed: 0, nonlinearity: "relu", residual: false },
  { wide: 88, out: 24, kernel: 3, stride: 1, squeezed: 0, nonlinearity: "relu", residual: true },
  { wide: 96, out: 32, kernel: 5, stride: 2, squeezed: 24, nonlinearity: "hardSwish", residual: false },
  { wide: 128, out: 32, kernel: 5, stride: 1, squeezed: 32, nonlinearity: "hardSwish", residual: true },
  { wide: 128, out: 32, kernel: 5, stride: 1, squeezed: 32, nonlinearity: "hardSwish", residual: true },
  { wide: 96, out: 32, kernel: 5, stride: 1, squeezed: 24, nonlinearity: "hardSwish", residual: true },
  { wide: 96, out: 32, kernel: 5, stride: 1, squeezed: 24, nonlinearity: "hardSwish", residual: true },
] as const;
const STEM = 16, CONTEXT = 128;
/** The decoder's steps, coarse to fine: the block whose output is added (−1: the stem) and its channels. */
const DECODER = [["s8", 2, 24], ["s4", 0, 16], ["s2", -1, 16]] as const;

/** [256, 256, 3], 0..1 → [256, 256, 1], the probability of a person. */
function selfie(image: tf.Tensor3D, weights: Weights): tf.Tensor3D {
  const stem = activate(convolution(image.expandDims(0), weights, "stem", "linear", 2), "hardSwish"); // ÷2
  let x = stem;
  const outputs = BLOCKS.map(({ stride, squeezed, nonlinearity, residual }, i) => {
    const name = `blocks.${i}`;
    const widened = activate(convolution(x, weights, `${name}.expand`), nonlinearity);
    const filtered = activate(depthwise(widened, weights, `${name}.depthwise`, "linear", stride), nonlinearity);
    const weighed = squeezed > 0 ? filtered.mul<tf.Tensor4D>(excitation(filtered, weights, name)) : filtered;
    const narrowed = convolution(weighed, weights, `${name}.project`);
    return x = residual ? x.add(narrowed) : narrowed;
  });
  x = convolution(x, weights, "context.features", "relu")
    .mul(convolution(mean(x), weights, "context.gate").sigmoid());
  for (const [level, block] of DECODER) {
    const skip = block < 0 ? stem : outputs[block]!;
    const doubled = tf.image.resizeBilinear(x, [skip.shape[1], skip.shape[2]], false, true);
    const coarse = convolution(doubled, weights, `decoder.${level}.reduce`);
    const gate = excitation(skip.add(coarse), weights, `decoder.${level}`);
    const mixed = convolution(skip.mul<tf.Tensor4D>(gate).add(coarse), weights, `decoder.${level}.mix`, "relu");
    x = mixed.add(depthwise(mixed, weights, `decoder.${level}.depthwise`, "relu"));
  }
  const kernel = weights["output.weight"] as tf.Tensor4D;
  const logits = tf.conv2dTranspose(x, kernel, [1, SIZE, SIZE, 1], 2, "same").add(weights["output.bias"]!);
  return logits.sigmoid().squeeze([0]);
}

/** A weight 0..1 for each channel, from the mean over the picture: [1, h, w, C] → [1, 1, 1, C]. */
function excitation(x: tf.Tensor4D, weights: Weights, name: string): tf.Tensor4D {
  return convolution(convolution(mean(x), weights, `${name}.squeeze`, "relu"), weights, `${name}.excite`).sigmoid();
}

function mean(x: tf.Tensor4D): tf.Tensor4D {
  return x.mean([1, 2], true);
}

function activate(x: tf.Tensor4D, nonlinearity: Nonlinearity): tf.Tensor4D {
  return nonlinearity === "relu" ? x.relu() : x.mul(x.add(3).relu6()).div(6);
}

function shapes(): Shapes {
  const all: Record<string, number[]> = { ...convolutionShapes("stem", 3, 3, STEM) };
  let from = STEM;
  for (const [i, { wide, out, kernel, squeezed }] of BLOCKS.entries()) {
    const name = `blocks.${i}`;
    Object.assign(all, convolutionShapes(`${name}.expand`, 1, from, wide));
    Object.assign(all, depthwiseShapes(`${name}.depthwise`, kernel, wide));
    if (squeezed > 0) Object.assign(all, excitationShapes(name, wide, squeezed));
    Object.assign(all, convolutionShapes(`${name}.project`, 1, wide, out));
    from = out;
  }
  Object.assign(all, convolutionShapes("context.features", 1, from, CONTEXT));
  Object.assign(all, convolutionShapes("context.gate", 1, from, CONTEXT));
  from = CONTEXT;
  for (const [level, , channels] of DECODER) {
    const name = `decoder.${level}`;
    Object.assign(all, convolutionShapes(`${name}.reduce`, 1, from, channels));
    Object.assign(
      all,
      excitationShapes(name, channels, channels),
      convolutionShapes(`${name}.mix`, 1, channels, channels),
    );
    Object.assign(all, depthwiseShapes(`${name}.depthwise`, 3, channels));
    from = channels;
  }
  return { ...all, "output.weight": [2, 2, 1, from], "output.bias": [1] };
}

function excitationShapes(name: string, channels: number, squeezed: number): Record<string, number[]> {
  return {
    ...convolutionShapes(`${name}.squeeze`, 1, channels, squeezed),
    ...convolutionShapes(`${name}.excite`, 1, squeezed, channels),
  };
}
