/**
 * # Real photos: the points that a hand marked
 *
 * ```
 * photo → crop → encoder → link → locate(17 body points) → error of each marked point, in crop sides
 * ```
 *
 * Nothing here trains or chooses anything. Joints are the body's own; nose and ears are the vertices that stick out
 * furthest ahead and aside on the canonical head. Beside the localizer stand MoveNet's key points of the same photo,
 * which were trained on photos.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { JOINT_COUNT, jointIndex } from "../body/joints.ts";
import { CROP, type Encoder } from "../encoder/encoder.ts";
import { readFile } from "../format/file.ts";
import { cropPerson } from "../image/crop.ts";
import { type KeypointName, KEYPOINTS, type PersonDetector } from "../image/keypoints.ts";
import { readImage } from "../image/read.ts";
import type { Localizer } from "../localize/localizer.ts";
import { type ViewChoice, ViewedCrop } from "../localize/locate_in_views.ts";
import { TensorScope } from "../tensor/scope.ts";
import type { AnchoredBody } from "./points.ts";

/** A photo with its marked points. */
export interface MarkedPhoto {
  /** In `data/`. */
  readonly file: string;
  /** [x, y] in pixels of the file; left and right are the person's own. */
  readonly keypoints: Readonly<Partial<Record<KeypointName, readonly [x: number, y: number]>>>;
}

/** The errors of one photo. */
export interface PhotoErrors {
  /** In `data/`. */
  readonly file: string;
  /** By point: distance in crop sides, of the localizer and of MoveNet. */
  readonly points: Readonly<Record<string, { readonly localizer: number; readonly movenet: number }>>;
  /** Left–right pairs that lie far enough apart. */
  readonly pairs: number;
  /** How many of them were exchanged. */
  readonly swapped: number;
}

const APART = 0.08; // crop sides between left and right, to count as a pair

/** Reads the marked photos of `data/`. */
export async function readMarkedPhotos(): Promise<readonly MarkedPhoto[]> {
  const bytes = await readFile("readMarkedPhotos", new URL("../../data/photos.json", import.meta.url));
  return (JSON.parse(new TextDecoder().decode(bytes)) as { photos: MarkedPhoto[] }).photos;
}

/** The canonical places of the 17 key points, [17, 3] row by row. */
export function keypointPlaces({ canonical, vertexCount: V, joint }: AnchoredBody): Float32Array {
  const places = new Float32Array(3 * KEYPOINTS.length), head = jointIndex("head");
  const furthest = (axis: number, sign: number) => {
    let best = -1;
    for (let v = 0; v < V; v++) {
      if (joint[v] === head && (best < 0 || sign * canonical[3 * v + axis]! > sign * canonical[3 * best + axis]!)) {
        best = v;
      }
    }
    return best;
  };
  KEYPOINTS.forEach((name, k) => {
    const [side, part] = name.split("_") as [string, string | undefined];
    const anchor = part === undefined
      ? furthest(2, 1)
      : part === "ear"
      ? furthest(0, side === "left" ? 1 : -1)
      : V + jointIndex(part === "eye" ? `${name}_smplhf` : name);
    places.set(canonical.subarray(3 * anchor, 3 * anchor + 3), 3 * k);
  });
  return places;
}

/** Measures a localizer on one photo, located in `views` of its crop. */
export function evaluatePhoto(
  photo: MarkedPhoto,
  localizer: Localizer,
  encoder: Encoder,
  detector: PersonDetector,
  body: AnchoredBody,
  views: ViewChoice = "crop",
): Promise<PhotoErrors> {
  const { canonical, vertexCount } = body;
  return evaluatePhotoFinder(
    photo,
    async (crop, points) => {
      using scope = new TensorScope();
      using seen = new ViewedCrop(crop, encoder, localizer);
      const joints = scope.own(tf.tensor2d(canonical.subarray(3 * vertexCount), [JOINT_COUNT, 3]));
      const located = scope.own(await seen.locate(points, await seen.views(views, joints)));
      return await located.position2d.data() as Float32Array;
    },
    detector,
    body,
  );
}

/**
 * Measures whatever finds points in a crop.
 *
 * @param find From the crop [512, 512, 3] and canonical places [n, 3] to crop pixels [n, 2]; its arguments stay the caller's.
 */
export async function evaluatePhotoFinder(
  photo: MarkedPhoto,
  find: (crop: tf.Tensor3D, points: tf.Tensor2D) => Promise<Float32Array>,
  detector: PersonDetector,
  body: AnchoredBody,
): Promise<PhotoErrors> {
  using scope = new TensorScope();
  const image = scope.own(await readImage(new URL(`../../data/${photo.file}`, import.meta.url).pathname));
  const { crop, transform, person } = await cropPerson(image, { detector });
  scope.own(crop);
  const points = scope.own(tf.tensor2d(keypointPlaces(body), [KEYPOINTS.length, 3]));
  const found = await find(crop, points);

  const inCrop = ([x, y]: readonly [number, number]) =>
    [(x - transform.x) / transform.size, (y - transform.y) / transform.size] as const;
  const marks = new Map(Object.entries(photo.keypoints).map(([name, at]) => [name, inCrop(at)]));
  const own = (name: string) => {
    const k = KEYPOINTS.indexOf(name as KeypointName);
    return [found[2 * k]! / CROP, found[2 * k + 1]! / CROP] as const;
  };
  const distance = (a: readonly [number, number], b: readonly [number, number]) => Math.hypot(a[0] - b[0], a[1] - b[1]);
  const errors = [...marks].map(([name, at]) => {
    const { x, y } = person.keypoints[KEYPOINTS.indexOf(name as KeypointName)] ?? { x: NaN, y: NaN };
    return [name, { localizer: distance(own(name), at), movenet: distance(inCrop([x, y]), at) }] as const;
  });
  let pairs = 0, swapped = 0;
  for (const [name, left] of marks) {
    const other = name.replace("left_", "right_"), right = marks.get(other);
    if (other === name || !right || distance(left, right) <= APART) continue;
    pairs++;
    const kept = distance(own(name), left) + distance(own(other), right);
    if (distance(own(name), right) + distance(own(other), left) < kept) swapped++;
  }
  return { file: photo.file, points: Object.fromEntries(errors), pairs, swapped };
}

/** The figures of several photos: medians over all marked points, the share of exchanged pairs. */
export function summarizePhotos(
  photos: readonly PhotoErrors[],
): {
  readonly median_crop: number;
  readonly movenet_median_crop: number;
  readonly side_swap: number;
  readonly points: number;
} {
  const points = photos.flatMap((photo) => Object.values(photo.points));
  const pairs = photos.reduce((sum, photo) => sum + photo.pairs, 0);
  return {
    median_crop: median(points.map(({ localizer }) => localizer)),
    movenet_median_crop: median(points.map(({ movenet }) => movenet)),
    side_swap: photos.reduce((sum, photo) => sum + photo.swapped, 0) / pairs,
    points: points.length,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b), middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
