/**
 * # Many people at a glance
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Person } from "./person.ts";

/**
 * The pictures of people side by side, in reading order; places without one are mid-grey.
 *
 * @param people All of one size.
 * @param columns How many stand side by side.
 * @returns [rows · size, columns · size, 3], 0..1; the caller disposes of it.
 */
export function contactSheet(people: readonly Pick<Person, "image" | "size">[], columns = 8): tf.Tensor3D {
  const size = people[0]?.size;
  if (size === undefined) throw new TypeError("contactSheet: wanted at least one person: got none");
  const rows = Math.ceil(people.length / columns), sheet = new Float32Array(rows * columns * size * size * 3).fill(0.5);
  people.forEach(({ image, size: own }, i) => {
    if (own !== size) {
      throw new TypeError(`contactSheet: person ${i} has ${own} pixels a side: wanted ${size} as the first`);
    }
    for (let y = 0; y < size; y++) {
      const to = ((Math.floor(i / columns) * size + y) * columns + i % columns) * size * 3;
      for (let k = 0; k < 3 * size; k++) sheet[to + k] = image[y * size * 3 + k]! / 255;
    }
  });
  return tf.tensor3d(sheet, [rows * size, columns * size, 3]);
}
