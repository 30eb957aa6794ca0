/**
 * # A small language for shapes
 *
 * Every public function states the axes of its tensors in words and checks them at entry. A shape is a string of
 * axis names and sizes, `"n h w"` or `"n 3"`: a number must match exactly, a name binds to the size it meets first
 * and must meet the same size ever after. The bound sizes come back by name, so that code reads
 *
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { expectShape } from "./shape.ts";
 * const features = tf.zeros([12, 12, 384]), weights = tf.zeros([7, 384]);
 * const { h, w, c, n } = expectShape("heatmaps", { features, weights }, { features: "h w c", weights: "n c" });
 * console.log(h, w, c, n); // 12 12 384 7
 * ```
 *
 * The vocabulary is jaxtyping's, reduced to what this library needs.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";

/** The axis names of a shape string, sizes left out. */
export type AxisNames<S extends string> = S extends `${infer A} ${infer Rest}` ? AxisName<A> | AxisNames<Rest>
  : AxisName<S>;
type AxisName<A extends string> = A extends `${number}` | "" ? never : A;

/** Anything with a shape. */
export type Shaped = Pick<tf.Tensor, "shape">;

/**
 * Checks that each tensor has the named shape and returns the size of every named axis.
 *
 * @param caller The public function that checks, named in the error.
 * @param tensors The tensors by parameter name.
 * @param shapes One shape string for all of them, or one each by parameter name.
 * @throws {TypeError} with the parameter, the wanted axes, the shape that came, and the sizes bound so far.
 */
export function expectShape<S extends string>(
  caller: string,
  tensors: Readonly<Record<string, Shaped>>,
  shapes: S,
): Record<AxisNames<S>, number>;
/** As above, with a shape string for each tensor. */
export function expectShape<K extends string, S extends string>(
  caller: string,
  tensors: Readonly<Record<K, Shaped>>,
  shapes: Readonly<Record<K, S>>,
): Record<AxisNames<S>, number>;
export function expectShape(
  caller: string,
  tensors: Readonly<Record<string, Shaped>>,
  shapes: string | Readonly<Record<string, string>>,
): Record<string, number> {
  const bound: Record<string, number> = {};
  for (const name of Object.keys(tensors)) {
    const wanted = typeof shapes === "string" ? shapes : shapes[name]!;
    const shape = tensors[name]?.shape;
    if (!Array.isArray(shape)) {
      throw new TypeError(`${caller}: ${name} must be a tensor "${wanted}": got ${kindOf(tensors[name])}`);
    }
    const axes = wanted.split(" ").filter((axis) => axis !== "");
    const known = axes.filter((axis) => axis in bound).map((axis) => `${axis}=${bound[axis]}`); // by earlier tensors
    const fits = axes.length === shape.length && axes.every((axis, i) => {
      const size = shape[i]!;
      return /^\d+$/.test(axis) ? Number(axis) === size : (bound[axis] ??= size) === size;
    });
    if (!fits) {
      const context = known.length > 0 ? ` (with ${known.join(", ")})` : "";
      throw new TypeError(`${caller}: ${name} must be "${wanted}"${context}: got [${shape.join(", ")}]`);
    }
  }
  return bound;
}

function kindOf(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  return value.constructor?.name ?? "an object";
}
