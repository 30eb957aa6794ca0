/**
 * # What a training is made from stays as it is
 *
 * A run is named by the digest of the file it started from: were it the output, the start would be lost at the writing and the run could
 * not be resumed. Nor is a mean written over one of those it is of.
 *
 * @module
 */

/** Whether two paths lead to one file; a file that is not there is no other's. */
export async function isOneFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([a, b].map((path) => Deno.realPath(path).catch(() => undefined)));
  return one !== undefined && one === other;
}

/**
 * Checks that a training does not write over what it is made from.
 *
 * @param flag The flag that names it.
 * @param from The flag's file.
 * @param out The file of `--out`, which need not be there.
 * @throws {RangeError} if they are one file.
 */
export async function expectOtherFile(flag: "--from" | "--mean", from: string, out: string): Promise<void> {
  if (!await isOneFile(from, out)) return;
  throw new RangeError(
    `train: ${flag} ${from} is the file that --out would write over: give another --out, or a copy of it`,
  );
}
