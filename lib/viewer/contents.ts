/**
 * # What a viewer page carries
 *
 * All that is needed to shape, pose and drive an avatar without this library's tensors, and what is shown beside it. How it is
 * written into a page: pack_contents.ts.
 *
 * The page's world is the *person's*: y up, metres, the pelvis of `poses.photo` where it is at rest. After a photo, `camera`
 * says where the photo's camera stands in it.
 *
 * @module
 */
import type { BodyRig } from "../body/fit/rig.ts";
import type { MotionFrame } from "../body/motion/frame_at.ts";
import type { Motion } from "../body/motion/motion.ts";

/** An avatar in plain numbers. */
export interface PlainAvatar {
  /** n */
  readonly count: number;
  /** [n]: the face of each Gaussian. */
  readonly faceOf: Int32Array;
  /** [n]: its slot on the face. */
  readonly slotOf: Int32Array;
  /** n·3: its place on the face. */
  readonly barycentric: Float32Array;
  /** [n]: the area it stands for, in areas of its face. */
  readonly share: Float32Array;
  /** n·3, in the face's frame and size. */
  readonly translation: Float32Array;
  /** n·4, quaternions wxyz in the face's frame. */
  readonly rotation: Float32Array;
  /** n·3, in the face's size. */
  readonly scale: Float32Array;
  /** [n], 0..1 */
  readonly opacity: Float32Array;
  /** n·k·3, in the face's frame. */
  readonly sh: Float32Array;
}

/** Where a photo was taken from. */
export interface PhotoCamera {
  /** Columns: right, up, back of the camera in the page's world; nine numbers, row-major. */
  readonly rotation: readonly number[];
  /** Its centre in the page's world, metres. */
  readonly center: readonly number[];
  /** Focal lengths and principal point, pixels of the photo. */
  readonly lens: { readonly fx: number; readonly fy: number; readonly cx: number; readonly cy: number };
}

/** A photo as a file, and where it was taken from. */
export interface Photo {
  /** The bytes of a picture file. */
  readonly bytes: Uint8Array;
  /** Its media type. */
  readonly type: string;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Undefined where nobody knows. */
  readonly camera: PhotoCamera | undefined;
}

/** A motion that the page plays. */
export type PlainMotion = Pick<Motion, "name" | "count" | "rate" | "poses" | "transl" | "loop">;

/** The poses to start from. */
export interface Poses {
  /** The fitted one, or another that the page opens with. */
  readonly photo: MotionFrame;
  /** Arms out. */
  readonly t: MotionFrame;
  /** Arms lowered. */
  readonly a: MotionFrame;
}

/** All that a page carries. */
export interface ViewerContents {
  /** The page's heading. */
  readonly title: string;
  /** What a reader must know before believing what they see. */
  readonly notices: readonly string[];
  /** The body that is posed. */
  readonly rig: BodyRig;
  /** F·3 vertex indices. */
  readonly faces: Int32Array;
  /** The Gaussians on it. */
  readonly avatar: PlainAvatar;
  /** [C]: shape and expression to start from. */
  readonly coefficients: Float32Array;
  /** Poses to start from. */
  readonly poses: Poses;
  /** [n] metres, or undefined. */
  readonly uncertainty: Float32Array | undefined;
  /** [J], 0..1: how well the photo shows each joint, or undefined. */
  readonly confidence: Float32Array | undefined;
  /** Motions to play. */
  readonly motions: readonly PlainMotion[];
  /** The photo beside it. */
  readonly photo: Photo | undefined;
}
