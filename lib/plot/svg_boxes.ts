/**
 * # Where things lie in an SVG
 *
 * plotly places titles, labels and colour bars by asking the browser how large the text already drawn is. happy-dom
 * does not lay anything out, so the answer is computed here: a text's box from its lines, font and anchor; a group's
 * box from its children; and on the page, moved by every `transform` on the way up. Shapes without text count where
 * they have attributes that say so (rectangles, pictures) and as a point otherwise.
 *
 * @module
 */
// deno-lint-ignore-file no-explicit-any -- happy-dom's elements are used through the few properties named here

/** Width in pixels of a line of text. */
export type TextMeter = (text: string, size: number, bold: boolean) => number;

/** An upright rectangle. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** (x, y) ↦ (a·x + c·y + e, b·x + d·y + f), as in SVG. */
type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

const LINE_HEIGHT = 1.3; // plotly's
const ASCENT = 0.93; // DejaVu Sans

/** Answers about boxes, given how wide text is. */
export function svgBoxes(meter: TextMeter): { local(element: any): Box; onPage(element: any): Box } {
  function local(element: any): Box {
    const name: string = element.tagName?.toLowerCase() ?? "";
    if (name === "text" || name === "tspan") return textBox(element, meter);
    const children: any[] = name === "defs" || name === "clippath" ? [] : [...(element.children ?? [])];
    const boxes = children.map((child) => moved(transformOf(child), local(child))).filter((box) => box.height > 0);
    if (boxes.length > 0) return union(boxes);
    return {
      x: number(element, "x"),
      y: number(element, "y"),
      width: number(element, "width"),
      height: number(element, "height"),
    };
  }
  function onPage(element: any): Box {
    let box = local(element);
    for (let at = element; at?.getAttribute !== undefined; at = at.parentNode) box = moved(transformOf(at), box);
    return box;
  }
  return { local, onPage };
}

function textBox(element: any, meter: TextMeter): Box {
  const text = element.tagName.toLowerCase() === "text" ? element : element.closest?.("text") ?? element;
  const size = Number.parseFloat(text.style?.fontSize || "12") || 12;
  const bold = /bold|[6-9]00/.test(text.style?.fontWeight ?? "");
  const spans: any[] = [...(element.querySelectorAll?.("tspan.line") ?? [])];
  const lines: string[] = (spans.length > 0 ? spans : [element]).map((line) => line.textContent ?? "");
  const width = Math.max(...lines.map((line) => meter(line, size, bold)));
  if (width === 0) return { x: number(text, "x"), y: number(text, "y"), width: 0, height: 0 };
  const anchor: string = text.getAttribute("text-anchor") || text.style?.textAnchor || "start";
  const before = anchor === "middle" ? width / 2 : anchor === "end" ? width : 0;
  const height = LINE_HEIGHT * size * (lines.length - 1) + 1.17 * size;
  return { x: number(text, "x") - before, y: number(text, "y") - ASCENT * size, width, height };
}

function number(element: any, name: string): number {
  return Number.parseFloat(element.getAttribute?.(name) ?? "0") || 0;
}

function transformOf(element: any): Affine {
  let whole: Affine = [1, 0, 0, 1, 0, 0];
  for (const [, name, list] of (element.getAttribute?.("transform") ?? "").matchAll(/(\w+)\(([^)]*)\)/g)) {
    const [first = 0, second, third = 0] = (list as string).trim().split(/[\s,]+/).map(Number);
    if (name === "translate") whole = product(whole, [1, 0, 0, 1, first, second ?? 0]);
    if (name === "scale") whole = product(whole, [first, 0, 0, second ?? first, 0, 0]);
    if (name === "rotate") {
      const [cos, sin] = [Math.cos(first * Math.PI / 180), Math.sin(first * Math.PI / 180)];
      const about = product([1, 0, 0, 1, second ?? 0, third], [cos, sin, -sin, cos, 0, 0]);
      whole = product(whole, product(about, [1, 0, 0, 1, -(second ?? 0), -third]));
    }
  }
  return whole;
}

function product([a, b, c, d, e, f]: Affine, [A, B, C, D, E, F]: Affine): Affine {
  return [a * A + c * B, b * A + d * B, a * C + c * D, b * C + d * D, a * E + c * F + e, b * E + d * F + f];
}

function moved([a, b, c, d, e, f]: Affine, { x, y, width, height }: Box): Box {
  const corners = [[x, y], [x + width, y], [x, y + height], [x + width, y + height]] as const;
  return union(corners.map(([u, v]) => ({ x: a * u + c * v + e, y: b * u + d * v + f, width: 0, height: 0 })));
}

function union(boxes: readonly Box[]): Box {
  const x = Math.min(...boxes.map((box) => box.x)), y = Math.min(...boxes.map((box) => box.y));
  return {
    x,
    y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
  };
}
