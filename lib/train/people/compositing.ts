/**
 * # Person, background and what stands before, put together
 *
 * ```
 * picture = (background·(1 − opacity) + person)·(1 − before) + before's colour·before          linear light
 * ```
 *
 * Past the photo's edges the crop is mid-grey and the mask empty.
 *
 * @module
 */
import { CROP } from "../../encoder/encoder.ts";
import type { Framing } from "./framing.ts";
import { gaussianBlur } from "./image_effects.ts";
import type { OccluderLayer } from "./occluders.ts";
import { RandomStream } from "./random.ts";

/** Some backgrounds are out of focus. */
export function softened(picture: Float32Array, size: number, r: RandomStream): Float32Array {
  return r.chance(0.45) ? gaussianBlur(picture, size, r.uniform(0.4, 4) * size / 256) : picture;
}

/** background·(1 − opacity) + person, then what stands before; linear light. */
export function compose(
  background: Float32Array,
  { colour, opacity }: { colour: Float32Array; opacity: Float32Array },
  before?: OccluderLayer,
): Float32Array {
  for (let i = 0, at = 0; i < opacity.length; i++) {
    const a = opacity[i]!, b = before?.opacity[i] ?? 0;
    for (let c = 0; c < 3; c++, at++) {
      const scene = background[at]! * (1 - a) + colour[at]!;
      background[at] = b > 0 ? scene * (1 - b) + before!.colour[at]! * b : scene;
    }
  }
  return background;
}

/** The person's share of each pixel that is seen, as bytes; none past the photo's edges. */
export function maskOf(
  person: Float32Array,
  before: OccluderLayer | undefined,
  size: number,
  inPhoto: (x: number, y: number) => boolean,
): Uint8Array {
  return Uint8Array.from(person, (share, i) => {
    const x = (i % size + 0.5) * CROP / size, y = (Math.floor(i / size) + 0.5) * CROP / size;
    return inPhoto(x, y) ? Math.round(255 * share * (1 - (before?.opacity[i] ?? 0))) : 0;
  });
}

/** Whether a place of the crop (512) lies on the photo. */
export function photoTest({ square, photo }: Framing): (x: number, y: number) => boolean {
  const scale = square.size / CROP;
  return (x, y) => {
    const px = square.x + x * scale, py = square.y + y * scale;
    return px >= 0 && py >= 0 && px < photo.width && py < photo.height;
  };
}

/** Past the photo's edges a crop is mid-grey. */
export function greyOutside(image: Uint8Array, size: number, inPhoto: (x: number, y: number) => boolean): void {
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++, at += 3) {
      if (!inPhoto((x + 0.5) * CROP / size, (y + 0.5) * CROP / size)) image.fill(128, at, at + 3);
    }
  }
}
