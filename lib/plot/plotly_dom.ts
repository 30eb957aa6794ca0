/**
 * # plotly without a browser
 *
 * plotly.js wants a page: elements to append to, fonts to measure, a canvas. happy-dom gives the elements, resvg
 * measures text with the very font that the PNG will be drawn with (so labels fit and nothing overlaps), and
 * {@linkcode PixelCanvas} is the canvas. What this cannot do is WebGL: 3-D and `gl` traces would wait for ever and are
 * refused by the caller.
 *
 * @module
 */
// deno-lint-ignore-file no-explicit-any -- plotly.js ships no types, and happy-dom's prototypes are patched on purpose
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { Window } from "happy-dom";
import { createRequire } from "node:module";
import { PixelCanvas } from "./pixel_canvas.ts";
import { svgBoxes, type TextMeter } from "./svg_boxes.ts";

const require = createRequire(import.meta.url);

/** The font of all figures; embedded, so that pictures are the same on every machine. */
export const FONT = "DejaVu Sans";

/** plotly.js, a document for it to draw in, and the fonts to draw the SVG with. */
export interface PlotlyPage {
  readonly plotly: any;
  readonly document: any;
  readonly fonts: readonly Uint8Array[];
}

let page: Promise<PlotlyPage> | undefined;

/** Loads plotly.js once, in about a second. */
export function plotlyPage(): Promise<PlotlyPage> {
  return page ??= openPage();
}

async function openPage(): Promise<PlotlyPage> {
  const fonts = await Promise.all(
    ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"].map((file) =>
      Deno.readFile(require.resolve(`dejavu-fonts-ttf/ttf/${file}`))
    ),
  );
  await initWasm(await Deno.readFile(require.resolve("@resvg/resvg-wasm/index_bg.wasm")));
  const window: any = new Window({ url: "http://localhost/", width: 1280, height: 960 });
  window.URL.createObjectURL = () => "blob:none"; // plotly asks for a worker's address that 2-D traces never use
  measureBoxes(window, fonts);
  giveCanvas(window);
  const source = await Deno.readTextFile(require.resolve("plotly.js-dist-min/plotly.min.js"));
  return { plotly: evaluate(source, window), document: window.document, fonts };
}

/** The options with which resvg finds the embedded fonts and no others. */
export function fontOptions(fonts: readonly Uint8Array[]): any {
  return { fontBuffers: fonts, defaultFontFamily: FONT, sansSerifFamily: FONT, loadSystemFonts: false };
}

/** Tells plotly where text and groups of it lie. */
function measureBoxes(window: any, fonts: readonly Uint8Array[]): void {
  const boxes = svgBoxes(textMeter(fonts));
  window.SVGElement.prototype.getBBox = function () {
    return boxes.local(this);
  };
  window.SVGElement.prototype.getComputedTextLength = function () {
    return boxes.local(this).width;
  };
  const boxOfOthers = window.Element.prototype.getBoundingClientRect;
  window.Element.prototype.getBoundingClientRect = function () {
    if (!(this instanceof window.SVGElement)) return boxOfOthers.call(this);
    const { x, y, width, height } = boxes.onPage(this);
    return { x, y, width, height, left: x, top: y, right: x + width, bottom: y + height };
  };
}

/** Widths of lines of text in pixels, as resvg will draw them, remembered. */
function textMeter(fonts: readonly Uint8Array[]): TextMeter {
  const emWidths = new Map<string, number>();
  return (text, size, bold) => {
    const key = `${bold ? "b" : "r"}${text}`;
    let width = emWidths.get(key);
    if (width === undefined) {
      const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
      const weight = bold ? "bold" : "normal";
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9999" height="200"><text y="100" font-size="100" ` +
        `font-family="${FONT}" font-weight="${weight}">${escaped}</text></svg>`;
      const box = new Resvg(svg, { font: fontOptions(fonts) }).getBBox(); // undefined where there is no ink
      width = box === undefined ? 0.3 * text.length : (2 * box.x + box.width) / 100;
      emWidths.set(key, width);
    }
    return width * size;
  };
}

function giveCanvas(window: any): void {
  const canvases = new WeakMap<object, PixelCanvas>();
  window.HTMLCanvasElement.prototype.getContext = function (kind: string) {
    if (kind !== "2d") return null;
    let canvas = canvases.get(this);
    if (canvas === undefined || canvas.width !== this.width || canvas.height !== this.height) {
      canvas = new PixelCanvas(this.width, this.height);
      canvases.set(this, canvas);
    }
    return canvas;
  };
  window.HTMLCanvasElement.prototype.toDataURL = function () {
    return this.getContext("2d").toDataUrl();
  };
}

/** Runs plotly's one file with the window's names in place of the globals that it expects. */
function evaluate(source: string, window: any): any {
  const module = { exports: {} as any };
  const names: Record<string, unknown> = {
    window,
    self: window,
    document: window.document,
    navigator: window.navigator,
    getComputedStyle: window.getComputedStyle.bind(window),
    HTMLElement: window.HTMLElement,
    SVGElement: window.SVGElement,
    Element: window.Element,
    Node: window.Node,
    DOMParser: window.DOMParser,
    XMLSerializer: window.XMLSerializer,
    Blob: window.Blob,
    URL: window.URL,
    matchMedia: window.matchMedia.bind(window),
    requestAnimationFrame: (callback: () => void) => setTimeout(callback, 0),
    module,
    exports: module.exports,
  };
  new Function(...Object.keys(names), source).call(window, ...Object.values(names));
  return module.exports;
}
