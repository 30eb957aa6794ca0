/**
 * # Rooms and landscapes
 *
 * ```
 * pixel q → ray d = K⁻¹·(q, 1), camera axes → floor at u·p = h, wall at n·p = w, sky by the ray's height and heading
 * ```
 *
 * They stand in the same space as the person: the floor is under the feet, seen at the camera's angle, and the person's shadow
 * falls on it.
 *
 * @module
 */
import { drawPatches, drawTexture } from "./background_textures.ts";
import { type Backdrop, fill, rayOf, type View } from "./background_view.ts";
import { blend, dim, drawCloth, fromHsv, type Rgb } from "./colours.ts";
import type { Lighting, ShadowMap } from "./light.ts";
import { fractal } from "./noise.ts";
import type { RandomStream } from "./random.ts";
import { apply, dot, length, subtract, transpose, unit, type Vector } from "../../body/turns.ts";

/** A floor, and a wall behind the person (or none: then the floor goes on to the sky). */
export function space(r: RandomStream, view: View, family: string, outdoors: boolean, withheld: boolean): Backdrop {
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
