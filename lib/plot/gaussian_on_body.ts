/**
 * # Where a Gaussian sits on the body
 *
 * The body from the front and from behind, with places marked: a filled dot where the point is seen, a ring where the
 * body hides it in that view (so inner points such as joints are rings in both).
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { expectShape } from "../tensor/shape.ts";
import { SERIES_COLOURS } from "./colormaps.ts";
import { photoUri } from "./encode_image.ts";
import { Figure } from "./figure.ts";
import { emptyTrace, panelAxes, panelImage, panelLayout } from "./layout.ts";
import { rounded } from "./round.ts";
import { type Frame, type ShadedView, shadeMesh, type View } from "./shade_mesh.ts";

const HEIGHT = 420;
/** Most points that get their own colour and name; more become dots of one colour. */
const MOST_NAMED = 12;

/** A body and places on it. */
export interface GaussianOnBody {
  /** [V, 3] metres, Y up, facing +Z. */
  readonly vertices: tf.Tensor2D;
  /** F·3 vertex indices. */
  readonly faces: Int32Array;
  /** [n, 3] the places, in the same frame. */
  readonly points: tf.Tensor2D;
  /** n names; without them the points are small dots. */
  readonly labels?: readonly string[];
  /** The first line. */
  readonly title?: string;
  /** The quieter second line; explains the marks unless told. */
  readonly subtitle?: string;
}

/**
 * Marks points on the body, front and back.
 *
 * @throws {TypeError} if a tensor has another shape, or there are not n labels.
 */
export async function gaussianOnBody(
  { vertices, faces, points, labels, title = "Places on the body", subtitle }: GaussianOnBody,
): Promise<Figure> {
  const { n } = expectShape("gaussianOnBody", { vertices, points }, { vertices: "V 3", points: "n 3" });
  if (labels !== undefined && labels.length !== n) {
    throw new TypeError(`gaussianOnBody: labels must name ${n} points: got ${labels.length}`);
  }
  const [mesh, places] = [await vertices.data(), await points.data()];
  const named = labels !== undefined && n <= MOST_NAMED;
  const pictures = await bodyPictures({ vertices: mesh, faces });
  const marks = pictures.views.map((view) =>
    Array.from({ length: n }, (_, i) => ({
      ...view.project([places[3 * i]!, places[3 * i + 1]!, places[3 * i + 2]!]),
      label: labels?.[i]?.replaceAll("_", " ") ?? "",
      colour: named ? SERIES_COLOURS[(i + 1) % SERIES_COLOURS.length]! : SERIES_COLOURS[1]!,
    })).filter((mark) => named || !mark.hidden) // thousands of rings would hide the body
  );
  const data = marks.map((seen, panel) => ({
    ...emptyTrace(panel),
    mode: "markers",
    x: seen.map((mark) => rounded(mark.x)),
    y: seen.map((mark) => rounded(mark.y)),
    ...(labels !== undefined && { text: seen.map((mark) => mark.label), hoverinfo: "text" }),
    marker: named
      ? {
        size: 11,
        color: seen.map((mark) => mark.hidden ? "rgba(255,255,255,0.75)" : mark.colour),
        line: { width: 2.5, color: seen.map((mark) => mark.hidden ? mark.colour : "white") },
      }
      : { size: 2.5, color: SERIES_COLOURS[1] },
  }));
  const names = marks.flatMap((seen, panel) =>
    named ? placeNames(seen, pictures.views[panel]!.width).map((side, i) => nameTag(panel, seen[i]!, side)) : []
  );
  const layout = pictures.layout({
    title,
    subtitle: subtitle ?? (named ? "dot: seen from here · ring: on the far side or inside" : `${n} places`),
  });
  return new Figure({ data, layout: { ...layout, annotations: [...layout["annotations"] as unknown[], ...names] } });
}

type Side = "left" | "right" | "above" | "below";

