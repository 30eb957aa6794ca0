/**
 * # Decoders as a file
 *
 * One safetensors file holds both networks under `shape.*` and `appearance.*` (`shape.hidden1.weight`, …,
 * `appearance.output.bias`) and the features' `statistics`, its header the configuration they were built with and whether
 * they were trained.
 *
 * @module
 */
import { readFile, writeFileAtomic } from "../format/file.ts";
import { decodeParameters, encodeParameters } from "../tensor/parameters.ts";
import {
  type ChannelStatistics,
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
