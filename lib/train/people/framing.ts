/**
 * # Where the camera stands, what the photo shows, where the crop lies
 *
 * ```
 * camera axes   c = R·(b − anchor) + t         b in the body's frame; R from yaw, pitch and roll
 * photo pixel   p = f·c_xy/c_z + centre        f = (longer side/2)/tan(fieldOfView/2)
 * crop pixel    q = (p − square's corner)·512/size
 * ```
 *
 * A photo is framed as people frame: the whole person, or cut at knee, waist or chest by its lower edge, or by a side.
 * t follows from how much of the photo the framed part fills. Then the square is laid as `cropPerson` lays it: around
 * the key points that are in the photo, with room for the top of the head and a margin of 1.25, and jitter. Where the
 * square reaches past the photo, the crop is mid-grey. World = the photo's camera frame (x right, y down, z forward,
 * metres); the crop's K is that of `cropCamera`.
 *
 * @module
 */
import { type Camera, cropCamera } from "../../image/cameras.ts";
import type { Square } from "../../image/resample.ts";
import type { RandomStream } from "./random.ts";
import { about, add, apply, chain, type Matrix, subtract, type Vector } from "../../body/turns.ts";
import { JOINT } from "./skeleton.ts";

/** What a photo shows of the person. */
export type Cut = "whole" | "knee" | "waist" | "chest" | "lower" | "side";

/** How cameras are drawn; angles in degrees, [least, most] where there are two numbers. */
export interface CameraDistribution {
  /** How far the person is turned away from the camera: drawn from these ranges, by weight. */
  readonly yaw: readonly { readonly range: readonly [number, number]; readonly weight: number }[];
  /** Deviation of the camera's height angle and of its roll. */
  readonly pitch: number;
  readonly roll: number;
  readonly fieldOfView: readonly [number, number];
  /** What photos show, by weight. */
  readonly cuts: Readonly<Partial<Record<Cut, number>>>;
}

/** A camera, its photo and the crop. */
export interface Framing {
  /** Body's frame to camera axes: rotation and shift. */
  readonly rotation: Matrix;
  readonly shift: Vector;
  readonly yaw: number;
  readonly fieldOfView: number;
  readonly cut: Cut;
  readonly photo: { readonly width: number; readonly height: number };
  /** The crop's square in photo pixels. */
  readonly square: Square;
  /** Of the crop, 512 × 512. */
  readonly camera: Camera;
  /** How many of the 17 key points lie in the photo. */
  readonly seen: number;
}

/** Key points that decide about the square, in the body's frame; the first five are of the face. */
export type KeyPoints = readonly Vector[];

const rad = (degrees: number) => degrees * Math.PI / 180;
const LONGER = 1024; // pixels; only ratios matter
const NEAREST = 0.35; // metres between camera and body
const LEAST = 0.5; // metres of the smallest crop

/** The 17 key points of a person in MoveNet's order. @param joints [55] in the body's frame. */
export function keyPoints(joints: readonly Vector[], headRight: Vector): KeyPoints {
  const j = (name: keyof typeof JOINT) => joints[JOINT[name]]!;
  const between = (a: Vector, b: Vector, t: number): Vector =>
    add(a, apply([t, 0, 0, 0, t, 0, 0, 0, t], subtract(b, a)));
  const eyes = between(j("leftEye"), j("rightEye"), 0.5), nose = between(eyes, j("jaw"), 0.25), head = j("head");
  const ear = (side: number) => add(between(eyes, head, 0.8), apply([side, 0, 0, 0, side, 0, 0, 0, side], headRight));
  return [
    nose,
    j("leftEye"),
    j("rightEye"),
    ear(-0.075),
    ear(0.075),
    ...(["Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle"] as const).flatMap((
      name,
    ) => [j(`left${name}`), j(`right${name}`)]),
  ];
}

const ATTEMPTS = 8, ENOUGH = 7; // key points in the photo, of 17

