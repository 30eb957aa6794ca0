/**
 * # What is behind people
 *
 * Rooms, landscapes, studios, clutter, clouds, panoramas and the user's photos. The families of
 * {@linkcode WITHHELD_BACKGROUNDS} are never used for training; of panoramas some pictures are withheld.
 *
 * @module
 */
import { panorama, photo } from "./background_pictures.ts";
import { space } from "./background_spaces.ts";
import type { Backdrop, BackgroundPictures, Family, View } from "./background_view.ts";
import { clouds, clutter, curtain, shelves, studio } from "./flat_backgrounds.ts";
import type { RandomStream } from "./random.ts";

const BACKGROUNDS: Readonly<Record<string, Family>> = {
  room: (r, view) => space(r, view, "room", false, false),
  outdoors: (r, view) => space(r, view, "outdoors", true, false),
  studio,
  clutter,
  clouds,
  panorama: (r, view, { panoramas }) => panorama(r, view, r.pick(panoramas)),
  photo: (r, view, { photos }) => photo(r, view, r.pick(photos)),
};

/** Families that only the evaluation sets have. */
export const WITHHELD_BACKGROUNDS: Readonly<Record<string, Family>> = {
  brickWall: (r, view) => space(r, view, "brickWall", false, true),
  shelves,
  curtain,
  panorama: BACKGROUNDS["panorama"]!,
};

/** Draws what is behind a person. @param pictures Those that may be used: the evaluation's panoramas are not training's. */
export function drawBackdrop(
  stream: RandomStream,
  view: View,
  pictures: BackgroundPictures,
  withheld: boolean,
): Backdrop {
  const some = (list: readonly unknown[], weight: number) => list.length > 0 ? weight : 0;
  const family = withheld
    ? stream.weighted({ brickWall: 2, shelves: 1, curtain: 1, panorama: some(pictures.panoramas, 2) })
    : stream.weighted({
      room: 4,
      outdoors: 2.5,
      studio: 1.2,
      clutter: 1.2,
      clouds: 0.6,
      panorama: some(pictures.panoramas, 2),
      photo: some(pictures.photos, 8),
    });
  return (withheld ? WITHHELD_BACKGROUNDS : BACKGROUNDS)[family]!(stream, view, pictures);
}
