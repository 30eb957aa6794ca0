/**
 * # MoveNet Thunder's network
 *
 * ```
 * input [S, S, 3], −1..1
 *   │ stem, ÷2 ── 17 inverted residual blocks (MobileNetV2, width 1.75) ── last, 1280 channels, ÷32
 *   │      block 2: ÷4, 40 ch    block 5: ÷8, 56 ch    block 12: ÷16, 168 ch    block 15: ÷32, 280 ch
 *   └ feature pyramid: s16 = smooth(up(lateral(÷32)) + lateral(block 9)), s8 and s4 likewise, downwards
 *          s16: 32 ch    s8: 24 ch    s4: 24 ch
 *       └ four heads on s4: heatmap 17, centre 1, regression 34, offset 34
 * ```
 *
 * An inverted residual block widens its channels sixfold, filters each by itself and narrows them again, adding the
 * input where the shape did not change. Batch normalisation is folded into the convolutions. Any input size that is a
 * multiple of 32 will do; the network was trained at 256.
 *
 * Source: Sandler et al., *MobileNetV2*, 2018; Votel and Li, *Next-Generation Pose Detection with MoveNet*, 2021 (a
 * CenterNet on a feature pyramid).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { convolution, convolutionShapes, depthwise, depthwiseShapes } from "./convolution.ts";
import type { Watch } from "./vision_transformer.ts";
import { embeddedWeights, openWeights, type Shapes, takeWeights, type Weights } from "./weights.ts";

/** Output channels and stride of each of the 17 blocks. */
const BLOCKS: readonly (readonly [out: number, stride: 1 | 2])[] = [
  [32, 1],
  ...stage(40, 2, 2),
  ...stage(56, 3, 2),
  ...stage(112, 4, 2),
  ...stage(168, 3, 1),
  ...stage(280, 3, 2),
  ...stage(560, 1, 1),
];
const STEM = 56, WIDENING = 6, LAST = 1280;
/** The output channels of the 17 blocks. */
export const BLOCK_CHANNELS: readonly number[] = BLOCKS.map(([out]) => out);
/** The strides of the 17 blocks. */
export const BLOCK_STRIDES: readonly (1 | 2)[] = BLOCKS.map(([, stride]) => stride);
/** How many times finer than cells of stride 16, in rows and in columns, each block's are; 1 where they are no finer. */
export const BLOCK_FINENESS: readonly number[] = BLOCKS.map((_, i) =>
  Math.max(1, 8 / BLOCKS.slice(0, i + 1).reduce((product, [, stride]) => product * stride, 1))
);
/** The last blocks of strides 16 and 32: where the network ends, but for its pyramid and heads. */
export const LAST_BLOCKS: readonly number[] = [12, 15];
/** The pyramid from coarse to fine: its level, the block of its lateral, channels before and after smoothing. */
const PYRAMID = [["s16", 9, 64, 32], ["s8", 5, 32, 24], ["s4", 2, 24, 24]] as const;
const HEADS = { heatmap: 17, center: 1, regression: 34, offset: 34 } as const;
/** The channels of a head's hidden layer. */
export const HEAD_WIDTH = 96;

/** The names of what the network computes: blocks, pyramid levels, heads. */
export interface MoveNetMaps {
  /** The outputs of the 17 blocks, [1, S/k, S/k, C]. */
  readonly blocks: readonly tf.Tensor4D[];
  /** s16, s8, s4 of the feature pyramid. */
  readonly pyramid: Readonly<Record<"s16" | "s8" | "s4", tf.Tensor4D>>;
  /** The hidden layer of each head, [1, S/4, S/4, 96]. */
  readonly hidden: Readonly<Record<keyof typeof HEADS, tf.Tensor4D>>;
  /** The output of each head, [1, S/4, S/4, 17 | 1 | 34 | 34]; heatmap and centre are logits. */
  readonly heads: Readonly<Record<keyof typeof HEADS, tf.Tensor4D>>;
}

/** Loads the embedded weights, or a file of the same shape; the caller disposes of them. */
export async function loadMoveNetWeights(caller: string, path?: string): Promise<Weights> {
  return takeWeights(await openWeights(caller, path ?? embeddedWeights("movenet_thunder.safetensors")), SHAPES);
}

/**
 * Runs the network. Call inside `tf.tidy`.
 *
 * @param image [S, S, 3], 0..1; S a multiple of 32.
 */
