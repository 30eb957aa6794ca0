/**
 * # Quantized weights: fewer bits a number
 *
 * ```
 * f16    half precision                                                        2 bytes
 * intb   w ≈ s_c·round(w/s_c)      s_c = max_r |w_rc| / (2^(b−1) − 1)          b/8 bytes, and s_c in half precision
 * ```
 *
 * A matrix [rows, columns] has one step s_c for each column, an output of the layer, and so have filters for each channel; what has one axis stays in half precision.
 * The numbers are rounded and computed with as before: what is measured is what rounding costs in accuracy, and the bytes.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { fieldExtras } from "../field/field_file.ts";
import { type Localizer, localizerOver, parametersOf } from "../localize/localizer.ts";
import { expectOneOf } from "../tensor/options.ts";
import { disposeAll } from "../tensor/scope.ts";

/** The precisions that are known. */
export const PRECISIONS = ["f32", "f16", "int8", "int6", "int4"] as const;
/** How many bits a number has. */
export type Precision = typeof PRECISIONS[number];

const BITS: Readonly<Record<Precision, number>> = { f32: 32, f16: 16, int8: 8, int6: 6, int4: 4 };

/** What a localizer's parameters occupy in a precision, without the file's header. */
export function storedBytes(localizer: Localizer, precision: Precision): number {
  return Object.values(parametersOf(localizer)).reduce((sum, { shape, size }) => {
    const whole = BITS[precision] >= 16, columns = columnsOf(shape);
    if (whole || shape.length < 2) return sum + size * Math.max(BITS[precision], 16) / 8;
    return sum + Math.ceil(size * BITS[precision] / 8) + 2 * columns;
  }, 0);
}

/**
 * A localizer whose parameters were rounded; the caller disposes of it.
 *
 * @throws {RangeError} if the precision is unknown.
 */
export async function quantizeLocalizer(localizer: Localizer, precision: Precision): Promise<Localizer> {
  expectOneOf("quantizeLocalizer", "precision", precision, PRECISIONS);
  const rounded: Record<string, tf.Tensor> = {};
  try {
    for (const [name, tensor] of Object.entries(parametersOf(localizer))) {
      const numbers = await tensor.data() as Float32Array;
      rounded[name] = tf.tensor(quantized(numbers, tensor.shape, precision), tensor.shape);
    }
    const { config, trained } = localizer;
    return localizerOver(config, rounded, { ...await fieldExtras(config.field), trained });
  } catch (error) {
    disposeAll(rounded);
    throw error;
  }
}

/** The outputs of a layer: its last axis, or the channels C of filters [3, 3, C, 1], one for each channel. */
function columnsOf(shape: readonly number[]): number {
  return (shape.length === 4 && shape[3] === 1 ? shape[2] : shape.at(-1)) ?? 1;
}

/** The numbers as they come back from storage. */
export function quantized(numbers: Float32Array, shape: readonly number[], precision: Precision): Float32Array {
  if (precision === "f32") return numbers.slice();
  if (precision === "f16" || shape.length < 2) return new Float32Array(new Float16Array(numbers));
  const columns = columnsOf(shape), most = 2 ** (BITS[precision] - 1) - 1;
  const largest = new Float32Array(columns);
  numbers.forEach((x, i) => largest[i % columns] = Math.max(largest[i % columns]!, Math.abs(x)));
  const steps = new Float32Array(new Float16Array(largest.map((x) => x / most)));
  return numbers.map((x, i) => {
    const step = steps[i % columns]!;
    return step > 0 ? step * Math.min(most, Math.max(-most, Math.round(x / step))) : 0;
  });
}
