/**
 * # Decoders as a file
 *
 * One safetensors file holds both networks under `shape.*` and `appearance.*` (`shape.hidden1.weight`, …,
 * `appearance.output.bias`), its header the configuration they were built with and whether they were trained.
 *
 * @module
 */
import { readFile, writeFileAtomic } from "../format/file.ts";
import { decodeParameters, encodeParameters } from "../tensor/parameters.ts";
import { disposeAll } from "../tensor/scope.ts";
import { appearanceOutputs, SHAPE_OUTPUTS } from "./activations.ts";
import { type DecoderConfig, type Decoders, resolveDecoderConfig } from "./decode.ts";
import { type Mlp, mlpShapes } from "./mlp.ts";

const KIND = "decoders";

/**
 * Writes decoders to a file, whole or not at all.
 *
 * @param path The file, by convention `*.safetensors`.
 */
export async function saveDecoders(path: string, { config, trained, shape, appearance }: Decoders): Promise<void> {
  const parameters = { shape, appearance };
  await writeFileAtomic(path, await encodeParameters({ kind: KIND, config: { ...config }, trained, parameters }));
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
  const { shape, appearance } = file.parameters as unknown as { shape: Mlp; appearance: Mlp };
  const config = resolveDecoderConfig("loadDecoders", file.config as Partial<DecoderConfig>);
  return { config, trained: file.trained, shape, appearance, dispose: () => disposeAll(shape, appearance) };
}

function decoderShapes({ channels, encoding, hidden, shDegree }: DecoderConfig): Record<string, readonly number[]> {
  const widths = [channels + encoding, ...hidden];
  return {
    ...mlpShapes("shape.", [...widths, SHAPE_OUTPUTS]),
    ...mlpShapes("appearance.", [...widths, appearanceOutputs(shDegree)]),
  };
}
