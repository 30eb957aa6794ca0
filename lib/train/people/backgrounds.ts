/**
 * # What is behind people
 *
 * ```
 * pixel q → ray d = K⁻¹·(q, 1), camera axes → floor at u·p = h, wall at n·p = w, sky by the ray's height and heading
 * ```
 *
 * Rooms and landscapes stand in the same space as the person: the floor is under the feet, seen at the camera's angle,
 * and the person's shadow falls on it. Studios, clutter and clouds are flat. Panoramas and the user's photos lend real
 * textures. All in linear light, [size, size, 3].
 *
 * Families of {@linkcode WITHHELD_BACKGROUNDS} are never used for training.
 *
 * @module
 */
import { blend, dim, drawCloth, fromHsv, type Rgb, toLinear } from "./colours.ts";
import type { Lighting, ShadowMap } from "./light.ts";
import { fractal, noise } from "./noise.ts";
import type { RandomStream } from "./random.ts";
import { apply, dot, length, type Matrix, subtract, transpose, unit, type Vector } from "./rotation.ts";

/** The view to be filled. */
export interface View {
  /** Pixels a side. */
  readonly size: number;
  /** K of the crop scaled to `size`. */
  readonly focal: number;
  readonly centre: readonly [number, number];
  /** Body's frame to camera axes. */
  readonly rotation: Matrix;
  readonly shift: Vector;
  /** Height of the floor in the body's frame. */
  readonly floor: number;
}

/** A picture to cut backgrounds from: eight-bit sRGB. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Pictures there are. */
export interface BackgroundPictures {
  /** The user's photos. */
  readonly photos: readonly Picture[];
  /** All-round pictures, twice as wide as high. */
  readonly panoramas: readonly Picture[];
}

/** A backdrop that is drawn once light and shadow are known. */
export interface Backdrop {
  readonly family: string;
  /** Mean light from above and below. */
  readonly ambience: { readonly sky: Rgb; readonly ground: Rgb };
  /** Writes the linear picture. */
  readonly draw: (light: Lighting, shadow: ShadowMap) => Float32Array;
}

type Family = (stream: RandomStream, view: View, pictures: BackgroundPictures) => Backdrop;
type Texture = (a: number, b: number) => Rgb;

const DECODE = Float32Array.from({ length: 256 }, (_, i) => toLinear(i / 255));

/** Fills a picture pixel by pixel. */
function fill(size: number, colour: (x: number, y: number, out: Float32Array, at: number) => void): Float32Array {
  const out = new Float32Array(size * size * 3);
  for (let y = 0, at = 0; y < size; y++) for (let x = 0; x < size; x++, at += 3) colour(x, y, out, at);
  return out;
}

/** The direction of a pixel's ray, camera axes, z = 1. */
const rayOf = (
  { focal, centre }: View,
  x: number,
  y: number,
): Vector => [(x + 0.5 - centre[0]) / focal, (y + 0.5 - centre[1]) / focal, 1];

function drawTexture(r: RandomStream, base: Rgb, only?: "bricks" | "stains"): Texture {
  const other = blend(base, r.chance(0.5) ? dim(base, r.uniform(0.4, 0.8)) : drawCloth(r), r.uniform(0.3, 1)),
    o = r.uniform(0, 30);
  const grain = r.uniform(0.02, 0.2), fine = r.uniform(4, 40);
  const rough = (colour: Rgb, a: number, b: number) => dim(colour, 1 + grain * fractal(a * fine + o, b * fine, o, 3));
  const period = r.uniform(0.15, 0.9), joint = r.uniform(0.01, 0.05);
  const kind = only ?? r.weighted({ bare: 4, planks: 2, tiles: 1.5, stains: 2, stripes: 0.8 });
  switch (kind) {
    case "planks":
      return (a, b) => {
        const row = Math.floor(b / (period * 0.3)), edge = b / (period * 0.3) - row;
        return rough(
          edge < joint * 2 ? dim(base, 0.4) : dim(base, 0.8 + 0.4 * noise(row * 3.7 + o, a * 0.8, 1)),
          a * 0.1,
          b * 3,
        );
      };
    case "tiles":
      return (a, b) => {
        const u = a / period - Math.floor(a / period), v = b / period - Math.floor(b / period);
        const odd = (Math.floor(a / period) + Math.floor(b / period)) & 1;
        return rough(u < joint || v < joint ? dim(base, 0.5) : odd ? other : base, a, b);
      };
    case "bricks":
      return (a, b) => {
        const high = 0.075, wide = 0.24, row = Math.floor(b / high), u = a / wide + (row & 1) * 0.5;
        const v = b / high - row, w = u - Math.floor(u);
        if (v < 0.13 || w < 0.05) return rough(other, a, b);
        return rough(dim(base, 0.85 + 0.35 * noise(row * 5.3 + o, Math.floor(u) * 3.1, 2)), a, b);
      };
    case "stains":
      return (a, b) => rough(blend(base, other, 0.5 + 0.5 * fractal(a * 1.5 + o, b * 1.5, 2, 4)), a, b);
    case "stripes":
      return (a, b) => rough((a / period - Math.floor(a / period)) < 0.5 ? base : other, a, b);
    default:
      return (a, b) => rough(base, a, b);
  }
}

