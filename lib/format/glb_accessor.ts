/**
 * # Numbers of a glTF document
 *
 * @module
 */
import { Accessor, type Document } from "@gltf-transform/core";

/** Numbers that own all of their buffer. */
export type Floats = Float32Array<ArrayBuffer>;

/** Numbers in the document's first buffer. */
export function accessor(
  document: Document,
  type: keyof typeof Accessor.Type,
  array: Floats | Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
): Accessor {
  const buffer = document.getRoot().listBuffers()[0]!;
  return document.createAccessor().setType(Accessor.Type[type]!).setArray(array).setBuffer(buffer);
}
