/**
 * # Parameters are data: plain trees of tensors, and the files they live in
 *
 * A network's parameters are a nested plain record, its leaves tensors. A leaf's path, joined by dots, is its name:
 *
 * ```
 * { layers: { 0: { weight, bias } }, readout }      ↔      layers.0.weight   layers.0.bias   readout
 * ```
 *
 * On disk a tree is one safetensors file whose header carries what the numbers belong to: `kind` (which network),
 * `config` (the resolved configuration as JSON), `trained` (whether training, or only a seed, made them). The
 * configuration says which shapes to expect; a file with a missing, surplus, misshapen or non-finite parameter is
 * refused with the parameter's name before any tensor is made.
 *
 * A network of several parts keeps each part under its own kind, in the configuration and in the names alike. Asked for
 * a `field`, the file of a localizer, whose parts are `link` and `field`, yields its field.
 *
 * @example There and back
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { decodeParameters, encodeParameters } from "./parameters.ts";
 *
 * const file = { kind: "line", config: { width: 2 }, trained: true };
 * const bytes = await encodeParameters({ ...file, parameters: { slope: tf.tensor1d([1, 2]) } });
 * const { parameters } = decodeParameters(bytes, { kind: "line", shapes: ({ width }) => ({ slope: [Number(width)] }) });
 * console.log(await (parameters.slope as tf.Tensor).array()); // [1, 2]
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { readSafetensors, writeSafetensors } from "../format/safetensors.ts";

/** Nested plain records whose leaves are tensors. */
export interface ParameterTree {
  /** A tensor, or a branch of tensors. */
  readonly [name: string]: tf.Tensor | ParameterTree;
}

/** What a parameter file holds. */
export interface ParameterFile {
  /** Which network the parameters belong to, such as `field`. */
  readonly kind: string;
  /** The network's resolved configuration: plain JSON. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Whether training made the numbers; false if only a seed did. */
  readonly trained: boolean;
  /** The tensors. */
  readonly parameters: ParameterTree;
}

/** What {@linkcode decodeParameters} expects of a file. */
export interface Expected {
  /** The kind that the file must name. */
  readonly kind: string;
  /** Every parameter's shape by dotted name, from the file's configuration. */
  readonly shapes: (config: Readonly<Record<string, unknown>>) => Readonly<Record<string, readonly number[]>>;
  /** How the file is called in errors. */
  readonly name?: string;
}

/** The leaves of a tree by dotted name, in the tree's order. */
export function flattenParameters(tree: ParameterTree, prefix = ""): Record<string, tf.Tensor> {
  const flat: Record<string, tf.Tensor> = {};
  for (const [name, node] of Object.entries(tree)) {
    if (node instanceof tf.Tensor) flat[prefix + name] = node;
    else Object.assign(flat, flattenParameters(node, `${prefix}${name}.`));
  }
  return flat;
}

/** The tree whose leaves have these dotted names. */
export function unflattenParameters(flat: Readonly<Record<string, tf.Tensor>>): ParameterTree {
  const root: Record<string, unknown> = {};
  for (const [path, tensor] of Object.entries(flat)) {
    const names = path.split(".");
    let branch = root;
    for (const name of names.slice(0, -1)) branch = (branch[name] ??= {}) as Record<string, unknown>;
    branch[names.at(-1)!] = tensor;
  }
  return root as unknown as ParameterTree;
}

/**
 * The bytes of a parameter file.
 *
 * @param file What it shall hold.
 * @param options `half`: store in half precision; halves the size, keeps three digits.
 */
export async function encodeParameters(
  file: ParameterFile,
  { half = false }: { readonly half?: boolean } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const leaves = Object.entries(flattenParameters(file.parameters));
  const arrays = await Promise.all(leaves.map(async ([name, tensor]) => {
    return [name, { shape: tensor.shape, data: new Float32Array(await tensor.data()), half }] as const;
  }));
  const { kind, config, trained } = file;
  return writeSafetensors(Object.fromEntries(arrays), {
    kind,
    config: JSON.stringify(config),
    trained: String(trained),
  });
}

/**
 * Reads a parameter file; the caller disposes of the tree's tensors.
 *
 * @throws {SyntaxError} if the bytes are no safetensors file or their header lacks kind and configuration.
 * @throws {TypeError} if the file is of another kind, or a parameter is missing, surplus or of another shape.
 * @throws {RangeError} if a parameter holds NaN or an infinity.
 */
export function decodeParameters(bytes: Uint8Array, { kind, shapes, name = "file" }: Expected): ParameterFile {
  const { arrays: all, metadata } = readSafetensors(bytes, name);
  const whole = parseConfig(metadata.config, name);
  const inside = metadata.kind !== kind;
  const config = (inside ? whole[kind] : whole) as Record<string, unknown> | undefined;
  if (config === null || typeof config !== "object") {
    throw new TypeError(`decodeParameters: ${name} holds a ${metadata.kind ?? "network of no kind"}: wanted a ${kind}`);
  }
  const prefix = inside ? `${kind}.` : "";
  const within = [...all].filter(([path]) => path.startsWith(prefix));
  const arrays = new Map(within.map(([path, array]) => [path.slice(prefix.length), array]));
  const wanted = shapes(config);
  for (const found of arrays.keys()) {
    if (!Object.hasOwn(wanted, found)) {
      throw new TypeError(
        `decodeParameters: ${name} has a parameter "${found}" that its configuration has no place for`,
      );
    }
  }
  const leaves = Object.entries(wanted).map(([path, shape]) => {
    const array = arrays.get(path);
    if (!array) throw new TypeError(`decodeParameters: ${name} lacks the parameter "${path}" [${shape}]`);
    if (String(array.shape) !== String(shape)) {
      throw new TypeError(`decodeParameters: ${name}: "${path}" must be [${shape}]: got [${array.shape}]`);
    }
    const numbers = Float32Array.from(array.data as Float32Array);
    const bad = numbers.findIndex((number) => !Number.isFinite(number));
    if (bad >= 0) {
      throw new RangeError(
        `decodeParameters: ${name}: "${path}" holds ${numbers[bad]} at ${bad}: retrain or re-export`,
      );
    }
    return [path, shape, numbers] as const;
  });
  const flat = Object.fromEntries(leaves.map(([path, shape, numbers]) => [path, tf.tensor(numbers, [...shape])]));
  return { kind, config, trained: metadata.trained === "true", parameters: unflattenParameters(flat) };
}

function parseConfig(text: string | undefined, name: string): Record<string, unknown> {
  let config: unknown;
  try {
    config = JSON.parse(text ?? "");
  } catch {
    config = undefined;
  }
  if (config === null || typeof config !== "object" || Array.isArray(config)) {
    throw new SyntaxError(
      `decodeParameters: ${name} has no configuration in its header: wanted a parameter file of this library`,
    );
  }
  return config as Record<string, unknown>;
}
