/**
 * # The tape measure
 *
 * Stances speak of places on the body: a hand on the hip, arms folded before the chest. How far out a hip or a chest is
 * differs from person to person, so a few lengths are taken from the shaped body in its rest pose.
 *
 * ```
 * half width at height y = max |x|,  front = max z,  back = min z      over trunk vertices with |y' − y| < 3 cm
 * ```
 *
 * Lengths in metres in the body's frame (y up, facing +z, +x left).
 *
 * @module
 */
import type { Vector } from "../../body/turns.ts";
import { JOINT } from "./skeleton.ts";

/** A slice of the trunk. */
export interface Slice {
  readonly height: number;
  readonly halfWidth: number;
  readonly front: number;
  readonly back: number;
}

/** Lengths of one body. */
export interface Measures {
  readonly hip: Slice;
  readonly waist: Slice;
  readonly chest: Slice;
  /** Centre and half extents of the head's box. */
  readonly head: { readonly centre: Vector; readonly half: Vector };
  /** Where the soles are. */
  readonly sole: number;
  /** Median distance of the flesh from the bone. */
  readonly radius: {
    readonly upperArm: number;
    readonly forearm: number;
    readonly thigh: number;
    readonly shank: number;
  };
}

/** Joint with the largest weight, for each vertex. */
export type DominantJoint = Uint8Array;

const TRUNK: readonly number[] = [
  JOINT.pelvis,
  JOINT.spine1,
  JOINT.spine2,
  JOINT.spine3,
  JOINT.leftHip,
  JOINT.rightHip,
];
const HEAD: readonly number[] = [JOINT.head, JOINT.jaw, JOINT.leftEye, JOINT.rightEye];

/** Measures a body at rest. @param vertices [V, 3] row by row. */
export function measure(vertices: Float32Array, dominant: DominantJoint, rest: readonly Vector[]): Measures {
  const at = (height: number): Slice => {
    let halfWidth = 0.05, front = -1, back = 1;
    for (let i = 0, v = 0; v < dominant.length; i += 3, v++) {
      if (Math.abs(vertices[i + 1]! - height) > 0.03 || !TRUNK.includes(dominant[v]!)) continue;
      halfWidth = Math.max(halfWidth, Math.abs(vertices[i]!));
      front = Math.max(front, vertices[i + 2]!);
      back = Math.min(back, vertices[i + 2]!);
    }
    return { height, halfWidth, front, back };
  };
  const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
  let sole = Infinity;
  for (let i = 0, v = 0; v < dominant.length; i += 3, v++) {
    sole = Math.min(sole, vertices[i + 1]!);
    if (!HEAD.includes(dominant[v]!)) continue;
    for (let c = 0; c < 3; c++) {
      low[c] = Math.min(low[c]!, vertices[i + c]!);
      high[c] = Math.max(high[c]!, vertices[i + c]!);
    }
  }
  const [pelvis, spine2, spine3] = [rest[JOINT.pelvis]!, rest[JOINT.spine2]!, rest[JOINT.spine3]!];
  const radius = (from: number, to: number) => fleshRadius(vertices, dominant, from, rest[from]!, rest[to]!);
  return {
    hip: at(pelvis[1] - 0.03),
    waist: at(spine2[1]),
    chest: at(spine3[1] + 0.02),
    head: {
      centre: low.map((least, c) => (least + high[c]!) / 2) as unknown as Vector,
      half: low.map((least, c) => (high[c]! - least) / 2) as unknown as Vector,
    },
    sole,
    radius: {
      upperArm: radius(JOINT.leftShoulder, JOINT.leftElbow),
      forearm: radius(JOINT.leftElbow, JOINT.leftWrist),
      thigh: radius(JOINT.leftHip, JOINT.leftKnee),
      shank: radius(JOINT.leftKnee, JOINT.leftAnkle),
    },
  };
}

function fleshRadius(vertices: Float32Array, dominant: DominantJoint, joint: number, from: Vector, to: Vector): number {
  const bone = [to[0] - from[0], to[1] - from[1], to[2] - from[2]] as const;
  const square = bone[0] ** 2 + bone[1] ** 2 + bone[2] ** 2, distances: number[] = [];
  for (let v = 0; v < dominant.length; v++) {
    if (dominant[v] !== joint) continue;
    const d = [0, 1, 2].map((c) => vertices[3 * v + c]! - from[c]!);
    const along = (d[0]! * bone[0] + d[1]! * bone[1] + d[2]! * bone[2]) / square;
    if (along < 0.25 || along > 0.95) continue;
    distances.push(Math.hypot(d[0]! - along * bone[0], d[1]! - along * bone[1], d[2]! - along * bone[2]));
  }
  return distances.length > 0 ? distances.sort((a, b) => a - b)[distances.length >> 1]! : 0.05;
}
