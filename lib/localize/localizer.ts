/**
 * # A localizer: everything trained that stands between an encoder and positions, in one file
 *
 * ```
 * f_I → link → f → locate(f, field, g; head) → p'_2D, p'_3D, u
 * ```
 *
 * A field is of use only with the link it was trained with, behind the encoder it was trained behind, read with the
 * constants it was trained with. A localizer keeps them together: the `link`, the `field`, the `head`'s constants, and the
 * name of the `encoder`. Its file holds the parameters as `link.*` and `field.*` and the resolved configuration in the
 * header; `loadField` takes the field out of it.
 *
 * @example From features to positions
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { coveringMap } from "../encoder/encoder.ts";
 * import { linkFeatures } from "./link.ts";
 * import { locate } from "./locate.ts";
 * import { createLocalizer } from "./localizer.ts";
 *
 * const localizer = createLocalizer({ encoder: "mine", link: { channels: 24 } });
 * const linked = linkFeatures(coveringMap(tf.randomNormal([16, 16, 24])), localizer.link);
 * const { position2d } = await locate(linked, localizer.field, tf.zeros([5, 3]), localizer.head);
 * console.log(position2d.shape, localizer.trained); // [5, 2] false
 * ```
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import {
  createField,
  type Field,
  type FieldConfig,
  type FieldExtras,
  fieldOf,
  type FieldParameters,
  fieldShapes,
  resolveFieldConfig,
} from "../field/field.ts";
import { fieldFrom } from "../field/field_file.ts";
import { readFile, writeFileAtomic } from "../format/file.ts";
import { expectOneOf, resolveOptions } from "../tensor/options.ts";
import { decodeParameters, encodeParameters, flattenParameters, unflattenParameters } from "../tensor/parameters.ts";
import { disposeAll } from "../tensor/scope.ts";
import { type EncoderFit, expectFit, fits } from "./fit.ts";
import {
  createLink,
  type Link,
  type LinkConfig,
  linkOf,
  type LinkParameters,
  linkShapes,
  resolveLinkConfig,
} from "./link.ts";
import { expectHead, HEAD_DEFAULTS, type HeadConfig } from "./locate.ts";

/** What a localizer is made from. */
export interface LocalizerConfig {
  /** The encoder whose features it reads. */
  readonly encoder: string;
  /** The link; its `channels` are the encoder's. */
  readonly link: LinkConfig;
  /** The field; its `linkWidth` is the link's `width`. */
  readonly field: FieldConfig;
  /** The head's constants. */
  readonly head: HeadConfig;
}

/** A {@linkcode LocalizerConfig} with most of it left to the defaults. */
export interface LocalizerOptions {
  /** The encoder whose features it reads; `"dinov2-s"` by default. */
  readonly encoder?: string;
  /** At least the encoder's `channels`. */
  readonly link: Partial<LinkConfig> & Pick<LinkConfig, "channels">;
  /** `linkWidth` follows the link's width. */
  readonly field?: Partial<FieldConfig>;
  /** Constants that differ from the defaults. */
  readonly head?: Partial<HeadConfig>;
}

/** A link, a field and the constants they were made for. */
export interface Localizer {
  /** The resolved configuration. */
  readonly config: LocalizerConfig;
  /** Whether training made the parameters; false if only a seed did: the positions mean nothing then. */
  readonly trained: boolean;
  /** From f_I to what the field reads. */
  readonly link: Link;
  /** From canonical points to weights. */
  readonly field: Field;
  /** The head's constants, to be passed to `locate` as options. */
  readonly head: HeadConfig;
  /** Frees link and field. */
  dispose(): void;
}

/** The shipped localizer; its card `weights/localizer.md` says how it was trained and how far off it is. */
export const SHIPPED_LOCALIZER: URL = new URL("../../weights/localizer.safetensors", import.meta.url);
/** The encoder that the shipped localizer reads: the pipeline's default. */
export const SHIPPED_ENCODER = "movenet-thunder";
const UNFITTED = { name: "dinov2-s", channels: 1152 };

/**
 * A seeded, untrained localizer.
 *
 * @throws {TypeError} if an option is unknown, or the GPS encoding has no signature.
 * @throws {RangeError} if an option is out of range.
 */
export function createLocalizer(options: LocalizerOptions, extras: FieldExtras = {}): Localizer {
  const config = resolveConfig("createLocalizer", options);
  const field = createField(config.field, extras);
  return localizerOf(config, createLink(config.link), field, false);
}

/** A localizer over a link and a field, which become its own; training builds one here. */
export function localizerOf(config: LocalizerConfig, link: Link, field: Field, trained: boolean): Localizer {
  const dispose = () => disposeAll(link.parameters, field.parameters);
  return { config, trained, link, field, head: config.head, dispose };
}

