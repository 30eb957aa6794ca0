/**
 * # The network behind the foreground mask
 *
 * ```
 * picture [256, 256, 3], 0..1
 *   │ stem ÷2, 16 ch ── block 0 ÷4, 16 ch ── blocks 1, 2 ÷8, 24 ch ── blocks 3 to 7 ÷16, 32 ch
 *   │ context: relu(W·x) ⊙ σ(V·mean(x)), 128 ch
 *   └ decoder: ×2 + block 2 ── ×2 + block 0 ── ×2 + stem ── transposed convolution ×2 ── σ        [256, 256, 1]
 * ```
 *
 * A block widens the channels, filters each by itself, weighs them by what the whole picture holds (squeeze and
 * excitation: s ⊙ x, s = σ(W₂·relu(W₁·mean(x)))) and narrows them again. Hard-swish is x·relu6(x + 3)/6. Each step of the
 * decoder adds the encoder's map of the same size, weighed in the same way.
 *
 * Source: Howard et al., *Searching for MobileNetV3*, 2019; MediaPipe Selfie Segmentation (general model), whose graph this
 * follows.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { convolution, convolutionShapes, depthwise, depthwiseShapes } from "../encoder/convolution.ts";
import { embeddedWeights, openWeights, type Shapes, takeWeights, type Weights } from "../encoder/weights.ts";

/** Pixels a side of the network's input and output. */
export const SELFIE_SIZE = 256;

/** Loads the embedded weights, or a file of the same shape; the caller disposes of them. */
export async function loadSelfieWeights(caller: string, path?: string): Promise<Weights> {
  return takeWeights(await openWeights(caller, path ?? embeddedWeights("selfie.safetensors")), shapes());
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

/**
 * Runs the network. Call inside `tf.tidy`.
 *
 * @param image [256, 256, 3], 0..1.
 * @returns [256, 256, 1], the probability of a person.
 */
export function selfie(image: tf.Tensor3D, weights: Weights): tf.Tensor3D {
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
  const logits = tf.conv2dTranspose(x, kernel, [1, SELFIE_SIZE, SELFIE_SIZE, 1], 2, "same").add(
    weights["output.bias"]!,
  );
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
