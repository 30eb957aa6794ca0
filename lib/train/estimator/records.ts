/**
 * # Records: what the estimator's training keeps of a synthetic person
 *
 * ```
 * person(seed, index) → photo → frozen encoder → maps [h, w, C]                     what feature_g is sampled from, half precision
 *                     → V pictures of the same person alone on black                 the first from the photo's own camera
 *                     → for each of them the camera, and which of two poses the body has
 *                     → for each pose the bare body's vertices, in the photo's world
 * ```
 *
 * Vertices are relative to their middle, which is kept beside them, so that half precision means half a millimetre.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { JOINT_COUNT } from "../../body/joints.ts";
import type { BodyParameters } from "../../body/skinning.ts";
import { coveringMap, CROP, type Encoder, type FeatureMap } from "../../encoder/encoder.ts";
import type { Camera } from "../../image/cameras.ts";
import { disposeAll } from "../../tensor/scope.ts";
import type { CachedArray } from "../feature_cache.ts";
import type { PersonWithViews } from "../people/views.ts";

/** The name of f_I among the maps. */
export const COARSE = "features";

/** What a record holds. */
export interface RecordLayout {
  /** Maps by name with [h, w, C]; `rgb` is the photo, `mask` where the person is seen in it. */
  readonly maps: Readonly<Record<string, readonly [h: number, w: number, channels: number]>>;
  /** The blocks that f_I is of, where an encoder says so. */
  readonly blocks?: readonly number[] | undefined;
  /** V, pictures of a person, the photo's view included. */
  readonly views: number;
  /** Pixels a side of those pictures. */
  readonly viewSize: number;
  /** Of the body. */
  readonly vertexCount: number;
}

/** The arrays of a record, for `FeatureCache`. */
export function recordArrays({ maps, views, viewSize, vertexCount }: RecordLayout): CachedArray[] {
  return [
    ...Object.entries(maps).map(([name, shape]) => ({ name: `map.${name}`, shape, type: "f16" as const })),
    { name: "pictures", shape: [views, viewSize, viewSize, 4], type: "f16" },
    { name: "vertices", shape: [POSES, vertexCount, 3], type: "f16" },
    { name: "middles", shape: [POSES, 3], type: "f32" },
    { name: "cameras", shape: [views, CAMERA], type: "f32" }, // pose; f, cx, cy of the 512² crop; worldToCamera [3, 4]
    { name: "parameters", shape: [PARAMETER_COUNT], type: "f32" }, // of the photo
  ];
}

const POSES = 2, CAMERA = 1 + 3 + 12;
const BETAS = 10, EXPRESSION = 10, POSE = 3 * JOINT_COUNT;
/** Numbers that a body's parameters are: betas, expression, pose, transl. */
export const PARAMETER_COUNT: number = BETAS + EXPRESSION + POSE + 3;

/** The body parameters of a record's photo; the caller disposes of them. */
export function parametersOf(record: PersonRecord): BodyParameters {
  const all = record.parameters!;
  return {
    betas: tf.tensor1d(all.subarray(0, BETAS)),
    expression: tf.tensor1d(all.subarray(BETAS, BETAS + EXPRESSION)),
    pose: tf.tensor2d(all.subarray(BETAS + EXPRESSION, BETAS + EXPRESSION + POSE), [JOINT_COUNT, 3]),
    transl: tf.tensor1d(all.subarray(PARAMETER_COUNT - 3)),
  };
}

