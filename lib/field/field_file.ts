/**
 * # A field as a file
 *
 * One safetensors file holds a field's parameters under their tree's names (`frequencies`, `layers.0.weight`, …,
 * `readout`), its header the resolved configuration and whether training made the numbers. The eigenfunctions of the GPS
 * encoding are data of the body, not parameters: they stay in their own file.
 *
 * @module
 */
import { readFile, writeFileAtomic } from "../format/file.ts";
import { decodeParameters, encodeParameters } from "../tensor/parameters.ts";
import { disposeAll } from "../tensor/scope.ts";
import {
  createField,
  type Field,
  type FieldConfig,
  type FieldExtras,
  fieldOf,
  type FieldParameters,
  fieldShapes,
  resolveFieldConfig,
} from "./field.ts";
import { loadSignature } from "./gps.ts";

/**
 * Writes a field to a file, whole or not at all.
 *
 * @param path The file, by convention `*.safetensors`.
 */
export async function saveField(path: string, { config, trained, parameters }: Field): Promise<void> {
  await writeFileAtomic(path, await encodeParameters({ kind: "field", config: { ...config }, trained, parameters }));
}

/**
 * Reads a field from its own file or from a localizer's.
 *
 * @param path The file; without one a seeded field of default size is returned, whose `trained` is false.
 * @throws {SyntaxError} if it is no such file.
 * @throws {TypeError} if it holds another network, or parameters that its configuration does not fit.
 * @throws {RangeError} if a parameter is not finite, or the configuration is out of range.
 */
export async function loadField(path?: string | URL): Promise<Field> {
  if (path === undefined) return createField();
  const file = decodeParameters(await readFile("loadField", path), {
    kind: "field",
    name: String(path),
    shapes: (config) => fieldShapes(resolveFieldConfig("loadField", config)),
  });
  return await fieldFrom(file.config, file.parameters as FieldParameters, file.trained);
}

/** A field over parameters that came from a file; they are freed if the eigenfunctions it needs cannot be loaded. */
export async function fieldFrom(
  config: Partial<FieldConfig>,
  parameters: FieldParameters,
  trained: boolean,
): Promise<Field> {
  try {
    const resolved = resolveFieldConfig("loadField", config);
    return fieldOf(resolved, parameters, { ...await fieldExtras(resolved), trained });
  } catch (error) {
    disposeAll(parameters);
    throw error;
  }
}

/** What the encoding of a field needs beside its parameters: the body's eigenfunctions for `"gps"`, nothing for others. */
export async function fieldExtras({ encoding }: Partial<Pick<FieldConfig, "encoding">>): Promise<FieldExtras> {
  return encoding === "gps" ? { signature: await loadSignature() } : {};
}
