/** Bodies and poses that several tests draw. */
import { loadPeopleAssets, regressJoints } from "../../../lib/train/people/assets.ts";
import { measure, type Measures } from "../../../lib/train/people/measures.ts";
import { RandomStream } from "../../../lib/train/people/random.ts";
import { shapeMesh } from "../../../lib/train/people/rigged_mesh.ts";
import type { Skeleton } from "../../../lib/train/people/skeleton.ts";
import { drawPose, type Pose, STANCES, WITHHELD_STANCES } from "../../../lib/train/people/stances.ts";

export const assets = await loadPeopleAssets();

/** A shaped body. */
export function drawBody(
  seed: number,
): { shaped: Float32Array; skeleton: Skeleton; measures: Measures; betas: Float32Array } {
  const stream = new RandomStream(seed), betas = Float32Array.from({ length: 10 }, () => stream.near(0, 0.95));
  const shaped = shapeMesh(assets.body, betas), rest = regressJoints(assets, shaped);
  return {
    shaped,
    skeleton: { parents: assets.parents, rest },
    measures: measure(shaped, assets.dominant, rest),
    betas,
  };
}

/** Poses of all kinds, each with its body. */
export function drawPoses(count: number): { pose: Pose; body: ReturnType<typeof drawBody> }[] {
  const kinds = [...Object.values(STANCES), ...Object.values(WITHHELD_STANCES)];
  return Array.from({ length: count }, (_, i) => {
    const body = drawBody(i);
    return { body, pose: drawPose(kinds[i % kinds.length]!, body.skeleton, body.measures, new RandomStream(5, i)) };
  });
}
