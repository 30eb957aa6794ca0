/**
 * # A number for every face, painted on the body
 *
 * How densely Gaussians cover it, which faces a joint moves, how wrong a fit is: one value a face, as colour.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { expectShape } from "../tensor/shape.ts";
import { colourAt, colourScale, type Rgb } from "./colormaps.ts";
import { Figure } from "./figure.ts";
import { bodyPictures } from "./gaussian_on_body.ts";
import { emptyTrace } from "./layout.ts";
import { readable } from "./round.ts";

/** A body and a number for each of its faces. */
export interface BodyMap {
  /** [V, 3] metres, Y up, facing +Z. */
  readonly vertices: tf.Tensor2D;
  /** F·3 vertex indices. */
  readonly faces: Int32Array;
  /** [F] */
  readonly values: tf.Tensor1D;
  /** What the values are, with their unit. */
  readonly title: string;
  /** The quieter second line; says where the colours end unless told. */
  readonly subtitle?: string;
  /** Colours are centred at zero where values have a sign. */
  readonly signed?: boolean;
  /** The value at the end of the colours; larger ones look the same. The 99th percentile unless told. */
  readonly most?: number;
}

const MAGENTA: Rgb = [255, 0, 255];

/**
 * Paints the faces, front and back; a value that is not finite is magenta.
 *
 * @throws {TypeError} if a tensor has another shape, or there are not F values.
 */
export async function bodyMap(
  { vertices, faces, values, title, subtitle, signed = false, most }: BodyMap,
): Promise<Figure> {
  expectShape("bodyMap", { vertices, values }, { vertices: "V 3", values: String(faces.length / 3) });
  const [mesh, numbers] = [await vertices.data(), await values.data()];
  const sizes = Float64Array.from(numbers.filter(Number.isFinite), Math.abs).sort();
  const end = most ?? (sizes[Math.floor(0.99 * (sizes.length - 1))] || 1);
  const map = signed ? "diverging" : "sequential";
  const colourOf = (face: number): Rgb => {
    const value = numbers[face]!;
    if (!Number.isFinite(value)) return MAGENTA;
    return colourAt(map, signed ? (value / end + 1) / 2 : value / end);
  };
  const pictures = await bodyPictures({ vertices: mesh, faces, colourOf });
  const bar = { // a trace without points, for its colour bar alone
    ...emptyTrace(0),
    mode: "markers",
    x: [null],
    y: [null],
    marker: {
      color: [0],
      cmin: signed ? -end : 0,
      cmax: end,
      colorscale: colourScale(map),
      showscale: true,
      colorbar: { thickness: 12, outlinewidth: 0, x: 1.02, len: 0.8 },
    },
  };
  return new Figure({
    data: [bar, emptyTrace(1)],
    layout: pictures.layout({ title, subtitle: subtitle ?? `colours end at ${readable(end)}` }, 84),
  });
}
