/**
 * # Joints from points alone
 *
 * Where the joints were not located themselves, each is carried from rest by the rigid motions of the two parts that meet
 * in it, and the two are averaged:
 *
 * ```
 * y_j = mean over part ∈ {j, parent(j)} of  R_part·(J_j − a_part) + y_part        a, y: the part's centroids
 * ```
 *
 * These stand in for located joints in the closed form; Gauss–Newton does not heed them, for they say nothing new.
 *
 * @module
 */
import { add, apply, subtract, type Vector } from "../turns.ts";
import { centroids, covariance, nearestRotation } from "./kabsch.ts";
import { partSums, type Targets } from "./part_rotations.ts";
import type { BodyRig, RiggedPoints } from "./rig.ts";

const FEWEST = 8;

/**
 * Joints of the targets' points, and weights: `weight` times the mean weight of the points they come from, 0 where there
 * are too few.
 */
export function jointTargets(
  rig: BodyRig,
  rigged: RiggedPoints,
  targets: Targets,
  weight: number,
): Pick<Targets, "joints" | "jointWeights"> {
  const sums = partSums(rig, rigged, targets, rigged.rest);
  const joints = new Float64Array(3 * rig.jointCount), jointWeights = new Float64Array(rig.jointCount);
  const motions = sums.map((part) => {
    if (part.count < FEWEST) return undefined;
    const { target, reference } = centroids(part);
    return {
      turn: nearestRotation(covariance(part, target, reference)),
      target,
      reference,
      weight: part.weight / part.count,
    };
  });
  for (let joint = 0; joint < rig.jointCount; joint++) {
    const meeting = [motions[joint], motions[rig.parents[joint]!]].filter((motion) => motion !== undefined);
    if (meeting.length === 0) continue;
    const rest: Vector = [
      rig.jointTemplate[3 * joint]!,
      rig.jointTemplate[3 * joint + 1]!,
      rig.jointTemplate[3 * joint + 2]!,
    ];
    for (const { turn, target, reference, weight: certainty } of meeting) {
      const place = add(apply(turn, subtract(rest, reference)), target);
      place.forEach((value, axis) => joints[3 * joint + axis]! += value / meeting.length);
      jointWeights[joint]! += weight * certainty / meeting.length;
    }
  }
  return { joints, jointWeights };
}
