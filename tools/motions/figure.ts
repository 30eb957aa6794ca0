/**
 * # One frame of a figure: feet where they are put, the rest by angles
 *
 * ```
 * |thigh + R_x(bend)·shank| = |ankle − hip|        the knee is a hinge; then the hip turns the whole leg to the ankle
 * ```
 *
 * Feet are given in the world and legs follow, so a standing foot stands. Angles are degrees, for the left side; the right
 * side is the mirror image.
 *
 * @module
 */
import { JOINT_COUNT, JOINT_PARENTS, jointIndex } from "../../lib/body/joints.ts";
import { clampJoint, limitExcess, mirror } from "../../lib/body/joint_limits.ts";
import {
  about,
  add,
  apply,
  chain,
  frame,
  IDENTITY,
  length,
  type Matrix,
  multiply,
  subtract,
  toVector,
  transpose,
  type Vector,
} from "../../lib/body/turns.ts";

/** Where a foot is. */
export interface Foot {
  /** The ankle, metres, in the body's world. */
  readonly ankle: Vector;
  /** Turned to the left, radians. */
  readonly yaw: number;
  /** Toes down, radians. */
  readonly pitch: number;
}

/** An arm by what it does, degrees. */
export interface Arm {
  /** From the T-pose down. */
  readonly lower: number;
  /** Forwards. */
  readonly swing?: number;
  /** About the upper arm; −90 brings a bent forearm from forwards to up. */
  readonly twist?: number;
  /** At the elbow. */
  readonly bend?: number;
  /** Of the fingers. */
  readonly curl?: number;
}

/** A figure's frame. */
export interface Figure {
  /** From where the pelvis is at rest, metres. */
  readonly place: Vector;
  /** Of the pelvis: nod, turn to the left, lean to the right; degrees. */
  readonly pelvis: Vector;
  /** The same of other joints in the middle, and of collars as they are. */
  readonly joints: Readonly<Record<string, Vector>>;
  readonly arms: { readonly left: Arm; readonly right: Arm };
  readonly feet: { readonly left: Foot; readonly right: Foot };
}

const DEGREE = Math.PI / 180;
const [X, Y, Z] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]] as const satisfies Vector[];

/** Rotations from three angles: turn, then nod, then lean outermost first. */
export function angles([nod, turn, lean]: Vector): Matrix {
  return chain(about(Y, turn * DEGREE), about(X, nod * DEGREE), about(Z, lean * DEGREE));
}

/** A frame as 55·3 axis-angle numbers, and how far legs and joints are from what was asked. */
export function poseFigure(
  rest: readonly Vector[],
  figure: Figure,
): { pose: Float32Array; missed: number; excess: number } {
  const local: Matrix[] = Array.from({ length: JOINT_COUNT }, () => IDENTITY);
  const set = (joint: string, rotation: Matrix) => local[jointIndex(joint)] = rotation;
  set("pelvis", angles(figure.pelvis));
  for (const [joint, turned] of Object.entries(figure.joints)) set(joint, angles(turned));
  let missed = 0;
  for (const side of ["left", "right"] as const) {
    const arm = armOf(figure.arms[side]);
    for (const [part, rotation] of Object.entries(arm)) {
      set(`${side}_${part}`, side === "left" ? rotation : mirror(rotation));
    }
    missed = Math.max(missed, placeLeg(rest, local, figure, side));
  }
  const excess = Math.max(...local.map((rotation, joint) => limitExcess(joint, rotation)));
  const pose = new Float32Array(3 * JOINT_COUNT);
  local.forEach((rotation, joint) => pose.set(toVector(clampJoint(joint, rotation)), 3 * joint));
  return { pose, missed, excess };
}

function armOf({ lower, swing = 0, twist = 0, bend = 12, curl = 18 }: Arm): Record<string, Matrix> {
  const turned: Record<string, Matrix> = {
    shoulder: chain(about(X, -swing * DEGREE), about(Z, -lower * DEGREE), about(X, twist * DEGREE)),
    elbow: about(Y, -bend * DEGREE),
  };
  for (const [i, finger] of ["index", "middle", "ring", "pinky"].entries()) {
    for (const [k, part] of [0.8, 1.2, 0.8].entries()) {
      turned[`${finger}${k + 1}`] = about(Z, -(curl + 2 * i) * part * DEGREE);
    }
  }
  turned.thumb1 = about(Y, -10 * DEGREE); // beside the palm
  turned.thumb2 = about(Y, -8 * DEGREE);
  return turned;
}

/** Sets hip, knee, ankle and toes; returns by how many metres the leg was too short. */
function placeLeg(rest: readonly Vector[], local: Matrix[], figure: Figure, side: "left" | "right"): number {
  const [hip, knee, ankle, toes] = ["hip", "knee", "ankle", "foot"].map((part) => jointIndex(`${side}_${part}`)) as [
    number,
    number,
    number,
    number,
  ];
  const at = (joint: number) => rest[joint]!;
  const { ankle: target, yaw, pitch } = figure.feet[side];
  const start = add(add(at(0), figure.place), apply(local[0]!, subtract(at(hip), at(0))));
  const thigh = subtract(at(knee), at(hip)), shank = subtract(at(ankle), at(knee));
  const way = subtract(target, start), bend = kneeBend(thigh, shank, length(way));
  const leg = add(thigh, apply(about(X, bend), shank)); // hip to ankle, the thigh as at rest
  const turned = about(Y, yaw), forward = add(apply(turned, Z), apply(local[0]!, Z)); // between pelvis and toes
  const turnedThigh = multiply(frame(way, forward), transpose(frame(leg, Z)));
  const turnedShank = multiply(turnedThigh, about(X, bend));
  const foot = multiply(turned, about(X, pitch));
  local[hip] = multiply(transpose(local[JOINT_PARENTS[hip]!]!), turnedThigh);
  local[knee] = about(X, bend);
  local[ankle] = multiply(transpose(turnedShank), foot);
  local[toes] = about(X, -Math.max(0, pitch) * 0.8); // toes stay on the floor as the heel lifts
  return length(way) - length(leg);
}

/** The bend that brings hip and ankle to a distance: the longer, the straighter; found by halving. */
function kneeBend(thigh: Vector, shank: Vector, distance: number): number {
  let [straight, bent] = [0.03, 2.6];
  for (let i = 0; i < 40; i++) {
    const middle = (straight + bent) / 2;
    if (length(add(thigh, apply(about(X, middle), shank))) > distance) straight = middle;
    else bent = middle;
  }
  return straight;
}
