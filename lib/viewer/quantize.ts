/**
 * # Sixteen bits a number
 *
 * ```
 * q = round(value / step_c)        step_c = max |value_c| / 32767, one each column c        value ≈ step_c·q
 * ```
 *
 * Half the bytes of float32, and the error, at most half a step, is known beforehand: for shape directions of up to 20 cm a
 * unit it is 3 micrometres. Half-precision floats would be off by 60.
 *
 * @module
 */

/** Numbers in 16 bits. */
export interface Quantized {
  /** rows·columns */
  readonly numbers: Int16Array;
  /** [columns]: what a unit of `numbers` is. */
  readonly steps: Float32Array;
}

/**
 * Rounds a table's columns to 16 bits.
 *
 * @param values rows·columns, finite.
 */
export function quantize(values: Float32Array, columns: number): Quantized {
  const most = new Float64Array(columns);
  for (let i = 0; i < values.length; i++) most[i % columns] = Math.max(most[i % columns]!, Math.abs(values[i]!));
  const steps = Float32Array.from(most, (value) => value > 0 ? value / 32767 : 1);
  const numbers = Int16Array.from(
    values,
    (value, i) => Math.max(-32767, Math.min(32767, Math.round(value / steps[i % columns]!))),
  );
  return { numbers, steps };
}

/** The numbers again; rows·columns. */
export function dequantize({ numbers, steps }: Quantized): Float32Array {
  return Float32Array.from(numbers, (number, i) => number * steps[i % steps.length]!);
}
