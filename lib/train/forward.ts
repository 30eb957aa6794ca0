/**
 * # The head with gradients: P points in B pictures at once
 *
 * ```
 * logits[b, p, j, cell] = s·[W_pose(p)_j, b_pose(p)_j]·[f_b(cell), 1]        s: logit scale
 * p'_2D = Σ_cell  softmax(H_2D)·place(cell)          H_2D = channel 1
 * p'_3D = Σ_voxel softmax(H_3D)·place(voxel)         H_3D = channels 2…
 * u     = softplus(Σ_cell softmax(H_2D)·U + c) + 0.001
 * ```
 *
 * The numbers of `locate`, arranged for training: the same P points are asked of all B pictures, so W_pose is formed once
 * for P points and multiplied with all pictures' cells; F' of the reordered evaluation would be formed B times for nothing.
 * Places are in metres of the 2.2 m box from the start, for p'_2D too, where the crop's side is the box's.
 *
 * **Logit scale.** Soft logits put every soft-argmax in the middle of the picture, and it crawls from there. A factor s
 * makes logits s times as large at the start and s times as quick to learn. It is multiplied into the readout M when
 * training ends, so a trained field has none.
 *
 * Source: NLF, section 3.2; Sun et al., *Integral Human Pose Regression*, 2018.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Field } from "../field/field.ts";
import { withOne } from "../field/weight_network.ts";
import { unitGrid2d, unitGrid3d } from "../localize/soft_argmax.ts";
import { uncertaintyLength } from "../localize/uncertainty.ts";
import { matMul, times } from "../tensor/mat_mul.ts";
import { expectShape } from "../tensor/shape.ts";

/** What the head's numbers mean; the defaults are `HEAD_DEFAULTS` of `locate`. */
export interface ForwardConfig {
  /** Rows and columns of the map. */
  readonly grid: readonly [h: number, w: number];
  /** Side of the box that stands for the crop, metres. */
  readonly box: number;
  /** c. */
  readonly uncertaintyOffset: number;
  /** s; 1 for a field whose training ended. */
  readonly logitScale: number;
}

/** What the head says of P points in B pictures, B·P rows; the caller disposes of all. */
export interface Prediction {
  /** H_2D [B·P, h·w], logits. */
  readonly heatmap2d: tf.Tensor2D;
  /** H_3D [B·P, d·h·w], logits, depth slowest. */
  readonly heatmap3d: tf.Tensor2D;
  /** p'_2D [B·P, 2], metres from the crop's middle, the crop's side being the box's. */
  readonly position2d: tf.Tensor2D;
  /** p'_3D [B·P, 3], metres from the middle of the box. */
  readonly position3dBox: tf.Tensor2D;
  /** u [B·P], metres. */
  readonly uncertainty: tf.Tensor1D;
}

/**
 * Locates points, with gradients to features and field.
 *
 * @param linked [B·h·w, L]: linked features of B maps, row by row.
 * @param points [P, 3]: canonical metres.
 */
export function predict(linked: tf.Tensor2D, field: Field, points: tf.Tensor2D, config: ForwardConfig): Prediction {
  const { grid: [h, w], box, uncertaintyOffset, logitScale } = config;
  const { n, L, P } = expectShape("predict", { linked, points }, { linked: "n L", points: "P 3" });
  const cells = h * w, B = n / cells, J = field.channels, d = J - 2;
  return tf.tidy(() => {
    const flat = tf.mul<tf.Tensor2D>(matMul(withOne(field.hidden(points)), field.readout), logitScale);
    const kernels = tf.transpose(flat.reshape<tf.Tensor3D>([P, L + 1, J]), [0, 2, 1]); // [P, J, L+1]
    const [uncertain, plane, volume] = tf.split(kernels, [1, 1, d], 1);
    const features = withOne(linked).reshape<tf.Tensor3D>([B, cells, L + 1]);
    const rows = (kernel: tf.Tensor, depth: number) =>
      correlate(kernel.reshape([P * depth, L + 1]), features).reshape<tf.Tensor2D>([B * P, depth * cells]);
    const { plane: places2d, volume: places3d } = metricPlaces(h, w, d, box);
    const heatmap2d = rows(plane!, 1);
    const probability = tf.softmax(heatmap2d);
    const heatmap3d = rows(volume!, d);
    const raw = tf.sum(tf.mul(rows(uncertain!, 1), probability), 1) as tf.Tensor1D;
    return {
      heatmap2d,
      heatmap3d,
      position2d: matMul(probability, places2d),
      position3dBox: expectation(heatmap3d, places3d),
      uncertainty: uncertaintyLength(raw, uncertaintyOffset),
    };
  });
}

