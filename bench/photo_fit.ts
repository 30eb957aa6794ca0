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
import { ViewedCrop } from "../lib/localize/locate_in_views.ts";
import type { PhotoFitOptions } from "../lib/pipeline/photo_body.ts";
import { createPipeline, type Pipeline } from "../lib/pipeline/pipeline.ts";
import { TensorScope } from "../lib/tensor/scope.ts";
import { bodyInViews } from "../lib/pipeline/avatar_of_crop.ts";
import { cropOf } from "../lib/train/examples.ts";
import { maskIou } from "../lib/train/image_metrics.ts";
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

async function measure(pipeline: Pipeline, person: Person, options: PhotoFitOptions) {
  using scope = new TensorScope();
  const { body, localizer } = pipeline, crop = scope.own(cropOf(person));
  using viewed = new ViewedCrop(crop, pipeline.encoder, localizer);
  const { fitted } = scope.own({ ...await bodyInViews(pipeline, viewed, person.camera, options) });
  const located = scope.own(await viewed.locate(body.template, await viewed.views("upright", body.jointTemplate))); // as the fit
  const posed = scope.own({ ...skin(body, fitted) });
  const after = await posed.vertices.data() as Float32Array, root = await posed.joints.data();
  const [found, bare] = [after, person.vertices].map((vertices) =>
    scope.own(silhouette(vertices, body.faces, person))
  ) as [tf.Tensor2D, tf.Tensor2D];
  const clothed = scope.own(tf.tensor2d(person.mask.map((value) => value > 127 ? 1 : 0), [person.size, person.size]));
  return {
    pve_before_mm: apart(await located.position3d.data(), [0, 0, 0], person),
    pve_after_mm: apart(after, root, person),
    iou: await maskIou(found, bare),
    iou_clothed: await maskIou(found, clothed),
    iou_ceiling: await maskIou(bare, clothed),
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

/** [size, size]: 1 where a body covers the picture. */
function silhouette(vertices: Float32Array, faces: Int32Array, { camera, size }: Person): tf.Tensor2D {
  const buffer = createSurfaceBuffer(size, size);
  rasterize(buffer, 0, { projected: toPixels(vertices, camera, size), faces: Uint32Array.from(faces), twoSided: true });
  return tf.tensor2d(buffer.surface.map((surface) => surface === NOTHING ? 0 : 1), [size, size]);
}
