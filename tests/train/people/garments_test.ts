import { assert } from "@std/assert";
import { cutGarment, standOff, tuckSkin } from "../../../lib/train/people/garments.ts";
import { RandomStream } from "../../../lib/train/people/random.ts";
import { drawOutfit, OUTFITS } from "../../../lib/train/people/wardrobe.ts";
import { BODY_MARKS } from "../../../lib/train/people/tailoring.ts";
import { WITHHELD_OUTFITS } from "../../../lib/train/people/withheld_outfits.ts";
import { assets, drawBody } from "./models.ts";

Deno.test("cutGarment() ends at its hem, cuffs and waist", () => {
  const { template } = assets.tights, keep = cutGarment(template, { hem: -0.4, top: 0.1, sleeve: 0.3 });
  for (let v = 0; v < keep.length; v++) {
    const [x, y] = [template[3 * v]!, template[3 * v + 1]!], inside = y > -0.4 && y < 0.1 && Math.abs(x) < 0.3;
    assert(inside === keep[v]! > 0, `vertex ${v} at ${x}, ${y}`);
  }
});

Deno.test("cutGarment() leaves the neck bare and the shoulders covered", () => {
  const { template } = assets.tights, neck = { height: BODY_MARKS.neck, drop: 0.04, width: 0.1 };
  const keep = cutGarment(template, { neck });
  for (let v = 0; v < keep.length; v++) {
    const [x, y] = [Math.abs(template[3 * v]!), template[3 * v + 1]!];
    if (x < 0.05 && y > 0.17) assert(keep[v]! < 0);
    if (x > 0.12) assert(keep[v]! > 0);
  }
});

Deno.test("standOff() lies outside the skin, tuckSkin() inside it, and only under cloth", () => {
  const { shaped, betas } = drawBody(1),
    cut = { hem: -0.4, sleeve: 0.5 },
    keep = cutGarment(assets.tights.template, cut);
  const tights = assets.tights.template; // the mean body suffices for the cloth
  const moved = standOff(assets.tights, tights, cut, { gap: 0.01, loose: 0.01, folds: 0, offset: 0 });
  let least = Infinity;
  for (let i = 0; i < moved.length; i += 3) {
    least = Math.min(
      least,
      Math.hypot(moved[i]! - tights[i]!, moved[i + 1]! - tights[i + 1]!, moved[i + 2]! - tights[i + 2]!),
    );
  }
  assert(least > 0.0099);
  const tucked = tuckSkin(assets.body, shaped, assets.under, [keep]);
  for (let v = 0; v < assets.under.length; v++) {
    const depth = Math.hypot(...[0, 1, 2].map((c) => tucked[3 * v + c]! - shaped[3 * v + c]!));
    assert(keep[assets.under[v]!]! > 0.012 ? depth > 0 && depth < 0.0091 : depth === 0);
  }
  assert(betas.length === 10);
});

Deno.test("drawOutfit() draws each outfit of its kind, none of the other", () => {
  for (const [withheld, outfits] of [[false, OUTFITS], [true, WITHHELD_OUTFITS]] as const) {
    const names = Array.from({ length: 400 }, (_, i) => drawOutfit(new RandomStream(9, i), withheld).name);
    assert(names.every((name) => name in outfits));
    assert(new Set(names).size === Object.keys(outfits).length);
  }
});
