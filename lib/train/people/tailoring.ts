/**
 * # Cloth, shirts, trousers, skirts, shoes
 *
 * What outfits are sewn from: a fabric of drawn colours and pattern, and garments with lengths drawn between landmarks of the
 * template (shoulder, elbow, wrist; hip, knee, ankle). Each garment is a {@linkcode Cut} and {@linkcode Fit} of a helper
 * mesh with a material.
 *
 * @module
 */
import { blend, dim, drawCloth, fromHsv, type Rgb } from "./colours.ts";
import type { Cut, Fit } from "./garments.ts";
import { type Pattern, PATTERNS, WITHHELD_PATTERNS } from "./patterns.ts";
import type { RandomStream } from "./random.ts";
import { type Material, material, type Paint } from "./surface.ts";

/** Places of the template at rest, metres. */
export const BODY_MARKS = {
  shoulder: 0.18,
  elbow: 0.43,
  wrist: 0.655,
  neck: 0.135,
  chest: 0.0,
  waist: -0.21,
  hip: -0.38,
  crotch: -0.47,
  knee: -0.777,
  ankle: -1.213,
  sole: -1.295,
} as const;

/** Short for the marks. */
export const M: typeof BODY_MARKS = BODY_MARKS;

/** One piece of clothing. */
export interface Garment {
  readonly mesh: "tights" | "skirt";
  readonly cut: Cut;
  readonly fit: Fit;
  readonly material: Material;
}

/** Sews an outfit's garments; the cloth is for the piece that shows most. */
export type Tailor = (stream: RandomStream, cloth: ClothMaker) => Garment[];

/** Makes cloth, with some of its looks changed. */
export type ClothMaker = (changes?: Partial<Material>) => Material;

/** Cloth of a drawn pattern and colours. */
export function drawFabric(
  r: RandomStream,
  patterns: typeof PATTERNS,
  weights: Readonly<Record<string, number>>,
  dark = 1,
): Paint {
  const first = drawCloth(r, dark),
    other = drawCloth(r),
    second = r.chance(0.4) ? dim(first, r.pick([0.45, 1.7])) : other;
  const pattern = patterns[r.weighted(weights)]!(r);
  return patterned(first, blend(first, second, r.uniform(0.5, 1)), pattern);
}

function patterned(first: Rgb, second: Rgb, pattern: Pattern): Paint {
  return (x, y, z, out) => {
    const onArm = Math.abs(x) > M.shoulder && y > -0.1;
    const along = onArm ? M.neck - Math.abs(x) : y, across = onArm ? z : x;
    const t = pattern(along, across, x, y, z);
    for (let c = 0; c < 3; c++) out[c] = first[c]! + (second[c]! - first[c]!) * t;
  };
}

/** Patterns of shirts and the like, by weight. */
export const SHIRT_PATTERNS = {
  plain: 6,
  stripes: 1.2,
  pinstripes: 0.6,
  checks: 0.9,
  tartan: 0.7,
  print: 1.6,
  flowers: 0.7,
  heather: 1.5,
  washed: 0.6,
  panels: 0.6,
  yoke: 0.5,
};

const TROUSER_PATTERNS = { plain: 7, washed: 3, heather: 1, pinstripes: 0.4, checks: 0.3, panels: 0.5, flowers: 0.2 };

const WITHHELD = { dots: 1, chevron: 0.8, camouflage: 0.8, diagonal: 1, ombre: 0.8 };

/** A maker of cloth with patterns by weight; of withheld ones a third is plain. */
export const clothOf =
  (r: RandomStream, withheld: boolean, weights: Readonly<Record<string, number>>, dark = 1): ClothMaker =>
  (
    changes,
  ) => {
    const plain = withheld && r.chance(0.3);
    const paint = withheld && !plain
      ? drawFabric(r, WITHHELD_PATTERNS, WITHHELD, dark)
      : drawFabric(r, PATTERNS, plain ? { plain: 1 } : weights, dark);
    return material(paint, { folds: r.uniform(0.12, 0.5), foldsPerMetre: r.uniform(9, 28), ...changes });
  };

/** How cloth stands off, metres. */
export const fit = (r: RandomStream, gap: number, loose: number, folds = 0.25): Fit => ({
  gap,
  loose,
  folds: folds * r.uniform(0.5, 1.4),
  offset: r.uniform(0, 30),
});

