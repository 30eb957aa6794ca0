/**
 * # The limbs, turned once more
 *
 * ```
 * for hips, knees, ankles, shoulders, elbows, parents first:
 *   p_j = p_parent + G_parent·(J_j − J_parent)        A = Σ w·(y − p_j)·(x − x_j)ᵀ over the part's points and joints
 *   G_j ← nearestRotation(A)·G_j
 * ```
 *
 * Each part is first turned as if it were alone. Once shape and translation are known, a joint lies where the parts above
 * have put it, and not quite where the points have it: a limb turned about that place meets its points better.
 *
 * Source: smplfitter 0.6.0 (MIT), its final adjustment.
 *
 * @module
 */
import { add, apply, type Matrix, multiply, subtract, type Vector } from "../turns.ts";
import { covariance, nearestRotation, pairSums } from "./kabsch.ts";
import { partSums, type PointSets, type Targets, TOES, vector } from "./part_rotations.ts";
import type { BodyRig, RiggedPoints } from "./rig.ts";

const LIMBS = new Set([1, 2, 4, 5, 7, 8, 16, 17, 18, 19]); // hips to ankles, shoulders to elbows
const FEWEST = 4; // points for a limb to be turned

/**
 * Turns the limbs once more, each about where the joints above it have put it.
 *
 * @param reference Points and joints of the posture `rotations` with its shape and translation.
 * @param shaped [55, 3]: the shaped joints at rest.
 * @param root Where the pelvis is.
 */
export function adjustLimbs(
  rig: BodyRig,
  rigged: RiggedPoints,
  targets: Targets,
  reference: PointSets,
  rotations: readonly Matrix[],
  shaped: Float64Array,
  root: Vector,
): Matrix[] {
  const sums = partSums(rig, rigged, targets, reference.points);
  const adjusted: Matrix[] = [], places: Vector[] = [];
  for (let joint = 0; joint < rig.jointCount; joint++) {
    const parent = rig.parents[joint]!;
    const place = parent < 0
      ? root
      : add(places[parent]!, apply(adjusted[parent]!, subtract(vector(shaped, joint), vector(shaped, parent))));
    places.push(place);
    if (TOES.has(joint)) adjusted.push(adjusted[TOES.get(joint)!]!);
    else if (!LIMBS.has(joint)) adjusted.push(rotations[joint]!);
    else {
      const centre = vector(reference.joints, joint);
      const joints = pairSums([joint, ...rig.children[joint]!].map((member) => ({
        target: subtract(vector(targets.joints, member), place),
        reference: subtract(vector(reference.joints, member), centre),
        weight: targets.jointWeights[member]!,
      })));
      const known = sums[joint]!.count >= FEWEST;
      const cross = covariance(sums[joint]!, place, centre).map((value, i) => value + joints.products[i]!);
      adjusted.push(known ? multiply(nearestRotation(cross), rotations[joint]!) : rotations[joint]!);
    }
  }
  return adjusted;
}
