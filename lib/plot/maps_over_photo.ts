/**
 * # Any numbers of a grid, laid over the photo
 *
 * Similarities, masks, uncertainty maps: one panel for each map, each cell over the pixels that it speaks for, all on
 * one scale. Signed numbers are centred at zero and fade into the photo there; others run from the least to the most.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { CROP } from "../encoder/encoder.ts";
import { expectShape } from "../tensor/shape.ts";
import { colourAt, type ColourScale } from "./colormaps.ts";
import { photoUri, pixelsOf } from "./encode_image.ts";
import { Figure } from "./figure.ts";
import { cellCentres, type GridPlace } from "./heatmap_over_photo.ts";
import { panelAxes, panelImage, panelLayout } from "./layout.ts";
import { roundedRows } from "./round.ts";

const MOST = 16;

/** Maps of one grid over one photo. */
export interface MapsOverPhoto {
  /** [512, 512, 3], 0..1 */
  readonly crop: tf.Tensor3D;
  /** [n, h, w], n from 1 to 16; cells that are not finite stay clear. */
  readonly maps: tf.Tensor3D;
  /** Where the grid lies on the crop. */
  readonly features: GridPlace;
  /** n names. */
  readonly labels: readonly string[];
  /** What the numbers are, with their unit. */
  readonly title: string;
  /** The quieter second line. */
  readonly subtitle?: string;
  /** Whether zero is the middle of the colours. */
  readonly signed?: boolean;
}

/**
 * Shows maps as small multiples on one scale.
 *
 * @throws {TypeError} if a tensor has another shape, or there are not n labels.
 * @throws {RangeError} if n is not from 1 to 16.
 */
export async function mapsOverPhoto(
  { crop, maps, features, labels, title, subtitle = "", signed = false }: MapsOverPhoto,
): Promise<Figure> {
  const { n, h, w } = expectShape("mapsOverPhoto", { crop, maps }, { crop: "512 512 3", maps: "n h w" });
  if (n < 1 || n > MOST) throw new RangeError(`mapsOverPhoto: can show 1 to ${MOST} maps: got ${n}: slice them first`);
  if (labels.length !== n) throw new TypeError(`mapsOverPhoto: labels must name ${n} maps: got ${labels.length}`);
  const values = await maps.data() as Float32Array;
  const photo = await photoUri(await pixelsOf(crop), 230, "grey");
  const finite = values.filter(Number.isFinite);
  const [low, high] = finite.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
  const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
  const columns = Math.min(n, 3);
  const grid = {
    columns,
    rows: Math.ceil(n / columns),
    width: 230,
    height: 230,
    span: [0, CROP, 0, CROP],
    titles: labels,
    right: 84,
  } as const;
  const data = labels.map((_, i) => ({
    type: "heatmap",
    z: roundedRows(values.subarray(i * h * w, (i + 1) * h * w), w),
    x: cellCentres(w, features),
    y: cellCentres(h, features),
    xaxis: panelAxes(i).x,
    yaxis: panelAxes(i).y,
    zmin: signed ? -most : low,
    zmax: signed ? most : high,
    colorscale: signed ? SIGNED : UNSIGNED,
    showscale: i === 0,
    colorbar: { thickness: 12, outlinewidth: 0, x: 1.02 },
    hovertemplate: "x %{x:.0f} px, y %{y:.0f} px: %{z}<extra></extra>",
  }));
  return new Figure({
    data,
    layout: {
      ...panelLayout({ title, subtitle }, grid),
      images: data.map((_, i) => panelImage(i, photo, grid.span)),
    },
  });
}

const STEPS = Array.from({ length: 17 }, (_, i) => i / 16);
/** Strong colours hide the photo, weak ones leave it. */
const SIGNED: ColourScale = STEPS.map((t) => {
  const alpha = 0.9 * Math.sqrt(Math.abs(2 * t - 1));
  return [t, `rgba(${colourAt("diverging", t).join(",")},${alpha.toFixed(3)})`];
});
const UNSIGNED: ColourScale = STEPS.map((t) => [t, `rgba(${colourAt("sequential", t).join(",")},0.65)`]);
