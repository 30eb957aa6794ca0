/**
 * # Fitting the body to photos: held-out everyday people, end to end
 *
 * ```
 * picture → encoder → link → locate → fitPhotoBody (true camera) → skin
 * PVE      mean over vertices of |x − pelvis − (x* − pelvis*)|, millimetres: located (before), fitted (after)
 * IoU      |A ∩ B| / |A ∪ B| inside the crop: the fitted body's silhouette and the true bare body's, as if nothing stood before it
 * ```
 *
 * Beside the IoU with the bare body stand that with the mask of the clothed, partly hidden person, and its ceiling: the true body's.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { skin } from "../lib/body/skinning.ts";
import { CROP } from "../lib/encoder/encoder.ts";
import { linkFeatures } from "../lib/localize/link.ts";
import { locate } from "../lib/localize/locate.ts";
import { fitPhotoBody, type PhotoFitOptions } from "../lib/pipeline/photo_body.ts";
import { createPipeline, type Pipeline } from "../lib/pipeline/pipeline.ts";
import { TensorScope } from "../lib/tensor/scope.ts";
import { createPeople, type Person } from "../lib/train/people/person.ts";
import { toPixels } from "../lib/train/people/photo_space.ts";
import { createSurfaceBuffer, NOTHING, rasterize } from "../lib/body/surface_buffer.ts";
import { readEvaluationSets } from "../lib/train/people/sets.ts";

/** Means over the people. */
export type PhotoFitFigures = Readonly<
  Record<"people" | "pve_before_mm" | "pve_after_mm" | "iou" | "iou_clothed" | "iou_ceiling", number>
>;

/** Measures the first people of the everyday set; with other options than the defaults, to choose them. */
export async function benchPhotoFit(people: number, options: PhotoFitOptions = {}): Promise<PhotoFitFigures> {
  const { sets } = await readEvaluationSets(), pipeline = await createPipeline({ total: 16_000, atLeast: 0 });
  const source = await createPeople({ seed: sets.everyday.seed, set: "everyday" });
  const sums = { pve_before_mm: 0, pve_after_mm: 0, iou: 0, iou_clothed: 0, iou_ceiling: 0 };
  const names = Object.keys(sums) as (keyof typeof sums)[];
  try {
    for (let index = 0; index < people; index++) {
      const figures = await measure(pipeline, await source.person(index), options);
      for (const name of names) sums[name] += figures[name] / people;
    }
  } finally {
    pipeline.dispose();
  }
  return { people, ...sums };
}

async function measure({ encoder, body, template, localizer }: Pipeline, person: Person, options: PhotoFitOptions) {
  using scope = new TensorScope();
  const crop = scope.tidy(() => {
    const bytes = tf.tensor3d(Int32Array.from(person.image), [person.size, person.size, 3], "int32").toFloat();
    return tf.image.resizeNearestNeighbor(bytes as tf.Tensor3D, [CROP, CROP]).div<tf.Tensor3D>(255);
  });
  const encoded = scope.own(await encoder.encode(crop)), linked = linkFeatures(encoded.features, localizer.link);
  scope.own(linked.map);
  const at = async (points: tf.Tensor2D) =>
    scope.own({ ...await locate(linked, localizer.field, points, localizer.head) });
  const vertices = await at(body.template), found = await at(template.canonical), joints = await at(body.jointTemplate);
  const fitted = scope.own(await fitPhotoBody(template, found, joints, person.camera, options));
  const posed = scope.own({ ...skin(body, fitted) });
  const after = await posed.vertices.data() as Float32Array, root = await posed.joints.data();
  const silhouettes = [after, person.vertices].map((each) => silhouette(each, body.faces, person));
  const clothed = person.mask.map((value) => value > 127 ? 1 : 0);
  return {
    pve_before_mm: apart(await vertices.position3d.data(), [0, 0, 0], person),
    pve_after_mm: apart(after, root, person),
    iou: overlap(silhouettes[0]!, silhouettes[1]!),
    iou_clothed: overlap(silhouettes[0]!, clothed),
    iou_ceiling: overlap(silhouettes[1]!, clothed),
  };
}

/** Mean distance of vertices from the true ones, each set less its pelvis, millimetres. */
function apart(vertices: ArrayLike<number>, pelvis: ArrayLike<number>, { vertices: truth, joints }: Person): number {
  let sum = 0;
  for (let v = 0; v < truth.length; v += 3) {
    const off = [0, 1, 2].map((axis) => vertices[v + axis]! - pelvis[axis]! - truth[v + axis]! + joints[axis]!);
    sum += Math.hypot(...off);
  }
  return 1000 * sum / (truth.length / 3);
}

/** 1 where a body covers the picture. */
function silhouette(vertices: Float32Array, faces: Int32Array, { camera, size }: Person): Uint8Array {
  const buffer = createSurfaceBuffer(size, size);
  const projected = toPixels(vertices, camera, size);
  rasterize(buffer, 0, { projected, faces: Uint32Array.from(faces), twoSided: true });
  return buffer.surface.map((surface) => surface === NOTHING ? 0 : 1);
}

function overlap(a: Uint8Array, b: Uint8Array): number {
  let both = 0, either = 0;
  a.forEach((value, i) => {
    both += value & b[i]!;
    either += value | b[i]!;
  });
  return either === 0 ? 1 : both / either;
}