interface Patch {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
  readonly texture: Texture;
}

/** Windows, doors, posters, furniture: flat on the wall. */
function drawPatches(r: RandomStream, count: number, spread: number): Patch[] {
  return Array.from({ length: count }, () => {
    const a = r.uniform(-spread, spread),
      w = r.uniform(0.1, 0.9),
      kind = r.weighted({ picture: 3, window: 1, door: 1, cupboard: 2 });
    const [bottom, top] = {
      picture: [r.uniform(0.9, 1.5), r.uniform(1.6, 2.2)],
      window: [r.uniform(0.7, 1), r.uniform(1.9, 2.4)],
      door: [0, r.uniform(1.95, 2.1)],
      cupboard: [0, r.uniform(0.4, 2)],
    }[kind] as [number, number];
    const colour = kind === "window"
      ? fromHsv(r.uniform(0.5, 0.62), r.uniform(0, 0.3), r.uniform(0.8, 1))
      : drawCloth(r);
    return { left: a - w, right: a + w, bottom, top, texture: drawTexture(r, colour) };
  });
}

/** A floor, and a wall behind the person (or none: then the floor goes on to the sky). */
function space(r: RandomStream, view: View, family: string, outdoors: boolean, withheld: boolean): Backdrop {
  const up = apply(view.rotation, [0, 1, 0]), height = view.floor + dot(up, view.shift);
  const back = transpose(view.rotation), toCamera = unit(apply(back, [0, 0, -1])); // in the body's frame
  const turn = r.near(0, 0.3), heading = Math.atan2(toCamera[0], toCamera[2]) + turn;
  const normal: Vector = [Math.sin(heading), 0, Math.cos(heading)], along: Vector = [normal[2], 0, -normal[0]];
  const wallAt = -r.uniform(0.4, outdoors ? 12 : 3.5), corner = r.chance(0.4) ? r.uniform(1, 3) * r.pick([-1, 1]) : 0;
  const floorBase = outdoors
    ? fromHsv(r.pick([0.25, 0.1, 0.08, 0.6]), r.uniform(0.05, 0.5), r.uniform(0.3, 0.75))
    : drawCloth(r);
  const floor = drawTexture(r, floorBase, outdoors && r.chance(0.8) ? "stains" : undefined),
    wallBase = r.chance(0.6) ? fromHsv(r.uniform(0, 1), r.uniform(0, 0.2), r.uniform(0.5, 0.95)) : drawCloth(r);
  const wall = drawTexture(
    r,
    withheld ? fromHsv(r.uniform(0, 0.08), r.uniform(0.2, 0.6), r.uniform(0.35, 0.7)) : wallBase,
    withheld ? "bricks" : undefined,
  );
  const side = drawTexture(r, dim(wallBase, 0.7)), hasWall = !outdoors || r.chance(0.45);
  const patches = drawPatches(r, r.integer(outdoors ? 5 : 7), 3.5),
    skyTop = fromHsv(r.uniform(0.53, 0.62), r.uniform(0.05, 0.6), r.uniform(0.6, 1));
  const skyLow = fromHsv(r.uniform(0, 1), r.uniform(0, 0.15), r.uniform(0.75, 1)),
    trees = fromHsv(r.uniform(0.2, 0.4), r.uniform(0.2, 0.6), r.uniform(0.15, 0.5));
  const hills = r.uniform(0.0, 0.25), o = r.uniform(0, 30), cloudy = r.uniform(0, 0.8);

  const draw = (light: Lighting, shadow: ShadowMap) =>
    fill(view.size, (px, py, out, at) => {
      const d = rayOf(view, px, py), rise = dot(up, d), inBody = apply(back, d), toWall = dot(normal, inBody);
      const camera = apply(back, subtract([0, 0, 0], view.shift)); // the camera's place in the body's frame
      const tFloor = rise < -1e-4 ? height / rise : Infinity;
      const tWall = hasWall && toWall < -1e-4 ? (wallAt - dot(normal, camera)) / toWall : Infinity;
      const reach = dot(along, inBody),
        tSide = corner !== 0 && hasWall && reach * corner > 1e-4 ? (corner - dot(along, camera)) / reach : Infinity;
      const t = Math.min(tFloor > 0 ? tFloor : Infinity, tWall > 0 ? tWall : Infinity, tSide > 0 ? tSide : Infinity);
      const place = (k: number) => camera[k as 0 | 1 | 2] + t * inBody[k as 0 | 1 | 2];
      let colour: Rgb, lambert = 0;
      if (t === Infinity || t > 60) {
        const elevation = rise / length(d), azimuth = Math.atan2(inBody[0], inBody[2]);
        const ridge = hills * (0.5 + 0.5 * fractal(azimuth * 3 + o, o, 1, 4));
        colour = elevation < ridge ? dim(trees, 0.8 + 0.6 * fractal(azimuth * 25 + o, elevation * 25, 2, 3)) : blend(
          blend(skyLow, skyTop, Math.min(1, Math.max(0, elevation * 2))),
          [0.95, 0.95, 0.95],
          cloudy * Math.max(0, fractal(azimuth * 2 + o, elevation * 5, 5, 4)),
        );
        for (let k = 0; k < 3; k++) out[at + k] = colour[k]! * 0.9;
        return;
      }
      const b: Vector = [place(0), place(1), place(2)];
      if (t === tFloor) {
        colour = floor(dot(along, b), dot(normal, b));
        const direct = Math.max(0, dot(up, light.towards));
        lambert = direct > 0 ? direct * shadow.lit(t * d[0], t * d[1], t * d[2], 0.01) : 0;
      } else if (t === tWall) {
        const a = dot(along, b), y = b[1] - view.floor;
        const patch = patches.findLast(({ left, right, bottom, top }) =>
          a > left && a < right && y > bottom && y < top
        );
        colour = y < 0.08 && !outdoors ? dim(wallBase, 0.6) : (patch?.texture ?? wall)(a, y);
        const direct = Math.max(0, dot(apply(view.rotation, normal), light.towards));
        lambert = direct > 0 ? direct * shadow.lit(t * d[0], t * d[1], t * d[2], 0.01) : 0;
      } else {
        colour = side(dot(normal, b), b[1]);
        lambert = 0.3;
      }
      const far = Math.min(1, t / 40);
      for (let k = 0; k < 3; k++) {
        const lit = colour[k]! *
          (0.5 * (light.sky[k]! + light.ground[k]!) + 0.3 * light.sky[k]! + light.sun[k]! * lambert);
        out[at + k] = outdoors ? lit + (skyLow[k]! - lit) * far * 0.7 : lit;
      }
    });
  return { family, ambience: { sky: outdoors ? skyTop : wallBase, ground: floorBase }, draw };
}

