/**
 * # Examples: what training keeps of a synthetic person
 *
 * ```
 * person(seed, index) → picture → encoder → features [h, w, C]     half precision
 *                     → vertices and joints less the pelvis        half precision: steps of 0.5 mm a metre away
 *                     → pelvis, focal length and centre of the crop, what is seen
 * ```
 *
 * Every second example shows its person mirrored, decided by its number, so that left and right are learned alike; some are turned
 * by quarter turns ({@link ./example_view.ts}). The pictures
 * are as small as the encoder's input and are enlarged to the crop by repeating pixels, which resizing inside the encoder
 * undoes.
 *
 * A batch's truth follows from the anchors: placed points, their projections, and the cells and depth bins that hold them.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { JOINT_COUNT, MIRRORED_JOINTS } from "../body/joints.ts";
import { CROP, type Encoder } from "../encoder/encoder.ts";
import { AS_IT_IS, type CropView, intoView, viewCrop } from "../localize/crop_views.ts";
import { disposeAll } from "../tensor/scope.ts";
import type { CachedArray } from "./feature_cache.ts";
import type { Truth } from "./losses.ts";
import type { Person } from "./people/person.ts";
import { mirrorAnchors, placePoints, type SampledPoints } from "./points.ts";

/** The arrays of an example, for {@linkcode FeatureCache}. */
export function exampleArrays(encoder: Pick<Encoder, "channels" | "grid">, vertexCount: number): CachedArray[] {
  return [
    { name: "features", shape: [...encoder.grid, encoder.channels], type: "f16" },
    { name: "anchors", shape: [vertexCount + JOINT_COUNT, 3], type: "f16" },
    { name: "jointSeen", shape: [JOINT_COUNT], type: "f16" },
    { name: "camera", shape: [6], type: "f32" }, // pelvis x, y, z; focal length, centre x, y of the crop, pixels
  ];
}

/** An example's arrays by name. */
export type Example = Readonly<Record<string, Float32Array>>;

/** A picture of a person: [size, size, 3], 0..255. */
export interface Picture {
  readonly image: ArrayLike<number>;
  readonly size: number;
}

/** A person's picture as the crop [512, 512, 3], 0..1, its pixels repeated; the caller disposes of it. */
export function cropOf(picture: Picture, view = AS_IT_IS): tf.Tensor3D {
  return tf.tidy(() => tf.image.resizeNearestNeighbor(seenIn(picture, view), [CROP, CROP]).div<tf.Tensor3D>(255));
}

/** A person's picture in a view, 0..255, for examples that keep it. */
export async function imageOf(picture: Picture, view = AS_IT_IS): Promise<Float32Array> {
  const seen = tf.tidy(() => seenIn(picture, view));
  return await (seen.data() as Promise<Float32Array>).finally(() => seen.dispose());
}

function seenIn({ image, size }: Picture, view: CropView): tf.Tensor3D {
  return viewCrop(tf.tensor3d(Int32Array.from(image), [size, size, 3], "int32").toFloat(), view);
}

/**
 * Makes an example of a person.
 *
 * @param mirror The vertex on the other side, as a body has it; a mirrored view needs it.
 */
export async function makeExample(
  person: Person,
  encoder: Encoder,
  view: CropView = AS_IT_IS,
  mirror?: Int32Array,
): Promise<Example> {
  if (view.mirrored && !mirror) throw new TypeError("makeExample: a mirrored view needs the body's mirror");
  const crop = cropOf(person, view);
  const encoded = await encoder.encode(crop).finally(() => crop.dispose());
  const features = await encoded.features.map.data() as Float32Array;
  disposeAll(encoded.features.map, Object.values(encoded.pyramid).map(({ map }) => map));
  const [[f, , cx], [, , cy]] = person.camera.K as [[number, number, number], [number, number, number]];
  const anchors = new Float32Array(person.vertices.length + person.joints.length);
  anchors.set(person.vertices);
  anchors.set(person.joints, person.vertices.length);
  const turned = intoView(anchors, 3, { ...view, mirrored: false });
  const posed = view.mirrored ? mirrorAnchors(turned, mirror!) : turned;
  const pelvis = posed.slice(person.vertices.length, person.vertices.length + 3);
  const seen = Float32Array.from(person.jointSeen);
  return {
    features,
    anchors: posed.map((value, i) => value - pelvis[i % 3]!),
    jointSeen: view.mirrored ? seen.map((_, joint) => seen[MIRRORED_JOINTS[joint]!]!) : seen,
    camera: Float32Array.of(...pelvis, f, ...intoView(Float32Array.of(cx, cy), 2, view, CROP / 2)),
  };
}

