/**
 * # Skin and face
 *
 * Painted at places of the template's rest pose, so that eyes, brows and lips stay where they belong on every body and in
 * every expression. Nothing here is finer than a photo of a whole person shows, but a portrait's eyes, brows, lips and
 * beard are there, some with glasses, because encoders look for faces first.
 *
 * @module
 */
import { blend, dim, drawHair, drawSkin, fromHsv, type Rgb } from "./colours.ts";
import { noise } from "./noise.ts";
import type { RandomStream } from "./random.ts";
import { type Material, material } from "./surface.ts";
import { BODY_MARKS } from "./tailoring.ts";

/** Places of the template's face at rest, metres. */
export const FACE_MARKS = {
  eye: [0.0292, 0.2888, 0.1435],
  brow: 0.309,
  mouth: [0, 0.2215, 0.17],
  chin: 0.175,
  top: 0.399,
} as const;

/** What a face looks like. */
export interface Complexion {
  readonly skin: Rgb;
  readonly hair: Rgb;
  readonly material: Material;
}

/** Draws skin, hair colour, eyes, lips and beard. @param gloves Colour of gloves, if any are worn. */
export function drawComplexion(stream: RandomStream, gloves?: Rgb): Complexion {
  const skin = drawSkin(stream), hair = drawHair(stream);
  const iris = fromHsv(
    stream.pick([0.07, 0.08, 0.08, 0.58, 0.3, 0.55]),
    stream.uniform(0.3, 0.7),
    stream.uniform(0.12, 0.5),
  );
  const lipShade = blend(
    [skin[0] * 0.85, skin[1] * 0.6, skin[2] * 0.6],
    [0.45, 0.05, 0.07],
    stream.chance(0.15) ? 0.7 : 0,
  );
  const browThickness = stream.uniform(0.0022, 0.0052), browColour = blend(dim(hair, 0.6), skin, 0.15);
  const beard = stream.chance(0.3) ? stream.uniform(0.2, 0.95) : 0,
    beardTop = stream.uniform(0.2, 0.235),
    moustache = stream.chance(0.8);
  const flush = stream.uniform(0.02, 0.12), spots = stream.uniform(0.02, 0.07), offset = stream.uniform(0, 30);
  const glasses = stream.chance(0.17) ? stream.uniform(0.0012, 0.003) : 0, tinted = stream.chance(0.3);
  const frame = stream.chance(0.7)
    ? fromHsv(0, 0, stream.uniform(0.02, 0.15))
    : fromHsv(stream.uniform(0, 1), 0.6, 0.5);
  const [ex, ey, ez] = FACE_MARKS.eye, [, my] = FACE_MARKS.mouth;

  const paint = (x: number, y: number, z: number, out: Float64Array) => {
    let shade = 1 + spots * (noise(x * 40 + offset, y * 40, z * 40) + noise(x * 130, y * 130 + offset, z * 130) * 0.6);
    if (y < 0.16 || z < 0.03) {
      if (gloves && Math.abs(x) > BODY_MARKS.wrist + 0.005) return put(out, gloves, 1);
      if (Math.abs(x) > BODY_MARKS.wrist + 0.1) shade *= 0.97;
      return put(out, skin, shade);
    }
    const side = Math.abs(x), fromEye = Math.sqrt((side - ex) ** 2 + (y - ey) ** 2);
    if (glasses > 0 && z > 0.105) {
      const rim = Math.abs(fromEye - 0.022) < glasses || (side < 0.009 && Math.abs(y - ey - 0.004) < glasses);
      if (rim || (tinted && fromEye < 0.022)) return put(out, frame, rim ? 1 : 0.6);
    }
    const ball = Math.sqrt(fromEye * fromEye + (z - ez) ** 2);
    if (ball < 0.0165 && fromEye < 0.0145 && z > 0.138) { // the eyeball itself
      if (fromEye < 0.0026) return put(out, [0.01, 0.01, 0.012], 1);
      if (fromEye < 0.0062) return put(out, iris, fromEye > 0.0055 ? 0.4 : 1);
      return put(out, [0.72, 0.69, 0.66], 1 - 0.4 * Math.min(1, Math.abs(y - ey) / 0.012));
    }
    const arch = FACE_MARKS.brow - 14 * (side - 0.031) ** 2 + 0.15 * (side - 0.031);
    if (z > 0.1 && side > 0.011 && side < 0.053 && Math.abs(y - arch) < browThickness * (1 - (side - 0.011) / 0.06)) {
      return put(out, browColour, shade);
    }
    const lash = Math.abs(fromEye - 0.0135) < 0.0022 && y > ey - 0.003 && z > 0.13;
    const lip = ((side / 0.0255) ** 2 + ((y - my) / (y > my ? 0.0075 : 0.009)) ** 2) < 1 && z > 0.12;
    if (lip) return put(out, lipShade, Math.abs(y - my) < 0.0011 ? 0.35 : shade);
    const cheek = flush * Math.exp(-(((side - 0.045) / 0.02) ** 2) - ((y - 0.245) / 0.02) ** 2);
    let colour: Rgb = [skin[0] * (1 + cheek), skin[1] * (1 - cheek), skin[2] * (1 - cheek)];
    const jaw = y < beardTop - (z < 0.12 ? -0.5 * (0.12 - z) : 0) ||
      (moustache && y < 0.238 && side < 0.028 && y > my && z > 0.12);
    if (beard > 0 && z > 0.045 && y > 0.165 && jaw) {
      colour = blend(colour, dim(hair, 0.8), beard * (0.75 + 0.25 * noise(x * 300, y * 300, z * 300)));
    }
    put(out, colour, lash ? 0.35 : shade);
  };
  return {
    skin,
    hair,
    material: material(paint, { gloss: stream.uniform(0.04, 0.14), sharpness: 14, translucent: 0.35, inside: 0.3 }),
  };
}

function put(out: Float64Array, colour: Rgb, shade: number): void {
  out[0] = colour[0] * shade;
  out[1] = colour[1] * shade;
  out[2] = colour[2] * shade;
}
