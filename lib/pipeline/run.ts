/**
 * # One photo through the steps
 *
 * Read {@linkcode runPipeline} from top to bottom: it is the method. Every tensor a step makes passes the
 * {@linkcode Recorder}'s gate, where it can be kept, watched and replaced under the names of `docs/steps.md`; the next step
 * goes on with what comes back.
 *
 * The world is the photo's camera frame; the picture is drawn by the crop's camera, so that it lies over the crop.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { placeGaussians } from "../body/drive.ts";
import { type BodyParameters, skin } from "../body/skinning.ts";
import { coveringMap, CROP, type FeatureMap } from "../encoder/encoder.ts";
import { assembleAvatar, type Avatar } from "../gaussian/assemble.ts";
import { estimateWithEvidence, evidenceOf, sampledMaps } from "../gaussian/evidence.ts";
import type { Gaussians } from "../gaussian/gaussians.ts";
import { sampleFeatures } from "../gaussian/sample.ts";
import { type Camera, cropCamera, orbitCamera, scaleCamera } from "../image/cameras.ts";
import { cropPerson, type CropTransform, type FoundPerson } from "../image/crop.ts";
import type { PersonDetector } from "../image/keypoints.ts";
import { foregroundMask, type Segmenter } from "../image/mask.ts";
import { readImage } from "../image/read.ts";
import { AS_IT_IS, type CropView } from "../localize/crop_views.ts";
import { linkFeatures } from "../localize/link.ts";
import { ViewedCrop } from "../localize/locate_in_views.ts";
import { renderGaussians } from "../splat/render.ts";
import { disposeAll, TensorScope } from "../tensor/scope.ts";
import { cropAloneNotice, NO_BODY_TO_READ_AT, nonFiniteNotices, noticesOf } from "./notices.ts";
import type { Pipeline } from "./pipeline.ts";
import { fitPhotoBody } from "./photo_body.ts";
import { Recorder } from "./recorder.ts";
import { expectWhole, photoTensor, resolveRunOptions, type RunOptions } from "./run_options.ts";
import { pelvisOf, STANDS_AT, unfittedBody } from "./standing_body.ts";
import { type StepName, STEPS, TENSORS } from "./steps.ts";
import type { Trace } from "./trace.ts";
import { type WatchedGaussians, watchedGaussians } from "./watch.ts";

/** How the body stands, and whether that was read from the photo. */
export interface PosedBody {
  /** Shape, expression, pose and place. */
  readonly parameters: BodyParameters;
  /** False: the parameters are a fixed A-pose that does not depend on the photo. */
  readonly fitted: boolean;
  /** Names of the joints of which the photo says too little; they keep the prior. */
  readonly unseen: readonly string[];
}

/** What came of a photo. {@linkcode PipelineRun.dispose} frees all of it. */
export interface PipelineRun {
  /** The Gaussians in the frames of their faces: drive it with any parameters. */
  readonly avatar: Avatar;
  /** How the body stands. */
  readonly body: PosedBody;
  /** The avatar driven by the body's parameters, as rendered. */
  readonly gaussians: Gaussians;
  /** The camera of `render.image`. */
  readonly camera: Camera;
  /** What the detector found. */
  readonly person: FoundPerson;
  /** Where the crop lies in the photo. */
  readonly transform: CropTransform;
  /** The views of the crop that positions are the mean of; the crop alone, and a notice, where no other view can be followed. */
  readonly views: readonly CropView[];
  /** Numbers of the watched Gaussians, in the order of the kept tensors' rows, and what they are called. */
  readonly watched: WatchedGaussians;
  /** Where f_I's cells lie on the crop. */
  readonly grid: Pick<FeatureMap, "origin" | "stride">;
  /** Names of the tensors that replacements took over. */
  readonly replaced: readonly string[];
  /** What a reader must know before believing the numbers. */
  readonly notices: readonly string[];
  /** Every tensor's row, and the kept tensors. */
  readonly trace: Trace;
  /** Frees avatar, parameters, Gaussians and kept tensors. */
  dispose(): void;
}

/** What {@linkcode runPipeline} works with. */
export interface PipelineParts extends Pick<Pipeline, "encoder" | "body" | "template" | "localizer" | "decoders"> {
  readonly detector: PersonDetector;
  readonly segmenter: Segmenter;
  /** Gaussians in memory at a time. */
  readonly chunk: number;
}

/** Chunked tensors that positions are made from: to replace one, the head is evaluated as its equations stand. */
const MAKE_POSITIONS = TENSORS.filter(({ name, residence }) => residence === "chunked" && !name.startsWith("sample."))
  .map(({ name }) => name);

