/**
 * # What the encoder sees
 *
 * f_I has hundreds of channels. Its first three principal components, shown as red, green and blue, hold most of what
 * it says: cells of one colour look alike to the encoder. Good features paint the same part of the body in one colour
 * and its neighbours in others; colours that stop at the person's outline mean that the encoder has found the person.
 *
 * Each component is stretched so that its 1st percentile is 0 and its 99th is 1; the colours of two pictures are
 * therefore not comparable.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { CROP, type FeatureMap } from "../encoder/encoder.ts";
import { TensorScope } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { gridUri, photoUri, type Pixels, pixelsOf } from "./encode_image.ts";
import { Figure } from "./figure.ts";
import { emptyTrace, panelImage, panelLayout, type Span } from "./layout.ts";
import { principalComponents } from "./principal_components.ts";

const SIDE = 250;

/** What stands above the pictures. */
export interface FeaturePcaOptions {
  /** The map's name, such as "dinov2-s"; "f_I" unless told. */
  readonly name?: string;
}

/**
 * The photo, the first three components of its features as colours, and both laid over each other.
 *
 * @param features A map [h, w, C] with C ≥ 3 and its place on the crop.
 * @param crop [512, 512, 3], 0..1
 * @throws {TypeError} if a tensor has another shape.
 * @throws {RangeError} if there are fewer than three channels or cells, or a feature is not finite.
 */
export async function featurePca(
  features: FeatureMap,
  crop: tf.Tensor3D,
  { name = "f_I" }: FeaturePcaOptions = {},
): Promise<Figure> {
  const { h, w, c } = expectShape("featurePca", { map: features.map, crop }, { map: "h w c", crop: "512 512 3" });
  using scope = new TensorScope();
  const rows = scope.own(features.map.reshape<tf.Tensor2D>([h * w, c]));
  const { scores, share } = scope.own(await principalComponents(rows, 3));
  const colours = coloursOf(await scores.data() as Float32Array, w, h);
  const parts = await share.data() as Float32Array;
  const percent = Array.from(parts, (part) => `${(100 * part).toFixed(0)} %`);
  const whole = (100 * parts.reduce((a, b) => a + b)).toFixed(0);

  const photo = await photoUri(await pixelsOf(crop), 1.5 * SIDE);
  const map = await gridUri(colours, Math.max(1, Math.round(2 * SIDE / Math.max(h, w))));
  const { origin, stride } = features;
  const covered: Span = [
    origin - stride / 2,
    origin + (w - 0.5) * stride,
    origin - stride / 2,
    origin + (h - 0.5) * stride,
  ];
  const titles = ["crop", "components 1, 2, 3 as red, green, blue", "both"];
  const grid = { columns: 3, rows: 1, width: SIDE, height: SIDE, span: [0, CROP, 0, CROP], titles } as const;
  const heading = {
    title: `What the encoder sees: ${name} [${h}, ${w}, ${c}]`,
    subtitle: `the three components hold ${percent.join(", ")} of the variance, together ${whole} %`,
  };
  return new Figure({
    data: [0, 1, 2].map(emptyTrace),
    layout: {
      ...panelLayout(heading, grid),
      images: [
        panelImage(0, photo, grid.span),
        panelImage(1, map, covered),
        panelImage(2, photo, grid.span),
        panelImage(2, map, covered, { opacity: 0.55, layer: "above" }), // two of one place and layer would be one
      ],
    },
  });
}

/** Scores [h·w, 3] as colours: each component from its 1st to its 99th percentile. */
function coloursOf(scores: Float32Array, width: number, height: number): Pixels {
  const rgb = new Uint8Array(scores.length);
  for (let channel = 0; channel < 3; channel++) {
    const column = scores.filter((_, i) => i % 3 === channel).sort();
    const low = column[Math.floor(0.01 * (column.length - 1))]!, high = column[Math.ceil(0.99 * (column.length - 1))]!;
    for (let i = channel; i < scores.length; i += 3) {
      rgb[i] = Math.round(255 * Math.min(1, Math.max(0, (scores[i]! - low) / (high - low || 1))));
    }
  }
  return { width, height, rgb };
}
