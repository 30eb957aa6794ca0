/**
 * # Losses: right, and honest about how right
 *
 * ```
 * e_3D = |(p'_3D − p'_3D(pelvis)) − (truth − truth(pelvis))|      metres
 * e_2D = |p'_2D − truth|·2.2 m a crop, for points inside the crop alone
 *
 * β-NLL(e, u) = ⌊u^β⌋·(e/u + log u)                                ⌊·⌋: no gradient through it
 * CE_2D = −Σ_cells T·log softmax(H_2D)                  T: the truth, shared bilinearly by the four nearest cells
 * CE_z  = −Σ_bins T_z·log Σ_cells softmax(H_3D)         T_z: the truth, shared by the two nearest depth bins
 *
 * loss = mean β-NLL(e_3D, u) + w_2D·mean β-NLL(e_2D, u) + w_CE·mean CE_2D + w_z·mean CE_z
 * ```
 *
 * e/u + log u is the negative log-likelihood of an error whose size is exponentially distributed with mean u: u learns to be
 * the error's expectation. Alone it lets a network call hard points uncertain and stop learning them; the factor u^β
 * (Seitzer et al.) takes that excuse away: with β = 1, the default, positions learn as from the plain error e while u still
 * learns to follow it. CE_2D helps early, when the soft-argmax's own gradient is weak.
 *
 * CE_z keeps the depth bins apart. Without it one bin comes to win everywhere within a few hundred steps: all depths are then
 * equal, which is better than random ones, and p_bin·(1 − p_bin) = 0 lets no gradient out. The gradient of CE_z is
 * p_bin − T_z whatever p is. The pelvis is asked to lie in the middle of the box, which the 3D error leaves open.
 *
 * Rows run picture by picture, the pelvis first in each, as {@linkcode predict} returns them when the pelvis is its first
 * point; its own 3D error is zero and does not count.
 *
 * Source: NLF, section 3.4; Seitzer et al., *On the Pitfalls of Heteroscedastic Uncertainty Estimation*, 2022.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectShape } from "../tensor/shape.ts";
import type { Prediction } from "./forward.ts";

/** Where the points truly are. */
export interface Truth {
  /** [B·P, 2]: metres from the crop's middle, the crop's side being the box's. */
  readonly position2d: tf.Tensor2D;
  /** [B·P, 3]: camera axes, relative to the pelvis, metres. */
  readonly position3d: tf.Tensor2D;
  /** [B·P]: 1 where the point lies inside the crop, else 0. */
  readonly inside: tf.Tensor1D;
  /** T [B·P, h·w]; rows of points outside are zero. */
  readonly cells: tf.Tensor2D;
  /** T_z [B·P, d]; each row sums to one. */
  readonly bins: tf.Tensor2D;
}

/** Weights of the losses. */
export interface LossConfig {
  /** β; 1 by default. */
  readonly beta: number;
  /** w_2D; 0.7 by default. */
  readonly weight2d: number;
  /** w_CE; 0.1 by default. */
  readonly crossEntropy: number;
  /** w_z; 0.1 by default. */
  readonly depthCrossEntropy: number;
}

/** The defaults of {@linkcode LossConfig}. */
export const LOSS_DEFAULTS: LossConfig = { beta: 1, weight2d: 0.7, crossEntropy: 0.1, depthCrossEntropy: 0.1 };

/** The loss and what it is made of: scalars; the caller disposes of all. */
export interface Losses {
  /** What is minimised. */
  readonly total: tf.Scalar;
  /** Mean e_3D, metres. */
  readonly error3d: tf.Scalar;
  /** Mean e_2D inside the crop, metres. */
  readonly error2d: tf.Scalar;
}

/**
 * The loss of a batch.
 *
 * @param batch B, how many pictures the rows are of.
 */