/** Tensors of the crop as it is, to whose replacements no other view of the crop has a counterpart. */
const OF_THE_CROP_ALONE = ["encoder.features", "encoder.linked", ...MAKE_POSITIONS];

/** Whole tensors of positions: where one is replaced, joints that were not would say otherwise. */
const POSITIONS = ["localize.position2d", "localize.position3d", "localize.uncertainty"];

/** Takes one photo through all steps; see {@linkcode Pipeline.run}. */
export async function runPipeline(
  parts: PipelineParts,
  photo: string | URL | Uint8Array | tf.Tensor3D,
  options: RunOptions = {},
): Promise<PipelineRun> {
  const { encoder, body, template, localizer, decoders, detector, segmenter, chunk } = parts;
  const { record, replace, watch, views: choice, fit, fieldOfView, pictureSize, onStep, signal } = resolveRunOptions(
    options,
  );
  const recorder = new Recorder(record, replace);
  const watched = await watchedGaussians(template, watch);
  if (watched.indices.length === 0 && Array.isArray(record)) expectWhole(record);
  const unlearned = localizer.trained ? [] : ["untrained"], undecoded = decoders.trained ? [] : ["untrained"];
  using failure = new DisposableStack();
  failure.defer(() => recorder.trace.dispose());
  using scope = new TensorScope(); // everything made here is freed at the end, but for what is released
  let clock = performance.now();
  const begin = (step: StepName) => {
    signal?.throwIfAborted();
    onStep?.(step, STEPS.findIndex((entry) => entry.step === step), STEPS.length);
    clock = performance.now();
  };
  /** Lets the tensors of one call pass the gate; the first of them carries the call's milliseconds. */
  const pass = async <T extends Readonly<Record<string, tf.Tensor>>>(
    made: T,
    step: StepName,
    notes: readonly string[] = [],
    duration?: number,
  ): Promise<T> => {
    scope.own(made);
    await Object.values(made).at(-1)!.data(); // waits for the device, which works in order
    const keep = notes.includes("watched") ? { keep: true } : {};
    let ms = duration ?? performance.now() - clock;
    const passed: Record<string, tf.Tensor> = {};
    for (const [name, tensor] of Object.entries(made)) {
      passed[name] = scope.own(await recorder.pass(`${step}.${name}`, tensor, { ms, notes, ...keep }));
      ms = 0;
    }
    clock = performance.now();
    return passed as T;
  };

  begin("image");
  const image = scope.own(photo instanceof tf.Tensor ? await photoTensor(photo) : await readImage(photo));
  const { person, transform, ...cropped } = await cropPerson(image, { detector });
  const { crop } = await pass(cropped, "image");
  const { mask } = await pass({ mask: await foregroundMask(crop, { segmenter, turns: person.turns }) }, "image");

  begin("encoder"); // f_I = encoder(crop)
  const encoded = scope.own(await encoder.encode(crop));
  const coarse = { ...encoded.features, map: (await pass({ features: encoded.features.map }, "encoder")).features };
  const pyramid: Record<string, FeatureMap> = {};
  for (const [name, level] of Object.entries(encoded.pyramid)) {
    pyramid[name] = { ...level, map: (await pass({ [`pyramid.${name}`]: level.map }, "encoder"))[`pyramid.${name}`]! };
  }
  const linked = linkFeatures(coarse, localizer.link);
  const seen = { ...linked, map: (await pass({ linked: linked.map }, "encoder", unlearned)).linked };
  using looked = new ViewedCrop(crop, encoder, localizer, seen);

  begin("field"); // W, b := ω(g); (H_2D, H_3D, U) := conv(f_I; W, b); p'_2D, p'_3D, u := soft-argmax
  const pelvis = await pelvisOf(body);
  const intercept = recorder.replacesAny(MAKE_POSITIONS) ? recorder.intercept : undefined;
  const head = { pelvis, chunk, signal }, alone = !localizer.trained || recorder.replacesAny(OF_THE_CROP_ALONE);
  const views = alone ? [AS_IT_IS] : await looked.views(choice, body.jointTemplate, head);
  const located = scope.own(
    await looked.locate(template.canonical, views, { ...head, watch: watched.indices, intercept }),
  );
  const { watched: inFull, ...everywhere } = located;
  const spent = performance.now() - clock; // for all Gaussians, from encoding to positions
  if (inFull) {
    const { encoding, hidden, weights, bias } = inFull;
    await pass({ encoding, hidden, weights, bias }, "field", ["watched", ...unlearned], 0);
  }
  begin("localize");
  if (inFull) {
    const { heatmap2d, heatmap3d, uncertaintyMap } = inFull;
    await pass({ heatmap2d, heatmap3d, uncertaintyMap }, "localize", ["watched", ...unlearned], 0);
  }
  const seenIn = views.length > 1 ? [`mean of ${views.length} views`] : [];
  const found = await pass(everywhere, "localize", [...unlearned, ...seenIn], spent), { position2d } = found;

  begin("fit"); // parameters := argmin Σ u^−1.5·|body(parameters) − p'_3D|² + priors
  const photo2d = { width: image.shape[1], height: image.shape[0] };
  const cropped2d = cropCamera(transform, photo2d, fieldOfView), fits = fit !== false && localizer.trained;
  const replaced = intercept !== undefined || recorder.replacesAny(POSITIONS);
  const joints = fits && !replaced ? await looked.joints(body.jointTemplate, views, head) : undefined;
  const estimated = fits ? await fitPhotoBody(template, found, joints, cropped2d, fit) : unfittedBody(template, pelvis);
  const { betas, expression, pose, transl, confidence, residual } = estimated;
  const K = tf.tensor2d(cropped2d.K.map((row) => [...row]));
  const noted = fits ? [] : ["not fitted"];
  const parameters = await pass({ betas, expression, pose, transl, camera: K, confidence, residual }, "fit", noted);

  begin("sample"); // feature_g := Sample(f_I; p'_2D)
  const { vertices } = scope.own({ ...skin(body, parameters) });
  const foreground = coveringMap(scope.tidy(() => mask.expandDims<tf.Tensor3D>(2)));
  const inPhoto = { vertices, K: cropped2d.K, photo: coveringMap(crop), mask: foreground };
  const bodiless = decoders.config.located === "body" && localizer.trained && !estimated.fitted;
  const elsewhere = decoders.config.located === "heatmap" || bodiless ? { position2d } : {};
  const evidence = scope.own({ ...await evidenceOf(decoders.config, template, inPhoto, elsewhere) });
  const maps = sampledMaps(decoders.config, { features: coarse, pyramid });
  const at = elsewhere.position2d ?? evidence.position2d;
  if (inFull) {
    const rows = scope.own(tf.tensor1d(watched.indices, "int32"));
    const feature = tf.tidy(() =>
      recorder.intercept("sample.feature", sampleFeatures(maps, tf.gather(at, rows)), watched.indices)
    );
    await pass({ feature }, "sample", ["watched", ...unlearned]);
  }

  begin("decode"); // translation, rotation, scale := MLP_shape(feature_g); opacity, SH := MLP_appearance(feature_g)
  const { intercept: seeing } = recorder;
  const estimate = await estimateWithEvidence(maps, decoders, template, evidence, {
    position2d: at,
    chunk,
    intercept: seeing,
  });
  const decoded = await pass({ ...estimate }, "decode", undecoded);
  const avatar = assembleAvatar(template, decoded, decoded);

  begin("drive");
  const posed = scope.own(placeGaussians(avatar, vertices));
  const { means, rotations, scales } = posed;
  const gaussians = { ...posed, ...await pass({ means, rotations, scales }, "drive", [...undecoded, ...noted]) };

  begin("render");
  const size = { width: pictureSize, height: pictureSize };
  const camera = fits
    ? scaleCamera(cropped2d, pictureSize / CROP)
    : orbitCamera({ target: STANDS_AT, distance: 2.9, world: "photo", ...size });
  const rendered = await renderGaussians(gaussians, camera, size);
  scope.own(rendered.depth);
  await pass({ image: rendered.image }, "render", [...undecoded, ...noted]);

  failure.move(); // it did not fail: the trace is the caller's now
  const lasting = scope.release({ decoded, parameters, gaussians });
  return {
    avatar,
    body: { parameters, fitted: estimated.fitted, unseen: estimated.unseen },
    gaussians,
    camera,
    person,
    transform,
    views,
    watched,
    grid: { origin: coarse.origin, stride: coarse.stride },
    replaced: Object.keys(replace),
    notices: [
      ...(person.found ? [] : [person.message]),
      ...nonFiniteNotices(recorder.trace.rows),
      ...noticesOf(localizer, decoders),
      ...(alone && choice !== "crop" ? [cropAloneNotice(choice)] : []),
      ...estimated.notices,
      ...(bodiless ? [NO_BODY_TO_READ_AT] : []),
    ],
    trace: recorder.trace,
    dispose: () => {
      disposeAll(lasting);
      recorder.trace.dispose();
    },
  };
}
