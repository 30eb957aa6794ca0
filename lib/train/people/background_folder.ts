/**
 * # A folder of the user's photos as backgrounds
 *
 * Files are taken in the order of their names, so that a person remains a function of (seed, index) as long as the folder
 * stays as it is. A file that is no picture, or a damaged one, is passed over, counted and named; the rest is used. Of
 * large folders evenly spread files are taken, and pictures are reduced, to keep memory bounded.
 *
 * @module
 */
import { join } from "node:path";
import sharp from "sharp";
import { digest } from "../../format/digest.ts";
import { expectInteger, resolveOptions } from "../../tensor/options.ts";
import type { Picture } from "./background_view.ts";

/** A folder's pictures, and what was passed over. */
export interface BackgroundFolder {
  readonly pictures: readonly Picture[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

/** How a folder is read. */
export interface BackgroundFolderOptions {
  /** The most pictures that are kept. */
  readonly most?: number;
  /** The longer side to which pictures are reduced. */
  readonly side?: number;
}

const ENDINGS = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;

/**
 * Reads the pictures of a folder.
 *
 * @throws {Deno.errors.NotFound} if there is no such folder.
 * @throws {RangeError} if there are files but none that can be read.
 */
export async function readBackgrounds(folder: string, options?: BackgroundFolderOptions): Promise<BackgroundFolder> {
  const { most, side } = resolveOptions("readBackgrounds", { most: 300, side: 512 }, options);
  expectInteger("readBackgrounds", "most", most, 1);
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.isFile && ENDINGS.test(entry.name)) names.push(entry.name);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new Deno.errors.NotFound(`readBackgrounds: no folder at ${folder}: check the path`);
    }
    throw error;
  }
  names.sort();
  const step = Math.max(1, names.length / most),
    chosen = names.filter((_, i) => Math.floor((i + 1) / step) > Math.floor(i / step));
  const pictures: Picture[] = [], skipped: { name: string; reason: string }[] = [];
  for (const name of chosen) {
    try {
      pictures.push(await decodePicture(await Deno.readFile(join(folder, name)), side));
    } catch (error) {
      skipped.push({ name, reason: (error as Error).message.split("\n")[0]!.replace(/:\s*$/, "") });
    }
  }
  if (pictures.length === 0) {
    throw new RangeError(
      `readBackgrounds: none of the ${chosen.length} pictures in ${folder} can be read: wanted JPEG, PNG or WebP files`,
    );
  }
  return { pictures, skipped };
}

/** What pictures are, as a short text: equal for equal pictures, wherever they lie. */
export async function digestOfPictures(pictures: readonly Picture[]): Promise<string> {
  const each = await Promise.all(pictures.map(async ({ width, height, pixels }) => {
    return `${width}×${height} ${await digest(new Uint8Array(pixels))}`; // hashing takes no shared memory
  }));
  return (await digest(each.join("\n"))).slice(0, 16);
}

/** Decodes a picture to eight-bit sRGB, reduced to a longer side. */
export async function decodePicture(bytes: Uint8Array, side: number): Promise<Picture> {
  const { data, info } = await sharp(bytes, { failOn: "error", limitInputPixels: 64_000_000 }).autoOrient()
    .resize(side, side, { fit: "inside", withoutEnlargement: true }).flatten().toColourspace("srgb").raw({
      depth: "uchar",
    })
    .toBuffer({ resolveWithObject: true });
  if (info.width < 32 || info.height < 32) {
    throw new RangeError(`it has ${info.width}×${info.height} pixels, fewer than 32 a side`);
  }
  const count = info.width * info.height, pixels = new Uint8Array(new SharedArrayBuffer(3 * count)); // threads share it
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 3; c++) pixels[3 * i + c] = data[i * info.channels + (info.channels < 3 ? 0 : c)]!;
  }
  return { width: info.width, height: info.height, pixels };
}
