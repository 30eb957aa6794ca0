/**
 * # `--backgrounds DIR`: the user's photos as backgrounds
 *
 * @module
 */
import { resolve } from "node:path";
import { readBackgrounds } from "../../lib/train/people/background_folder.ts";
import type { Picture } from "../../lib/train/people/background_view.ts";

/** The folder's pictures; what was skipped is said. */
export async function ownBackgrounds(folder: string): Promise<readonly Picture[]> {
  const { pictures, skipped } = await readBackgrounds(resolve(Deno.env.get("INIT_CWD") ?? ".", folder));
  if (skipped.length > 0) {
    console.error(
      `${skipped.length} of ${pictures.length + skipped.length} backgrounds cannot be read and are skipped:`,
    );
    for (const { name, reason } of skipped) console.error(`  ${name}: ${reason}`);
  }
  return pictures;
}