const studio: Family = (r, { size }) => {
  const a = r.chance(0.6) ? fromHsv(r.uniform(0, 1), r.uniform(0, 0.15), r.uniform(0.1, 1)) : drawCloth(r),
    b = blend(a, dim(a, r.uniform(0.3, 1.3)), 1);
  const cx = r.uniform(0.2, 0.8),
    cy = r.uniform(0, 0.8),
    spread = r.uniform(0.3, 1.2),
    mottle = r.uniform(0, 0.15),
    o = r.uniform(0, 30);
  const draw = () =>
    fill(size, (x, y, out, at) => {
      const t = Math.min(1, Math.sqrt((x / size - cx) ** 2 + (y / size - cy) ** 2) / spread),
        m = 1 + mottle * fractal(x / size * 5 + o, y / size * 5, o, 4);
      for (let k = 0; k < 3; k++) out[at + k] = (a[k]! + (b[k]! - a[k]!) * t) * m;
    });
  return { family: "studio", ambience: { sky: a, ground: b }, draw };
};

const clutter: Family = (r, { size }) => {
  const base = drawCloth(r),
    count = 8 + r.integer(60),
    things = Array.from({ length: count }, () => ({
      x: r.uniform(-0.1, 1.1),
      y: r.uniform(-0.1, 1.1),
      w: r.uniform(0.02, 0.3) ** 1.3,
      h: r.uniform(0.02, 0.4) ** 1.3,
      round: r.chance(0.4),
      texture: drawTexture(r, drawCloth(r)),
      shade: r.uniform(0.4, 1.2),
    }));
  const ground = drawTexture(r, base);
  const draw = () =>
    fill(size, (px, py, out, at) => {
      const x = px / size, y = py / size;
      const thing = things.findLast((t) =>
        t.round
          ? ((x - t.x) / t.w) ** 2 + ((y - t.y) / t.h) ** 2 < 1
          : Math.abs(x - t.x) < t.w && Math.abs(y - t.y) < t.h
      );
      const colour = thing ? dim(thing.texture(x * 2, y * 2), thing.shade) : ground(x * 2, y * 2);
      out.set(colour, at);
    });
  return { family: "clutter", ambience: { sky: base, ground: base }, draw };
};

