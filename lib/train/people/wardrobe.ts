/**
 * # Who wears what
 *
 * An outfit is a list of garments, inner ones first. The outfits of `withheld_outfits.ts` and their patterns are never used
 * for training.
 *
 * @module
 */
import { drawCloth, fromHsv, type Rgb } from "./colours.ts";
import { PATTERNS } from "./patterns.ts";
import type { RandomStream } from "./random.ts";
import { material, type Paint } from "./surface.ts";
import {
  type ClothMaker,
  clothOf,
  drawFabric,
  fit,
  type Garment,
  longLeg,
  longSleeve,
  lower,
  M,
  outer,
  shirt,
  SHIRT_PATTERNS,
  shoes,
  skirt,
  sleeveLength,
  type Tailor,
  trousers,
} from "./tailoring.ts";
import { WITHHELD_OUTFITS } from "./withheld_outfits.ts";

/** Everything that is worn below the neck. */
export interface Outfit {
  readonly name: string;
  readonly garments: readonly Garment[];
  /** Bare feet and hands otherwise; gloves recolour the hands. */
  readonly gloves?: Rgb;
}

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

const WITHHELD_WEIGHTS = { tunic: 2, vest: 1.5, dungarees: 1.5, cropTop: 1.5, longCardigan: 1.2, miniDress: 1 };

/** Draws what a person wears. @param withheld Outfits and patterns of evaluation in place of those of training. */
export function drawOutfit(stream: RandomStream, withheld: boolean): Outfit {
  const name = withheld ? stream.weighted(WITHHELD_WEIGHTS) : stream.weighted(OUTFIT_WEIGHTS);
  const tailor = (withheld ? WITHHELD_OUTFITS : OUTFITS)[name]!;
  const garments = [...tailor(stream, clothOf(stream, withheld, SHIRT_PATTERNS)), ...shoes(stream)];
  const gloved = stream.chance(name === "padded" ? 0.5 : 0.03);
  return { name, garments, ...gloved ? { gloves: drawCloth(stream, 2) } : {} };
}