export function localizerLoss(prediction: Prediction, truth: Truth, batch: number, config: LossConfig): Losses {
  const { rows } = expectShape("localizerLoss", {
    position3dBox: prediction.position3dBox,
    position3d: truth.position3d,
    heatmap2d: prediction.heatmap2d,
    cells: truth.cells,
    heatmap3d: prediction.heatmap3d,
    bins: truth.bins,
  }, {
    position3dBox: "rows 3",
    position3d: "rows 3",
    heatmap2d: "rows M",
    cells: "rows M",
    heatmap3d: "rows N",
    bins: "rows d",
  });
  const P = rows / batch;
  return tf.tidy(() => {
    const box = prediction.position3dBox.reshape<tf.Tensor3D>([batch, P, 3]);
    const pelvis = tf.slice(box, [0, 0, 0], [batch, 1, 3]);
    const error3d = length(tf.sub(tf.sub(box, pelvis).reshape([rows, 3]), truth.position3d));
    const error2d = length(tf.sub(prediction.position2d, truth.position2d));
    const others = tf.tensor1d(Float32Array.from({ length: rows }, (_, row) => row % P === 0 ? 0 : 1));
    const { uncertainty } = prediction, { beta, weight2d, crossEntropy, depthCrossEntropy } = config;
    const mean3d = (values: tf.Tensor) => tf.div<tf.Scalar>(tf.sum(tf.mul(values, others)), batch * (P - 1));
    const counted = tf.maximum(tf.sum(truth.inside), 1);
    const mean2d = (values: tf.Tensor) => tf.div<tf.Scalar>(tf.sum(tf.mul(values, truth.inside)), counted);
    const total = tf.addN([
      mean3d(betaNll(error3d, uncertainty, beta)),
      tf.mul(mean2d(betaNll(error2d, uncertainty, beta)), weight2d),
      tf.mul(mean2d(cellCrossEntropy(prediction.heatmap2d, truth.cells)), crossEntropy),
      tf.mul(
        mean3d(cellCrossEntropy(binLogits(prediction.heatmap3d, truth.bins.shape[1]), truth.bins)),
        depthCrossEntropy,
      ),
    ]) as tf.Scalar;
    return { total, error3d: mean3d(error3d), error2d: mean2d(error2d) };
  });
}

/** Euclidean length of each row; smooth at zero on the scale of 0.1 mm. */
function length(difference: tf.Tensor): tf.Tensor1D {
  return tf.sqrt(tf.add(tf.sum(tf.square(difference), 1), 1e-8)) as tf.Tensor1D;
}

/**
 * β-NLL of each error under its uncertainty.
 *
 * @param error e [n], metres.
 * @param uncertainty u [n], metres, positive.
 * @param beta β, 0 (plain likelihood) to 1.
 * @returns [n]; the caller disposes of it.
 */
export function betaNll(error: tf.Tensor1D, uncertainty: tf.Tensor1D, beta: number): tf.Tensor1D {
  expectShape("betaNll", { error, uncertainty }, "n");
  return tf.customGrad((...args) => {
    const [e, u, save] = args as unknown as [tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    save([e, u]);
    const factor = tf.pow(u, beta);
    return {
      value: tf.mul(factor, tf.add(tf.div(e, u), tf.log(u))),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [e, u] = saved as [tf.Tensor1D, tf.Tensor1D];
        const scaled = tf.mul(dy, tf.pow(u, beta - 1)); // ∂y·u^β/u
        return [scaled, tf.mul(scaled, tf.sub(1, tf.div(e, u)))];
      },
    };
  })(error, uncertainty) as tf.Tensor1D;
}

/**
 * Logits of the depth bins alone: log Σ_cells exp(H_3D); their softmax is that of H_3D summed over the cells.
 *
 * @param heatmap3d [n, d·M], depth slowest.
 * @returns [n, d]; the caller disposes of it.
 */
export function binLogits(heatmap3d: tf.Tensor2D, bins: number): tf.Tensor2D {
  const [n, all] = heatmap3d.shape;
  return tf.customGrad((...args) => {
    const [logits, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    const rows = logits.reshape<tf.Tensor2D>([n * bins, all / bins]), largest = tf.max(rows, 1, true);
    const powers = tf.exp(tf.sub(rows, largest)), total = tf.sum(powers, 1, true);
    save([tf.div(powers, total)]);
    return {
      value: tf.add(tf.log(total), largest).reshape([n, bins]),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
        tf.mul(saved[0]!, dy.reshape([n * bins, 1])).reshape(logits.shape),
      ],
    };
  })(heatmap3d) as tf.Tensor2D;
}

/**
 * −Σ T·log softmax(logits) of each row; its gradient is softmax − T.
 *
 * @param logits [n, M]
 * @param cells T [n, M]: each row sums to one, or is zero and then gives a number without meaning, to be masked.
 * @returns [n]; the caller disposes of it.
 */
export function cellCrossEntropy(logits: tf.Tensor2D, cells: tf.Tensor2D): tf.Tensor1D {
  expectShape("cellCrossEntropy", { logits, cells }, "n M");
  return tf.customGrad((...args) => {
    const [logits, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    const centred = tf.sub(logits, tf.max(logits, 1, true)), powers = tf.exp(centred);
    const total = tf.sum(powers, 1, true); // [n, 1]
    save([tf.sub(tf.div(powers, total), cells)]);
    return {
      value: tf.sub(tf.log(total.reshape([-1])), tf.sum(tf.mul(centred, cells), 1)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [tf.mul(saved[0]!, dy.expandDims(1))],
    };
  })(logits) as tf.Tensor1D;
}
