/**
 * # Each step on its own: milliseconds and peak memory against the number of Gaussians
 *
 * Every step is called on the outputs of the one before, on a real photo. Peak bytes are those above the start, the returned
 * tensors not counted; the steps that run over Gaussians stream them, so their peak must not grow with n.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { drive } from "../lib/body/drive.ts";
import { attachGaussians } from "../lib/body/gaussians.ts";
import { aPose } from "../lib/body/poses.ts";
import { loadBody } from "../lib/body/template.ts";
import { type EncoderName, loadEncoder } from "../lib/encoder/load.ts";
import { encodePly } from "../lib/format/ply.ts";
import { assembleAvatar } from "../lib/gaussian/assemble.ts";
import { createDecoders } from "../lib/gaussian/decode.ts";
import { estimateGaussians } from "../lib/gaussian/estimate.ts";
import { orbitCamera } from "../lib/image/cameras.ts";
import { cropPerson } from "../lib/image/crop.ts";
import { loadPersonDetector } from "../lib/image/keypoints.ts";
import { foregroundMask, loadSegmenter } from "../lib/image/mask.ts";
import { readImage } from "../lib/image/read.ts";
import { linkFeatures } from "../lib/localize/link.ts";
import { createLocalizer } from "../lib/localize/localizer.ts";
import { locate } from "../lib/localize/locate.ts";
import { renderGaussians } from "../lib/splat/render.ts";
import { disposeAll } from "../lib/tensor/scope.ts";
import { type Cost, measure } from "./measure.ts";

/** What one step cost at one number of Gaussians (0: it does not depend on them). */
export interface StepRow {
  readonly step: string;
  readonly gaussians: number;
  readonly ms: number;
  readonly peakBytes: number;
  readonly resultBytes: number;
}

/** Runs `fn` `repeats` times after a warm-up; returns the last result, the least time, the largest peak. */
async function costOf<T>(repeats: number, fn: () => T | Promise<T>): Promise<Cost<T>> {
  let best: Cost<T> = await measure(fn);
  for (let i = 0; i < repeats; i++) {
    disposeAll(best.result);
    const next = await measure(fn);
    best = { ...next, ms: i === 0 ? next.ms : Math.min(best.ms, next.ms) };
  }
  return best;
}

/** Measures all steps on the embedded photo. */
export async function benchSteps(
  { counts, encoder: name, repeats }: {
    readonly counts: readonly number[];
    readonly encoder: EncoderName;
    readonly repeats: number;
  },
): Promise<StepRow[]> {
  const rows: StepRow[] = [];
  const step = async <T>(step: string, gaussians: number, fn: () => T | Promise<T>): Promise<T> => {
    const { result, ms, peakBytes, resultBytes } = await costOf(repeats, fn);
    rows.push({ step, gaussians, ms, peakBytes, resultBytes });
    return result;
  };
  const encoder = await loadEncoder(name), detector = await loadPersonDetector(), segmenter = await loadSegmenter();
  const body = await loadBody(), parameters = aPose(body);
  const localizer = createLocalizer({ encoder: name, link: { channels: encoder.channels } });
  const channels = encoder.channels + Object.values(encoder.levels).reduce((sum, width) => sum + width, 0);
  const decoders = createDecoders({ channels });

  const image = await step("image: decode", 0, () => readImage(new URL("../data/astronaut.png", import.meta.url)));
  const { crop } = await step("image: find and crop the person", 0, () => cropPerson(image, { detector }));
  const mask = await step("image: mask", 0, () => foregroundMask(crop, { segmenter }));
  const encoded = await step(`encoder: ${name}`, 0, () => encoder.encode(crop));
  const linked = await step("encoder: link", 0, () => linkFeatures(encoded.features, localizer.link));
  const maps = [encoded.features, ...Object.values(encoded.pyramid)];
  for (const total of counts) {
    const template = attachGaussians(body, { total });
    const share = tf.tensor1d(template.share);
    const located = await step(
      "field + localize",
      total,
      () => locate(linked, localizer.field, template.canonical, localizer.head),
    );
    const estimate = await step(
      "sample + decode",
      total,
      () => estimateGaussians(maps, located.position2d, decoders, share),
    );
    const avatar = assembleAvatar(template, estimate, estimate);
    const posed = await step("drive", total, () => drive(avatar, parameters));
    const camera = orbitCamera({ distance: 3, target: [0, -0.3, 0] });
    disposeAll(await step("render 512²", total, () => renderGaussians(posed, camera)));
    await step("export .ply", total, () => encodePly(posed, { world: "y-up" }));
    disposeAll(share, located, { ...estimate }, { ...posed });
    template.dispose();
  }
  disposeAll(image, crop, mask, encoded, linked, parameters);
  for (const part of [encoder, detector, segmenter, body, localizer, decoders]) part.dispose();
  return rows;
}
