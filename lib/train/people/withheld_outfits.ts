/**
 * # Outfits of the evaluation sets alone
 *
 * Their patterns are withheld from training, too.
 *
 * @module
 */
import {
  clothOf,
  fit,
  type Garment,
  longLeg,
  longSleeve,
  lower,
  M,
  outer,
  shirt,
  SHIRT_PATTERNS,
  skirt,
  sleeveLength,
  type Tailor,
  trousers,
} from "./tailoring.ts";

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
