/**
 * # Who is drawn: a body with a pose and clothes
 *
 * ```
 * identity  = body shape, clothes, skin, hair          what stays when a person moves
 * model     = identity + pose + face → surfaces        in the body's frame: y up, facing +z
 * ```
 *
 * The same identity can strike another pose: clothes and hair are cut and coloured in the rest pose, so they go along.
 *
 * @module
 */
import { regressJoints } from "./assets.ts";
import { type Appearance, dress, type DressedPerson } from "./dressed.ts";
import { drawHeadwear, type Headwear } from "./hair.ts";
import { measure, type Measures } from "./measures.ts";
import type { RandomStream } from "./random.ts";
import { shapeMesh } from "./rigged_mesh.ts";
import type { Vector } from "../../body/turns.ts";
import { type Complexion, drawComplexion } from "./skin.ts";
import { drawPose, type Pose, STANCES, WITHHELD_STANCES } from "./stances.ts";
import type { Studio } from "./studio.ts";
import { drawOutfit, type Outfit } from "./wardrobe.ts";

/** What stays when a person moves. */
export interface Identity {
  /** [10], standard deviations. */
  readonly betas: Float32Array;
  /** Joints at rest, and lengths, of the shaped body with a blank face. */
  readonly rest: readonly Vector[];
  readonly measures: Measures;
  readonly outfit: Outfit;
  readonly complexion: Complexion;
  readonly headwear: Headwear;
}

/** A body with a pose and clothes, in its own frame. */
export interface Model {
  readonly identity: Identity;
  readonly appearance: Appearance;
  readonly pose: Pose;
  readonly stance: string;
  readonly dressed: DressedPerson;
}

/** Draws who it is and what the person does. */
export function drawModel(studio: Studio, r: RandomStream): Model {
  return strikePose(studio, drawIdentity(studio, r), r);
}

function drawIdentity({ assets, distribution: { withheld } }: Studio, r: RandomStream): Identity {
  const shape = r.fork("shape"), betas = Float32Array.from({ length: 10 }, () => shape.near(0, 0.95));
  const slim = shapeMesh(assets.body, betas), rest = regressJoints(assets, slim);
  const outfit = drawOutfit(r.fork("outfit"), withheld), complexion = drawComplexion(r.fork("skin"), outfit.gloves);
  const headwear = drawHeadwear(r.fork("hair"), complexion.hair, withheld);
  return { betas, rest, measures: measure(slim, assets.dominant, rest), outfit, complexion, headwear };
}

/** Draws a stance, pose and face of the studio's distribution for an identity. */
export function strikePose({ assets, distribution }: Studio, identity: Identity, r: RandomStream): Model {
  const { betas, rest, measures, outfit, complexion, headwear } = identity, { parents } = assets;
  const kinds = distribution.withheld ? WITHHELD_STANCES : STANCES;
  const stance = r.fork("stance").weighted(distribution.stances);
  const pose = drawPose(kinds[stance]!, { parents, rest }, measures, r.fork("pose"));
  const coefficients = Float32Array.from([...betas, ...pose.expression]), shaped = shapeMesh(assets.body, coefficients);
  const joints = regressJoints(assets, shaped); // expressions move the jaw's and eyes' joints a little
  const draft = Object.assign(Object.create(Object.getPrototypeOf(pose.draft)), pose.draft, {
    skeleton: { parents, rest: joints },
  });
  const appearance: Appearance = { coefficients, shaped, rest: joints, measures, draft, outfit, complexion, headwear };
  return { identity, appearance, pose, stance, dressed: dress(assets, appearance) };
}
