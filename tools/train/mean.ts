/**
 * # `deno task train --mean`: the mean of localizers that were trained from one start
 *
 * ```
 * deno task train --mean out/one/localizer.safetensors --mean out/other/localizer.safetensors --out out/mean.safetensors
 * ```
 *
 * @module
 */
import { fieldExtras } from "../../lib/field/field_file.ts";
import { loadLocalizer, type Localizer, saveLocalizer } from "../../lib/localize/localizer.ts";
import { meanLocalizer } from "../../lib/train/mean_localizer.ts";
import { expectOtherFile, isOneFile } from "./start_file.ts";

/**
 * Writes the mean of localizers to a file, in half precision. All are read before anything is written.
 *
 * @param files At least two, no two of them one.
 * @param out The file to write; none of them.
 * @throws {TypeError} if there are fewer, or no file to write is named.
 * @throws {RangeError} if a file is named twice, or one would be written over.
 * @throws as `loadLocalizer` and `meanLocalizer`.
 */
export async function writeMean(files: readonly string[], out: string | undefined): Promise<void> {
  if (files.length < 2) throw new TypeError(`train: give --mean FILE twice or more often: got ${files.join()} alone`);
  if (out === undefined) throw new TypeError("train: --mean needs --out FILE, where the mean is written");
  for (const [i, file] of files.entries()) {
    await expectOtherFile("--mean", file, out);
    for (const other of files.slice(0, i)) {
      if (!await isOneFile(other, file)) continue;
      throw new RangeError(`train: --mean ${other} and --mean ${file} are one file: name each once`);
    }
  }
  const localizers: Localizer[] = [];
  try {
    for (const file of files) localizers.push(await loadLocalizer(file));
    const extras = await fieldExtras(localizers[0]!.config.field);
    const mean = await meanLocalizer(localizers, { names: files, extras });
    try {
      await saveLocalizer(out, mean, { half: true });
    } finally {
      mean.dispose();
    }
  } finally {
    localizers.forEach((localizer) => localizer.dispose());
  }
  console.error(`Wrote the mean of ${files.length} localizers to ${out}`);
}
