/**
 * # DINOv2: features of parts and silhouettes
 *
 * ```
 * crop [512, 512, 3]  →  S × S, normalised  →  patches of 14 × 14  →  tokens [1 + N, D]  →  12 blocks
 * f_I = [block 6 ‖ block 9 ‖ block 10] without the class token       [S/14, S/14, 3·D]
 * ```
 *
 * A vision transformer (see `vision_transformer.ts`) trained without labels. Its middle blocks tell body parts apart and
 * the person from the background; they hardly know left from right, which is why it is worth concatenating with
 * MoveNet. The last blocks of the embedded weights look fine-tuned for something else, so f_I does not take them.
 *
 * The position embeddings were learned on a 37 × 37 grid and are interpolated bicubically to S/14 × S/14 (kernel with
 * a = −¾, cell centres aligned, as PyTorch does).
 *
 * Weights: `weights/dinov2_s.safetensors`, or any file with the names of Hugging Face's `Dinov2Model`: width, depth and
 * grid are read from the shapes.
 *
 * Source: Oquab et al., *DINOv2: Learning Robust Visual Features without Supervision*, 2023.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { resampleSquare } from "../image/resample.ts";
import { expectInteger, resolveOptions } from "../tensor/options.ts";
import { expectShape } from "../tensor/shape.ts";
import { disposeAll } from "../tensor/scope.ts";
import { coveringMap, CROP, type Encoded, type InspectableEncoder } from "./encoder.ts";
import { inspectNetwork } from "./inspect.ts";
import { affineShapes, block, blockShapes, layerNorm, type Watch } from "./vision_transformer.ts";
import { embeddedWeights, openWeights, shapeOf, type Shapes, takeWeights, type Weights } from "./weights.ts";

/** How DINOv2 is run. */
export interface DinoV2Options {
  /** Pixels a side of the network's input, a multiple of 14: 224 gives 16 × 16 cells, 392 28 × 28, 518 37 × 37. */
  readonly size?: number;
  /** The blocks whose outputs are f_I, counted from 1. */
  readonly blocks?: readonly number[];
  /** A safetensors file with the names of Hugging Face's `Dinov2Model`; the embedded small model by default. */
  readonly weights?: string;
}

/** What a file of weights says about its network. */
interface Architecture {
  /** D, the width of a token. */
  readonly width: number;
  /** The number of blocks. */
  readonly depth: number;
  /** Pixels a side of a patch. */
  readonly patch: number;
  /** Rows and columns of the learned position embeddings. */
  readonly grid: number;
}

const MEAN = [0.485, 0.456, 0.406], DEVIATION = [0.229, 0.224, 0.225]; // ImageNet's, in sRGB

/**
 * Loads DINOv2.
 *
 * @throws {TypeError} if the file is not of such a network.
 * @throws {RangeError} if the size is no multiple of the patch, a block does not exist, or a weight is NaN.
 */
export async function loadDinoV2(name: string, options?: DinoV2Options): Promise<InspectableEncoder> {
  const { size, blocks, weights: path } = resolveOptions<Required<DinoV2Options>>(
    "loadEncoder",
    { size: 224, blocks: [6, 9, 10], weights: embeddedWeights("dinov2_s.safetensors") },
    options,
  );
  const file = await openWeights("loadEncoder", path);
  const architecture = readArchitecture(file);
  const { width, depth, patch } = architecture;
  if (!Number.isInteger(size / patch) || size < patch) {
    throw new RangeError(`loadEncoder: size must be a multiple of the patch's ${patch} pixels: got ${size}`);
  }
  if (blocks.length === 0) throw new RangeError("loadEncoder: blocks must name at least one block: got none");
  for (const number of blocks) expectInteger("loadEncoder", "each of blocks", number, 1, depth);
  const cells = size / patch;
  const weights = prepare(takeWeights(file, parameterShapes(architecture, file)), architecture, cells);

  const deepest = Math.max(...blocks);
  const forward = (crop: tf.Tensor3D, to: number, watch?: Watch): tf.Tensor3D =>
    tf.tidy(() => {
      let tokens = embed(crop, size, cells, weights, watch);
      const kept: tf.Tensor2D[] = [];
      for (let number = 1; number <= to; number++) {
        const within: Watch | undefined = watch && ((name, value) => watch(`block.${number}.${name}`, value));
        tokens = block(tokens, weights, `encoder.layer.${number - 1}`, within);
        watch?.(`block.${number}`, tokens);
        if (blocks.includes(number)) kept[blocks.indexOf(number)] = tokens;
      }
      if (to === depth) watch?.("layernorm", layerNorm(tokens, weights, "layernorm"));
      const patches = kept.map((block) => block.slice([1, 0], [cells * cells, width])); // the class token is dropped
      return tf.concat(patches, 1).reshape([cells, cells, blocks.length * width]);
    });

  return {
    name,
    channels: blocks.length * width,
    grid: [cells, cells],
    levels: { rgb: 3 },
    encode: (crop: tf.Tensor3D): Promise<Encoded> =>
      Promise.try(() => {
        expectShape("encode", { crop }, `${CROP} ${CROP} 3`);
        return { features: coveringMap(forward(crop, deepest)), pyramid: { rgb: coveringMap(crop.clone()) } };
      }),
    inspect: (crop, names) => inspectNetwork(crop, names, (watch) => forward(crop, depth, watch)),
    dispose: () => disposeAll(weights),
  };
}

