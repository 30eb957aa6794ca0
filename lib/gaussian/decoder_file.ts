/**
 * # Decoders as a file
 *
 * One safetensors file holds both networks under `shape.*` and `appearance.*` (`shape.hidden1.weight`, …,
 * `appearance.output.bias`) and the features' `statistics`, its header the configuration they were built with and whether
 * they were trained.
 *
 * @module
 */
import type { Encoder } from "../encoder/encoder.ts";
import { readFile, writeFileAtomic } from "../format/file.ts";
import { decodeParameters, encodeParameters } from "../tensor/parameters.ts";
import {
  type ChannelStatistics,
  createDecoders,
  type DecoderConfig,
  type Decoders,
  decodersOf,
  decoderWidths,
  resolveDecoderConfig,
} from "./decode.ts";
import { type Mlp, mlpShapes } from "./mlp.ts";

const KIND = "decoders";

/**
 * Writes decoders to a file, whole or not at all.
 *
 * @param path The file, by convention `*.safetensors`.
 * @param options `half`: store in half precision.
 */
export async function saveDecoders(
  path: string,
  { config, trained, statistics, shape, appearance }: Decoders,
  options: { readonly half?: boolean } = {},
): Promise<void> {
  const parameters = { statistics, shape, appearance };
  await writeFileAtomic(
    path,
    await encodeParameters({ kind: KIND, config: { ...config }, trained, parameters }, options),
  );
}

/** The decoders that come with the library, behind `movenet-thunder`. */
export const SHIPPED_DECODERS: URL = new URL("../../weights/decoders.safetensors", import.meta.url);

/**
 * The decoders of a file, or, without one, the shipped ones; where those do not fit the encoder, untrained ones that read all
 * its maps.
 *
 * @param path Path or file URL.
 * @param encoder Behind which they are to work.
 * @throws as {@linkcode loadDecoders}
 * @throws {RangeError} if the file's decoders read maps of other widths than the encoder's.
 */
export async function decodersFor(
  path: string | URL | undefined,
  encoder: Pick<Encoder, "name" | "channels" | "levels">,
): Promise<Decoders> {
  const widths: Record<string, number> = { features: encoder.channels, ...encoder.levels };
  const all = Object.values(widths).reduce((sum, width) => sum + width, 0);
  const fits = ({ config: { maps, channels } }: Decoders) =>
    (maps.length === 0 ? all : maps.reduce((sum, name) => sum + (widths[name] ?? NaN), 0)) === channels;
  const decoders = await loadDecoders(path ?? SHIPPED_DECODERS);
  if (fits(decoders)) return decoders;
  decoders.dispose();
  if (path === undefined) return createDecoders({ channels: all });
  throw new RangeError(
    `decodersFor: ${path} reads ${decoders.config.channels} channels of ${
      decoders.config.maps.join(", ") || "all maps"
    }: ` +
      `${encoder.name} gives ${Object.entries(widths).map(([name, width]) => `${name} ${width}`).join(", ")}`,
  );
}

/**
 * Reads decoders from a file that {@linkcode saveDecoders} or the training wrote.
 *
 * @param path Path or file URL.
 * @throws {SyntaxError} if it is no such file.
 * @throws {TypeError} if it holds another network, or parameters that its configuration does not fit.
 * @throws {RangeError} if a parameter is not finite, or the configuration is out of range.
 */
export async function loadDecoders(path: string | URL): Promise<Decoders> {
  const bytes = await readFile("loadDecoders", path);
  const file = decodeParameters(bytes, {
    kind: KIND,
    name: String(path),
    shapes: (config) => decoderShapes(resolveDecoderConfig("loadDecoders", config as Partial<DecoderConfig>)),
  });
  const parameters = file.parameters as unknown as { statistics: ChannelStatistics; shape: Mlp; appearance: Mlp };
  const config = resolveDecoderConfig("loadDecoders", file.config as Partial<DecoderConfig>);
  return decodersOf(config, parameters, file.trained);
}

function decoderShapes(config: DecoderConfig): Record<string, readonly number[]> {
  const { shape, appearance } = decoderWidths(config);
  return {
    "statistics.mean": [config.channels],
    "statistics.deviation": [config.channels],
    ...mlpShapes("shape.", shape),
    ...mlpShapes("appearance.", appearance),
  };
}
