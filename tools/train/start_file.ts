/**
 * # What a training starts from stays as it is
 *
 * The output is written again and again while a training goes on, and a run is named by the digest of the file it started
 * from. Were both one file, the start would be lost at the first writing and the run could not be resumed.
 *
 * @module
 */

/**
 * Checks that a training does not write over what it starts from.
 *
 * @param from The file of `--from`.
 * @param out The file of `--out`, which need not be there.
 * @throws {RangeError} if they are one file.
 */
export async function expectOtherFile(from: string, out: string): Promise<void> {
  const [known, written] = await Promise.all([from, out].map((path) => Deno.realPath(path).catch(() => undefined)));
  if (known === undefined || known !== written) return;
  throw new RangeError(
    `train: --from ${from} is the file that --out would write over: give another --out, or start from a copy`,
  );
}
