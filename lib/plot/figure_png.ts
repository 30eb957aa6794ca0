/**
 * # From a plotly figure to pixels
 *
 * ```
 * spec ── plotly.js in happy-dom ──▶ SVG ── resvg ──▶ PNG
 * ```
 *
 * No browser, no native code: a picture for the places where plotly cannot be live (GitHub, printed notebooks, files).
 * The first picture takes about two seconds, the next ones 0.1–0.5 s.
 *
 * @module
 */
import { Resvg } from "@resvg/resvg-wasm";
import type { FigureSpec } from "./figure.ts";
import { FONT, fontOptions, plotlyPage } from "./plotly_dom.ts";

/** Size of a figure whose layout does not say, in CSS pixels. */
export const DEFAULT_SIZE = { width: 720, height: 440 } as const;

/** Trace types that draw without WebGL; others never finish outside a browser. */
const FLAT_TRACES: ReadonlySet<string> = new Set(
  ["scatter", "heatmap", "image", "contour", "bar", "box", "violin", "histogram", "histogram2d"],
);

let queue: Promise<unknown> = Promise.resolve(); // plotly draws one figure at a time: its page is shared

/**
 * The figure as an SVG document.
 *
 * @throws {RangeError} if a trace needs WebGL, such as 3-D ones.
 */
export function figureSvg(spec: FigureSpec): Promise<string> {
  for (const { type = "scatter" } of spec.data) {
    if (!FLAT_TRACES.has(String(type))) {
      throw new RangeError(
        `figureSvg: a "${type}" trace cannot be drawn without a browser: known are ${[...FLAT_TRACES].join(", ")}`,
      );
    }
  }
  const drawn = queue.then(() => draw(spec));
  queue = drawn.catch(() => {});
  return drawn;
}

async function draw(spec: FigureSpec): Promise<string> {
  const { plotly, document } = await plotlyPage();
  const element = document.createElement("div");
  document.body.appendChild(element);
  try {
    const copy = structuredClone({ data: spec.data, layout: spec.layout }); // plotly writes into what it is given
    const size = { ...DEFAULT_SIZE, ...sizeOf(spec.layout) };
    const font = { ...copy.layout["font"] as object | undefined, family: FONT };
    await plotly.newPlot(element, copy.data, { ...copy.layout, ...size, font }, { staticPlot: true });
    const svg: string = await plotly.toImage(element, { format: "svg", ...size, imageDataOnly: true });
    plotly.purge(element);
    return svg.replaceAll("image-rendering: pixelated", "image-rendering: optimizeSpeed"); // resvg's word for it
  } finally {
    element.remove();
  }
}

function sizeOf(layout: FigureSpec["layout"]): { width?: number; height?: number } {
  const { width, height } = layout as { width?: number; height?: number };
  return { ...(width && { width }), ...(height && { height }) };
}

/**
 * The figure as a PNG file.
 *
 * @param scale Pixels of the PNG for each CSS pixel of the figure.
 */
export async function figurePng(spec: FigureSpec, scale: number): Promise<Uint8Array> {
  const svg = await figureSvg(spec);
  const { fonts } = await plotlyPage();
  const options = { background: "white", fitTo: { mode: "zoom", value: scale }, font: fontOptions(fonts) } as const;
  const rendered = new Resvg(svg, options).render();
  try {
    return rendered.asPng();
  } finally {
    rendered.free();
  }
}
