/**
 * # Where a heatmap says a Gaussian is
 *
 * ```
 * P = softmax(H_2D)          cell (i, j) is centred at origin + (j, i)·stride crop pixels
 * ```
 *
 * The probability P is laid over the photo, each cell exactly over the pixels that it speaks for. The cross is p'_2D,
 * the mean of P; the dashed circle has the radius u, the localizer's own estimate of its error, drawn at 512 px per
 * 2.2 m. A cross where there is no colour means that P has several peaks and their mean lies between them.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { CROP, type FeatureMap } from "../encoder/encoder.ts";
import { TensorScope } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { type ColourScale, overlayScale } from "./colormaps.ts";
import { photoUri, pixelsOf } from "./encode_image.ts";
import { Figure } from "./figure.ts";
import { panelAxes, panelImage, panelLayout } from "./layout.ts";
import { readable, rounded, roundedRows } from "./round.ts";

/** Crop pixels per metre: the crop shows a box of 2.2 m. */
const PIXELS_PER_METRE = CROP / 2.2;

/** Where a feature map's cells lie on the crop. */
export type GridPlace = Pick<FeatureMap, "origin" | "stride">;

/** One Gaussian's heatmap and what was read from it. */
export interface HeatmapOverPhoto {
  /** [512, 512, 3], 0..1 */
  readonly crop: tf.Tensor3D;
  /** [h, w] logits of H_2D. */
  readonly heatmap: tf.Tensor2D;
  /** Where the grid lies on the crop. */
  readonly features: GridPlace;
  /** [2] p'_2D in crop pixels. */
  readonly position2d: tf.Tensor1D;
  /** u in metres; no circle without it. */
  readonly uncertainty?: number;
  /** Whose heatmap it is, such as "left wrist". */
  readonly label: string;
  /** Said in the title, such as "untrained localizer". */
  readonly note?: string;
}

/**
 * One heatmap over the photo.
 *
 * @throws {TypeError} if a tensor has another shape.
 */
export async function heatmapOverPhoto(
  { crop, heatmap, features, position2d, uncertainty, label, note }: HeatmapOverPhoto,
): Promise<Figure> {
  const { w } = expectShape("heatmapOverPhoto", { crop, heatmap, position2d }, {
    crop: "512 512 3",
    heatmap: "h w",
    position2d: "2",
  });
  using scope = new TensorScope();
  const probability = await scope.tidy(() => tf.softmax(heatmap.flatten())).data();
  const [x, y] = await position2d.data() as Float32Array;
  const grid = { columns: 1, rows: 1, width: 400, height: 400, span: [0, CROP, 0, CROP], right: 96 } as const;
  const axes = { axes: { x: "x (crop px)", y: "y (crop px)" } };
  const reach = uncertainty === undefined ? "" : ` · u = ${readable(uncertainty)} m (circle)`;
  const subtitle = `p′<sub>2D</sub> = (${x!.toFixed(1)}, ${y!.toFixed(1)}) px (cross)${reach}`;
  const photo = await photoUri(await pixelsOf(crop), 400, "grey");
  return new Figure({
    data: [
      { ...probabilityTrace(0, probability, w, features), showscale: true, colorbar: BAR },
      ...positionTraces(0, [x!, y!], uncertainty),
    ],
    layout: {
      ...panelLayout({ title: `Where is ${label}? (${note || "probability per cell"})`, subtitle }, {
        ...grid,
        ...axes,
      }),
      images: [panelImage(0, photo, grid.span)],
    },
  });
}

const BAR = { title: { text: "P" }, thickness: 12, outlinewidth: 0, len: 1, x: 1.02 };
const OVERLAY: ColourScale = overlayScale("heat");

/** Crop pixels of the centres of `count` cells. */
export function cellCentres(count: number, { origin, stride }: GridPlace): number[] {
  return Array.from({ length: count }, (_, cell) => rounded(origin + cell * stride));
}

/** The probability over panel i, transparent where it is 0. */
export function probabilityTrace(
  i: number,
  probability: ArrayLike<number>,
  columns: number,
  place: GridPlace,
): Record<string, unknown> {
  const rows = roundedRows(probability, columns);
  const axes = panelAxes(i);
  return {
    type: "heatmap",
    z: rows,
    x: cellCentres(columns, place),
    y: cellCentres(rows.length, place),
    zmin: 0,
    zmax: Math.max(...rows.flat().map((value) => value ?? 0)),
    colorscale: OVERLAY,
    showscale: false,
    xaxis: axes.x,
    yaxis: axes.y,
    hovertemplate: "x %{x:.0f} px, y %{y:.0f} px: P = %{z:.3g}<extra></extra>",
  };
}

/** A cross at p'_2D and a dashed circle of radius u around it, seen on light and dark ground alike. */
export function positionTraces(
  i: number,
  [x, y]: readonly [x: number, y: number],
  uncertainty: number | undefined,
  size = 14,
): Record<string, unknown>[] {
  const axes = { xaxis: panelAxes(i).x, yaxis: panelAxes(i).y, hoverinfo: "skip", type: "scatter" };
  const cross = (size: number, width: number, color: string) => ({
    ...axes,
    x: [x],
    y: [y],
    mode: "markers",
    marker: { symbol: "x-thin", size, line: { width, color } },
  });
  const radius = (uncertainty ?? NaN) * PIXELS_PER_METRE;
  const turn = Array.from({ length: 65 }, (_, step) => 2 * Math.PI * step / 64);
  const circle = (width: number, color: string, dash: string) => ({
    ...axes,
    x: turn.map((angle) => rounded(x + radius * Math.cos(angle))),
    y: turn.map((angle) => rounded(y + radius * Math.sin(angle))),
    mode: "lines",
    line: { width, color, dash },
  });
  const circles = Number.isFinite(radius)
    ? [circle(2.5, "rgba(0,0,0,0.5)", "solid"), circle(1.5, "#fff", "5px,4px")]
    : [];
  return [...circles, cross(size, size / 3, "#000"), cross(0.87 * size, size / 6, "#4df3ff")];
}
