/**
 * # Expected uncertainty: how far off a located Gaussian may be
 *
 * The head predicts one more map than it needs for positions: U, an uncertainty at every cell. A Gaussian's own
 * uncertainty is U's mean under the distribution that located it:
 *
 * ```
 * raw = Σ_cells U(cell)·P(cell)         P = softmax(H_2D)
 * u   = softplus(raw + c) + 0.001       metres, always positive
 * ```
 *
 * `raw` is the method's u; the softplus makes it a length that can divide an error in the loss and be drawn as a circle.
 * The floor of 1 mm keeps that loss finite. The offset c says how uncertain a head is whose maps are zero:
 * c = −2.5 gives softplus(−2.5) + 0.001 ≈ 0.080 m.
 *
 * Source: NLF, section 3.2 (u) and its public implementation (softplus and floor).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { resolveOptions } from "../tensor/options.ts";
import { expectShape } from "../tensor/shape.ts";

/** Metres below which no uncertainty falls. */
export const LEAST_UNCERTAINTY = 0.001;

/** Options of {@linkcode expectedUncertainty}. */
export interface UncertaintyOptions {
  /** c, added to the raw value before the softplus; −2.5 by default. */
  readonly offset?: number;
}

/** The resolved defaults of {@linkcode UncertaintyOptions}. */
export const UNCERTAINTY_DEFAULTS: Required<UncertaintyOptions> = { offset: -2.5 };

/** An uncertainty as the map gives it and as a length. */
export interface ExpectedUncertainty {
  /** [n]: Σ U·P, any real number. */
  readonly raw: tf.Tensor1D;
  /** [n]: metres, positive. */
  readonly uncertainty: tf.Tensor1D;
}

/**
 * The mean of each uncertainty map under its heatmap.
 *
 * @param uncertaintyMap [n, h, w]: U.
 * @param heatmap2d [n, h, w]: H_2D, logits.
 * @returns raw [n] and uncertainty [n] in metres; the caller disposes of both.
 * @throws {TypeError} if the shapes differ.
 */
export function expectedUncertainty(
  uncertaintyMap: tf.Tensor3D,
  heatmap2d: tf.Tensor3D,
  options: UncertaintyOptions = {},
): ExpectedUncertainty {
  const { n, h, w } = expectShape("expectedUncertainty", { uncertaintyMap, heatmap2d }, "n h w");
  const { offset } = resolveOptions("expectedUncertainty", UNCERTAINTY_DEFAULTS, options);
  return tf.tidy(() => {
    const probability = tf.softmax(heatmap2d.reshape([n, h * w]));
    const raw = uncertaintyMap.reshape([n, h * w]).mul(probability).sum<tf.Tensor1D>(1);
    return { raw, uncertainty: uncertaintyLength(raw, offset) };
  });
}

/** u = softplus(raw + offset) + 0.001, metres. */
export function uncertaintyLength(raw: tf.Tensor1D, offset: number): tf.Tensor1D {
  return tf.tidy(() => tf.softplus(raw.add(offset)).add(LEAST_UNCERTAINTY) as tf.Tensor1D);
}
