/**
 * # The demo's report: one page with everything in it
 *
 * A self-contained HTML file: pictures are inlined, nothing is fetched, so it can be mailed, archived and opened from
 * disk. It tells the pipeline's story step by step, says plainly what is not trained or not fitted, and ends with the
 * table of all tensors.
 *
 * @module
 */
import { escapeHtml } from "../../lib/format/html.ts";
import { base64 } from "../../lib/plot/pixel_canvas.ts";
import { sizeText, type TraceRow } from "../../lib/pipeline/trace.ts";

/** A picture with what to see on it. */
export interface Picture {
  readonly caption: string;
  readonly bytes: Uint8Array;
  readonly type: "image/png" | "image/webp";
  /** CSS pixels it is shown at. */
  readonly width: number;
}

/** One step's part of the report. */
export interface Section {
  readonly title: string;
  /** What the step does, as HTML. */
  readonly text: string;
  readonly pictures: readonly Picture[];
}

/** What the report shows. */
export interface Report {
  readonly title: string;
  readonly subtitle: string;
  /** What a reader must know before believing anything, as HTML. */
  readonly notices: readonly string[];
  /** The figures at a glance: name and value. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly sections: readonly Section[];
  readonly rows: readonly TraceRow[];
}

/** The page as HTML text. */
export function reportPage({ title, subtitle, notices, facts, sections, rows }: Report): string {
  const picture = ({ caption, bytes, type, width }: Picture) =>
    `<figure><img alt="${escapeHtml(caption)}" width="${width}" src="data:${type};base64,${base64(bytes)}">
<figcaption>${escapeHtml(caption)}</figcaption></figure>`;
  const section = ({ title, text, pictures }: Section) =>
    `<section><h2>${escapeHtml(title)}</h2>${text}<div class="pictures">${
      pictures.map(picture).join("\n")
    }</div></section>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><main>
<h1>${escapeHtml(title)}</h1><p class="subtitle">${escapeHtml(subtitle)}</p>
${
    notices.length > 0
      ? `<aside><strong>Before you believe the numbers</strong><ul>${
        notices.map((notice) => `<li>${notice}</li>`).join("")
      }</ul></aside>`
      : ""
  }
<dl>${
    facts.map(([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`).join("")
  }</dl>
${sections.map(section).join("\n")}
<section><h2>Every tensor</h2>
<p>Names are those that <code>record</code> and <code>replace</code> take. Tensors noted <em>watched</em> are
shown for the watched Gaussians only; for the others they pass by in chunks. Milliseconds stand at the first tensor of each call.</p>
<div class="scroll">${table(rows)}</div></section>
</main></body></html>
`;
}

function table(rows: readonly TraceRow[]): string {
  const head = ["name", "axes", "shape", "size", "ms", "min", "mean", "max", "NaN/Inf", "notes"];
  const number = (value: number | null) => value === null ? "–" : String(Number(value.toPrecision(4)));
  const cells = (row: TraceRow) => [
    `<code>${escapeHtml(row.name)}</code>`,
    escapeHtml(row.axes),
    row.shape.join(" × "),
    sizeText(row.bytes),
    row.ms > 0 ? row.ms.toFixed(row.ms < 10 ? 1 : 0) : "",
    number(row.min),
    number(row.mean),
    number(row.max),
    row.nonFinite > 0 ? `<b>${row.nonFinite}</b>` : "0",
    escapeHtml(row.notes.join(", ")),
  ];
  const line = (tag: string, items: readonly string[]) =>
    `<tr>${items.map((item) => `<${tag}>${item}</${tag}>`).join("")}</tr>`;
  return `<table><thead>${line("th", head)}</thead><tbody>${
    rows.map((row) => line("td", cells(row))).join("")
  }</tbody></table>`;
}

const STYLE = `
:root { color-scheme: light; }
body { margin: 0; font: 16px/1.55 system-ui, "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif; color: #1d2430; background: #fff; }
main { max-width: 1080px; margin: 0 auto; padding: 40px 24px 80px; }
h1 { font-size: 30px; margin: 0; letter-spacing: -.01em; }
h2 { font-size: 20px; margin: 44px 0 6px; padding-top: 18px; border-top: 1px solid #e4e8ee; }
.subtitle { color: #5b6675; margin: 4px 0 20px; }
aside { background: #fff6e0; border-left: 4px solid #d99a1c; padding: 10px 18px; margin: 20px 0; border-radius: 4px; }
aside ul { margin: 4px 0; padding-left: 20px; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 10px; margin: 20px 0; }
dl div { background: #f5f7fa; border-radius: 6px; padding: 10px 14px; }
dt { color: #5b6675; font-size: 13px; } dd { margin: 0; font-size: 17px; font-variant-numeric: tabular-nums; }
section p { max-width: 76ch; margin: 6px 0; }
.pictures { display: flex; flex-wrap: wrap; gap: 18px; margin-top: 14px; align-items: flex-start; }
figure { margin: 0; max-width: 100%; } figure img { max-width: 100%; height: auto; border-radius: 4px; display: block; }
figcaption { color: #5b6675; font-size: 14px; max-width: 60ch; margin-top: 4px; }
code { font: 13px ui-monospace, "DejaVu Sans Mono", monospace; background: #f2f4f7; padding: 1px 4px; border-radius: 3px; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; margin-top: 12px; }
th { text-align: left; color: #5b6675; font-weight: 600; } th, td { padding: 4px 10px 4px 0; border-bottom: 1px solid #edf0f4; white-space: nowrap; }
`;
