/**
 * # nlf-gs: one photo → a drivable Gaussian avatar, every step open
 *
 * The table of contents, in the order in which data walks through the pipeline. Each function can be called alone; it takes
 * tensors and options and returns a plain record of named tensors, which belong to the caller.
 *
 * ```
 * photo → image → encoder → f_I ─┬→ localize → p2d p3d u ─┬→ sample → decode → assemble ┐
 * body template → g → field ω(g) ┘                         └→ body parameters → drive ───┴→ render, .ply
 * ```
 *
 * @example All steps at once
 * ```ts
 * import { createPipeline, useBackend } from "./mod.ts";
 *
 * await useBackend("auto");
 * const pipeline = await createPipeline({ encoder: "movenet-thunder" });
 * const run = await pipeline.run(new URL("./data/astronaut.png", import.meta.url), { watch: { joints: ["left_elbow"] } });
 * console.log(run.trace); //                              every tensor: shape, bytes, ms, min/mean/max, NaN
 * console.log(run.trace.tensor("localize.heatmap2d").shape); // [1, h, w]: the elbow's heatmap
 * run.dispose();
 * pipeline.dispose();
 * ```
 *
 * @module
 */

// Tensors: where they live, who frees them
export type { Rank, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D, TensorContainer } from "@tensorflow/tfjs";
export { type BackendName, BACKENDS, useBackend } from "./lib/tensor/backend.ts";
export { disposeAll, TensorScope, tensorsIn, type TensorTree } from "./lib/tensor/scope.ts";
export type { Intercept } from "./lib/tensor/intercept.ts";
export type { ParameterTree } from "./lib/tensor/parameters.ts";

// image: photo → crop, mask, cameras
export { readImage, type ReadImageOptions } from "./lib/image/read.ts";
export {
  encodeAnimation,
  type EncodeAnimationOptions,
  encodeImage,
  type EncodeImageOptions,
  IMAGE_FORMATS,
  type ImageFormat,
  writeAnimation,
  writeImage,
} from "./lib/image/write.ts";
export {
  CONFIDENT,
  type Keypoint,
  type KeypointName,
  KEYPOINTS,
  loadPersonDetector,
  type PersonDetector,
  type PersonDetectorOptions,
} from "./lib/image/keypoints.ts";
export {
  type CroppedPerson,
  cropPerson,
  type CropPersonOptions,
  cropToImage,
  type CropTransform,
  type FoundPerson,
  imageToCrop,
} from "./lib/image/crop.ts";
export type { Square } from "./lib/image/resample.ts";
export { type QuarterTurns, turnBack, turnPicture } from "./lib/image/turn.ts";
export {
  foregroundMask,
  type ForegroundMaskOptions,
  loadSegmenter,
  type Segmenter,
  type SegmenterOptions,
} from "./lib/image/mask.ts";
export {
  type Camera,
  cameraToWorld,
  cropCamera,
  defaultCropCamera,
  fromOpenGL,
  GUESSED_FIELD_OF_VIEW,
  intrinsics,
  type Lens,
  type LookAt,
  lookAt,
  type Matrix,
  type Orbit,
  orbitCamera,
  type Projected,
  projectPoints,
  scaleCamera,
  toOpenGL,
  type Vector3,
} from "./lib/image/cameras.ts";

// encoder: crop → f_I
export {
  coveringMap,
  CROP,
  type Encoded,
  type Encoder,
  type FeatureMap,
  type InspectableEncoder,
} from "./lib/encoder/encoder.ts";
export {
  type ConcatenationOptions,
  type EncoderName,
  type EncoderOptions,
  ENCODERS,
  loadEncoder,
} from "./lib/encoder/load.ts";
export type { DinoV2Options } from "./lib/encoder/dinov2.ts";
export type { MoveNetOptions } from "./lib/encoder/movenet.ts";
export { MOVENET_TAIL, moveNetTail, tailBehind, TAILS_FOLLOW } from "./lib/encoder/movenet_tail.ts";

// body: template → Gaussians g
export { type Body, EMBEDDED_BODY, loadBody, type LoadBodyOptions, SMALL_BODY } from "./lib/body/template.ts";
export type { DirectionSplit } from "./lib/body/schema.ts";
export { JOINT_NAMES, JOINT_PARENTS, jointIndex } from "./lib/body/joints.ts";
export { attachGaussians, type GaussianCount, type Template } from "./lib/body/gaussians.ts";

