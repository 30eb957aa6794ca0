/**
 * # Motions: poses over time
 *
 * ```
 * frame(s) = s·rate        between two frames: joints by slerp, places linearly
 * ```
 *
 * A motion is plain numbers, so that it can be kept, looped and sampled at any time without freeing anything. Whatever
 * file it came from, it is in the body's own world: y up, facing +z, the floor under the feet of the body at rest;
 * `transl` is how far the pelvis is from where it stands there, which is what `BodyParameters.transl` means. A looping
 * motion goes on from its last frame to its first; another one stays at its ends.
 *
 * @example Half a second into a motion of two frames
 * ```ts
 * import { createMotion, sampleMotion } from "./motion.ts";
 *
 * const poses = new Float32Array(2 * 55 * 3);
 * poses[165] = 1; // in the second frame the pelvis is turned by one radian about x
 * const motion = createMotion({ name: "nod", rate: 1, poses, transl: new Float32Array(6) });
 * const { pose } = sampleMotion(motion, 0.5);
 * console.log((await pose.data())[0]); // 0.5
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { resolveOptions } from "../../tensor/options.ts";
import { JOINT_COUNT } from "../joints.ts";
import { frameAt } from "./frame_at.ts";

/** Poses over time. */
export interface Motion {
  /** What it is called. */
  readonly name: string;
  /** T, at least 1. */
  readonly count: number;
  /** Frames a second. */
  readonly rate: number;
  /** T·55·3 radians: axis-angle rotation of each joint, joint 0 being the global orientation. */
  readonly poses: Float32Array;
  /** T·3 metres: the pelvis, from where it stands at rest. */
  readonly transl: Float32Array;
  /** The shape of the one who moved, in the coefficients of its own body model, where the file tells. */
  readonly betas: Float32Array | undefined;
  /** Whether the last frame goes over into the first. */
  readonly loop: boolean;
}

/** What a motion is made of; see {@linkcode Motion}. */
export type MotionParts = Pick<Motion, "name" | "rate" | "poses" | "transl"> & Partial<Pick<Motion, "betas" | "loop">>;

/** How a motion is sampled. */
export interface SampleMotionOptions {
  /** Whether time runs in a circle; as the motion says, unless told. */
  readonly loop?: boolean;
}

/** The part of the body parameters that moves. */
export interface MotionSample {
  /** [55, 3] radians. */
  readonly pose: tf.Tensor2D;
  /** [3] metres. */
  readonly transl: tf.Tensor1D;
}

/** The most frames a second; beyond, a file's rate is taken for a mistake. */
const MOST_RATE = 1000;

/**
 * A motion of checked parts.
 *
 * @throws {TypeError} if lengths do not belong together.
 * @throws {RangeError} if there is no frame, a number is not finite, or the rate is not above 0 and at most 1000.
 */
export function createMotion(parts: MotionParts): Motion {
  const { name, rate, poses, transl, betas, loop = false } = parts;
  const count = poses.length / (3 * JOINT_COUNT);
  if (!Number.isInteger(count) || transl.length !== 3 * count) {
    throw new TypeError(
      `createMotion: ${name} must have T·${
        3 * JOINT_COUNT
      } pose numbers and T·3 places: got ${poses.length} and ${transl.length}`,
    );
  }
  if (count === 0) throw new RangeError(`createMotion: ${name} has no frames: a motion needs at least one`);
  if (!(rate > 0 && rate <= MOST_RATE)) {
    throw new RangeError(`createMotion: the rate of ${name} must be above 0 and at most ${MOST_RATE} Hz: got ${rate}`);
  }
  expectFinite(`poses of ${name}`, poses, count);
  expectFinite(`transl of ${name}`, transl, count);
  return { name, count, rate, poses, transl, betas, loop };
}

/**
 * Checks that there are numbers in every frame.
 *
 * @throws {RangeError} naming the first frame with something else.
 */
export function expectFinite(what: string, numbers: Float32Array, count: number): void {
  const bad = numbers.findIndex((number) => !Number.isFinite(number));
  if (bad < 0) return;
  const frame = Math.floor(bad / numbers.length * count);
  throw new RangeError(`createMotion: ${what} has ${numbers[bad]} in frame ${frame}: repair the file`);
}

/** How long a motion lasts, in seconds; a looping one includes the way from the last frame to the first. */
export function motionSeconds(motion: Motion): number {
  return (motion.loop ? motion.count : motion.count - 1) / motion.rate;
}

/**
 * The pose at a time.
 *
 * @param seconds Any time; before the beginning and after the end a motion loops or stays, see the options.
 * @returns pose and transl, to be put over other parameters: `{ ...parameters, ...sampleMotion(motion, 1) }`; the caller
 * disposes of both.
 * @throws {RangeError} if the time is not finite.
 */
export function sampleMotion(motion: Motion, seconds: number, options: SampleMotionOptions = {}): MotionSample {
  const { loop } = resolveOptions<Required<SampleMotionOptions>>("sampleMotion", { loop: motion.loop }, options);
  if (!Number.isFinite(seconds)) throw new RangeError(`sampleMotion: seconds must be finite: got ${seconds}`);
  const { pose, transl } = frameAt(motion, seconds, loop);
  return { pose: tf.tensor2d(pose, [JOINT_COUNT, 3]), transl: tf.tensor1d(transl) };
}
