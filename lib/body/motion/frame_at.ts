/**
 * # A motion at a time, in plain numbers
 *
 * ```
 * place = seconds·rate, looped or held at the ends        pose = slerp(frame ⌊place⌋, the next, place − ⌊place⌋)
 * ```
 *
 * @module
 */
import { JOINT_COUNT } from "../joints.ts";
import type { Motion } from "./motion.ts";
import { slerpPose } from "./slerp.ts";

/** What a motion says at one time. */
export interface MotionFrame {
  /** J·3 radians. */
  readonly pose: Float32Array;
  /** [3] metres. */
  readonly transl: Float32Array;
}

/**
 * The pose at a time; before the beginning and after the end a motion loops or stays.
 *
 * @param seconds Finite.
 */
export function frameAt(
  { count, rate, poses, transl }: Pick<Motion, "count" | "rate" | "poses" | "transl">,
  seconds: number,
  loop: boolean,
): MotionFrame {
  const frame = seconds * rate;
  const place = loop ? frame - count * Math.floor(frame / count) : Math.min(count - 1, Math.max(0, frame));
  const from = Math.min(Math.floor(place), count - 1), to = loop ? (from + 1) % count : Math.min(from + 1, count - 1);
  const part = place - from;
  const poseOf = (i: number) => poses.subarray(3 * JOINT_COUNT * i, 3 * JOINT_COUNT * (i + 1));
  const [a, b] = [transl.subarray(3 * from, 3 * from + 3), transl.subarray(3 * to, 3 * to + 3)];
  return {
    pose: slerpPose(poseOf(from), poseOf(to), part),
    transl: a.map((number, axis) => number + part * (b[axis]! - number)),
  };
}