/** Body parameters as a record keeps them. */
export async function numbersOf({ betas, expression, pose, transl }: BodyParameters): Promise<Float32Array> {
  const parts = await Promise.all([betas, expression, pose, transl].map((part) => part.data()));
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

/** A record's arrays by name. */
export type PersonRecord = Readonly<Record<string, Float32Array>>;

/** Makes the record of a person, whose first view is the photo's own. */
export async function makeRecord(
  { person: { size, image, mask: seen }, views }: PersonWithViews,
  encoder: Encoder,
  layout: RecordLayout,
): Promise<PersonRecord> {
  const photo = tf.tidy(() =>
    tf.tensor3d(Int32Array.from(image), [size, size, 3], "int32").toFloat().div<tf.Tensor3D>(255)
  );
  const crop = tf.image.resizeBilinear(photo, [CROP, CROP], false, true);
  const encoded = await encoder.encode(crop).finally(() => crop.dispose());
  const mask = tf.tensor3d(Float32Array.from(seen, (value) => value / 255), [size, size, 1]);
  const found: Record<string, tf.Tensor3D> = { rgb: photo, mask };
  for (const name of Object.keys(layout.maps)) {
    if (!(name in found)) found[name] = name === COARSE ? encoded.features.map : encoded.pyramid[name]!.map;
  }
  const record: Record<string, Float32Array> = {};
  for (const name of Object.keys(layout.maps)) record[`map.${name}`] = await found[name]!.data() as Float32Array;
  disposeAll(photo, mask, encoded.features.map, Object.values(encoded.pyramid).map(({ map }) => map));
  const pixels = layout.viewSize ** 2, V = layout.vertexCount;
  const pictures = new Float32Array(views.length * pixels * 4), cameras = new Float32Array(views.length * CAMERA);
  const vertices = new Float32Array(POSES * V * 3), middles = new Float32Array(POSES * 3);
  views.forEach((view, k) => {
    for (let p = 0; p < pixels; p++) {
      const at = 4 * (k * pixels + p);
      for (let c = 0; c < 3; c++) pictures[at + c] = view.image[3 * p + c]! / 255;
      pictures[at + 3] = view.mask[p]! / 255;
    }
    const { K, worldToCamera } = view.camera;
    const pose = view.kind === "pose" ? 1 : 0;
    cameras.set([pose, K[0]![0]!, K[0]![2]!, K[1]![2]!, ...worldToCamera.slice(0, 3).flat()], CAMERA * k);
    const middle = [0, 1, 2].map((c) =>
      view.vertices.reduce((sum, value, i) => i % 3 === c ? sum + value : sum, 0) / V
    );
    vertices.set(view.vertices.map((value, i) => value - middle[i % 3]!), pose * V * 3);
    middles.set(middle, 3 * pose);
  });
  const { betas, expression, pose, transl } = views[0]!.parameters;
  const parameters = Float32Array.of(...betas, ...expression, ...pose, ...transl);
  return { ...record, pictures, vertices, middles, cameras, parameters };
}
type Rows = readonly (readonly number[])[];

/** The maps of a record; the caller disposes of them. */
export function mapsOf(record: PersonRecord, names: readonly string[], { maps }: RecordLayout): FeatureMap[] {
  return names.map((name) => coveringMap(tf.tensor3d(record[`map.${name}`]!, [...maps[name]!])));
}

/** The vertices [V, 3] of a record's pose, in the photo's world; the caller disposes of them. */
export function verticesOf(record: PersonRecord, pose: number, { vertexCount }: RecordLayout): tf.Tensor2D {
  const rows = record.vertices!.slice(3 * vertexCount * pose, 3 * vertexCount * (pose + 1));
  for (let i = 0; i < rows.length; i++) rows[i]! += record.middles![3 * pose + i % 3]!;
  return tf.tensor2d(rows, [vertexCount, 3]);
}

/** K of a record's photo, for the 512² crop. */
export function photoK(record: PersonRecord): Rows {
  const [, f, cx, cy] = record.cameras as unknown as [number, number, number, number];
  return [[f, 0, cx], [0, f, cy], [0, 0, 1]];
}

/** One picture of a record, the pose in it and its camera; the caller disposes of the picture. */
export function pictureOf(
  record: PersonRecord,
  k: number,
  { viewSize }: RecordLayout,
): { readonly picture: tf.Tensor3D; readonly pose: number; readonly camera: Camera } {
  const [pose, f, cx, cy, ...rows] = record.cameras!.subarray(CAMERA * k, CAMERA * (k + 1));
  const numbers = 4 * viewSize ** 2, s = viewSize / CROP;
  return {
    picture: tf.tensor3d(record.pictures!.slice(numbers * k, numbers * (k + 1)), [viewSize, viewSize, 4]),
    pose: pose!,
    camera: {
      K: [[s * f!, 0, s * cx!], [0, s * f!, s * cy!], [0, 0, 1]],
      worldToCamera: [rows.slice(0, 4), rows.slice(4, 8), rows.slice(8, 12), [0, 0, 0, 1]],
    },
  };
}
