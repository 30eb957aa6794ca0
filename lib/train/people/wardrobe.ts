/**
 * # Who wears what
 *
 * An outfit is a list of garments, inner ones first, each a {@linkcode Cut} and {@linkcode Fit} of a helper mesh with a
 * material. Lengths are drawn between landmarks of the template (shoulder, elbow, wrist; hip, knee, ankle).
 *
 * Outfits of {@linkcode WITHHELD_OUTFITS} are never used for training.
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
const M = BODY_MARKS;

/** One piece of clothing. */
export interface Garment {
  readonly mesh: "tights" | "skirt";
  readonly cut: Cut;
  readonly fit: Fit;
  readonly material: Material;
}

/** Everything that is worn below the neck. */
export interface Outfit {
  readonly name: string;
  readonly garments: readonly Garment[];
  /** Bare feet and hands otherwise; gloves recolour the hands. */
  readonly gloves?: Rgb;
}

type Tailor = (stream: RandomStream, cloth: ClothMaker) => Garment[];
type ClothMaker = (changes?: Partial<Material>) => Material;

/** Cloth of a drawn pattern and colours. */
function drawFabric(
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

const SHIRT_PATTERNS = {
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

const clothOf =
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

const fit = (r: RandomStream, gap: number, loose: number, folds = 0.25): Fit => ({
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

const shirt = (
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

const trousers = (r: RandomStream, cloth: ClothMaker, cuff: number, loose = r.uniform(0.001, 0.025)): Garment => ({
  mesh: "tights",
  cut: { top: r.uniform(M.waist - 0.1, M.waist), hem: cuff },
  fit: fit(r, 0.006, loose),
  material: cloth(),
});

const skirt = (r: RandomStream, cloth: ClothMaker, hem: number): Garment => ({
  mesh: "skirt",
  cut: { hem, top: -0.27 },
  fit: fit(r, 0.004, r.uniform(0, 0.03)),
  material: cloth(),
});

function shoes(r: RandomStream): Garment[] {
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

const sleeveLength = (r: RandomStream): number => {
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
const longSleeve = (r: RandomStream) => M.wrist + r.uniform(-0.02, 0.012);
const longLeg = (r: RandomStream) => M.ankle + r.uniform(-0.045, 0.03);

/** Outfits of training: how likely, and who makes it. */
export const OUTFITS: Readonly<Record<string, Tailor>> = {
  shirtAndTrousers: (r, cloth) => [trousers(r, lower(r), longLeg(r)), shirt(r, cloth, sleeveLength(r))],
  shirtAndShorts: (
    r,
    cloth,
  ) => [trousers(r, lower(r), r.uniform(M.crotch - 0.08, M.knee - 0.04)), shirt(r, cloth, sleeveLength(r))],
  tuckedShirt: (r, cloth) => {
    const top = shirt(r, cloth, sleeveLength(r), { hem: M.waist - 0.08 }, 0.003);
    const bottom = trousers(r, lower(r), longLeg(r));
    return [top, { ...bottom, fit: { ...bottom.fit, gap: 0.014 } }];
  },
  jacket: (r, cloth) => {
    const under = shirt(r, clothOf(r, false, SHIRT_PATTERNS), longSleeve(r) - 0.03, {}, 0.002);
    return [
      trousers(r, lower(r), longLeg(r)),
      { ...under, fit: { ...under.fit, gap: 0.009 } },
      outer(r, cloth, r.uniform(0.012, 0.022)),
    ];
  },
  suit: (r) => {
    const paint = drawFabric(r, PATTERNS, { plain: 5, pinstripes: 1, heather: 2, checks: 0.5 }, 5),
      cloth = () => material(paint, { folds: 0.25 });
    const tie = drawCloth(r),
      ground = r.chance(0.7) ? fromHsv(0, 0, r.uniform(0.85, 0.97)) : drawCloth(r),
      tied = r.chance(0.6);
    const chest: Paint = (x, y, z, out) => {
      const colour = tied && z > 0.04 && Math.abs(x) < 0.018 + 0.06 * Math.max(0, -y - 0.05) ? tie : ground;
      for (let c = 0; c < 3; c++) out[c] = colour[c]!;
    };
    const white: Garment = {
      mesh: "tights",
      cut: { hem: M.hip, sleeve: M.wrist, neck: { height: 0.165, drop: 0.025, width: 0.1 } },
      fit: fit(r, 0.009, 0),
      material: material(chest),
    };
    return [{ ...trousers(r, cloth, longLeg(r), r.uniform(0.004, 0.016)) }, white, outer(r, cloth, 0.015)];
  },
  coat: (r, cloth) => {
    const coatCloth = cloth(), hem = r.uniform(M.knee - 0.05, M.crotch), long: ClothMaker = () => coatCloth;
    const upper = outer(r, long, r.uniform(0.02, 0.035));
    const tail: Garment = { mesh: "skirt", cut: { hem, top: -0.27 }, fit: fit(r, 0.02, 0.03), material: coatCloth };
    return [trousers(r, lower(r), longLeg(r)), {
      ...upper,
      cut: { ...upper.cut, hem: M.hip, opening: r.uniform(0, 0.012) },
    }, tail];
  },
  padded: (r, cloth) => { // winter coats, work and space suits
    const thick = r.uniform(0.025, 0.05),
      paint = cloth({ folds: r.uniform(0.3, 0.7), foldsPerMetre: r.uniform(8, 16), gloss: r.uniform(0, 0.15) });
    const top = shirt(r, () => paint, longSleeve(r), {
      neck: { height: r.uniform(0.15, 0.19), drop: 0.01, width: 0.1 },
    }, 0.012);
    const whole = r.chance(0.4);
    const bottom = trousers(r, whole ? () => paint : lower(r), longLeg(r), whole ? 0.015 : undefined);
    return [{ ...bottom, fit: { ...bottom.fit, gap: whole ? thick * 0.8 : 0.006 } }, {
      ...top,
      fit: { ...top.fit, gap: thick, folds: 0.3 },
    }];
  },
  skirtAndTop: (r, cloth) => [
    shirt(r, clothOf(r, false, SHIRT_PATTERNS), sleeveLength(r), { hem: M.waist - 0.1 }, 0.003),
    skirt(r, cloth, r.uniform(M.ankle + 0.1, M.crotch - 0.06)),
  ],
  dress: (r, cloth) => {
    const whole = cloth();
    return [
      { ...shirt(r, () => whole, sleeveLength(r), { hem: -0.33 }, 0.002) },
      skirt(r, () => whole, r.uniform(M.ankle, M.crotch - 0.06)),
    ];
  },
  sports: (
    r,
    cloth,
  ) => [
    trousers(r, lower(r), r.pick([M.crotch - 0.06, M.crotch - 0.14, M.knee + 0.1, M.ankle + 0.03]), 0.003),
    shirt(r, cloth, r.pick([M.shoulder - 0.04, M.shoulder + 0.1, M.wrist]), {}, 0.004),
  ],
  swimsuit: (
    r,
    cloth,
  ) => [{
    mesh: "tights",
    cut: r.chance(0.5)
      ? { top: M.waist - 0.06, hem: M.crotch - r.uniform(0.02, 0.2) }
      : { top: 0.06, hem: M.crotch + 0.02, sleeve: 0.15, neck: { height: 0.06, drop: 0.06, width: 0.12 } },
    fit: fit(r, 0.004, 0, 0),
    material: cloth(),
  }],
  overalls: (r, cloth) => {
    const whole = cloth();
    return [shirt(r, () => whole, longSleeve(r), { hem: M.hip }, 0.01), trousers(r, () => whole, longLeg(r))];
  },
};
const OUTFIT_WEIGHTS = {
  shirtAndTrousers: 8,
  shirtAndShorts: 2.5,
  tuckedShirt: 1.5,
  jacket: 3,
  suit: 2,
  coat: 1.3,
  padded: 1.6,
  skirtAndTop: 1.2,
  dress: 1.4,
  sports: 1.6,
  swimsuit: 0.4,
  overalls: 0.8,
};

const lower = (r: RandomStream): ClothMaker => clothOf(r, false, TROUSER_PATTERNS, 2.5);

/** Jackets and the like: open, or closed and then without a gap in front. */
function outer(r: RandomStream, cloth: ClothMaker, gap: number): Garment {
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

/** Outfits that only the evaluation sets have; their patterns are withheld, too. */
export const WITHHELD_OUTFITS: Readonly<Record<string, Tailor>> = {
  tunic: (
    r,
    cloth,
  ) => [
    trousers(r, lower(r), longLeg(r), 0.001),
    shirt(r, cloth, r.uniform(0.3, M.elbow), { hem: r.uniform(M.crotch - 0.12, M.crotch) }, r.uniform(0.015, 0.03)),
  ],
  vest: (r, cloth) => {
    const under = shirt(r, clothOf(r, true, SHIRT_PATTERNS), longSleeve(r) - 0.03, {}, 0.002),
      vest = outer(r, cloth, 0.016);
    return [trousers(r, lower(r), longLeg(r)), under, { ...vest, cut: { ...vest.cut, sleeve: M.shoulder - 0.01 } }];
  },
  dungarees: (r, cloth) => {
    const denim = cloth({ folds: 0.3 });
    const bib: Garment = {
      mesh: "tights",
      cut: { top: M.chest + 0.02, hem: M.hip, sleeve: 0.12 },
      fit: fit(r, 0.016, 0),
      material: denim,
    };
    const legs = trousers(r, () => denim, r.pick([longLeg(r), M.knee + 0.1]), 0.012);
    return [shirt(r, clothOf(r, true, SHIRT_PATTERNS), sleeveLength(r), {}, 0.003), {
      ...legs,
      fit: { ...legs.fit, gap: 0.014 },
    }, bib];
  },
  cropTop: (
    r,
    cloth,
  ) => [
    trousers(r, lower(r), longLeg(r), r.uniform(0.01, 0.03)),
    shirt(r, cloth, sleeveLength(r), { hem: M.waist + r.uniform(0.02, 0.08) }, 0.008),
  ],
  longCardigan: (r, cloth) => {
    const wool = cloth({ folds: 0.35 }), hem = r.uniform(M.knee, M.crotch - 0.05), top = outer(r, () => wool, 0.018);
    const under = shirt(r, clothOf(r, true, SHIRT_PATTERNS), M.shoulder + 0.1, {}, 0.002);
    return [trousers(r, lower(r), longLeg(r)), under, {
      ...top,
      cut: { ...top.cut, hem: M.crotch - 0.05, opening: r.uniform(0.05, 0.08) },
    }, { mesh: "skirt", cut: { hem, top: -0.3, opening: 0.09 }, fit: fit(r, 0.012, 0.01), material: wool }];
  },
  miniDress: (r, cloth) => {
    const whole = cloth();
    return [
      shirt(r, () => whole, r.pick([M.shoulder - 0.03, M.elbow]), { hem: -0.33 }, 0.002),
      skirt(r, () => whole, M.crotch - r.uniform(0.06, 0.14)),
    ];
  },
};
const WITHHELD_WEIGHTS = { tunic: 2, vest: 1.5, dungarees: 1.5, cropTop: 1.5, longCardigan: 1.2, miniDress: 1 };

/** Draws what a person wears. @param withheld Outfits and patterns of evaluation in place of those of training. */
export function drawOutfit(stream: RandomStream, withheld: boolean): Outfit {
  const name = withheld ? stream.weighted(WITHHELD_WEIGHTS) : stream.weighted(OUTFIT_WEIGHTS);
  const tailor = (withheld ? WITHHELD_OUTFITS : OUTFITS)[name]!;
  const garments = [...tailor(stream, clothOf(stream, withheld, SHIRT_PATTERNS)), ...shoes(stream)];
  const gloved = stream.chance(name === "padded" ? 0.5 : 0.03);
  return { name, garments, ...gloved ? { gloves: drawCloth(stream, 2) } : {} };
}