/** Draws a camera for a posed person that shows enough of it. @param vertices Posed body, [V, 3], body's frame. */
export function drawFraming(
  stream: RandomStream,
  distribution: CameraDistribution,
  vertices: Float32Array,
  joints: readonly Vector[],
  points: KeyPoints,
): Framing {
  const cut = stream.fork("cut").weighted(distribution.cuts as Readonly<Record<Cut, number>>); // the same in every attempt
  for (let attempt = 0;; attempt++) {
    const framing = frame(stream.fork(attempt), distribution, cut, vertices, joints, points);
    if (framing.seen >= ENOUGH || attempt === ATTEMPTS) return framing;
  }
}

function frame(
  stream: RandomStream,
  distribution: CameraDistribution,
  cut: Cut,
  vertices: Float32Array,
  joints: readonly Vector[],
  points: KeyPoints,
): Framing {
  const weights = Object.fromEntries(distribution.yaw.map(({ weight }, k) => [k, weight]));
  const yawRange = distribution.yaw[Number(stream.weighted(weights))]!.range;
  const yaw = rad(stream.uniform(...yawRange)),
    pitch = rad(stream.near(4, distribution.pitch)),
    roll = rad(stream.near(0, distribution.roll));
  const rotation = chain(
    [1, 0, 0, 0, -1, 0, 0, 0, -1],
    about([0, 0, 1], roll),
    about([1, 0, 0], pitch),
    about([0, 1, 0], yaw),
  );
  const fieldOfView = rad(stream.uniform(...distribution.fieldOfView));
  const photo = drawPhotoSize(stream), focal = LONGER / 2 / Math.tan(fieldOfView / 2);
  const turned = Array.from({ length: Math.ceil(vertices.length / 21) }, (_, k) => { // every seventh vertex
    const i = 21 * k;
    return apply(rotation, [vertices[i]!, vertices[i + 1]!, vertices[i + 2]!]);
  });
  const shift = place(
    stream,
    turned,
    framedPart(cut, stream, turned, joints.map((joint) => apply(rotation, joint))),
    cut,
    photo,
    focal,
  );
  const seen = points.map((point) => project(add(apply(rotation, point), shift), focal, photo));
  const pelvisDepth = add(apply(rotation, joints[JOINT.pelvis]!), shift)[2];
  const square = personSquare(stream, seen, photo, LEAST * focal / pelvisDepth);
  const inPhoto = seen.filter((place) => isInside(place, photo)).length;
  const camera = cropCamera(square, photo, fieldOfView);
  return { rotation, shift, yaw, fieldOfView, cut, photo, square, camera, seen: inPhoto };
}

function drawPhotoSize(stream: RandomStream): { width: number; height: number } {
  const ratio = Number(
    stream.weighted({ 0.5625: 0.8, 0.6667: 1.5, 0.75: 2, 0.8: 1, 1: 2, 1.3333: 2.5, 1.5: 1.8, 1.7778: 1 }),
  );
  return ratio < 1
    ? { width: Math.round(LONGER * ratio), height: LONGER }
    : { width: LONGER, height: Math.round(LONGER / ratio) };
}

function project([x, y, z]: Vector, focal: number, { width, height }: Framing["photo"]): readonly [number, number] {
  return [focal * x / z + width / 2, focal * y / z + height / 2];
}

/** The part of the person that fills the photo, camera axes without the shift: all, or what is above a joint's height. */
function framedPart(
  cut: Cut,
  stream: RandomStream,
  turned: readonly Vector[],
  joints: readonly Vector[],
): readonly Vector[] {
  const y = (...names: (keyof typeof JOINT)[]) => Math.max(...names.map((name) => joints[JOINT[name]]![1])); // lower of both
  const above = (limit: number) => turned.filter((point) => point[1] < limit);
  const part = {
    whole: () => turned,
    side: () => turned,
    knee: () => above(y("leftKnee", "rightKnee") + stream.near(-0.05, 0.06)),
    waist: () => above(y("leftHip", "rightHip") + stream.near(-0.06, 0.05)),
    chest: () => above(y("spine3") + stream.near(-0.02, 0.06)),
    lower: () => turned.filter((point) => point[1] > Math.min(joints[JOINT.spine1]![1], joints[JOINT.spine3]![1])),
  }[cut]();
  return part.length >= 20 ? part : turned;
}

