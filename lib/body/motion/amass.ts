/**
 * # AMASS-style files: motions as SMPL+H and SMPL-X tell them
 *
 * | key | shape | what |
 * |---|---|---|
 * | `poses` | [T, 156], [T, 165] or [T, 72] | axis-angle rotations of SMPL+H, SMPL-X or SMPL, radians |
 * | `root_orient`, `pose_body`, … | [T, 3], [T, 63], … | the same in parts, read where `poses` is absent |
 * | `trans` | [T, 3] | added to the posed body, metres; z up |
 * | `mocap_framerate` or `mocap_frame_rate` | one number | frames a second |
 * | `betas`, `loop` | [S], one number | shape; whether it loops (ours) |
 *
 * ```
 * SMPL+H: orientation · body 21 · left hand 15 · right hand 15
 * SMPL-X: orientation · body 21 · jaw · eyes 2 · left hand 15 · right hand 15
 * z up → y up:  R' = A·R,  pelvis' = A·(J + trans),  A: a quarter turn back about x,  (x, y, z) ↦ (x, z, −y)
 * ```
 *
 * J is where the pelvis of the model that the file was made with is at rest. The model is not in the file, so the mean
 * shape's pelvis and standing height are taken, which puts feet onto the floor to a few centimetres. Rest directions of
 * our embedded body are within 2–6° of SMPL-X's in arms and legs; they are taken as equal.
 *
 * Source: Mahmood et al., *AMASS: Archive of Motion Capture as Surface Shapes*, 2019.
 *
 * @module
 */
import { floats, type Npz, writeNpz } from "../../format/npz.ts";
import type { NpyArray } from "../../format/npy.ts";
import { about, apply, fromVector, type Matrix, multiply, toVector, type Vector } from "../turns.ts";
import { JOINT_COUNT } from "../joints.ts";
import { createMotion, expectFinite, type Motion } from "./motion.ts";

/** The keys that are read. */
export const AMASS_KEYS = [
  ...["poses", "root_orient", "pose_body", "pose_jaw", "pose_eye", "pose_hand"],
  ...["trans", "transl", "mocap_framerate", "mocap_frame_rate", "betas", "loop"],
] as const;

/** How high the pelvis of an adult of mean shape stands above the floor, metres: SMPL-X's and the embedded body's. */
export const PELVIS_HEIGHT = 0.94;

const [J, BODY] = [JOINT_COUNT, 22]; // joints in all, and before jaw and eyes
/** Where each joint of a pose of this width comes from: [from, to, how many], in joints; and the pelvis at rest. */
interface Layout {
  readonly parts: readonly (readonly [from: number, to: number, count: number])[];
  readonly pelvis: Vector;
}
const LAYOUTS: Readonly<Record<number, Layout>> = {
  72: { parts: [[0, 0, BODY]], pelvis: [0, -0.223, 0.028] }, // the last two, its hands, have no twin
  156: { parts: [[0, 0, BODY], [BODY, 25, 30]], pelvis: [0, -0.223, 0.028] },
  165: { parts: [[0, 0, J]], pelvis: [0, -0.351, 0.012] },
};
const PARTS = [["root_orient", 3], ["pose_body", 63], ["pose_jaw", 3], ["pose_eye", 6], ["pose_hand", 90]] as const;

const Y_UP = about([1, 0, 0], -Math.PI / 2), Z_UP = about([1, 0, 0], Math.PI / 2);

/**
 * The motion of an AMASS-style file.
 *
 * @param npz The arrays named in {@linkcode AMASS_KEYS}.
 * @param name How the file is called in errors.
 * @param rate Frames a second where the file does not tell.
 * @throws {TypeError} if an array is missing or has another shape.
 * @throws {RangeError} if there are no frames, or numbers are out of range.
 */
export function decodeAmass(npz: Npz, name: string, rate?: number): Motion {
  const { rows: poses, width, count } = poseRows(npz, name);
  const layout = LAYOUTS[width];
  if (!layout) {
    throw new TypeError(
      `readMotion: poses of ${name} have ${width} numbers a frame: wanted 156 (SMPL+H), 165 (SMPL-X) or 72 (SMPL)`,
    );
  }
  expectFinite(`poses of ${name}`, poses, count);
  const trans = npz.arrays.get("trans") ?? npz.arrays.get("transl");
  if (trans && (trans.shape.length !== 2 || trans.shape[0] !== count || trans.shape[1] !== 3)) {
    throw new TypeError(
      `readMotion: trans of ${name} must be [${count}, 3], as poses: got [${trans.shape.join(", ")}]`,
    );
  }
  const places = trans ? floats(trans) : new Float32Array(3 * count);
  const ours = new Float32Array(3 * J * count), transl = new Float32Array(3 * count);
  for (let t = 0; t < count; t++) {
    for (const [from, to, joints] of layout.parts) {
      const start = width * t + 3 * from;
      ours.set(poses.subarray(start, start + 3 * joints), 3 * (J * t + to));
    }
    turn(ours, 3 * J * t, Y_UP);
    const pelvis = layout.pelvis.map((rest, axis) => rest + places[3 * t + axis]!) as unknown as Vector;
    const [x, y, z] = apply(Y_UP, pelvis);
    transl.set([x, y - PELVIS_HEIGHT, z], 3 * t);
  }
  const betas = npz.arrays.get("betas"), loop = npz.arrays.get("loop");
  return createMotion({
    name,
    rate: rateOf(npz, name, rate),
    poses: ours,
    transl,
    betas: betas && floats(betas).slice(),
    loop: loop !== undefined && floats(loop)[0] === 1,
  });
}