const clouds: Family = (r, { size }) => {
  const colours = [drawCloth(r), drawCloth(r), drawCloth(r)] as const,
    s = r.uniform(1, 7),
    o = r.uniform(0, 30),
    warp = r.uniform(0, 1);
  const draw = () =>
    fill(size, (px, py, out, at) => {
      const x = px / size * s, y = py / size * s, bend = warp * noise(x * 0.7 + o, y * 0.7, 9);
      const t = 0.5 + 0.7 * fractal(x + bend + o, y + bend, 1, 4), v = 0.5 + 0.7 * fractal(x + o, y, 4, 4);
      for (let k = 0; k < 3; k++) {
        out[at + k] = Math.max(
          0,
          colours[0][k]! * (1 - t) * (1 - v) + colours[1][k]! * t * (1 - v) + colours[2][k]! * v,
        );
      }
    });
  return { family: "clouds", ambience: { sky: colours[0], ground: colours[1] }, draw };
};

const shelves: Family = (r, { size }) => {
  const high = r.uniform(0.09, 0.25),
    wood = fromHsv(r.uniform(0.05, 0.1), r.uniform(0.2, 0.6), r.uniform(0.2, 0.7)),
    o = r.integer(1000);
  const palette = Array.from({ length: 12 }, () => drawCloth(r)), tilt = r.near(0, 0.1);
  const draw = () =>
    fill(size, (px, py, out, at) => {
      const x = px / size, y = py / size + tilt * x, row = Math.floor(y / high), v = y / high - row;
      const book = Math.floor((x + 0.013 * noise(x * 60 + row * 7.7, o, 1)) * 34),
        tall = 0.72 + 0.25 * noise(book * 3.3 + row * 11, o, 2);
      const colour = v > 0.92
        ? wood
        : 1 - v > tall
        ? dim(wood, 0.25)
        : dim(palette[(book * 7 + row * 5 + o) % 12]!, 0.6 + 0.3 * noise(x * 150, row, 3));
      out.set(colour, at);
    });
  return { family: "shelves", ambience: { sky: wood, ground: wood }, draw };
};