function neckline(r: RandomStream): NonNullable<Cut["neck"]> {
  switch (r.weighted({ crew: 5, vee: 1.5, scoop: 1, roll: 0.8 })) {
    case "crew":
      return { height: M.neck + r.uniform(0, 0.015), drop: r.uniform(0.03, 0.05), width: 0.14 };
    case "vee":
      return { height: M.neck + 0.01, drop: r.uniform(0.1, 0.18), width: 0.075 };
    case "scoop":
      return { height: M.neck - 0.01, drop: r.uniform(0.07, 0.12), width: 0.16 };
    default:
      return { height: r.uniform(0.165, 0.2), drop: 0, width: 0.1 };
  }
}

/** A top. */
export const shirt = (
  r: RandomStream,
  cloth: ClothMaker,
  sleeve: number,
  changes: Partial<Cut> = {},
  loose = r.uniform(0.002, 0.022),
): Garment => ({
  mesh: "tights",
  cut: { hem: r.uniform(M.hip - 0.06, M.hip + 0.06), sleeve, neck: neckline(r), ...changes },
  fit: fit(r, r.uniform(0.008, 0.012), loose),
  material: cloth(),
});

/** Trousers down to a height. */
export const trousers = (
  r: RandomStream,
  cloth: ClothMaker,
  cuff: number,
  loose = r.uniform(0.001, 0.025),
): Garment => ({
  mesh: "tights",
  cut: { top: r.uniform(M.waist - 0.1, M.waist), hem: cuff },
  fit: fit(r, 0.006, loose),
  material: cloth(),
});

/** A skirt down to a height. */
export const skirt = (r: RandomStream, cloth: ClothMaker, hem: number): Garment => ({
  mesh: "skirt",
  cut: { hem, top: -0.27 },
  fit: fit(r, 0.004, r.uniform(0, 0.03)),
  material: cloth(),
});

/** Shoes, boots, sneakers or none. */
export function shoes(r: RandomStream): Garment[] {
  const kind = r.weighted({ shoe: 5, boot: 1.2, sneaker: 3, none: 0.8 });
  if (kind === "none") return [];
  const upper = kind === "sneaker" ? drawCloth(r) : drawCloth(r, 4),
    sole = r.chance(0.5) ? dim(upper, 0.5) : fromHsv(0, 0, r.uniform(0.05, 0.95));
  const edge = M.sole + r.uniform(0.012, 0.025);
  const paint: Paint = (_x, y, _z, out) => {
    const colour = y < edge ? sole : upper;
    for (let c = 0; c < 3; c++) out[c] = colour[c]!;
  };
  const top = kind === "boot" ? M.ankle + r.uniform(0.08, 0.32) : M.ankle + r.uniform(-0.03, 0.03);
  const gloss = kind === "sneaker" ? 0.05 : r.uniform(0.05, 0.4);
  return [{
    mesh: "tights",
    cut: { top },
    fit: fit(r, r.uniform(0.009, 0.015), 0, 0),
    material: material(paint, { gloss, sharpness: 30 }),
  }];
}

/** A length from no sleeve to a long one. */
export const sleeveLength = (r: RandomStream): number => {
  switch (r.weighted({ none: 0.8, short: 4, elbow: 1.2, long: 6 })) {
    case "none":
      return M.shoulder - r.uniform(0, 0.05);
    case "short":
      return M.shoulder + r.uniform(0.08, 0.17);
    case "elbow":
      return r.uniform(M.elbow - 0.05, M.elbow + 0.1);
    default:
      return M.wrist + r.uniform(-0.04, 0.012);
  }
};

/** A sleeve to the wrist. */
export const longSleeve = (r: RandomStream): number => M.wrist + r.uniform(-0.02, 0.012);

/** A leg to the ankle. */
export const longLeg = (r: RandomStream): number => M.ankle + r.uniform(-0.045, 0.03);

/** Cloth for what is worn below. */
export const lower = (r: RandomStream): ClothMaker => clothOf(r, false, TROUSER_PATTERNS, 2.5);

/** Jackets and the like: open, or closed and then without a gap in front. */
export function outer(r: RandomStream, cloth: ClothMaker, gap: number): Garment {
  const opening = r.chance(0.6) ? r.uniform(0.015, 0.07) : 0;
  return {
    mesh: "tights",
    cut: {
      hem: r.uniform(M.hip - 0.1, M.hip + 0.08),
      sleeve: M.wrist + r.uniform(-0.01, 0.02),
      neck: { height: r.uniform(0.14, 0.17), drop: r.uniform(0.03, 0.2), width: r.uniform(0.06, 0.1) },
      ...opening > 0 ? { opening } : {},
    },
    fit: fit(r, gap, r.uniform(0.002, 0.018)),
    material: cloth(),
  };
}