function readArchitecture(file: Parameters<typeof shapeOf>[0]): Architecture {
  const [width, , patch] = shapeOf(file, "embeddings.patch_embeddings.projection.weight", 4) as [
    number,
    number,
    number,
  ];
  const [, positions] = shapeOf(file, "embeddings.position_embeddings", 3) as [number, number];
  let depth = 0;
  while (file.arrays.has(`encoder.layer.${depth}.norm1.weight`)) depth++;
  return { width, depth, patch, grid: Math.round(Math.sqrt(positions - 1)) };
}

function parameterShapes({ width, depth, patch, grid }: Architecture, file: Parameters<typeof shapeOf>[0]): Shapes {
  const hidden = shapeOf(file, "encoder.layer.0.mlp.fc1.weight", 2)[0]!;
  const blocks = Array.from({ length: depth }, (_, i) => blockShapes(`encoder.layer.${i}`, width, hidden));
  return {
    "embeddings.cls_token": [1, 1, width],
    "embeddings.position_embeddings": [1, 1 + grid * grid, width],
    ...affineShapes("embeddings.patch_embeddings.projection", [width, 3, patch, patch], width),
    ...Object.assign({}, ...blocks),
    ...affineShapes("layernorm", [width], width),
  };
}

/** Turns PyTorch's layouts into tfjs's, once: [out, in] → [in, out], [out, in, y, x] → [y, x, in, out]. */
function prepare(raw: Weights, { grid }: Architecture, cells: number): Weights {
  const prepared: Record<string, tf.Tensor> = {};
  for (const [name, tensor] of Object.entries(raw)) {
    if (name === "embeddings.position_embeddings") prepared[name] = tf.tidy(() => positions(tensor, grid, cells));
    else if (tensor.rank === 4) prepared[name] = tf.transpose(tensor, [2, 3, 1, 0]);
    else if (tensor.rank === 2) prepared[name] = tf.transpose(tensor);
    else {
      prepared[name] = tensor;
      continue;
    }
    tensor.dispose();
  }
  return prepared;
}

/** Pixels to tokens: [512, 512, 3] → [1 + N, D]. */
function embed(crop: tf.Tensor3D, size: number, cells: number, weights: Weights, watch?: Watch): tf.Tensor2D {
  const resized = resampleSquare(crop, { x: 0, y: 0, size: CROP }, size);
  const input = resized.sub(MEAN).div<tf.Tensor3D>(DEVIATION);
  watch?.("input", input);
  const projection = "embeddings.patch_embeddings.projection";
  const kernel = weights[`${projection}.weight`] as tf.Tensor4D;
  const patches = tf.conv2d(input, kernel, kernel.shape[0], "valid").add(weights[`${projection}.bias`]!);
  const classToken = weights["embeddings.cls_token"]!.reshape([1, -1]);
  const tokens = tf.concat([classToken, patches.reshape([cells * cells, -1])]) as tf.Tensor2D;
  const placed = tokens.add<tf.Tensor2D>(weights["embeddings.position_embeddings"]!);
  watch?.("embeddings", placed);
  return placed;
}

/** The position embeddings on another grid: [1, 1 + g², D] → [1 + cells², D]; the class token's stays as it is. */
function positions(learned: tf.Tensor, grid: number, cells: number): tf.Tensor2D {
  const [, , width] = learned.shape as [number, number, number];
  const classToken = learned.slice([0, 0, 0], [1, 1, width]).reshape([1, width]);
  const map = learned.slice([0, 1, 0], [1, grid * grid, width]).reshape<tf.Tensor2D>([grid, grid * width]);
  const axis = bicubic(cells, grid); // [cells, grid]
  const rows = tf.matMul(axis, map).reshape([cells, grid, width]).transpose([1, 0, 2]); // [grid, cells, D]
  const both = tf.matMul(axis, rows.reshape([grid, cells * width])).reshape([cells, cells, width]).transpose([1, 0, 2]);
  return tf.concat([classToken, both.reshape([cells * cells, width])]) as tf.Tensor2D;
}

/** Keys' cubic kernel with a = −¾ between two grids over the same square, edge cells repeated: [to, from]. */
function bicubic(to: number, from: number): tf.Tensor2D {
  const a = -0.75;
  const kernel = (distance: number) => {
    const t = Math.abs(distance);
    if (t <= 1) return (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1;
    return t < 2 ? a * (t ** 3 - 5 * t ** 2 + 8 * t - 4) : 0;
  };
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const at = (i + 0.5) * from / to - 0.5;
    for (let j = Math.floor(at) - 1; j <= Math.floor(at) + 2; j++) {
      matrix[i * from + Math.min(from - 1, Math.max(0, j))]! += kernel(at - j);
    }
  }
  return tf.tensor2d(matrix, [to, from]);
}
