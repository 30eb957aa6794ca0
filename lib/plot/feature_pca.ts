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
  const { picture, shares } = await componentsOf(features, SIDE);
  const photo = await pixelsOf(crop);
  const titles = ["crop", "components 1, 2, 3 as red, green, blue", "both"];
  const grid = { columns: 3, rows: 1, width: SIDE, height: SIDE, span: [0, CROP, 0, CROP], titles } as const;
  const heading = {
    title: `What the encoder sees: ${name} [${h}, ${w}, ${c}]`,
    subtitle: `the three components hold ${shares.map(percent).join(", ")} of the variance, together ${
      percent(shares.reduce((a, b) => a + b))
    }`,
  };
  const covered = spanOf(features);
  return new Figure({
    data: [0, 1, 2].map(emptyTrace),
    layout: {
      ...panelLayout(heading, grid),
      images: [
        panelImage(0, await photoUri(photo, SIDE), grid.span),
        panelImage(1, picture, covered),
        panelImage(2, await photoUri(photo, SIDE, "grey"), grid.span),
        panelImage(2, picture, covered, { opacity: 0.55, layer: "above" }), // two of one place and layer would be one
      ],
    },
  });
}

/**
 * The first three components of several maps, side by side: blocks of one network, or levels of a pyramid.
 *
 * @param maps From 1 to 8 maps by name, each with C ≥ 3.
 * @throws {TypeError} if a map has another rank.
 * @throws {RangeError} if there are none or too many, fewer than three channels or cells, or a feature is not finite.
 */
export async function featurePcaGrid(maps: Readonly<Record<string, FeatureMap>>): Promise<Figure> {
  const entries = Object.entries(maps);
  if (entries.length < 1 || entries.length > 8) {
    throw new RangeError(`featurePcaGrid: can show 1 to 8 maps: got ${entries.length}`);
  }
  const shown: { readonly picture: string; readonly title: string; readonly span: Span }[] = [];
  for (const [name, features] of entries) {
    const { h, w, c } = expectShape("featurePcaGrid", { map: features.map }, { map: "h w c" });
    const { picture, shares } = await componentsOf(features, 200);
    const title = `${name} [${h}, ${w}, ${c}]<br>${shares.map(percent).join(", ")}`;
    shown.push({ picture, title, span: spanOf(features) });
  }
  const columns = Math.min(4, shown.length);
  const grid = {
    columns,
    rows: Math.ceil(shown.length / columns),
    width: 200,
    height: 200,
    span: [0, CROP, 0, CROP],
    titles: shown.map(({ title }) => title),
    titleLines: 2,
  } as const;
  const heading = {
    title: "What the encoder sees (components 1, 2, 3 as red, green, blue)",
    subtitle: "below each name: the share of the variance that each component holds",
  };
  return new Figure({
    data: shown.map((_, i) => emptyTrace(i)),
    layout: {
      ...panelLayout(heading, grid),
      images: shown.map(({ picture, span }, i) => panelImage(i, picture, span)),
    },
  });
}

/** A map's first three components as a picture, and each one's share of the variance. */
async function componentsOf(features: FeatureMap, side: number): Promise<{ picture: string; shares: number[] }> {
  using scope = new TensorScope();
  const [h, w, c] = features.map.shape;
  const rows = scope.own(features.map.reshape<tf.Tensor2D>([h * w, c]));
  const { scores, share } = scope.own(await principalComponents(rows, 3));
  const colours = coloursOf(await scores.data() as Float32Array, w, h);
  const cells = Math.max(h, w);
  const picture = cells > 48 // finer than that is a photo rather than a grid, and a PNG of it would be large
    ? await photoUri(colours, side)
    : await gridUri(colours, Math.max(1, Math.round(2 * side / cells)));
  return { picture, shares: Array.from(await share.data()) };
}

/** The rectangle of the crop that a map's cells speak for. */
function spanOf({ map: { shape: [h, w] }, origin, stride }: FeatureMap): Span {
  const start = origin - stride / 2;
  return [start, start + w * stride, start, start + h * stride];
}

function percent(part: number): string {
  return `${(100 * part).toFixed(0)} %`;
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
