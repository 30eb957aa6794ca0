/**
 * # Cameras that go around a person
 *
 * ```
 * c = R·b + t             b in the body's frame, R = flip·Rx(pitch)·Ry(photo's yaw − yaw)
 * t: the framed part's box in the middle of the crop, its nearest side filling 1/margin of it
 * worldToCamera = [R·R₀ᵀ | t − R·R₀ᵀ·t₀]        R₀, t₀: the photo's; the world is the photo's camera frame
 * ```
 *
 * Angles count from the photo's camera: yaw 0 looks from the same side, positive yaw moves to the person's left, as in
 * `orbitCamera`; positive pitch looks down. Orbits are upright, whatever the photo's roll and pitch.
 *
 * @module
 */
import { type Camera, intrinsics } from "../../image/cameras.ts";
import { CROP } from "../../encoder/encoder.ts";
import { about, apply, chain, type Matrix, multiply, subtract, transpose, type Vector } from "../../body/turns.ts";
import type { DressedPerson } from "./dressed.ts";
import type { Framing } from "./framing.ts";
import { move } from "./photo_space.ts";
import { JOINT } from "./skeleton.ts";

/** What a view shows: the whole body, or what is above the hips. */
export type ViewFraming = "body" | "upper";
/** All of them. */
export const VIEW_FRAMINGS: readonly ViewFraming[] = ["body", "upper"];

/** From where. */
export interface Orbiting {
  /** Radians from the photo's camera; positive moves to the person's left. */
  readonly yaw: number;
  /** Radians; positive looks down. */
  readonly pitch: number;
  readonly framing: ViewFraming;
}

/** A camera as people are drawn with it, and as the world knows it. */
export interface ViewCamera {
  /** Body's frame to camera axes. */
  readonly rotation: Matrix;
  readonly shift: Vector;
  /** 512², in the photo's world. */
  readonly camera: Camera;
}

const FIELD_OF_VIEW = 35 * Math.PI / 180, MARGIN = 1.15; // of the crop's side, around the framed part
const FLIP: Matrix = [1, 0, 0, 0, -1, 0, 0, 0, -1]; // y up to y down
const FEWEST = 60; // vertices above the hips, so that there is something to show

/** A camera on an orbit around a posed person. */
export function orbitingCamera({ surfaces, joints }: DressedPerson, photo: Framing, wish: Orbiting): ViewCamera {
  const rotation = chain(FLIP, about([1, 0, 0], wish.pitch), about([0, 1, 0], photo.yaw - wish.yaw));
  const shown = surfaces.map(({ vertices, keep }) => ({ vertices: move(vertices, rotation, [0, 0, 0]), keep }));
  const hips = [JOINT.leftHip, JOINT.rightHip].map((joint) => apply(rotation, joints[joint]!)[1]);
  const whole = boxOf(shown, Infinity), above = wish.framing === "upper" ? boxOf(shown, Math.max(...hips)) : whole;
  const { low, high } = above.count < FEWEST ? whole : above;
  const K = intrinsics({ fieldOfView: FIELD_OF_VIEW, width: CROP, height: CROP }), focal = K[0]![0]!;
  const nearest = focal * MARGIN * Math.max(high[0] - low[0], high[1] - low[1]) / CROP; // metres to the box's nearest side
  const shift: Vector = [-(low[0] + high[0]) / 2, -(low[1] + high[1]) / 2, nearest - low[2]];
  return { rotation, shift, camera: { K, worldToCamera: fromPhoto(photo, rotation, shift) } };
}

/** The photo's camera frame to another's, rows of [4, 4]. */
function fromPhoto(photo: Framing, rotation: Matrix, shift: Vector): Camera["worldToCamera"] {
  const turn = multiply(rotation, transpose(photo.rotation)), moved = subtract(shift, apply(turn, photo.shift));
  return [...[0, 1, 2].map((row) => [...turn.slice(3 * row, 3 * row + 3), moved[row]!]), [0, 0, 0, 1]];
}

interface Box {
  readonly low: Vector;
  readonly high: Vector;
  readonly count: number;
}

/** The box of what is not cut away and above a height (y down). */
function boxOf(
  parts: readonly { readonly vertices: Float32Array; readonly keep: Float32Array | undefined }[],
  lowest: number,
): Box {
  const low: [number, number, number] = [Infinity, Infinity, Infinity];
  const high: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  let count = 0;
  for (const { vertices, keep } of parts) {
    for (let v = 0, i = 0; i < vertices.length; v++, i += 3) {
      if (vertices[i + 1]! > lowest || (keep && keep[v]! < 0)) continue;
      count++;
      for (let c = 0; c < 3; c++) {
        low[c] = Math.min(low[c]!, vertices[i + c]!);
        high[c] = Math.max(high[c]!, vertices[i + c]!);
      }
    }
  }
  return { low, high, count };
}
