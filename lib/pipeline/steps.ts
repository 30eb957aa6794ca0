/**
 * # The steps and their tensors: one list that the pipeline, the trace and the documentation share
 *
 * Data walks from left to right; each step is a function one can call alone, and each tensor below has a stable name by
 * which `run` records it, replaces it or hands it to a figure. Letters: h, w the coarse grid · C its channels · L link
 * width · E encoding width · K hidden width · J = 2 + d channels of the head · d depth bins · n Gaussians in face order
 * · D degree of the spherical harmonics.
 *
 * `docs/steps.md` is this list as a page; a test holds the two together.
 *
 * @module
 */

/** The steps in the order in which data walks through them. */
export const STEPS = [
  { step: "image", module: "lib/image/", what: "decode the photo, crop the person, find the foreground" },
  { step: "encoder", module: "lib/encoder/", what: "features f_I at several resolutions, and the trained link" },
  { step: "field", module: "lib/field/", what: "ω(g): from a canonical position to the weights of a 1×1 convolution" },
  { step: "localize", module: "lib/localize/", what: "heatmaps, soft-argmax and uncertainty of every Gaussian" },
  { step: "fit", module: "lib/body/fit/", what: "body parameters that explain the located Gaussians" },
  { step: "sample", module: "lib/gaussian/sample.ts", what: "features at each Gaussian's 2D position" },
  { step: "decode", module: "lib/gaussian/", what: "MLP_shape and MLP_appearance" },
  { step: "drive", module: "lib/body/drive.ts", what: "Gaussians ride the posed body" },
  { step: "render", module: "lib/splat/", what: "the picture" },
] as const;

/** The name of a step. */
export type StepName = typeof STEPS[number]["step"];

/** How a tensor exists while the pipeline runs. */
export type Residence =
  /** Whole: it can be recorded for all Gaussians and replaced as one tensor. */
  | "whole"
  /** In chunks of Gaussians: kept in full for watched Gaussians only, replaced chunk by chunk. */
  | "chunked";

/** One named tensor. */
export interface TensorInfo {
  /** Stable name, `step.tensor`; a `*` stands for the names of pyramid levels. */
  readonly name: string;
  /** Axes, in the letters of this module. */
  readonly axes: string;
  /** What it holds, with units. */
  readonly what: string;
  /** Whether it is there in one piece. */
  readonly residence: Residence;
}

const whole = (name: string, axes: string, what: string): TensorInfo => ({ name, axes, what, residence: "whole" });
const chunked = (name: string, axes: string, what: string): TensorInfo => ({ name, axes, what, residence: "chunked" });

