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
import { blockBefore } from "../encoder/movenet_tail.ts";
import {
  createField,
  type Field,
  type FieldConfig,
  type FieldExtras,
  type FieldParameters,
  fieldShapes,
  resolveFieldConfig,
} from "../field/field.ts";
import { fieldFrom } from "../field/field_file.ts";
import { readFile, writeFileAtomic } from "../format/file.ts";
import { expectOneOf, resolveOptions } from "../tensor/options.ts";
import { decodeParameters, encodeParameters } from "../tensor/parameters.ts";
import { disposeAll } from "../tensor/scope.ts";
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

/** The encoder a localizer is wanted for. */
export interface EncoderFit {
  /** The encoder's name, channels, grid and blocks, as an `Encoder` has them. */
  readonly encoder?: {
    readonly name: string;
    readonly channels: number;
    readonly grid?: readonly [h: number, w: number];
    readonly blocks?: readonly number[];
  } | undefined;
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

/**
 * Reads a localizer from a file.
 *
 * @param path The file. Without one: the shipped localizer if it was trained behind this encoder (or none is named), else a
 * seeded one that fits the encoder, whose `trained` is false.
 * @param fit `encoder`: the one it is wanted for.
 * @throws {SyntaxError} if it is no such file.
 * @throws {TypeError} if it holds another network, or parameters that its configuration does not fit.
 * @throws {RangeError} if a parameter is not finite, or it was made for another encoder.
 */
export async function loadLocalizer(path?: string | URL, fit: EncoderFit = {}): Promise<Localizer> {
  const { encoder } = resolveOptions("loadLocalizer", { encoder: undefined as EncoderFit["encoder"] }, fit);
  if (path === undefined) {
    const shipped = (encoder?.name ?? SHIPPED_ENCODER) === SHIPPED_ENCODER;
    const localizer = shipped ? await loadLocalizer(SHIPPED_LOCALIZER) : undefined;
    if (localizer && (!encoder || reads(localizer.config, encoder))) return localizer;
    localizer?.dispose(); // an encoder of that name with other blocks or another grid
    return createLocalizer({ encoder: encoder!.name, link: { channels: encoder!.channels } });
  }
  const file = decodeParameters(await readFile("loadLocalizer", path), {
    kind: "localizer",
    name: String(path),
    shapes: (config) => {
      const { link, field, encoder: made } = resolveConfig("loadLocalizer", config as unknown as LocalizerOptions);
      if (encoder) expectOneOf("loadLocalizer", `encoder of ${path}`, made, [encoder.name]);
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
 * Checks that a localizer reads what an encoder gives.
 *
 * @throws {RangeError} if f_I has other channels, or other cells than a link that mixes them is for.
 */
export function expectFit(caller: string, { config }: Localizer, encoder: NonNullable<EncoderFit["encoder"]>): void {
  if (reads(config, encoder)) return;
  const { channels, grid, tail } = config.link, follows = tail && blockBefore(tail);
  if (follows !== undefined && !followsThere(config.link, encoder)) {
    throw new RangeError(
      `${caller}: the localizer goes on behind block ${follows} of ${encoder.name}: its features are of blocks ${encoder.blocks}; ` +
        `load the encoder with { blocks: [${follows}] }`,
    );
  }
  const cells = (grid: readonly number[]) => grid.join(" × ");
  throw new RangeError(
    `${caller}: the localizer reads ${channels} channels on ${
      cells(grid)
    } cells: ${encoder.name} gives ${encoder.channels} on ` +
      `${encoder.grid ? cells(encoder.grid) : "as many"}; ` +
      (tail
        ? "leave the encoder's blocks as they are by default"
        : "was it trained behind other blocks, such as { blocks: [12, 15] }?"),
  );
}

/** Whether a localizer's link fits what an encoder gives; one that mixes no cells is for any grid. */
function reads({ link }: LocalizerConfig, encoder: NonNullable<EncoderFit["encoder"]>): boolean {
  const { channels, grid } = encoder, anyGrid = link.mixing.length === 0 && !link.tail;
  return link.channels === channels && (anyGrid || !grid || String(link.grid) === String(grid)) &&
    followsThere(link, encoder);
}

/** Whether the encoder stops where the link's tail begins, if both say where that is. */
function followsThere({ tail }: LinkConfig, { blocks }: NonNullable<EncoderFit["encoder"]>): boolean {
  const follows = tail && blockBefore(tail);
  return follows === undefined || !blocks || String(blocks) === String(follows);
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
