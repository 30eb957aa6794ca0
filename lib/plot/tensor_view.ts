/**
 * # Looking into a tensor
 *
 * Every array as a picture: rows down, columns to the right, one tile for each index of the axis chosen as `tiles`.
 * White is zero, blue is negative, red is positive, and equal strength means equal size. What must not be overlooked is
 * marked: × for NaN, △ and ▽ for plus and minus infinity. Long axes are thinned, every k-th entry being shown; the
 * numbers below the title are always those of the whole tensor.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { expectInteger, resolveOptions } from "../tensor/options.ts";
import { colourScale } from "./colormaps.ts";
import { Figure } from "./figure.ts";
import { emptyTrace, panelAxes, panelLayout } from "./layout.ts";
import { readable, roundedRows } from "./round.ts";
import { planTiles } from "./tile_plan.ts";

/** How a tensor is shown. */
export interface TensorViewOptions {
  /** The tensor's name, above the picture. */
  readonly name: string;
  /** Axis names in order, such as "h w C"; numbers unless told. */
  readonly axes: string;
  /** The axis that becomes tiles; the last of three or more unless told. */
  readonly tiles: number;
  /** Most tiles shown. */
  readonly mostTiles: number;
  /** Most rows and columns shown in a tile. */
  readonly mostCells: number;
}

/**
 * Shows a tensor of any rank as pictures of numbers.
 *
 * @throws {RangeError} if the tensor is empty, or an option is out of range.
 * @throws {TypeError} if `axes` does not name every axis.
 */
export async function tensorView(tensor: tf.Tensor, options?: Partial<TensorViewOptions>): Promise<Figure> {
  const rank = tensor.rank;
  const defaults = { name: "tensor", axes: "", tiles: Math.max(0, rank - 1), mostTiles: 12, mostCells: 64 };
  const { name, axes, tiles, mostTiles, mostCells } = resolveOptions<TensorViewOptions>(
    "tensorView",
    defaults,
    options,
  );
  if (tensor.size === 0) throw new RangeError(`tensorView: cannot show an empty tensor [${tensor.shape.join(", ")}]`);
  const names = axes === "" ? tensor.shape.map((_, i) => `axis ${i}`) : axes.split(" ");
  if (names.length !== rank) throw new TypeError(`tensorView: axes must name ${rank} axes: got "${axes}"`);
  if (rank > 2) expectInteger("tensorView", "tiles", tiles, 0, rank - 1);
  expectInteger("tensorView", "mostTiles", mostTiles, 1, 24);
  expectInteger("tensorView", "mostCells", mostCells, 2, 256);

  const values = await tensor.data();
  const plan = planTiles(tensor.shape, names, { tileAxis: rank > 2 ? tiles : -1, mostTiles, mostCells });
  const side = plan.count === 1 ? 420 : 150;
  const shown = Array.from({ length: plan.count }, (_, tile) => plan.cells(tile).map((index) => values[index]!));
  const reach = reachOf(shown.flat());
  const zoom = Math.max(1, Math.min(48, Math.floor(side / Math.max(plan.rows.shown, plan.columns.shown))));
  const columns = Math.min(plan.count, 4);
  const grid = {
    columns,
    rows: Math.ceil(plan.count / columns),
    width: Math.max(24, plan.columns.shown * zoom),
    height: Math.max(24, plan.rows.shown * zoom),
    span: [-0.5, plan.columns.shown - 0.5, -0.5, plan.rows.shown - 0.5],
    ...(plan.tileNames.length > 0 && { titles: plan.tileNames }),
    right: 84,
  } as const;
  const data = Array.from({ length: plan.count }, (_, tile) => {
    const cells = shown[tile]!;
    return [
      {
        type: "heatmap",
        z: roundedRows(cells, plan.columns.shown),
        xaxis: panelAxes(tile).x,
        yaxis: panelAxes(tile).y,
        zmin: -reach,
        zmax: reach,
        colorscale: colourScale("diverging"),
        showscale: tile === 0,
        colorbar: { thickness: 12, outlinewidth: 0, x: 1.02 },
        hovertemplate: `${plan.rows.name} %{y}, ${plan.columns.name} %{x}: %{z}<extra></extra>`,
      },
      ...marks(tile, cells, plan.columns.shown, Math.max(4, Math.min(12, zoom - 2))),
    ];
  }).flat();
  const heading = {
    title: `${name} [${tensor.shape.join(", ")}] ${tensor.dtype}`,
    subtitle: `${summarise(values)} · colours end at ±${readable(reach)}${plan.note}`,
  };
  return new Figure({ data, layout: panelLayout(heading, grid) });
}

/** The size at which colours end: beyond it lies at most one number in two hundred. */
function reachOf(shown: readonly number[]): number {
  const sizes = shown.filter(Number.isFinite).map(Math.abs).sort((a, b) => a - b);
  return sizes[Math.ceil(0.995 * (sizes.length - 1))] || sizes.at(-1) || 1;
}

/** The numbers of the whole tensor in words. */
function summarise(values: ArrayLike<number>): string {
  let [low, high, sum, finite, nan] = [Infinity, -Infinity, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (Number.isNaN(value)) nan++;
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
    sum += value;
    finite++;
  }
  const infinite = values.length - finite - nan;
  const range = finite === 0
    ? "nothing finite"
    : `min ${readable(low)} · mean ${readable(sum / finite)} · max ${readable(high)}`;
  return `${range}${nan > 0 ? ` · ${nan} NaN` : ""}${infinite > 0 ? ` · ${infinite} infinite` : ""}`;
}

/** Symbols over the cells that hold no finite number. */
function marks(tile: number, cells: readonly number[], columns: number, size: number): Record<string, unknown>[] {
  const kinds = [
    { name: "NaN", symbol: "x-thin", is: Number.isNaN },
    { name: "+Infinity", symbol: "triangle-up-open", is: (value: number) => value === Infinity },
    { name: "−Infinity", symbol: "triangle-down-open", is: (value: number) => value === -Infinity },
  ];
  return kinds.flatMap(({ name, symbol, is }) => {
    const at = cells.flatMap((value, i) => is(value) ? [i] : []);
    if (at.length === 0) return [];
    return [{
      ...emptyTrace(tile),
      mode: "markers",
      x: at.map((i) => i % columns),
      y: at.map((i) => Math.floor(i / columns)),
      marker: { symbol, size, color: "#d000d0", line: { width: 2, color: "#d000d0" } },
      hovertemplate: `${name}<extra></extra>`,
    }];
  });
}
