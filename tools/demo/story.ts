/**
 * # The report's story: each step in a few sentences and pictures
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { FeatureMap } from "../../lib/encoder/encoder.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { PipelineRun } from "../../lib/pipeline/run.ts";
import { featurePca } from "../../lib/plot/feature_pca.ts";
import type { Figure } from "../../lib/plot/figure.ts";
import { gaussianOnBody } from "../../lib/plot/gaussian_on_body.ts";
import { heatmapGrid } from "../../lib/plot/heatmap_grid.ts";
import { heatmapOverPhoto } from "../../lib/plot/heatmap_over_photo.ts";
import { picture } from "../../lib/plot/picture.ts";
import { TensorScope } from "../../lib/tensor/scope.ts";
import { escapeHtml } from "../../lib/format/html.ts";
import { bodyOverPhoto } from "../../lib/plot/body_over_photo.ts";
import { type RefinedPhoto, refinedText } from "./refining.ts";
import type { Picture, Section } from "./report.ts";

/** Which watched Gaussian gets a heatmap of its own. */
const SHOWN = 2;

/** Animated WebPs. */
export interface Films {
  /** Once around, as in the photo. */
  readonly turntable: Uint8Array;
  /** A motion, from the front. */
  readonly motion: Uint8Array;
}

/** The sections of the report, in pipeline order; films show the refined avatar, if there is one. */
export async function storyOf(
  run: PipelineRun,
  pipeline: Pipeline,
  films: Films,
  refined?: RefinedPhoto,
): Promise<Section[]> {
  using scope = new TensorScope();
  const { trace, watched } = run;
  const { localizer, decoders, template, encoder, body } = pipeline;
  const crop = trace.tensor<tf.Tensor3D>("image.crop");
  const rows = scope.own(tf.tensor1d(watched.indices, "int32"));
  const places = scope.tidy(() => tf.gather(trace.tensor<tf.Tensor2D>("localize.position2d"), rows));
  const lengths = scope.tidy(() => tf.gather(trace.tensor<tf.Tensor1D>("localize.uncertainty"), rows));
  const heat = trace.tensor<tf.Tensor3D>("localize.heatmap2d");
  const first = scope.tidy(() => ({
    heatmap: tf.unstack(heat)[SHOWN] as tf.Tensor2D,
    position2d: tf.unstack(places)[SHOWN] as tf.Tensor1D,
  }));
  const uncertainty = (await lengths.data())[SHOWN]!;
  const canonical = scope.tidy(() => tf.gather(template.canonical, rows));
  const unlearned = localizer.trained ? "" : "untrained localizer";
  const features: FeatureMap = { map: trace.tensor("encoder.features"), ...run.grid };
  const linked: FeatureMap = { map: trace.tensor("encoder.linked"), ...run.grid };
  const grid = {
    crop,
    heatmaps: heat,
    features: run.grid,
    position2d: places,
    uncertainty: lengths,
    labels: watched.labels,
  };
  const unmade = decoders.trained ? "" : "; untrained decoders";
  const [h, w, c] = features.map.shape;
  const untrainedText = localizer.trained
    ? ""
    : " <strong>The localizer is untrained: what these maps show is what random weights say, and the positions mean nothing.</strong>";
  return [
    {
      title: "The person's crop and mask",
      text: `<p>MoveNet's key points find the person and set a square, resampled to 512² pixels. ${
        run.person.found ? "" : "No person was found, so the whole image is the crop. "
      }The selfie network marks the foreground.</p>`,
      pictures: [
        await drawn(
          await picture(crop, { title: "image.crop", side: 380 }),
          "The crop; every position below is in its pixels",
        ),
        await drawn(
          await picture(trace.tensor<tf.Tensor2D>("image.mask"), { title: "image.mask", side: 380 }),
          "Foreground, 0 black to 1 white",
        ),
      ],
    },
    {
      title: "Features",
      text: `<p>f_I = encoder(crop): ${encoder.name} turns the crop into ${h} × ${w} cells of ${c} numbers. The link${
        localizer.trained ? ", blocks in which cells look at one another and" : " (untrained),"
      } a 1×1 projection, brings them to the width the localizer reads. Colours are the first three principal components.</p>`,
      pictures: [
        await drawn(
          await featurePca(features, crop, { name: "encoder.features" }),
          "Cells that look alike have like colours",
        ),
        await drawn(await featurePca(linked, crop, { name: "encoder.linked" }), "The same after the link"),
      ],
    },
    {
      title: "Gaussians on the body",
      text: `<p>${template.count.toLocaleString("en")} Gaussians ride on the ${
        body.faceCount.toLocaleString("en")
      } faces of the body. Those nearest to ${watched.labels.length} joints are watched in this run.</p>`,
      pictures: [
        await drawn(
          await gaussianOnBody({
            vertices: body.template,
            faces: body.faces,
            points: canonical,
            labels: watched.labels,
            title: "Watched Gaussians",
          }),
          "Canonical positions g, from which ω(g) predicts each Gaussian's own 1×1 convolution",
        ),
      ],
    },
    {
      title: "Heatmaps and positions",
      text:
        `<p>(W, b) = ω(g), (H₂D, H₃D, U) = conv₁ₓ₁(f; W, b); p′₂D and p′₃D are the soft-argmax of the heatmaps, u the expected uncertainty.${untrainedText}</p>`,
      pictures: [
        await drawn(
          await heatmapOverPhoto({
            crop,
            ...first,
            features: run.grid,
            uncertainty,
            label: watched.labels[SHOWN]!,
            ...(unlearned && { note: unlearned }),
          }),
          `H_2D of the Gaussian nearest to the ${watched.labels[SHOWN]}${unlearned && ` (${unlearned})`}`,
        ),
        await drawn(
          await heatmapGrid({ ...grid, ...(unlearned && { note: unlearned }) }),
          `All watched Gaussians${unlearned && ` (${unlearned})`}`,
        ),
      ],
    },
    {
      title: "The body in the photo",
      text: run.body.fitted
        ? `<p>Shape, pose and place are fitted to the located Gaussians and joints. ${
          run.body.unseen.length > 0
            ? `The photo says too little of ${
              escapeHtml(run.body.unseen.join(", ").replaceAll("_", " "))
            }: there the pose is the prior's.`
            : "All joints are seen."
        }</p>`
        : "<p><strong>Not fitted:</strong> the body stands in a fixed A-pose.</p>",
      pictures: run.body.fitted
        ? [
          await drawn(
            await bodyOverPhoto({
              crop,
              body,
              parameters: run.body.parameters,
              camera: run.camera,
              confidence: trace.tensor("fit.confidence"),
            }),
            "The fitted body over the crop",
          ),
        ]
        : [],
    },
    {
      title: "The avatar",
      text: `<p>Features sampled in the photo go through MLP_shape and MLP_appearance${
        decoders.trained ? "" : ", which are <strong>untrained: every Gaussian is the same neutral grey</strong>"
      }. The Gaussians ride the body and can be driven by any motion: open viewer.html.</p>`,
      pictures: [
        await drawn(
          await picture(trace.tensor<tf.Tensor3D>("render.image"), { title: "render.image", side: 420 }),
          `The avatar${run.body.fitted ? " from the photo's camera" : ""}${
            refined ? ", before refining" : ""
          }${unmade}`,
        ),
        ...(refined
          ? [
            await drawn(
              await picture(refined.image, { title: "refined", side: 420 }),
              `The same after refining: ${refinedText(refined)}`,
            ),
          ]
          : []),
        { caption: `Once around (turntable.webp)${unmade}`, bytes: films.turntable, type: "image/webp", width: 320 },
        { caption: `Walking (motion.webp)${unmade}`, bytes: films.motion, type: "image/webp", width: 320 },
      ],
    },
  ];
}

async function drawn(figure: Figure, caption: string): Promise<Picture> {
  return {
    caption,
    bytes: await figure.toPng({ palette: true }),
    type: "image/png",
    width: figure.spec.layout.width as number,
  };
}