const curtain: Family = (r, { size }) => {
  const colour = drawCloth(r), s = r.uniform(4, 14), o = r.uniform(0, 30);
  const draw = () =>
    fill(size, (px, py, out, at) => {
      const x = px / size + 0.02 * noise(py / size * 3, o, 1),
        fold = 0.55 + 0.45 * noise(x * s * 2 + o, py / size * 0.6, 2) + 0.15 * Math.sin(x * s * 9);
      out.set(dim(colour, Math.max(0.05, fold)), at);
    });
  return { family: "curtain", ambience: { sky: colour, ground: colour }, draw };
};

/** A view into an all-round picture, by the ray's heading and height. */
function panorama(r: RandomStream, view: View, picture: Picture): Backdrop {
  const turn = r.uniform(0, 2 * Math.PI), widen = r.uniform(1, 2.6), grain = r.uniform(0, 0.12), flip = r.pick([1, -1]);
  const up = apply(view.rotation, [0, 1, 0]), { width, height, pixels } = picture;
  const side = unit([up[1], -up[0], 0]),
    ahead: Vector = [
      side[1] * up[2] - side[2] * up[1],
      side[2] * up[0] - side[0] * up[2],
      side[0] * up[1] - side[1] * up[0],
    ];
  const draw = () =>
    fill(view.size, (px, py, out, at) => {
      const [x, y] = rayOf(view, px, py), d = unit([x * widen, y * widen, 1]);
      const u = (flip * Math.atan2(dot(side, d), -dot(ahead, d)) + turn) / (2 * Math.PI),
        v = Math.acos(Math.min(1, Math.max(-1, dot(up, d)))) / Math.PI;
      const m = 1 + grain * fractal(px / 9, py / 9, turn, 3);
      bilinear(picture, (u - Math.floor(u)) * width, v * height, out, at, m);
    });
  const mean = (from: number, to: number): Rgb => {
    const sum = [0, 0, 0], rows = Math.max(1, Math.floor((to - from) * height));
    for (let y = Math.floor(from * height), i = 0; i < rows; i++) {
      for (let x = 0; x < width; x += 4) {
        for (let k = 0; k < 3; k++) sum[k]! += DECODE[pixels[3 * ((y + i) * width + x) + k]!]!;
      }
    }
    const most = Math.max(...sum, 1e-6);
    return [sum[0]! / most, sum[1]! / most, sum[2]! / most];
  };
  return { family: "panorama", ambience: { sky: mean(0, 0.5), ground: mean(0.55, 1) }, draw };
}

/** A cut from a photo, enlarged or reduced, perhaps mirrored. */
function photo(r: RandomStream, { size }: View, picture: Picture): Backdrop {
  const { width, height } = picture,
    cut = Math.min(width, height) * r.uniform(0.35, 1),
    x0 = r.uniform(0, width - cut),
    y0 = r.uniform(0, height - cut);
  const flip = r.chance(0.5), exposure = r.uniform(0.7, 1.2);
  const draw = () =>
    fill(size, (px, py, out, at) => {
      const u = (px + 0.5) / size, x = x0 + (flip ? 1 - u : u) * cut, y = y0 + (py + 0.5) / size * cut;
      bilinear(picture, x, y, out, at, exposure);
    });
  return { family: "photo", ambience: { sky: [1, 1, 1], ground: [0.8, 0.8, 0.8] }, draw };
}

function bilinear(
  { width, height, pixels }: Picture,
  x: number,
  y: number,
  out: Float32Array,
  at: number,
  gain: number,
): void {
  const fx = Math.max(0, x - 0.5),
    fy = Math.max(0, y - 0.5),
    i = Math.floor(fx),
    j = Math.min(height - 1, Math.floor(fy)),
    u = fx - i,
    v = Math.min(1, fy - j);
  const i0 = i % width, i1 = Math.min(width - 1, i0 + 1), j1 = Math.min(height - 1, j + 1);
  for (let k = 0; k < 3; k++) {
    const top = DECODE[pixels[3 * (j * width + i0) + k]!]! * (1 - u) + DECODE[pixels[3 * (j * width + i1) + k]!]! * u;
    const low = DECODE[pixels[3 * (j1 * width + i0) + k]!]! * (1 - u) + DECODE[pixels[3 * (j1 * width + i1) + k]!]! * u;
    out[at + k] = (top * (1 - v) + low * v) * gain;
  }
}

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