// field: g → ω(g)
export {
  createField,
  type Encoding,
  ENCODINGS,
  type Field,
  FIELD_DEFAULTS,
  type FieldConfig,
  type FieldExtras,
  type FieldParameters,
} from "./lib/field/field.ts";
export { loadField, saveField } from "./lib/field/field_file.ts";
export { fourierFeatures } from "./lib/field/fourier.ts";
export { gpsFeatures, loadSignature, type Signature } from "./lib/field/gps.ts";
export type { Barycentric, TetrahedralMesh } from "./lib/field/tetrahedra.ts";
export { mirrorPoints } from "./lib/field/symmetry.ts";
export type { Layer, WeightNetwork } from "./lib/field/weight_network.ts";

// localize: f_I, ω(g) → positions and uncertainty
export {
  createLink,
  type Link,
  type LinkConfig,
  linkFeatures,
  type LinkParameters,
  type Normalization,
  NORMALIZATIONS,
} from "./lib/localize/link.ts";
export { type BlockParameters, type Mixing, MIXINGS } from "./lib/localize/mixing.ts";
export type { TailConfig, TailStage } from "./lib/localize/tail.ts";
export {
  type Assignment,
  ASSIGNMENTS,
  type HeatmapOptions,
  type Heatmaps,
  heatmaps,
  type PoseWeights,
} from "./lib/localize/heatmaps.ts";
export { type Located2d, type Located3d, softArgmax2d, softArgmax3d } from "./lib/localize/soft_argmax.ts";
export { type ExpectedUncertainty, expectedUncertainty, type UncertaintyOptions } from "./lib/localize/uncertainty.ts";
export { localMean } from "./lib/localize/local_mean.ts";
export type { SeenMap } from "./lib/localize/seen_maps.ts";
export { HEAD_DEFAULTS, type HeadConfig, locate, type Located, type LocateOptions } from "./lib/localize/locate.ts";
export type { InFull, Watched } from "./lib/localize/watch.ts";
export { type EncoderFit, expectFit } from "./lib/localize/fit.ts";
export { AS_IT_IS, type CropView, intoView, outOfView, viewCrop, viewPoints } from "./lib/localize/crop_views.ts";
export { VIEW_CHOICES, type ViewChoice, ViewedCrop } from "./lib/localize/locate_in_views.ts";
export {
  createLocalizer,
  loadLocalizer,
  type Localizer,
  type LocalizerConfig,
  type LocalizerOptions,
  saveLocalizer,
} from "./lib/localize/localizer.ts";

// gaussian: feature_g → shape and appearance
export { sampleFeatures } from "./lib/gaussian/sample.ts";
export { onlyOnPerson, type Sight, sightOf } from "./lib/gaussian/sight.ts";
export { KIN, type Kin, type KinColours, kinColours, kinOf, REGIONS } from "./lib/gaussian/kin.ts";
export { canonicalWaves } from "./lib/gaussian/canonical_waves.ts";
export {
  type Evidence,
  evidenceOf,
  type EvidenceOptions,
  evidenceRows,
  type PhotographedBody,
  sampledMaps,
} from "./lib/gaussian/evidence.ts";
export {
  type ChannelStatistics,
  type ColourChoice,
  COLOURS,
  type Condition,
  CONDITIONS,
  createDecoders,
  decodeAppearance,
  type DecodeOptions,
  type DecoderConfig,
  type Decoders,
  decodeShape,
  SAMPLED_AT,
  type SampledAt,
} from "./lib/gaussian/decode.ts";
export { decodersFor, loadDecoders, saveDecoders, SHIPPED_DECODERS } from "./lib/gaussian/decoder_file.ts";
export type { Affine, Mlp } from "./lib/gaussian/mlp.ts";
export type { Appearance, Shape } from "./lib/gaussian/activations.ts";
export { type Estimate, estimateGaussians, type EstimateOptions } from "./lib/gaussian/estimate.ts";
export { assembleAvatar, type Avatar } from "./lib/gaussian/assemble.ts";
export type { Gaussians } from "./lib/gaussian/gaussians.ts";
export { covariance } from "./lib/gaussian/covariance.ts";
export { vertexColors } from "./lib/gaussian/vertex_colors.ts";
export { SH_0, shBasis, shColor } from "./lib/gaussian/spherical_harmonics.ts";

// body: parameters → posed Gaussians
export { type BodyParameters, type RestBody, shapeBody, skin, type SkinnedBody } from "./lib/body/skinning.ts";
export { fitBodies, fitBody, type FittedBody } from "./lib/body/fit/fit_body.ts";
export type { FitOptions } from "./lib/body/fit/fit_options.ts";
export type { LocatedPoints } from "./lib/body/fit/located.ts";
export type { FacePlaces } from "./lib/body/fit/points_on_faces.ts";
export { aPose, type PoseByName, poseParameters, restParameters } from "./lib/body/poses.ts";
export { type FaceFrames, faceFrames, slotOrigins } from "./lib/body/face_frame.ts";
export { drive, placeGaussians, placeInFrames, type SlotFrames, slotFrames } from "./lib/body/drive.ts";

