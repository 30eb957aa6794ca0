/**
 * # The heatmaps of several Gaussians, side by side
 *
 * Small multiples over the same photo. Each map is coloured up to its own largest probability, which its heading
 * states: a heading of 0.01 on a 28×28 grid is a map that knows next to nothing (flat would be 1/784 = 0.0013).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { CROP } from "../encoder/encoder.ts";
import { TensorScope } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { photoUri, pixelsOf } from "./encode_image.ts";
import { Figure } from "./figure.ts";
import { type GridPlace, positionTraces, probabilityTrace } from "./heatmap_over_photo.ts";
import { panelImage, panelLayout } from "./layout.ts";
import { readable } from "./round.ts";

/** Most panels in one figure. */
const MOST = 16;

/** Several Gaussians' heatmaps and what was read from them. */
export interface HeatmapGrid {
  /** [512, 512, 3], 0..1 */
  readonly crop: tf.Tensor3D;
  /** [n, h, w] logits of H_2D, n from 1 to 16. */
  readonly heatmaps: tf.Tensor3D;
  /** Where the grid lies on the crop. */
  readonly features: GridPlace;
  /** [n, 2] p'_2D in crop pixels. */
  readonly position2d: tf.Tensor2D;
  /** [n] u in metres; no circles without it. */
  readonly uncertainty?: tf.Tensor1D;
  /** n names. */
  readonly labels: readonly string[];
  /** Said below the title, such as "untrained localizer". */
  readonly note?: string;
}

/**
 * Heatmaps as small multiples.
 *
 * @throws {TypeError} if a tensor has another shape, or there are not n labels.
 * @throws {RangeError} if n is not from 1 to 16.
 */
export async function heatmapGrid(
  { crop, heatmaps, features, position2d, uncertainty, labels, note }: HeatmapGrid,
): Promise<Figure> {
  const { n, h, w } = expectShape("heatmapGrid", { crop, heatmaps, position2d }, {
    crop: "512 512 3",
    heatmaps: "n h w",
    position2d: "n 2",
  });
  if (uncertainty !== undefined) expectShape("heatmapGrid", { uncertainty }, `${n}`);
  if (n < 1 || n > MOST) {
    throw new RangeError(`heatmapGrid: can show 1 to ${MOST} heatmaps: got ${n}: slice them first`);
  }
  if (labels.length !== n) throw new TypeError(`heatmapGrid: labels must name ${n} heatmaps: got ${labels.length}`);
  using scope = new TensorScope();
  const probabilities = await scope.tidy(() => tf.softmax(heatmaps.reshape([n, h * w]))).data();
  const positions = await position2d.data();
  const reach = await uncertainty?.data();
  const photo = await photoUri(await pixelsOf(crop), 170, "grey");
  const columns = Math.min(n, 4);
  const each = Array.from({ length: n }, (_, i) => probabilities.subarray(i * h * w, (i + 1) * h * w) as Float32Array);
  const grid = { columns, rows: Math.ceil(n / columns), width: 170, height: 170, span: [0, CROP, 0, CROP] } as const;
  const titles = labels.map((label, i) => `${label} · max P ${readable(each[i]!.reduce((a, b) => Math.max(a, b)))}`);
  const subtitle = `cross p′<sub>2D</sub>${reach ? ", circle u" : ""} · each map to its own maximum${
    note ? ` · ${note}` : ""
  }`;
  return new Figure({
    data: each.flatMap((probability, i) => [
      probabilityTrace(i, probability, w, features),
      ...positionTraces(i, [positions[2 * i]!, positions[2 * i + 1]!], reach?.[i], 9),
    ]),
    layout: {
      ...panelLayout({ title: `Heatmaps of ${n} Gaussians (probability per cell)`, subtitle }, { ...grid, titles }),
      images: each.map((_, i) => panelImage(i, photo, grid.span)),
    },
  });
}
