/**
 * # Which points are to be believed, and how far
 *
 * ```
 * w_i = u_i^−1.5 / mean            0 where u_i is above `mostUncertain`
 * confidence_j = mean over part j of  1/(1 + (u_i/0.1 m)²), uncertain points counting 0
 * ```
 *
 * The confidence of a joint tells how well the points that hang on it are known: 1 where all are certain, ½ where the
 * expected error is 10 cm, 0 where none is seen and the prior alone decides. Without uncertainties all points are certain.
 *
 * Source: NLF for the weights.
 *
 * @module
 */
import type { BodyRig, RiggedPoints } from "./rig.ts";

const HALF = 0.1; // metres of uncertainty at which confidence is one half

/** Weights of mean 1, and what the uncertainty is where they are not 0. */
export interface PointWeights {
  /** [n] */
  readonly weights: Float64Array;
  /** u^−1.5 is divided by this. */
  readonly mean: number;
  /** Mean uncertainty of the certain points, metres; 0 without uncertainties. */
  readonly noise: number;
}

/** Weights of n points. */
export function pointWeights(
  uncertainty: Float64Array | undefined,
  n: number,
  power: number,
  mostUncertain: number,
): PointWeights {
  if (!uncertainty) return { weights: new Float64Array(n).fill(1), mean: 1, noise: 0 };
  const raw = uncertainty.map((u) => u <= mostUncertain ? u ** -power : 0);
  const certain = uncertainty.filter((u) => u <= mostUncertain);
  const sum = (values: Float64Array) => values.reduce((all, value) => all + value, 0);
  if (certain.length === 0) return { weights: raw, mean: 1, noise: 0 };
  const mean = sum(raw) / certain.length;
  return { weights: raw.map((value) => value / mean), mean, noise: sum(certain) / certain.length };
}

/** What is known of each joint. */
export interface JointEvidence {
  /** [55]: 0 to 1. */
  readonly confidence: Float64Array;
  /** [55]: the share of the joint's points that are heeded at all. */
  readonly shown: Float64Array;
}

/**
 * How well the points that hang on each joint are known.
 *
 * @param weights Of points, 0 where a point is not heeded.
 */
export function jointEvidence(
  rig: BodyRig,
  { part, count }: RiggedPoints,
  weights: Float64Array,
  uncertainty: Float64Array | undefined,
): JointEvidence {
  const sure = new Float64Array(rig.jointCount), heeded = new Float64Array(rig.jointCount);
  const all = new Float64Array(rig.jointCount);
  for (let i = 0; i < count; i++) {
    const joint = part[i]!;
    all[joint]!++;
    if (weights[i] === 0) continue;
    heeded[joint]!++;
    sure[joint]! += 1 / (1 + ((uncertainty?.[i] ?? 0) / HALF) ** 2);
  }
  const share = (of: Float64Array) => {
    const shares = of.map((value, joint) => all[joint]! > 0 ? value / all[joint]! : NaN);
    rig.parents.forEach((parent, joint) => { // a joint without points is as sure as its parent
      if (Number.isNaN(shares[joint])) shares[joint] = parent < 0 ? 0 : shares[parent]!;
    });
    return shares;
  };
  return { confidence: share(sure), shown: share(heeded) };
}

/** Joints that at least `fewest` heeded points hang on. */
export function seenJoints(rig: BodyRig, { part }: RiggedPoints, weights: Float64Array, fewest: number): number[] {
  const counts = new Int32Array(rig.jointCount);
  weights.forEach((weight, i) => weight > 0 && counts[part[i]!]!++);
  return [...counts.keys()].filter((joint) => counts[joint]! >= fewest);
}
