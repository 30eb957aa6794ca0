/**
 * # One look for all figures
 *
 * Title on the left with what is shown and its unit, a quieter line below it with the numbers, white ground, and panels
 * whose pixels are square because their places are computed, not fitted.
 *
 * @module
 */
import { FONT } from "./plotly_dom.ts";

const INK = "#222";
const QUIET = "#666";

/** What the head of a figure says. */
export interface Heading {
  /** What is shown, with its unit. */
  readonly title: string;
  /** The numbers that go with it; may be empty. */
  readonly subtitle?: string;
}

/** Space around the plot in CSS pixels: left, right, top, bottom. */
export interface Margin {
  readonly l: number;
  readonly r: number;
  readonly t: number;
  readonly b: number;
}

/** Room that a heading needs above the plot. */
export function headingHeight({ subtitle }: Heading): number {
  return subtitle ? 58 : 42;
}

/** The parts of a layout that all figures share. */
export function baseLayout(
  { title, subtitle }: Heading,
  size: { readonly width: number; readonly height: number },
  margin: Margin,
): Record<string, unknown> {
  const left = 14;
  const quieter = {
    name: "subtitle",
    text: subtitle,
    showarrow: false,
    align: "left",
    xref: "paper",
    yref: "paper",
    x: 0,
    y: 1,
    xanchor: "left",
    yanchor: "top",
    xshift: left - margin.l,
    yshift: margin.t - 32,
    borderpad: 0,
    font: { size: 12, color: QUIET },
  };
  return {
    ...size,
    margin: { ...margin, autoexpand: false },
    title: {
      text: title,
      font: { size: 15 },
      x: 0,
      xref: "container",
      xanchor: "left",
      y: 1,
      yref: "container",
      yanchor: "top",
      pad: { l: left, t: 12 },
    },
    annotations: subtitle ? [quieter] : [],
    font: { family: `${FONT}, Verdana, sans-serif`, size: 12, color: INK },
    paper_bgcolor: "white",
    plot_bgcolor: "white",
    showlegend: false,
    hovermode: "closest",
    modebar: { remove: ["select", "lasso", "zoomin", "zoomout", "autoscale", "sendDataToCloud"] }, // it covers the title
  };
}

/** A grid of equal panels. */
export interface PanelGrid {
  readonly columns: number;
  readonly rows: number;
  /** Size of one panel in CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** The coordinates that a panel spans. */
  readonly span: Span;
  /** A line above each panel, by row. */
  readonly titles?: readonly string[];
  /** How many lines the titles have; one unless told. */
  readonly titleLines?: number;
  /** Axis names; without them the axes are hidden. */
  readonly axes?: { readonly x: string; readonly y: string };
  /** Space kept to the right of the grid, for a colour bar. */
  readonly right?: number;
}

/** The layout of a grid of panels; panel i has axes `x{i+1}`, `y{i+1}` (the first has plain `x`, `y`). */
export function panelLayout(heading: Heading, grid: PanelGrid): Record<string, unknown> {
  const above = grid.titles === undefined ? 0 : 2 + 14 * (grid.titleLines ?? 1);
  const gap = { x: 14, y: 14 + above };
  const margin = {
    l: grid.axes === undefined ? 14 : 62,
    r: grid.right ?? 14,
    t: headingHeight(heading) + above,
    b: grid.axes === undefined ? 14 : 46,
  };
  const inner = {
    width: grid.columns * grid.width + (grid.columns - 1) * gap.x,
    height: grid.rows * grid.height + (grid.rows - 1) * gap.y,
  };
  const layout = baseLayout(heading, {
    width: Math.max(inner.width + margin.l + margin.r, 400), // a title needs room
    height: inner.height + margin.t + margin.b,
  }, margin);
  const full = { ...inner, width: layout["width"] as number - margin.l - margin.r };
  const annotations = [...layout["annotations"] as unknown[]];
  for (let i = 0; i < grid.columns * grid.rows; i++) {
    const left = (i % grid.columns) * (grid.width + gap.x), top = Math.floor(i / grid.columns) * (grid.height + gap.y);
    const domain = {
      x: [left / full.width, (left + grid.width) / full.width],
      y: [1 - (top + grid.height) / full.height, 1 - top / full.height],
    };
    const quiet = { showgrid: false, zeroline: false, visible: grid.axes !== undefined, ticks: "outside" };
    const [first, last, high, low] = grid.span;
    const n = i === 0 ? "" : String(i + 1);
    layout[`xaxis${n}`] = {
      ...quiet,
      domain: domain.x,
      anchor: `y${n}`,
      range: [first, last],
      title: { text: grid.axes?.x, standoff: 8 },
    };
    layout[`yaxis${n}`] = {
      ...quiet,
      domain: domain.y,
      anchor: `x${n}`,
      range: [low, high],
      title: { text: grid.axes?.y, standoff: 8 },
    };
    if (grid.titles?.[i]) {
      annotations.push({
        text: grid.titles[i],
        showarrow: false,
        align: "left",
        borderpad: 0,
        xref: "paper",
        yref: "paper",
        x: domain.x[0],
        y: domain.y[1],
        xanchor: "left",
        yanchor: "bottom",
        font: { size: 11, color: INK },
      });
    }
  }
  return { ...layout, annotations };
}

/** The axis names of panel i in traces, images and shapes. */
export function panelAxes(i: number): { readonly x: string; readonly y: string } {
  return i === 0 ? { x: "x", y: "y" } : { x: `x${i + 1}`, y: `y${i + 1}` };
}

/** A rectangle in a panel's coordinates: left, right, top, bottom. */
export type Span = readonly [left: number, right: number, top: number, bottom: number];

/** A picture on panel i, stretched over a rectangle of its coordinates, below the traces unless told otherwise. */
export function panelImage(
  i: number,
  source: string,
  span: Span,
  look: { readonly opacity?: number; readonly layer?: "below" | "above" } = {},
): Record<string, unknown> {
  const [left, right, top, bottom] = span;
  const axes = panelAxes(i);
  return {
    source,
    xref: axes.x,
    yref: axes.y,
    x: left,
    y: top,
    sizex: Math.abs(right - left),
    sizey: Math.abs(bottom - top),
    sizing: "stretch",
    layer: "below",
    ...look,
  };
}

/** A trace without points: plotly draws the axes of panel i, and the pictures on them, only where a trace is. */
export function emptyTrace(i: number): Record<string, unknown> {
  const axes = panelAxes(i);
  return { type: "scatter", x: [], y: [], xaxis: axes.x, yaxis: axes.y };
}