/** Every named tensor, in pipeline order. */
export const TENSORS: readonly TensorInfo[] = [
  whole("image.crop", "512,512,3", "the person's square crop, colours 0..1; encoders resize it themselves"),
  whole("image.mask", "512,512", "foreground, 0..1"),
  whole("encoder.features", "h,w,C", "f_I, the coarse map the localizer starts from"),
  whole("encoder.pyramid.*", "h',w',C'", "maps for sampling: `.s32`, `.s4`, `.rgb`, …"),
  whole("encoder.linked", "h,w,L", "f_I after the link (tail, projection, mixing): what the localizer sees"),
  chunked("field.encoding", "n,E", "γ(g), positional encoding of the canonical position"),
  chunked("field.hidden", "n,K", "Φ(g), ω's last hidden layer"),
  chunked("field.weights", "n,L,J", "W_pose of each Gaussian, from ω_pose(g)"),
  chunked("field.bias", "n,J", "b_pose of each Gaussian, from ω_pose(g)"),
  chunked("localize.heatmap2d", "n,h,w", "H_2D, logits"),
  chunked("localize.heatmap3d", "n,h,w,d", "H_3D, logits"),
  chunked("localize.uncertaintyMap", "n,h,w", "U"),
  whole("localize.position2d", "n,2", "p'_2D in crop pixels (x right, y down, pixel centres at .5)"),
  whole("localize.position3dBox", "n,3", "p'_3D as the heatmap gives it: metres in the 2.2 m box around the crop"),
  whole(
    "localize.position3d",
    "n,3",
    "p'_3D minus the predicted pelvis: metres, camera axes (x right, y down, z forward)",
  ),
  whole("localize.uncertaintyRaw", "n", "Σ U·softmax(H_2D)"),
  whole("localize.uncertainty", "n", "u = softplus(Σ U·P + c) + 0.001, metres, always positive"),
  whole("fit.betas", "10", "shape coefficients, SMPL-X names"),
  whole("fit.expression", "10", "expression coefficients"),
  whole("fit.pose", "55,3", "axis-angle of every joint, radians; row 0 is `global_orient`"),
  whole("fit.transl", "3", "metres, world: the photo's camera frame"),
  whole("fit.camera", "3,3", "K of the crop's camera, pixels"),
  whole("fit.confidence", "55", "how well the points on each joint are known, 0 (the prior alone decides) to 1"),
  whole("fit.residual", "n", "metres from each located Gaussian to its slot on the fitted body; 0 if not fitted"),
  chunked("sample.feature", "n,C'", "feature_g, sampled at p'_2D, or where the decoders want it"),
  whole("decode.translation", "n,3", "in the face's frame, in units of its size s"),
  whole("decode.rotation", "n,4", "unit quaternion wxyz in the face's frame"),
  whole("decode.scale", "n,3", "standard deviations in units of s"),
  whole("decode.opacity", "n", "0..1"),
  whole("decode.sh", "n,(D+1)²,3", "spherical harmonics in the face's frame"),
  whole("drive.means", "n,3", "posed centres, world, metres"),
  whole("drive.rotations", "n,4", "posed unit quaternions wxyz"),
  whole("drive.scales", "n,3", "posed standard deviations, metres"),
  whole("render.image", "H,W,4", "colours 0..1 and coverage"),
];

/** Names such as `encoder.pyramid.s4` belong to the entry `encoder.pyramid.*`. */
export function tensorInfo(name: string): TensorInfo | undefined {
  return TENSORS.find((info) => info.name === name) ??
    TENSORS.find((info) =>
      info.name.endsWith("*") && name.startsWith(info.name.slice(0, -1)) && name.length >= info.name.length
    );
}

/** The list as the Markdown page `docs/steps.md`. */
export function stepsPage(): string {
  const rows = TENSORS.map(({ name, axes, what, residence }) => `| \`${name}\` | [${axes}] | ${residence} | ${what} |`);
  const steps = STEPS.map(({ step, module, what }) => `| ${step} | [${module}](../${module}) | ${what} |`);
  return `# Steps and tensors

Written by \`deno task steps\` from \`lib/pipeline/steps.ts\`; a test keeps the two the same. These names do not change.

| step | module | what |
|---|---|---|
${steps.join("\n")}

\`run(photo, { record, replace })\` takes these names. *Whole* tensors are there in one piece: they can be recorded, and a
replacement gets and returns all of it. *Chunked* tensors would fill the memory if they were kept for every Gaussian: they
pass by in chunks, are kept in full for the Gaussians that \`watch\` names, and a replacement is called once for every chunk
and once for the watched Gaussians.

Where a run's \`views\` are more than the crop, positions and uncertainties are means over them; features, maps and heatmaps are those of the
crop as it is.

Letters: h, w the coarse grid · C its channels · L link width · E encoding width · K hidden width · J = 2 + d channels of
the head (channel 0 = U, 1 = H_2D for \`nlf-gs\` and metric xy for \`nlf\`, 2… = H_3D) · d depth bins · n Gaussians in face
order · D degree of the spherical harmonics · C' channels of the sampled pyramid.

| name | shape | residence | what |
|---|---|---|---|
${rows.join("\n")}
`;
}