// body/motion: poses over time
export {
  embeddedMotion,
  type MotionName,
  MOTIONS,
  readMotion,
  type ReadMotionOptions,
} from "./lib/body/motion/read_motion.ts";
export {
  createMotion,
  type Motion,
  type MotionParts,
  type MotionSample,
  motionSeconds,
  sampleMotion,
  type SampleMotionOptions,
} from "./lib/body/motion/motion.ts";
export { encodeAmass } from "./lib/body/motion/amass.ts";
export { interpolateParameters } from "./lib/body/motion/interpolate.ts";

// splat: Gaussians and a camera → picture
export { type Rendered, renderGaussians } from "./lib/splat/render.ts";
export { splatGaussians, type SplatPicture, type SplatPictureOptions } from "./lib/splat/splat_gaussians.ts";
export { type CameraMotion, moveAgainstCamera, movedCamera } from "./lib/splat/camera_motion.ts";
export type { RenderOptions } from "./lib/splat/render_options.ts";
export type { Color } from "./lib/splat/rasterize.ts";
export type { PictureSize } from "./lib/splat/view.ts";

// refine: closer to the photo, by gradients through the renderer
export {
  type PhotoOfPerson,
  refine,
  type Refined,
  type RefineOptions,
  type RefineStage,
  type RefineStep,
} from "./lib/refine/refine.ts";
export { type RefinedRun, refineRun } from "./lib/refine/refine_run.ts";

// pipeline: the steps in order; record and replace
export { createPipeline, type Pipeline, type PipelineOptions } from "./lib/pipeline/pipeline.ts";
export type { PipelineRun, PosedBody } from "./lib/pipeline/run.ts";
export type { RunOptions } from "./lib/pipeline/run_options.ts";
export { fitPhotoBody, type PhotoFitOptions } from "./lib/pipeline/photo_body.ts";
export type { RecordFilter, Replacement, ReplacementContext, Replacements } from "./lib/pipeline/recorder.ts";
export { type Residence, type StepName, STEPS, type TensorInfo, TENSORS } from "./lib/pipeline/steps.ts";
export { type Statistics, Trace, type TraceRow } from "./lib/pipeline/trace.ts";
export { type Watch, type WatchedGaussians, watchedGaussians } from "./lib/pipeline/watch.ts";

// ablate: variants side by side
export { ablate, type AblateOptions } from "./lib/ablate/sweep.ts";
export {
  Ablation,
  type AblationParts,
  type Cell,
  type Spread,
  type Summarized,
  type Summary,
} from "./lib/ablate/table.ts";
export type { StoredOutcome } from "./lib/ablate/cells.ts";
export type { Conditions, Metric, Outcome, Prepared, Variant } from "./lib/ablate/variant.ts";
export { type PipelineVariant, pipelineVariant } from "./lib/ablate/pipeline_variant.ts";

// format: files
export { encodePly, type PlyOptions, writePly } from "./lib/format/ply.ts";
export { decodePly, readPly } from "./lib/format/read_ply.ts";
export { UPRIGHT, type Upright } from "./lib/format/axes.ts";
export type { ExportOptions } from "./lib/format/file.ts";
export { decodeSplat, encodeSplat, readSplat, type SplatOptions, writeSplat } from "./lib/format/splat.ts";
export { encodeViewer, type ViewerScene, writeViewer } from "./lib/format/viewer.ts";
export { encodeGlb, type GlbOptions, writeGlb } from "./lib/format/glb.ts";
export { encodeRigBundle, type RigBundleOptions, writeRigBundle } from "./lib/format/rig_bundle.ts";
export {
  decodeRigBundle,
  readRigBundle,
  type ReadRigBundleOptions,
  type RigBundle,
  type RigJoint,
} from "./lib/format/read_rig_bundle.ts";
export { decodeParameters, encodeParameters, readParameters, writeParameters } from "./lib/format/parameters_npz.ts";

// plot: figures
export * as plot from "./lib/plot/mod.ts";
export type { Figure, FigureSpec, PngOptions } from "./lib/plot/figure.ts";
export { DISPLAY, type Displayable, type MediaBundle } from "./lib/plot/display.ts";
export type { ProgressOptions } from "./lib/plot/progress.ts";
