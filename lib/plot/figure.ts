/**
 * # A figure: live where it can be, a picture everywhere else
 *
 * A figure is a plotly specification, plain data that any plotly can draw, together with the means to turn it into a
 * PNG without one. In a notebook it shows itself as both: JupyterLab and VS Code draw the live form, GitHub and printed
 * notebooks the picture.
 *
 * ```ts
 * import { Figure } from "./figure.ts";
 * const figure = new Figure({
 *   data: [{ type: "bar", x: ["a", "b"], y: [1, 2] }],
 *   layout: { title: { text: "Two bars (count)" }, width: 300, height: 200 },
 * });
 * const png = await figure.toPng({ scale: 1 });
 * console.log(png.subarray(1, 4)); // the letters P, N, G
 * ```
 *
 * @module
 */
import sharp from "sharp";
import { extname } from "node:path";
import { writeFileAtomic } from "../format/file.ts";
import { resolveOptions } from "../tensor/options.ts";
import { DISPLAY, type Displayable, type MediaBundle } from "./display.ts";
import { figurePng, figureSvg } from "./figure_png.ts";
import { base64 } from "./pixel_canvas.ts";

/** The MIME type of a plotly figure in a notebook. */
export const PLOTLY = "application/vnd.plotly.v1+json";

/** A figure as data, in plotly's words (https://plotly.com/javascript/reference). */
export interface FigureSpec {
  /** The traces. */
  readonly data: readonly Readonly<Record<string, unknown>>[];
  /** Axes, title, images, annotations. */
  readonly layout: Readonly<Record<string, unknown>>;
}

/** How a figure becomes a PNG. */
export interface PngOptions {
  /** Pixels of the PNG for each CSS pixel of the figure; 2 is sharp on dense screens. */
  readonly scale: number;
  /** At most 256 colours, which is a third of the bytes; for notebooks. */
  readonly palette: boolean;
}

/** A plotly specification that can show, draw and save itself. */
export class Figure implements Displayable {
  /**
   * Wraps a specification.
   *
   * @param spec What plotly draws; must be plain JSON data.
   */
  constructor(readonly spec: FigureSpec) {}

  /** The title and subtitle as plain text. */
  get title(): string {
    const { title, annotations = [] } = this.spec.layout as {
      title?: { text?: string };
      annotations?: { name?: string; text: string }[];
    };
    const subtitle = annotations.find((annotation) => annotation.name === "subtitle")?.text;
    const lines = [title?.text, subtitle].filter((line) => line !== undefined && line !== "");
    return lines.length === 0 ? "untitled" : lines.join(": ").replaceAll(/<[^>]*>/g, "");
  }

  /**
   * The figure as a PNG file.
   *
   * @throws {RangeError} if a trace needs WebGL, or the scale is not within 0.1–8.
   */
  async toPng(options?: Partial<PngOptions>): Promise<Uint8Array> {
    const { scale, palette } = resolveOptions<PngOptions>("Figure.toPng", { scale: 2, palette: false }, options);
    if (!(scale >= 0.1 && scale <= 8)) throw new RangeError(`Figure.toPng: scale must be within 0.1–8: got ${scale}`);
    const png = await figurePng(this.spec, scale);
    return palette ? new Uint8Array(await sharp(png).png({ palette: true, effort: 7 }).toBuffer()) : png;
  }

  /** The figure as an SVG document. */
  toSvg(): Promise<string> {
    return figureSvg(this.spec);
  }

  /**
   * Writes the figure as `.png`, `.svg` or `.json` (plotly's specification), by the name's ending.
   *
   * @throws {RangeError} if the ending is another.
   */
  async save(path: string): Promise<void> {
    const ending = extname(path).toLowerCase();
    const make = {
      ".png": () => this.toPng(),
      ".svg": () => this.toSvg(),
      ".json": () => Promise.resolve(JSON.stringify(this.spec)),
    }[ending];
    if (make === undefined) {
      throw new RangeError(`Figure.save: the file must end in .png, .svg or .json: got "${path}"`);
    }
    await writeFileAtomic(path, await make());
  }

  /** The figure for a notebook: live form, picture and text. */
  async [DISPLAY](): Promise<MediaBundle> {
    return {
      [PLOTLY]: { ...this.spec, config: { responsive: false, displaylogo: false } },
      "image/png": base64(await this.toPng({ scale: 1, palette: true })),
      "text/plain": `Figure: ${this.title}`,
    };
  }
}
