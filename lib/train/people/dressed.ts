/**
 * # Body, clothes and hair as surfaces
 *
 * ```
 * shape → garments cut and moved off the skin → skin tucked in → all posed by the same joints → surfaces
 * ```
 *
 * What comes out is in the body's frame (y up, facing +z), posed; the camera comes later.
 *
 * @module
 */
import type { PeopleAssets } from "./assets.ts";
import { cutGarment, standOff, tuckSkin } from "./garments.ts";
import { cutLongHair, growHair, hairline, type Headwear, shapeHat } from "./hair.ts";
import type { Measures } from "./measures.ts";
import { jointMotions, poseMesh, type RiggedMesh, shapeMesh } from "./rigged_mesh.ts";
import type { Vector } from "../../body/turns.ts";
import { forwardKinematics, JOINT, type PoseDraft } from "./skeleton.ts";
import type { Complexion } from "./skin.ts";
import type { Surface } from "./surface.ts";
import type { Outfit } from "./wardrobe.ts";

/** A body as drawn: how it is shaped, posed, clad. */
export interface Appearance {
  readonly coefficients: Float32Array;
  readonly shaped: Float32Array;
  readonly rest: readonly Vector[];
  readonly measures: Measures;
  readonly draft: PoseDraft;
  readonly outfit: Outfit;
  readonly complexion: Complexion;
  readonly headwear: Headwear;
}

/** What the camera will see, and the bare body under it. */
export interface DressedPerson {
  /** Posed vertices of the bare body, [V, 3]. */
  readonly vertices: Float32Array;
  /** Posed joints, [55, 3]. */
  readonly joints: readonly Vector[];
  readonly surfaces: readonly Surface[];
}

/** Dresses and poses a person. */
export function dress(assets: PeopleAssets, appearance: Appearance): DressedPerson {
  const { shaped, rest, draft, outfit, complexion, headwear, coefficients, measures } = appearance;
  const { orientations, positions } = forwardKinematics(draft.skeleton, draft.local);
  const motions = jointMotions(orientations, positions, rest);
  const surfaces: Surface[] = [], keeps: Float32Array[] = [], shapes = new Map<RiggedMesh, Float32Array>();
  const shapeOf = (mesh: RiggedMesh): Float32Array => {
    if (!shapes.has(mesh)) shapes.set(mesh, shapeMesh(mesh, coefficients.subarray(0, 10)));
    return shapes.get(mesh)!;
  };
  const cuts = outfit.garments.map(({ mesh, cut }) => cutGarment(assets[mesh].template, cut));
  outfit.garments.forEach(({ mesh: name, cut, fit, material }, i) => {
    const mesh = assets[name], vertices = poseMesh(mesh, standOff(mesh, shapeOf(mesh), cut, fit), motions);
    const over = cuts.filter((_, k) => k > i && name === "tights" && outfit.garments[k]!.mesh === "tights");
    if (name === "tights") keeps.push(cuts[i]!);
    surfaces.push({
      rest: mesh.template,
      vertices,
      faces: mesh.faces,
      keep: hideUnder(cuts[i]!, over, 0.025),
      twoSided: true,
      material,
      person: true,
    });
  });
  const { body, scalp, hair } = assets;
  const skin = poseMesh(body, tuckSkin(body, shaped, assets.under, keeps), motions);
  surfaces.unshift({
    rest: body.template,
    vertices: skin,
    faces: body.faces,
    material: complexion.material,
    person: true,
  });
  surfaces.push(...dressHead());
  return { vertices: poseMesh(body, shaped, motions), joints: positions, surfaces };

  function dressHead(): Surface[] {
    const found: Surface[] = [], { material } = headwear;
    if (headwear.thickness > 0) {
      const bare = new Float32Array(scalp.template.length), keep = hairline(scalp.template, headwear.receding);
      assets.scalpVertices.forEach((v, i) => bare.set(shaped.subarray(3 * v, 3 * v + 3), 3 * i));
      const vertices = poseMesh(scalp, growHair(scalp, bare, keep, headwear), motions);
      found.push({ rest: scalp.template, vertices, faces: scalp.faces, keep, material, person: true });
    }
    if (headwear.length !== undefined) {
      const vertices = poseMesh(hair, shapeOf(hair), motions),
        keep = cutLongHair(hair.template, headwear.length, headwear.hat);
      found.push({ rest: hair.template, vertices, faces: hair.faces, keep, twoSided: true, material, person: true });
    }
    if (headwear.hat) {
      const { vertices: atRest, faces } = shapeHat(headwear.hat, measures), vertices = atRest.slice();
      const m = motions.subarray(12 * JOINT.head, 12 * JOINT.head + 12);
      for (let i = 0; i < vertices.length; i += 3) {
        for (let row = 0; row < 3; row++) {
          vertices[i + row] = m[4 * row]! * atRest[i]! + m[4 * row + 1]! * atRest[i + 1]! +
            m[4 * row + 2]! * atRest[i + 2]! + m[4 * row + 3]!;
        }
      }
      found.push({ rest: atRest, vertices, faces, twoSided: true, material: headwear.hat.material, person: true });
    }
    return found;
  }
}

/** Cuts away what lies deeper than `margin` metres inside the edges of what is worn over it, where it might show through. */
function hideUnder(keep: Float32Array, over: readonly Float32Array[], margin: number): Float32Array {
  return keep.map((value, v) => over.reduce((least, outer) => Math.min(least, margin - outer[v]!), value));
}