/** The parameters of a localizer by dotted name, `link.…` and `field.…`; they stay its own. */
export function parametersOf({ link, field }: Pick<Localizer, "link" | "field">): Record<string, tf.Tensor> {
  return flattenParameters({ link: link.parameters, field: field.parameters });
}

/**
 * A localizer over parameters by dotted name, which become its own.
 *
 * @param extras What the field's encoding needs beside its parameters, and whether training made them.
 * @throws {TypeError} if the GPS encoding has no signature; the parameters are the caller's then.
 */
export function localizerOver(
  config: LocalizerConfig,
  parameters: Readonly<Record<string, tf.Tensor>>,
  extras: FieldExtras & { readonly trained: boolean },
): Localizer {
  const { link, field } = unflattenParameters(parameters) as unknown as {
    readonly link: LinkParameters;
    readonly field: FieldParameters;
  };
  return localizerOf(config, linkOf(config.link, link), fieldOf(config.field, field, extras), extras.trained);
}

/**
 * Reads a localizer from a file.
 *
 * @param path The file. Without one: the shipped localizer if it was trained behind this encoder (or none is named), else a
 * seeded one that fits the encoder, whose `trained` is false.
 * @param fit `encoder`: the one it is wanted for.
 * @throws {SyntaxError} if it is no such file.
 * @throws {TypeError} if it holds another network, or parameters that its configuration does not fit.
 * @throws {RangeError} if a parameter is not finite, or it does not read what the encoder gives.
 */
export async function loadLocalizer(path?: string | URL, fit: EncoderFit = {}): Promise<Localizer> {
  const { encoder } = resolveOptions("loadLocalizer", { encoder: undefined as EncoderFit["encoder"] }, fit);
  if (path === undefined) {
    const shipped = (encoder?.name ?? SHIPPED_ENCODER) === SHIPPED_ENCODER;
    const localizer = shipped ? await loadLocalizer(SHIPPED_LOCALIZER) : undefined;
    if (localizer && (!encoder || fits(localizer.config, encoder))) return localizer;
    localizer?.dispose(); // an encoder of that name with other blocks or another grid
    return createLocalizer({ encoder: encoder!.name, link: { channels: encoder!.channels } });
  }
  const file = decodeParameters(await readFile("loadLocalizer", path), {
    kind: "localizer",
    name: String(path),
    shapes: (config) => {
      const resolved = resolveConfig("loadLocalizer", config as unknown as LocalizerOptions),
        { link, field } = resolved;
      if (encoder) {
        expectOneOf("loadLocalizer", `encoder of ${path}`, resolved.encoder, [encoder.name]);
        expectFit("loadLocalizer", { config: resolved }, encoder);
      }
      const named = (part: string, shapes: Record<string, readonly number[]>) =>
        Object.entries(shapes).map(([name, shape]) => [`${part}.${name}`, shape] as const);
      return Object.fromEntries([...named("link", linkShapes(link)), ...named("field", fieldShapes(field))]);
    },
  });
  const config = resolveConfig("loadLocalizer", file.config as unknown as LocalizerOptions);
  const parts = file.parameters as unknown as { readonly link: LinkParameters; readonly field: FieldParameters };
  try {
    const field = await fieldFrom(config.field, parts.field, file.trained);
    return localizerOf(config, linkOf(config.link, parts.link), field, file.trained);
  } catch (error) {
    disposeAll(parts.link);
    throw error;
  }
}

/**
 * Writes a localizer to a file, whole or not at all.
 *
 * @param path The file, by convention `*.safetensors`.
 * @param options `half`: store in half precision.
 */
export async function saveLocalizer(
  path: string,
  { config, trained, link, field }: Localizer,
  options: { readonly half?: boolean } = {},
): Promise<void> {
  const parameters = { link: link.parameters, field: field.parameters };
  await writeFileAtomic(
    path,
    await encodeParameters({ kind: "localizer", config: { ...config }, trained, parameters }, options),
  );
}

function resolveConfig(caller: string, given: LocalizerOptions): LocalizerConfig {
  const { encoder, link, field, head } = resolveOptions<Required<LocalizerOptions>>(
    caller,
    { encoder: UNFITTED.name, link: { channels: UNFITTED.channels }, field: {}, head: {} },
    given,
  );
  const linked = resolveLinkConfig(caller, link);
  if (field.linkWidth !== undefined && field.linkWidth !== linked.width) {
    throw new RangeError(`${caller}: field.linkWidth must be the link's width ${linked.width}: got ${field.linkWidth}`);
  }
  const fielded = resolveFieldConfig(caller, { ...field, linkWidth: linked.width });
  const constants = resolveOptions(caller, HEAD_DEFAULTS, head);
  expectHead(caller, constants);
  return { encoder, link: linked, field: fielded, head: constants };
}
