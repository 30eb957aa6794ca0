/**
 * # Metrics: how far off, in the units people quote
 *
 * For each person, over body joints 0–21 and all vertices, each side with its own pelvis subtracted:
 *
 * ```
 * MPJPE   mean |p̂_j − p_j|                        joints, mm; outside the crop too
 * PA      the same after the best similarity, {@link ./procrustes.ts}
 * PVE     mean |v̂ − v|                            vertices, mm;  PVE_area weighs each by its area at rest
 * p2d     mean |q̂_j − q_j|                        joints inside the crop, crop pixels
 * PCK@r   share with |q̂_j − q_j| < r·512          joints inside the crop
 * swap    share of left–right pairs whose exchanged assignment lies nearer:  |q̂_l − q_r| + |q̂_r − q_l| < |q̂_l − q_l| + |q̂_r − q_r|
 *         pairs inside the crop, more than 0.08·512 apart
 * trunk   share of people whose trunk is found turned by more than 45° from the truth, or by no angle at all ({@link ./trunk.ts})
 * little  share of people of whom fewer than 8 of the 22 joints are seen, the others being hidden or cut off
 * ρ_u     Spearman's rank correlation of u and the 3D error, joints 1–21
 * ```
 *
 * MPJPE, PA and PVE are means over people; p2d, PCK, swap and ρ_u pool joints of all people.
 *
 * Source: Ionescu et al., *Human3.6M*, 2014 (MPJPE).
 *
 * @module
 */
import { JOINT_NAMES, MIRRORED_JOINTS } from "../body/joints.ts";
import { CROP } from "../encoder/encoder.ts";
import { procrustesError } from "./procrustes.ts";
import { spearman } from "./rank_correlation.ts";
import { trunkAngle } from "./trunk.ts";

/** The joints that MPJPE, PCK and the others are about. */
export const METRIC_JOINTS = 22;
/** Above this angle a trunk is turned wrongly, degrees. */
export const TRUNK_WRONG = 45;
/** Of whom fewer of the metric joints than this are seen, about a third, is little seen. */
export const LITTLE_SEEN = 8;
/** The metric joints by part of the body. */
export const PARTS: Readonly<Record<string, readonly number[]>> = partsOf(JOINT_NAMES.slice(0, METRIC_JOINTS));
/** The left–right pairs among them. */
export const PAIRS: readonly (readonly [left: number, right: number])[] = Array.from(
  { length: METRIC_JOINTS },
  (_, j) => j,
)
  .filter((j) => JOINT_NAMES[j]!.startsWith("left_"))
  .map((j) => [j, MIRRORED_JOINTS[j]!] as const);

/** One person, located and true. Joints are [≥ 22, …], row by row. */
export interface Measured {
  /** Metres, any origin. */
  readonly joints: Float32Array;
  /** Metres, relative to any origin of their own. */
  readonly trueJoints: Float32Array;
  /** Metres, the same origins. */
  readonly vertices: Float32Array;
  /** Metres, from the true joints' origin. */
  readonly trueVertices: Float32Array;
  /** Crop pixels; NaN where there is no projection. */
  readonly joints2d: Float32Array;
  /** Crop pixels; NaN where there is no projection. */
  readonly trueJoints2d: Float32Array;
  /** u of the joints, metres. */
  readonly uncertainty: ArrayLike<number>;
  /** 1 where a joint is seen. */
  readonly seen: ArrayLike<number>;
}