/** Cells' places in metres: [h·w, 2] from the crop's middle, and [d·h·w, 3], depth slowest, from the box's. */
export function metricPlaces(
  h: number,
  w: number,
  d: number,
  box: number,
): { readonly plane: tf.Tensor2D; readonly volume: tf.Tensor2D } {
  return tf.tidy(() => {
    const centred = (unit: tf.Tensor, size: number) => unit.mul(size - 1).add(0.5).div(size).sub(0.5).mul(box);
    const across = (unit: tf.Tensor2D) => {
      const [x, y, ...z] = tf.split(unit, unit.shape[1], 1) as [tf.Tensor, tf.Tensor, ...tf.Tensor[]];
      return tf.concat([centred(x, w), centred(y, h), ...z.map((depth) => depth.sub(0.5).mul(box))], 1) as tf.Tensor2D;
    };
    const volume = tf.transpose(unitGrid3d(h, w, d).reshape([h * w, d, 3]), [1, 0, 2]);
    return { plane: across(unitGrid2d(h, w)), volume: across(volume.reshape([d * h * w, 3])) };
  });
}

/** kernels·cellsᵀ for each picture: [R, L] and [B, N, L] → [B, R, N]. */
function correlate(kernels: tf.Tensor2D, cells: tf.Tensor3D): tf.Tensor3D {
  return correlateWithGradient(kernels, cells) as tf.Tensor3D;
}

const correlateWithGradient = tf.customGrad((...args) => {
  const [kernels, cells, save] = args as unknown as [tf.Tensor2D, tf.Tensor3D, tf.GradSaveFunc];
  save([kernels, cells]);
  return {
    value: times(kernels.expandDims<tf.Tensor3D>(0), cells, false, true),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [kernels, cells] = saved as [tf.Tensor2D, tf.Tensor3D], dY = dy as tf.Tensor3D;
      const each = times(dY, cells), [B, R, L] = each.shape;
      const summed = times(tf.ones<tf.Rank.R2>([1, B]), each.reshape<tf.Tensor2D>([B, R * L])).reshape([R, L]);
      return [summed, times(dY, kernels.expandDims<tf.Tensor3D>(0), true)];
    },
  };
});

/**
 * Σ softmax(logits)·places, row by row: [R, M] and [M, D] → [R, D].
 *
 * ```
 * P = softmax(logits)    y = P·C    ∂logits = P ⊙ (∂y·Cᵀ − ∂y·y)
 * ```
 *
 * The bracket is one product: [∂y, −∂y·y]·[C, 1]ᵀ.
 */
export function expectation(logits: tf.Tensor2D, places: tf.Tensor2D): tf.Tensor2D {
  expectShape("expectation", { logits, places }, { logits: "R M", places: "M D" });
  return tf.customGrad((...args) => {
    const [logits, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    const probability = tf.softmax(logits), mean = times(probability, places);
    save([probability, mean, places]);
    return {
      value: mean,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [probability, mean, places] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D], dY = dy as tf.Tensor2D;
        const extended = tf.concat([dY, tf.neg(tf.sum(tf.mul(dY, mean), 1, true))], 1) as tf.Tensor2D; // [R, D+1]
        return [tf.mul(probability, times(extended, withOne(places), false, true))];
      },
    };
  })(logits) as tf.Tensor2D;
}
