/**
 * # Which people: two sets to train on, and two that measure
 *
 * A distribution says what is drawn how often. Training has two: people as photos mostly show them, and people any way up,
 * limbs anywhere, much of them out of the picture or behind things. `everyday` and `hard` are read from
 * `data/evaluation_sets.json`, where seeds, counts and everything that they withhold from training stand. A set that is
 * to change gets a new version, and old figures are measured again.
 *
 * @module
 */
import { readFile } from "../../format/file.ts";
import { expectOneOf } from "../../tensor/options.ts";
import { WITHHELD_ARMS } from "./withheld_arms.ts";
import { WITHHELD_BACKGROUNDS } from "./backgrounds.ts";
import type { CameraDistribution } from "./framing.ts";
import { WITHHELD_LEGS } from "./withheld_legs.ts";
import { WITHHELD_PATTERNS } from "./patterns.ts";
import { WITHHELD_OUTFITS } from "./withheld_outfits.ts";

/** What is drawn how often. */
export interface PeopleDistribution {
  /** Kinds of stances, by weight. */
  readonly stances: Readonly<Record<string, number>>;
  readonly camera: CameraDistribution;
  /** The share of people with something before them. */
  readonly occluders: number;
  /** The share of people who are not alone in the picture. */
  readonly companions: number;
  /** Whether motions, clothes and backgrounds are those withheld from training. */
  readonly withheld: boolean;
}

/** A set for measuring. */
export interface EvaluationSet extends PeopleDistribution {
  readonly seed: number;
  /** How many people; indices 0 to count − 1. */
  readonly count: number;
}

/** The content of `data/evaluation_sets.json`. */
export interface EvaluationSets {
  readonly version: number;
  readonly sets: { readonly everyday: EvaluationSet; readonly hard: EvaluationSet };
  /** Names of what training never draws. */
  readonly withheld: Readonly<
    Record<"legs" | "arms" | "outfits" | "patterns" | "backgrounds" | "panoramas", readonly string[]>
  >;
}

/** The sets to train on. */
export const TRAINING_SETS = ["train", "unusual"] as const;
/** The names of all sets. */
export const SET_NAMES = [...TRAINING_SETS, "everyday", "hard"] as const;
/** The name of a set. */
export type SetName = typeof SET_NAMES[number];

/** Whether a set is there to train on, and not to measure. */
export function isForTraining(name: SetName): name is typeof TRAINING_SETS[number] {
  return (TRAINING_SETS as readonly string[]).includes(name);
}

/** What training draws. */
export const TRAINING: PeopleDistribution = {
  stances: { standing: 3, gesturing: 3, walking: 2, sitting: 2.5, floor: 1.2, sport: 1.5, anything: 1 },
  camera: {
    yaw: [{ range: [-60, 60], weight: 3 }, { range: [-180, 180], weight: 5 }, { range: [120, 240], weight: 1 }],
    pitch: 9,
    roll: 4,
    fieldOfView: [22, 75],
    cuts: { whole: 5, knee: 1.6, waist: 2.2, chest: 1.4, lower: 0.3, side: 0.8 },
  },
  occluders: 0.3,
  companions: 0.12,
  withheld: false,
};

/** What training draws beside it: what photos seldom show. */
export const UNUSUAL: PeopleDistribution = {
  stances: { tumbling: 5, limber: 1.5, sport: 1, floor: 1, anything: 0.5, standing: 0.7, sitting: 0.7, walking: 0.6 },
  camera: {
    yaw: [{ range: [-180, 180], weight: 1 }],
    pitch: 14,
    roll: 8,
    fieldOfView: [22, 80],
    cuts: { whole: 6, knee: 0.7, waist: 1, chest: 1.3, lower: 0.4, side: 0.8 },
  },
  occluders: 0.5,
  companions: 0.15,
  withheld: false,
};

/** Reads the evaluation sets. */
export async function readEvaluationSets(): Promise<EvaluationSets> {
  const path = new URL("../../../data/evaluation_sets.json", import.meta.url);
  return JSON.parse(new TextDecoder().decode(await readFile("readEvaluationSets", path)));
}

/** The distribution of a set. */
export async function distributionOf(name: SetName): Promise<PeopleDistribution> {
  expectOneOf("distributionOf", "name", name, SET_NAMES);
  if (!isForTraining(name)) return (await readEvaluationSets()).sets[name];
  return { train: TRAINING, unusual: UNUSUAL }[name];
}

/** What the code withholds, to be held against the file. */
export function withheldNames(): Record<"legs" | "arms" | "outfits" | "patterns" | "backgrounds", string[]> {
  return {
    legs: Object.keys(WITHHELD_LEGS),
    arms: Object.keys(WITHHELD_ARMS),
    outfits: Object.keys(WITHHELD_OUTFITS),
    patterns: Object.keys(WITHHELD_PATTERNS),
    backgrounds: Object.keys(WITHHELD_BACKGROUNDS),
  };
}