export function moveNet(image: tf.Tensor3D, weights: Weights, watch?: Watch): MoveNetMaps {
  let x = convolution(image.mul(2).sub(1).expandDims(0), weights, "backbone.stem", "relu6", 2);
  watch?.("stem", x);
  const blocks = BLOCKS.map(([out, stride], i) => {
    x = invertedResidual(x, out, stride, weights, `backbone.blocks.${i}`);
    watch?.(`block.${i}`, x);
    return x;
  });
  const last = convolution(x, weights, "backbone.last", "relu6");
  watch?.("last", last);

  let coarse = convolution(last, weights, "fpn.lateral.s32");
  const levels = PYRAMID.map(([level, block]) => {
    const lateral = convolution(blocks[block]!, weights, `fpn.lateral.${level}`);
    const doubled = tf.image.resizeBilinear(coarse, [lateral.shape[1], lateral.shape[2]], false, true);
    coarse = separable(doubled.add(lateral), weights, `fpn.smooth.${level}`);
    watch?.(`pyramid.${level}`, coarse);
    return [level, coarse] as const;
  });
  const heads = Object.keys(HEADS).map((head) => {
    const hidden = separable(coarse, weights, `heads.${head}`);
    const output = convolution(hidden, weights, `heads.${head}.output`);
    watch?.(`heads.${head}.hidden`, hidden);
    watch?.(`heads.${head}`, output);
    return { head, hidden, output };
  });
  return {
    blocks,
    pyramid: Object.fromEntries(levels) as MoveNetMaps["pyramid"],
    hidden: Object.fromEntries(heads.map(({ head, hidden }) => [head, hidden])) as MoveNetMaps["hidden"],
    heads: Object.fromEntries(heads.map(({ head, output }) => [head, output])) as MoveNetMaps["heads"],
  };
}

function invertedResidual(x: tf.Tensor4D, out: number, stride: 1 | 2, weights: Weights, name: string): tf.Tensor4D {
  return tf.tidy(() => {
    const widened = `${name}.expand.weight` in weights ? convolution(x, weights, `${name}.expand`, "relu6") : x;
    const filtered = depthwise(widened, weights, `${name}.depthwise`, "relu6", stride);
    const narrowed = convolution(filtered, weights, `${name}.project`);
    return stride === 1 && x.shape[3] === out ? x.add<tf.Tensor4D>(narrowed) : narrowed;
  });
}

/** Each channel by itself, then all channels mixed. */
function separable(x: tf.Tensor4D, weights: Weights, name: string): tf.Tensor4D {
  return convolution(depthwise(x, weights, `${name}.depthwise`), weights, `${name}.pointwise`, "relu");
}

/** Blocks of one width: the first has the stride. */
function stage(out: number, count: number, stride: 1 | 2): (readonly [number, 1 | 2])[] {
  return Array.from({ length: count }, (_, i) => [out, i === 0 ? stride : 1] as const);
}

const SHAPES: Shapes = shapes();

function shapes(): Shapes {
  const all: Record<string, number[]> = { ...convolutionShapes("backbone.stem", 3, 3, STEM) };
  let from = STEM;
  for (const [i, [out]] of BLOCKS.entries()) {
    const name = `backbone.blocks.${i}`, wide = i === 0 ? from : from * WIDENING;
    if (i > 0) Object.assign(all, convolutionShapes(`${name}.expand`, 1, from, wide));
    Object.assign(
      all,
      depthwiseShapes(`${name}.depthwise`, 3, wide),
      convolutionShapes(`${name}.project`, 1, wide, out),
    );
    from = out;
  }
  Object.assign(
    all,
    convolutionShapes("backbone.last", 1, from, LAST),
    convolutionShapes("fpn.lateral.s32", 1, LAST, 64),
  );
  for (const [level, block, wide, out] of PYRAMID) {
    Object.assign(all, convolutionShapes(`fpn.lateral.${level}`, 1, BLOCKS[block]![0], wide));
    Object.assign(all, separableShapes(`fpn.smooth.${level}`, wide, out));
  }
  for (const [head, out] of Object.entries(HEADS)) {
    Object.assign(all, separableShapes(`heads.${head}`, 24, HEAD_WIDTH));
    Object.assign(all, convolutionShapes(`heads.${head}.output`, 1, HEAD_WIDTH, out));
  }
  return all;
}

function separableShapes(name: string, from: number, to: number): Record<string, number[]> {
  return { [`${name}.depthwise.weight`]: [3, 3, from, 1], ...convolutionShapes(`${name}.pointwise`, 1, from, to) };
}