/** A mark to be named, in picture coordinates: two for each CSS pixel. */
interface NamedMark {
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

/** Beside each mark, the first place where its name covers no other name and no mark: outwards, over, under, inwards. */
function placeNames(marks: readonly NamedMark[], width: number): Side[] {
  type Box = readonly [left: number, top: number, right: number, bottom: number];
  const taken: Box[] = marks.map(({ x, y }) => [x - 14, y - 14, x + 14, y + 14]);
  return marks.map(({ x, y, label }, own) => {
    const [wide, high] = [13 * label.length, 30];
    const boxes: Record<Side, Box> = {
      left: [x - 16 - wide, y - high / 2, x - 16, y + high / 2],
      right: [x + 16, y - high / 2, x + 16 + wide, y + high / 2],
      above: [x - wide / 2, y - 16 - high, x + wide / 2, y - 16],
      below: [x - wide / 2, y + 16, x + wide / 2, y + 16 + high],
    };
    const order: Side[] = x < width / 2 ? ["left", "above", "below", "right"] : ["right", "above", "below", "left"];
    const free = order.find((side) => {
      const [left, top, right, bottom] = boxes[side];
      return left >= 0 && right <= width &&
        taken.every(([l, t, r, b], i) => i === own || right <= l || left >= r || bottom <= t || top >= b);
    }) ?? order[0]!;
    taken.push(boxes[free]);
    return free;
  });
}

/** A name beside a mark, on a ground that stands out from the body. */
function nameTag(
  panel: number,
  { x, y, label }: NamedMark,
  side: Side,
): Record<string, unknown> {
  const axes = panelAxes(panel);
  return {
    text: label,
    x: rounded(x),
    y: rounded(y),
    xref: axes.x,
    yref: axes.y,
    showarrow: false,
    xanchor: side === "left" ? "right" : side === "right" ? "left" : "center",
    yanchor: side === "above" ? "bottom" : side === "below" ? "top" : "middle",
    xshift: side === "left" ? -8 : side === "right" ? 8 : 0,
    yshift: side === "above" ? 8 : side === "below" ? -8 : 0,
    borderpad: 1,
    bgcolor: "rgba(255,255,255,0.75)",
    font: { size: 11 },
  };
}

/** The body's front and back as pictures, and the layout that holds them. */
export interface BodyPictures {
  readonly views: readonly ShadedView[];
  layout(heading: { readonly title: string; readonly subtitle: string }, right?: number): Record<string, unknown>;
}

/** Draws the body from the front and from behind. */
export async function bodyPictures(mesh: Parameters<typeof shadeMesh>[0]): Promise<BodyPictures> {
  const frame = frameOf(mesh.vertices);
  const sides: readonly View[] = ["front", "back"];
  const views = sides.map((view) => shadeMesh(mesh, frame, view, 2 * HEIGHT));
  const uris = await Promise.all(views.map((view) => photoUri(view, 3 * HEIGHT)));
  const { width, height } = views[0]!;
  return {
    views,
    layout: (heading, right = 14) => {
      const grid = {
        columns: 2,
        rows: 1,
        width: Math.round(width / 2),
        height: HEIGHT,
        span: [0, width, 0, height],
        titles: ["front", "back"],
        right,
      } as const;
      return { ...panelLayout(heading, grid), images: uris.map((uri, i) => panelImage(i, uri, grid.span)) };
    },
  };
}

/** The mesh's extent with a margin of 3 %, and room for names beside a narrow one. */
function frameOf(vertices: ArrayLike<number>): Frame {
  const extent = (axis: number): [number, number] => {
    let low = Infinity, high = -Infinity;
    for (let i = axis; i < vertices.length; i += 3) {
      low = Math.min(low, vertices[i]!);
      high = Math.max(high, vertices[i]!);
    }
    return [low, high];
  };
  const [left, right] = extent(0), [bottom, top] = extent(1);
  const margin = 0.03 * Math.max(right - left, top - bottom);
  const beside = Math.max(margin, (0.8 * (top - bottom) - (right - left)) / 2);
  return { left: left - beside, right: right + beside, bottom: bottom - margin, top: top + margin };
}