/** The figures of a set; lengths in millimetres or crop pixels, rates 0..1. */
export interface Metrics {
  /** How many were measured. */
  readonly people: number;
  /** MPJPE. */
  readonly mpjpe_mm: number;
  /** PA-MPJPE. */
  readonly pa_mpjpe_mm: number;
  /** PVE. */
  readonly pve_mm: number;
  /** PVE weighted by area. */
  readonly pve_area_mm: number;
  /** PCK@0.05. */
  readonly pck05: number;
  /** PCK@0.1. */
  readonly pck10: number;
  /** Mean 2D error inside the crop. */
  readonly p2d_px: number;
  /** Share of exchanged sides. */
  readonly side_swap: number;
  /** ρ_u. */
  readonly spearman_u: number;
  /** MPJPE of seen joints. */
  readonly seen_mm: number;
  /** MPJPE of unseen joints. */
  readonly unseen_mm: number;
  /** Share of people whose trunk is found turned by more than 45°. */
  readonly trunk_wrong: number;
  /** MPJPE of those people; NaN if there is none. */
  readonly trunk_wrong_mm: number;
  /** MPJPE of the others; NaN if there is none. */
  readonly trunk_right_mm: number;
  /** Share of people of whom fewer than 8 of the 22 joints are seen. */
  readonly little_seen: number;
  /** PVE of those people; NaN if there is none. */
  readonly little_seen_pve_mm: number;
  /** PVE of the others; NaN if there is none. */
  readonly more_seen_pve_mm: number;
  /** MPJPE by part of the body, mm. */
  readonly parts_mm: Readonly<Record<string, number>>;
}

/**
 * Gathers people and gives their metrics.
 *
 * @example
 * ```ts
 * import { Scoreboard } from "./metrics.ts";
 * const board = new Scoreboard([1, 1, 1]); // areas of three vertices
 * console.log(board.metrics().people); // 0
 * ```
 */
export class Scoreboard {
  readonly #areas: ArrayLike<number>;
  readonly #perPerson = { mpjpe: [] as number[], pa: [] as number[], pve: [] as number[], pveArea: [] as number[] };
  readonly #inside: number[] = []; // 2D errors, px
  readonly #swaps: boolean[] = [];
  readonly #errors: number[] = []; // 3D, metres, joints 1–21
  readonly #uncertainties: number[] = [];
  readonly #byTrunk = { right: [] as number[], wrong: [] as number[] };
  readonly #byExtent = { little: [] as number[], more: [] as number[] }; // PVE
  readonly #bySight = { seen: [] as number[], unseen: [] as number[] };
  readonly #byPart = Object.fromEntries(Object.keys(PARTS).map((part) => [part, [] as number[]]));

  /**
   * An empty board.
   *
   * @param areas One weight a vertex for PVE_area.
   */
  constructor(areas: ArrayLike<number>) {
    this.#areas = areas;
  }

  /** Takes one person into account. */
  add(person: Measured): void {
    const { trueJoints2d, joints2d } = person;
    const found = relative(person.joints, person.joints), truth = relative(person.trueJoints, person.trueJoints);
    const errors = distances(found, truth, 3).subarray(0, METRIC_JOINTS);
    const mpjpe = mean(errors);
    this.#perPerson.mpjpe.push(mpjpe);
    this.#byTrunk[trunkAngle(found, truth) <= TRUNK_WRONG ? "right" : "wrong"].push(mpjpe);
    const body = 3 * METRIC_JOINTS;
    this.#perPerson.pa.push(procrustesError(found.subarray(0, body), truth.subarray(0, body)));
    const vertexErrors = distances(
      relative(person.vertices, person.joints),
      relative(person.trueVertices, person.trueJoints),
      3,
    );
    const pve = mean(vertexErrors), seenJoints = Array.from({ length: METRIC_JOINTS }, (_, j) => person.seen[j]! > 0.5);
    this.#perPerson.pve.push(pve);
    this.#byExtent[seenJoints.filter(Boolean).length < LITTLE_SEEN ? "little" : "more"].push(pve);
    this.#perPerson.pveArea.push(weightedMean(vertexErrors, this.#areas));
    const flat = distances(joints2d, trueJoints2d, 2);
    const inside = (j: number) =>
      trueJoints2d[2 * j]! >= 0 && trueJoints2d[2 * j]! < CROP && trueJoints2d[2 * j + 1]! >= 0 &&
      trueJoints2d[2 * j + 1]! < CROP;
    for (let j = 0; j < METRIC_JOINTS; j++) {
      if (inside(j)) this.#inside.push(flat[j]!);
      this.#bySight[seenJoints[j] ? "seen" : "unseen"].push(errors[j]!);
      if (j === 0) continue; // the pelvis has no error of its own
      this.#errors.push(errors[j]!);
      this.#uncertainties.push(person.uncertainty[j]!);
    }
    for (const [part, joints] of Object.entries(PARTS)) {
      for (const j of joints) this.#byPart[part]!.push(errors[j]!);
    }
    for (const [l, r] of PAIRS) {
      const gap = (a: Float32Array, i: number, b: Float32Array, j: number) =>
        Math.hypot(a[2 * i]! - b[2 * j]!, a[2 * i + 1]! - b[2 * j + 1]!);
      if (!inside(l) || !inside(r) || !(gap(trueJoints2d, l, trueJoints2d, r) > 0.08 * CROP)) continue;
      this.#swaps.push(gap(joints2d, l, trueJoints2d, r) + gap(joints2d, r, trueJoints2d, l) < flat[l]! + flat[r]!);
    }
  }

