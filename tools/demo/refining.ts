/**
 * # The demo's refinement: with progress, and in figures
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { PipelineRun } from "../../lib/pipeline/run.ts";
import { REFINE_DEFAULTS, type RefineOptions } from "../../lib/refine/refine.ts";
import { type RefinedRun, refineRun } from "../../lib/refine/refine_run.ts";
import { TensorScope } from "../../lib/tensor/scope.ts";
import { comparePortraits, portraitOf } from "../../lib/train/image_metrics.ts";

/** How many steps there are. */
export const REFINE_STEPS = REFINE_DEFAULTS.bodySteps + REFINE_DEFAULTS.steps;

/** A refined run, and how near to the photo it came. */
export interface RefinedPhoto extends RefinedRun {
  /** PSNR of the person in the photo's view, dB, in the mask's bounds on black. */
  readonly psnr: { readonly before: number; readonly after: number };
  readonly seconds: number;
}

/** Refines a run that recorded `image.*` and `render.image`. */
export async function refinedPhoto(
  pipeline: Pipeline,
  run: PipelineRun,
  options: Pick<RefineOptions, "onStep" | "signal">,
): Promise<RefinedPhoto> {
  const started = performance.now(), refined = await refineRun(pipeline, run, options);
  const seconds = (performance.now() - started) / 1e3;
  try {
    const before = await photoPsnr(run, run.trace.tensor<tf.Tensor3D>("render.image"));
    return { ...refined, psnr: { before, after: await photoPsnr(run, refined.image) }, seconds };
  } catch (error) {
    refined.dispose();
    throw error;
  }
}

/** What it brought, in a few words. */
export function refinedText({ psnr, seconds }: Pick<RefinedPhoto, "psnr" | "seconds">): string {
  return `${psnr.before.toFixed(1)} → ${psnr.after.toFixed(1)} dB to the photo in ${seconds.toFixed(0)} s`;
}

async function photoPsnr({ trace }: PipelineRun, picture: tf.Tensor3D): Promise<number> {
  using scope = new TensorScope();
  const crop = trace.tensor<tf.Tensor3D>("image.crop"), mask = trace.tensor<tf.Tensor2D>("image.mask");
  const truth = { image: scope.tidy(() => crop.mul<tf.Tensor3D>(mask.expandDims(2))), mask };
  return (await comparePortraits(scope.own({ ...portraitOf(picture) }), truth))?.psnr ?? NaN;
}
