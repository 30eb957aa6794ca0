/**
 * # How each part of the body is turned
 *
 * A part is the points whose largest weight is one joint's; its joints are that joint and the joint's children.
 *
 * ```
 * three joints or more    Kabsch on the joints
 * two joints (a bone)     the bone's direction from the joints, the twist about it from the points
 * one joint (a leaf)      Kabsch on the points, about the joint
 * ```
 *
 * All rotations are from a reference posture to the targets, in the world. The toes go with their foot here; Gauss–Newton
 * bends them later. Beyond smplfitter, whose rule this is:
 *
 * - Where joints are not known, the points alone decide, about their centroid.
 * - A part whose points say less than `doubt` (Σ w·|a − c|² against the noise) is drawn to its parent's turn:
 *   A + doubt·R_parent before the projection, the mode of a matrix-Fisher posterior. A finger under noise of its own
 *   length would turn at random otherwise.
 * - A part that nothing is known of turns with its nearest known neighbour in the tree: it keeps the relative pose it had.
 *
 * Source: smplfitter 0.6.0 (MIT) for the three rules.
 *
 * @module
 */
import { add, type Matrix, subtract, type Vector } from "../turns.ts";
import { centroids, covariance, nearestRotation, type PairSums, pairSums, spread, swingAndTwist } from "./kabsch.ts";
import type { BodyRig, RiggedPoints } from "./rig.ts";

/** Points and joints, [n, 3] and [55, 3] metres. */
export interface PointSets {
  /** [n, 3] */
  readonly points: Float64Array;
  /** [55, 3] */
  readonly joints: Float64Array;
}

/** What a fit is to meet. */
export interface Targets extends PointSets {
  /** [n]: 0 where a point is not to be heeded. */
  readonly weights: Float64Array;
  /** [55]: 0 where a joint is not known. */
  readonly jointWeights: Float64Array;
}

/** The toes and the foot they go with in the closed form. */
export const TOES: ReadonlyMap<number, number> = new Map([[10, 7], [11, 8]]); // toes → foot
const FEWEST = 4; // points that make a part's rotation about their centroid
const FEWEST_ABOUT_JOINT = 2;

/** Row `at` of an [n, 3] array. */
export const vector = (
  values: Float64Array,
  at: number,
): Vector => [values[3 * at]!, values[3 * at + 1]!, values[3 * at + 2]!];

/** Sums over the pairs of each part, toes counted with their foot. */
export function partSums(
  rig: BodyRig,
  rigged: RiggedPoints,
  { points, weights }: Targets,
  reference: Float64Array,
): PairSums[] {
  const J = rig.jointCount, raw = new Float64Array(18 * J);
  for (let i = 0; i < rigged.count; i++) {
    const w = weights[i]!;
    if (w === 0) continue;
    const at = 18 * (TOES.get(rigged.part[i]!) ?? rigged.part[i]!);
    const x = w * points[3 * i]!, y = w * points[3 * i + 1]!, z = w * points[3 * i + 2]!;
    const a = reference[3 * i]!, b = reference[3 * i + 1]!, c = reference[3 * i + 2]!;
    raw[at]! += x * a;
    raw[at + 1]! += x * b;
    raw[at + 2]! += x * c;
    raw[at + 3]! += y * a;
    raw[at + 4]! += y * b;
    raw[at + 5]! += y * c;
    raw[at + 6]! += z * a;
    raw[at + 7]! += z * b;
    raw[at + 8]! += z * c;
    raw[at + 9]! += x;
    raw[at + 10]! += y;
    raw[at + 11]! += z;
    raw[at + 12]! += w * a;
    raw[at + 13]! += w * b;
    raw[at + 14]! += w * c;
    raw[at + 15]! += w * (a * a + b * b + c * c);
    raw[at + 16]! += w;
    raw[at + 17]! += 1;
  }
  return Array.from({ length: J }, (_, joint) => {
    const sums = raw.subarray(18 * joint, 18 * joint + 18);
    return {
      products: [...sums.subarray(0, 9)],
      targets: [sums[9]!, sums[10]!, sums[11]!],
      references: [sums[12]!, sums[13]!, sums[14]!],
      squares: sums[15]!,
      weight: sums[16]!,
      count: sums[17]!,
    };
  });
}

/**
 * The turn of each part from a reference to the targets.
 *
 * @param doubt Square metres of evidence below which a part is drawn to its parent; 0 for smplfitter's rule.
 * @returns 55 rotations, or undefined if no part is known.
 */
export function partRotations(
  rig: BodyRig,
  rigged: RiggedPoints,
  targets: Targets,
  reference: PointSets,
  doubt: number,
): Matrix[] | undefined {
  const sums = partSums(rig, rigged, targets, reference.points);
  const turns: (Matrix | undefined)[] = [];
  for (let joint = 0; joint < rig.jointCount; joint++) {
    const parent = rig.parents[joint]!;
    turns.push(
      TOES.has(joint)
        ? turns[TOES.get(joint)!]
        : partRotation(rig, joint, sums[joint]!, targets, reference, doubt, turns[parent]),
    );
  }
  if (doubt > 0 && !turns.some(Boolean)) return partRotations(rig, rigged, targets, reference, 0);
  return spreadToNeighbours(rig, turns);
}

function partRotation(
  rig: BodyRig,
  joint: number,
  sums: PairSums,
  targets: Targets,
  reference: PointSets,
  doubt: number,
  above: Matrix | undefined,
): Matrix | undefined {
  const members = [joint, ...rig.children[joint]!];
  const known = members.every((member) => targets.jointWeights[member]! > 0);
  const mean = (joints: Float64Array): Vector =>
    members.map((member) => vector(joints, member)).reduce(add).map((value) =>
      value / members.length
    ) as unknown as Vector;
  const enough = sums.count >= (known ? FEWEST_ABOUT_JOINT : FEWEST);
  if (!known && !enough) return undefined;
  const centre = known ? { target: mean(targets.joints), reference: mean(reference.joints) } : centroids(sums);
  const cross = covariance(sums, centre.target, centre.reference);
  const joints = known
    ? pairSums(members.map((member) => ({
      target: vector(targets.joints, member),
      reference: vector(reference.joints, member),
      weight: targets.jointWeights[member]!,
    })))
    : undefined;
  const evidence = spread(sums, centre.reference) + (joints ? spread(joints, centre.reference) : 0);
  if (evidence < doubt && rig.parents[joint]! >= 0) {
    if (!above) return undefined;
    const both = joints ? covariance(joints, centre.target, centre.reference) : cross.map(() => 0);
    return nearestRotation(cross.map((value, i) => value + both[i]! + doubt * above[i]!));
  }
  if (!known || members.length === 1) return enough ? nearestRotation(cross) : undefined;
  if (members.length > 2) return nearestRotation(covariance(joints!, centre.target, centre.reference));
  const bone = (set: Float64Array) => subtract(vector(set, members[1]!), vector(set, joint));
  return swingAndTwist(bone(reference.joints), bone(targets.joints), cross);
}

/** Gives each unknown part the turn of the nearest known one, parents first. */
function spreadToNeighbours(rig: BodyRig, turns: (Matrix | undefined)[]): Matrix[] | undefined {
  if (turns.every((turn) => turn === undefined)) return undefined;
  const filled = [...turns];
  while (filled.includes(undefined)) {
    const before = [...filled];
    before.forEach((turn, joint) => {
      if (turn) return;
      const near = [rig.parents[joint]!, ...rig.children[joint]!].find((other) => before[other]);
      if (near !== undefined) filled[joint] = before[near];
    });
  }
  return filled as Matrix[];
}