  /** The figures so far; NaN where nothing was measured. */
  metrics(): Metrics {
    const share = (test: (px: number) => boolean) => this.#inside.filter(test).length / this.#inside.length;
    const millimetres = (metres: ArrayLike<number>) => 1000 * mean(metres);
    return {
      people: this.#perPerson.mpjpe.length,
      mpjpe_mm: millimetres(this.#perPerson.mpjpe),
      pa_mpjpe_mm: millimetres(this.#perPerson.pa),
      pve_mm: millimetres(this.#perPerson.pve),
      pve_area_mm: millimetres(this.#perPerson.pveArea),
      pck05: share((px) => px < 0.05 * CROP),
      pck10: share((px) => px < 0.1 * CROP),
      p2d_px: mean(this.#inside),
      side_swap: this.#swaps.filter(Boolean).length / this.#swaps.length,
      spearman_u: spearman(this.#uncertainties, this.#errors),
      seen_mm: millimetres(this.#bySight.seen),
      unseen_mm: millimetres(this.#bySight.unseen),
      trunk_wrong: this.#byTrunk.wrong.length / this.#perPerson.mpjpe.length,
      trunk_wrong_mm: millimetres(this.#byTrunk.wrong),
      trunk_right_mm: millimetres(this.#byTrunk.right),
      little_seen: this.#byExtent.little.length / this.#perPerson.mpjpe.length,
      little_seen_pve_mm: millimetres(this.#byExtent.little),
      more_seen_pve_mm: millimetres(this.#byExtent.more),
      parts_mm: Object.fromEntries(Object.entries(this.#byPart).map(([part, errors]) => [part, millimetres(errors)])),
    };
  }
}

/** Rows less the first joint. */
function relative(rows: Float32Array, joints: Float32Array): Float32Array {
  return rows.map((value, i) => value - joints[i % 3]!);
}

function distances(a: Float32Array, b: Float32Array, width: 2 | 3): Float32Array {
  return Float32Array.from({ length: a.length / width }, (_, i) => {
    let squares = 0;
    for (let c = width * i; c < width * (i + 1); c++) squares += (a[c]! - b[c]!) ** 2;
    return Math.sqrt(squares);
  });
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

function weightedMean(values: ArrayLike<number>, weights: ArrayLike<number>): number {
  let sum = 0, total = 0;
  for (let i = 0; i < values.length; i++) {
    sum += weights[i]! * values[i]!;
    total += weights[i]!;
  }
  return sum / total;
}

function partsOf(names: readonly string[]): Record<string, number[]> {
  const part = (name: string) => {
    if (/head|neck/.test(name)) return "head";
    if (/shoulder|elbow|wrist/.test(name)) return "arms";
    return /hip|knee|ankle|foot/.test(name) ? "legs" : "torso";
  };
  const parts: Record<string, number[]> = { head: [], torso: [], arms: [], legs: [] };
  names.forEach((name, j) => j > 0 && parts[part(name)]!.push(j));
  return parts;
}
