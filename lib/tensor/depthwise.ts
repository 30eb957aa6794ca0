/**
 * # A filter for each channel, and the clip at 6, with gradients that are fast on wasm
 *
 * ```
 * depthwise:  y[i, j, c] = b[c] + Σ_kl x̃[s·i + k, s·j + l, c]·F[k, l, c]                 x̃: x with zeros beyond its border
 *             ∂x̃ = Σ_kl ỹ[i − k, j − l, c]·F[k, l, c]                                     ỹ: ∂y, with s − 1 zeros between its cells
 * relu6:      y = min(max(x, 0), 6)                       ∂x = ∂y where 0 < y < 6, else 0
 * ```
 *
 * The gradient of x is a depthwise convolution too, of ∂y with the filter turned by half a turn; tfjs's wasm backend has the one and lacks the other.
 * Filters and biases are data here: no gradient is asked of them. Padding is TensorFlow's `same`: one cell on each side with stride 1, one
 * below and to the right with stride 2 on an even number.
 *
 * Source: Sandler et al., *MobileNetV2*, 2018.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectShape } from "./shape.ts";

/**
 * Each channel filtered by itself, a bias added; with a gradient to the maps.
 *
 * @param x [B, h, w, C]; h and w even where the stride is 2.
 * @param filter F [3, 3, C, 1]
 * @param bias b [C]
 * @param stride s, cells from one place of the filter to the next.
 * @returns [B, h/s, w/s, C]; the caller disposes of it.
 * @throws {TypeError} if the sizes do not fit.
 * @throws {RangeError} if a stride of 2 meets an odd size.
 */
export function filterChannels(x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor1D, stride: 1 | 2): tf.Tensor4D {
  const { h, w } = expectShape("filterChannels", { x, filter, bias }, { x: "B h w C", filter: "3 3 C 1", bias: "C" });
  if (h! % stride !== 0 || w! % stride !== 0) {
    throw new RangeError(`filterChannels: a stride of ${stride} needs even sizes: got ${h} × ${w}`);
  }
  const filtered = tf.customGrad((...args) => {
    const [cells, save] = args as unknown as [tf.Tensor4D, tf.GradSaveFunc];
    save([filter]);
    return {
      value: tf.fused.depthwiseConv2d({ x: cells, filter, bias, strides: stride, pad: "same" }),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.tidy(() => {
          const turned = tf.reverse(saved[0] as tf.Tensor4D, [0, 1]);
          if (stride === 1) return tf.depthwiseConv2d(dy as tf.Tensor4D, turned, 1, "same");
          const before = tf.pad(spread(dy as tf.Tensor4D), [[0, 0], [2, 0], [2, 0], [0, 0]]);
          return tf.depthwiseConv2d(before as tf.Tensor4D, turned, 1, "valid");
        }),
    };
  });
  return tf.tidy(() => filtered(x) as tf.Tensor4D);
}

/** min(max(x, 0), 6), elementwise, with its gradient; the caller disposes of the result. */
export function relu6<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => clipped(x) as T);
}

const clipped = tf.customGrad((...args) => {
  const [x, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc];
  const y = tf.relu6(x);
  save([y]);
  return {
    value: y,
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
      tf.tidy(() => {
        const y = saved[0]!; // y·(6 − y) is positive within; comparisons cost three times as much on wasm
        return tf.mul(dy, tf.step(tf.mul(y, tf.sub(6, y))));
      }),
  };
});

/** A zero behind each cell and a row of zeros behind each row: [B, h, w, C] → [B, 2h, 2w, C]. */
function spread(y: tf.Tensor4D): tf.Tensor4D {
  const [B, h, w, C] = y.shape;
  const columns = tf.concat([y, tf.zerosLike(y)], 3).reshape([B, h, 2 * w * C]);
  return tf.concat([columns, tf.zerosLike(columns)], 2).reshape([B, 2 * h, 2 * w, C]);
}