/** Where points truly are in the pictures of a batch, for the loss. */
export function truthOf(
  examples: readonly Example[],
  points: SampledPoints,
  grid: readonly [h: number, w: number],
  box: number,
  depthBins: number,
): Truth {
  const P = points.count, rows = examples.length * P, [h, w] = grid, cells = new Float32Array(rows * h * w);
  const flat = new Float32Array(2 * rows), relative = new Float32Array(3 * rows), inside = new Float32Array(rows);
  const bins = new Float32Array(rows * depthBins);
  examples.forEach((example, b) => {
    const placed = placePoints(points, example.anchors!);
    relative.set(placed, 3 * b * P);
    for (let p = 0; p < P; p++) {
      const row = b * P + p, [x, y] = projectPoint(placed.subarray(3 * p, 3 * p + 3), example.camera!);
      spreadDepth(bins.subarray(row * depthBins, (row + 1) * depthBins), placed[3 * p + 2]! / box + 0.5);
      if (!(x >= 0 && x < 1 && y >= 0 && y < 1)) continue; // also behind the camera, where there is no projection
      inside[row] = 1;
      flat.set([(x - 0.5) * box, (y - 0.5) * box], 2 * row);
      spread(cells.subarray(row * h * w, (row + 1) * h * w), x * w - 0.5, y * h - 0.5, h, w);
    }
  });
  return tf.tidy(() => ({
    position2d: tf.tensor2d(flat, [rows, 2]),
    position3d: tf.tensor2d(relative, [rows, 3]),
    inside: tf.tensor1d(inside),
    cells: tf.tensor2d(cells, [rows, h * w]),
    bins: tf.tensor2d(bins, [rows, depthBins]),
  }));
}

/**
 * Where a point falls in the crop, whose side is 1; NaN behind the camera.
 *
 * @param point Relative to the pelvis, metres.
 * @param camera An example's `camera`.
 */
export function projectPoint(point: ArrayLike<number>, camera: Float32Array): readonly [x: number, y: number] {
  const [px, py, pz, f, cx, cy] = camera as unknown as [number, number, number, number, number, number];
  const z = point[2]! + pz;
  if (!(z > 0.01)) return [NaN, NaN];
  return [(f * (point[0]! + px) / z + cx) / CROP, (f * (point[1]! + py) / z + cy) / CROP];
}

/** Shares 1 among the four cells around (x, y), in cells; on the border the nearest get all. */
function spread(cells: Float32Array, x: number, y: number, h: number, w: number): void {
  const cx = Math.min(w - 1, Math.max(0, x)), cy = Math.min(h - 1, Math.max(0, y));
  const left = Math.min(w - 2, Math.floor(cx)), upper = Math.min(h - 2, Math.floor(cy));
  for (const [row, share] of [[upper, upper + 1 - cy], [upper + 1, cy - upper]] as const) {
    cells[row * w + left]! += share * (left + 1 - cx);
    cells[row * w + left + 1]! += share * (cx - left);
  }
}

/** Shares 1 between the two bins around a depth from 0 to 1, the middles of the first and the last bin. */
function spreadDepth(bins: Float32Array, depth: number): void {
  const at = Math.min(bins.length - 1, Math.max(0, depth * (bins.length - 1)));
  const near = Math.max(0, Math.min(bins.length - 2, Math.floor(at))); // 0 where there is one bin
  bins[near]! += near + 1 - at;
  bins[near + 1]! += at - near;
}
