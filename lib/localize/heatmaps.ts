/**
 * # Heatmaps: each Gaussian's own 1×1 convolution
 *
 * The weight network gives every Gaussian g a small linear classifier of feature cells. Laid over the whole map it is a
 * convolution with a 1×1 kernel:
 *
 * ```
 * (H_2D, H_3D, U) = conv1×1(f; W_pose, b_pose)          f [h, w, L]   W_pose [n, L, J]   b_pose [n, J]   J = 2 + d
 * ```
 *
 * Written out, channel j of Gaussian g at a cell is A_j = f(cell)·W_pose[g, :, j] + b_pose[g, j]. Which heatmap is which
 * channel is the `assignment`:
 *
 * | | `"nlf-gs"` (the method) | `"nlf"` (the published localizer) |
 * |---|---|---|
 * | U | A₀ | A₀ |
 * | H_2D(x,y) | A₁ | log Σ_z exp A₂₊z(x,y), the 2.5D heatmap's xy marginal |
 * | H_3D(x,y,z) | A₂₊z(x,y) | A₁(x,y) + log Σ_xy exp A₂₊z(x,y): A₁ locates metric x and y, the depth marginal locates z |
 *
 * Both ways p'_2D is the soft-argmax of H_2D, p'_3D the soft-argmax of H_3D, and u = Σ U·softmax(H_2D): the published
 * head's "xy from one heatmap, z from the marginal of another" is the soft-argmax of their product distribution, whose
 * logits add. So everything downstream is the same for both.
 *
 * Memory grows with n·L·J and n·h·w·J; for all Gaussians of a body use `locate`, which streams.
 *
 * Source: PIPELINE (conv₁ₓ₁); Sárándi & Pons-Moll, *Neural Localizer Fields*, 2024, and its public implementation.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectOneOf, resolveOptions } from "../tensor/options.ts";
import { matMul } from "../tensor/mat_mul.ts";
import { expectShape } from "../tensor/shape.ts";

/** The meanings of the head's channels that are known. */
export const ASSIGNMENTS = ["nlf-gs", "nlf"] as const;
/** What the channels of the head mean; see the table above. */
export type Assignment = typeof ASSIGNMENTS[number];

/** ω_pose(g): each Gaussian's convolution. */
export interface PoseWeights {
  /** W_pose [n, L, J] */
  readonly weights: tf.Tensor3D;
  /** b_pose [n, J] */
  readonly bias: tf.Tensor2D;
}

/** The head's maps, all of them logits or raw values; the caller disposes of all. */
export interface Heatmaps {
  /** H_2D [n, h, w] */
  readonly heatmap2d: tf.Tensor3D;
  /** H_3D [n, h, w, d] */
  readonly heatmap3d: tf.Tensor4D;
  /** U [n, h, w] */
  readonly uncertaintyMap: tf.Tensor3D;
}

/** Options of {@linkcode heatmaps}. */
export interface HeatmapOptions {
  /** What the channels mean; `"nlf-gs"` by default. */
  readonly assignment?: Assignment;
}

const DEFAULTS: Required<HeatmapOptions> = { assignment: "nlf-gs" };

/**
 * Lays each Gaussian's weights over the feature map.
 *
 * @param features [h, w, L]: the linked features.
 * @param pose W_pose [n, L, J] and b_pose [n, J], with J = 2 + d and at least one depth bin.
 * @returns H_2D, H_3D and U; the caller disposes of them.
 * @throws {TypeError} if the shapes do not fit each other.
 * @throws {RangeError} if the assignment is unknown or J < 3.
 */
export function heatmaps(features: tf.Tensor3D, pose: PoseWeights, options: HeatmapOptions = {}): Heatmaps {
  const { weights, bias } = pose;
  const { h, w, n, L, J } = expectShape("heatmaps", { features, weights, bias }, {
    features: "h w L",
    weights: "n L J",
    bias: "n J",
  });
  const resolved = resolveOptions("heatmaps", DEFAULTS, options);
  const assignment = expectOneOf("heatmaps", "assignment", resolved.assignment, ASSIGNMENTS);
  if (J < 3) throw new RangeError(`heatmaps: weights need J ≥ 3 channels (U, 2D, one depth bin or more): got ${J}`);
  return tf.tidy(() => {
    const kernels = tf.transpose(weights, [0, 2, 1]).reshape<tf.Tensor2D>([n * J, L]); // plain operands: fast on wasm
    const cells = tf.transpose(features.reshape<tf.Tensor2D>([h * w, L]));
    const channels = matMul(kernels, cells).reshape([n, J, h * w]).add(bias.expandDims(2));
    return { ...assignChannels(channels.reshape([n, J, h, w]), assignment) };
  });
}

/**
 * Names the head's channels.
 *
 * @param channels A [n, J, h, w]: the convolution's result, channel axis second.
 * @param assignment What the channels mean.
 */
export function assignChannels(channels: tf.Tensor4D, assignment: Assignment): Heatmaps {
  const { n, J, h, w } = expectShape("assignChannels", { channels }, "n J h w");
  return tf.tidy(() => {
    const [uncertaintyMap, first, rest] = tf.split(channels, [1, 1, J - 2], 1) as [tf.Tensor, tf.Tensor, tf.Tensor4D];
    const plane = first.reshape<tf.Tensor3D>([n, h, w]);
    const volume = tf.transpose(rest, [0, 2, 3, 1]); // [n, h, w, d]
    const U = uncertaintyMap.reshape<tf.Tensor3D>([n, h, w]);
    if (assignment === "nlf-gs") return { heatmap2d: plane, heatmap3d: volume, uncertaintyMap: U };
    const depth = tf.logSumExp(volume, [1, 2], true); // [n, 1, 1, d]
    return {
      heatmap2d: tf.logSumExp(volume, 3) as tf.Tensor3D,
      heatmap3d: plane.expandDims(3).add<tf.Tensor4D>(depth),
      uncertaintyMap: U,
    };
  });
}