/** The shift that makes the framed part fill the photo as a photographer would have it. */
function place(
  stream: RandomStream,
  all: readonly Vector[],
  part: readonly Vector[],
  cut: Cut,
  photo: Framing["photo"],
  focal: number,
): Vector {
  const truncated = cut === "knee" || cut === "waist" || cut === "chest";
  const fill = truncated
    ? stream.uniform(0.75, 0.95)
    : stream.chance(0.7)
    ? stream.uniform(0.6, 0.97)
    : stream.uniform(0.25, 0.7);
  const sideways = stream.near(0, 0.07) + (cut === "side" ? stream.pick([-1, 1]) * stream.uniform(0.2, 0.45) : 0);
  const low = [0, 1, 2].map((c) => Math.min(...part.map((point) => point[c]!)));
  const high = [0, 1, 2].map((c) => Math.max(...part.map((point) => point[c]!)));
  const [width, height] = [high[0]! - low[0]!, high[1]! - low[1]!];
  const middleZ = (low[2]! + high[2]!) / 2, nearest = Math.min(...all.map((point) => point[2]));
  const room = Math.max(height / (photo.height * fill), width / (photo.width * Math.min(0.97, fill * 1.25)));
  const distance = Math.max(focal * room, middleZ - nearest + NEAREST, 0.6); // of the part's middle
  const metres = distance / focal; // one photo pixel there
  const x = -(low[0]! + high[0]!) / 2 + sideways * photo.width * metres;
  const slack = Math.max(0, photo.height * metres - height) / 2;
  const y = truncated
    ? photo.height / 2 * metres - high[1]! // the cut lies on the lower edge
    : cut === "lower"
    ? -photo.height / 2 * metres - low[1]!
    : -(low[1]! + high[1]!) / 2 + stream.uniform(-0.7, 0.7) * slack;
  return [x, y, distance - middleZ];
}

const isInside = ([x, y]: readonly [number, number], { width, height }: Framing["photo"]) =>
  x > 0 && y > 0 && x < width && y < height;

/** The square as `cropPerson` lays it about the key points inside the photo, with jitter. */
function personSquare(
  stream: RandomStream,
  points: readonly (readonly [number, number])[],
  photo: Framing["photo"],
  least: number,
): Square {
  const { width, height } = photo, inside = (place: readonly [number, number]) => isInside(place, photo);
  const seen = points.filter(inside);
  if (seen.length < 4) { // too few to find a person: the whole photo is taken
    const size = Math.max(width, height);
    return { x: (width - size) / 2, y: (height - size) / 2, size };
  }
  const apart = (a: number, b: number) => {
    const [one, other] = [points[a]!, points[b]!];
    return inside(one) && inside(other) ? Math.hypot(one[0] - other[0], one[1] - other[1]) : 0;
  };
  const room = points.slice(0, 5).some(inside) ? Math.max(apart(3, 4), apart(5, 6) / 2) : 0;
  const left = Math.min(...seen.map(([x]) => x)), right = Math.max(...seen.map(([x]) => x));
  const top = Math.min(...seen.map(([, y]) => y)) - room, bottom = Math.max(...seen.map(([, y]) => y));
  const margin = stream.chance(0.85) ? 1.25 * Math.exp(stream.near(0, 0.07)) : stream.uniform(1.1, 2);
  const size = Math.max(Math.max(right - left, bottom - top) * margin, least);
  const x = (left + right - size) / 2 + stream.near(0, 0.02) * size,
    y = (top + bottom - size) / 2 + stream.near(0, 0.02) * size;
  return { x, y, size };
}
