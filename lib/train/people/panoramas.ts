/**
 * # All-round pictures of real places
 *
 * `data/panoramas/NAME.jpg`, 512 × 256 pixels, equirectangular, CC0; their origin is told in `data/README.md`.
 *
 * @module
 */
import { decodePicture } from "./background_folder.ts";
import type { Picture } from "./background_view.ts";

const FOLDER = new URL("../../../data/panoramas/", import.meta.url);

/** Reads the panoramas whose names are wanted, in the order of their names. */
export async function readPanoramas(wanted: (name: string) => boolean): Promise<Picture[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(FOLDER)) {
    if (name.endsWith(".jpg") && wanted(name.slice(0, -4))) names.push(name);
  }
  return await Promise.all(
    names.sort().map(async (name) => decodePicture(await Deno.readFile(new URL(name, FOLDER)), 512)),
  );
}