/**
 * A motion as the bytes of an AMASS-style file of SMPL-X poses, z up.
 *
 * Reading it back with `origin: "file"` gives the same motion.
 */
export function encodeAmass(motion: Motion): Uint8Array<ArrayBuffer> {
  const { count, rate, loop } = motion;
  const poses = motion.poses.slice(), trans = new Float32Array(3 * count);
  for (let t = 0; t < count; t++) {
    turn(poses, 3 * J * t, Z_UP);
    const [x, y, z] = motion.transl.subarray(3 * t, 3 * t + 3) as unknown as Vector;
    const rest = LAYOUTS[165]!.pelvis;
    trans.set(apply(Z_UP, [x, y + PELVIS_HEIGHT, z]).map((place, axis) => place - rest[axis]!), 3 * t);
  }
  const betas = motion.betas ?? new Float32Array(10);
  return writeNpz({
    poses: { shape: [count, 3 * J], data: poses },
    trans: { shape: [count, 3], data: trans },
    mocap_frame_rate: { shape: [], data: Float64Array.of(rate) },
    betas: { shape: [betas.length], data: betas },
    gender: { shape: [], data: ["neutral"] },
    surface_model_type: { shape: [], data: ["smplx"] },
    loop: { shape: [], data: Int32Array.of(loop ? 1 : 0) },
  });
}

/** Turns the orientation whose three numbers begin at `at`, in place. */
function turn(poses: Float32Array, at: number, by: Matrix): void {
  const orientation = poses.subarray(at, at + 3) as unknown as Vector;
  poses.set(toVector(multiply(by, fromVector(orientation))), at);
}

interface PoseRows {
  readonly rows: Float32Array;
  readonly width: number;
  readonly count: number;
}

/** `poses`, or its parts side by side. */
function poseRows({ arrays, skipped }: Npz, name: string): PoseRows {
  const poses = arrays.get("poses");
  if (poses) {
    const [count, width] = twoAxes(poses, "poses", name);
    return { rows: floats(poses), width, count };
  }
  if (skipped.has("poses")) throw new TypeError(`readMotion: poses of ${name} cannot be read: ${skipped.get("poses")}`);
  const body = arrays.get("pose_body");
  if (!body) {
    throw new TypeError(`readMotion: ${name} has neither "poses" nor "pose_body": it is no motion in AMASS's keys`);
  }
  const [count] = twoAxes(body, "pose_body", name);
  const rows = new Float32Array(165 * count);
  let column = 0;
  for (const [key, width] of PARTS) {
    const part = arrays.get(key);
    if (part) {
      const [frames, numbers] = twoAxes(part, key, name);
      if (frames !== count || numbers !== width) {
        throw new TypeError(`readMotion: ${key} of ${name} must be [${count}, ${width}]: got [${frames}, ${numbers}]`);
      }
      const values = floats(part);
      for (let t = 0; t < count; t++) rows.set(values.subarray(width * t, width * (t + 1)), 165 * t + column);
    }
    column += width;
  }
  return { rows, width: 165, count };
}

function twoAxes({ shape, data }: NpyArray, key: string, name: string): [number, number] {
  if (shape.length !== 2 || Array.isArray(data)) {
    throw new TypeError(`readMotion: ${key} of ${name} must be numbers [T, width]: got [${shape.join(", ")}]`);
  }
  return [shape[0]!, shape[1]!];
}

function rateOf({ arrays }: Npz, name: string, given: number | undefined): number {
  const array = arrays.get("mocap_framerate") ?? arrays.get("mocap_frame_rate");
  const rate = array ? floats(array)[0] : given;
  if (rate === undefined) {
    throw new TypeError(
      `readMotion: ${name} has neither "mocap_framerate" nor "mocap_frame_rate": say its frames a second with { rate }`,
    );
  }
  return rate;
}
