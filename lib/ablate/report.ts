/**
 * # An ablation as text, Markdown and comma-separated values
 *
 * | variant | mpjpe_mm ↓ | ms | size |
 * |---|---|---|---|
 * | shipped | 101 ± 3 | 25 | 1.6 MB |
 * | flip | 97.2 ± 2.8 (−3.8 ± 0.4) | 49 | 1.6 MB |
 *
 * Arrows say which direction is better, brackets hold the paired change against the first row, the best value of a column is
 * bold. What failed or was not measured is said below the tables.
 *
 * @module
 */
import { sizeText } from "../pipeline/trace.ts";
import { readable } from "../plot/round.ts";
import type { Ablation, AblationParts, Spread, Summarized } from "./table.ts";
import { type Metric, readMetric } from "./variant.ts";

/** A column's heading, such as `mpjpe ↓ (mm)`. */
export function headlineOf({ name, unit, better }: Metric, arrow: string = better === "less" ? " ↓" : " ↑"): string {
  const shown = unit === "share" ? "%" : unit;
  return `${name}${arrow}${shown === undefined ? "" : ` (${shown})`}`;
}

/** One table for each input, then notes and the command. */
export function markdown(ablation: Ablation): string {
  const { variants, seeds, command } = ablation.parts;
  const lines: string[] = [];
  for (const { input, table } of tablesOf(ablation, (text) => `**${text}**`)) {
    const [head, ...rows] = table as [string[], ...string[][]];
    const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
    lines.push(`## ${input}`, "", line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line), "");
  }
  const spread = seeds.length > 1
    ? `± is the standard deviation over the seeds ${seeds.join(", ")}; `
    : `Seed ${seeds[0]}, hence no spread; `;
  lines.push(`${spread}in brackets the change against “${variants[0]!.name}”, seed by seed. Bold is best.`, "");
  for (const { name, about } of variants) if (about) lines.push(`- **${name}**: ${about}`);
  const notes = notesOf(ablation);
  if (notes.length > 0) lines.push("", "Not measured:", "", ...notes.map((note) => `- ${note}`));
  if (command !== "") lines.push("", "```sh", command, "```");
  return `${lines.join("\n").replaceAll(/\n{3,}/g, "\n\n")}\n`;
}

/** One aligned table for each input, then notes. */
export function alignedText(ablation: Ablation): string {
  const blocks = tablesOf(ablation, (text) => text).map(({ input, table }) => {
    const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
    const aligned = (text: string, i: number) => i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!);
    return [`${input}:`, ...table.map((row) => `  ${row.map(aligned).join("  ")}`)].join("\n");
  });
  return [...blocks, ...notesOf(ablation).map((note) => `Not measured: ${note}`)].join("\n\n");
}

/** A line for each cell. */
export function commaSeparated({ cells, metrics }: AblationParts): string {
  const quoted = (value: string) => /[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  const rows = cells.map(({ variant, input, seed, outcome, error }) => [
    variant,
    input,
    String(seed),
    ...metrics.map((metric) => outcome ? String(readMetric(metric, outcome.figures) ?? "") : ""),
    outcome ? outcome.ms.toFixed(3) : "",
    outcome ? String(outcome.bytes) : "",
    error ?? "",
  ]);
  const head = ["variant", "input", "seed", ...metrics.map(({ name }) => name), "ms", "bytes", "error"];
  return [head, ...rows].map((row) => `${row.map(quoted).join(",")}\n`).join("");
}

/** For each input its rows of texts, the heading first; columns that the input does not have are left out. */
function tablesOf(ablation: Ablation, bold: (text: string) => string) {
  const { variants, inputs, metrics } = ablation.parts;
  return Object.keys(inputs).map((input) => {
    const rows = variants.map(({ name }) => ({ name, ...ablation.summary(name, input) }));
    const columns = metrics.filter(({ name }) => rows.some((row) => row.metrics[name]));
    const best = columns.map(({ name, better }) => {
      const means = rows.flatMap((row) => row.metrics[name]?.mean ?? []).filter(Number.isFinite);
      return better === "less" ? Math.min(...means) : Math.max(...means);
    });
    const head = ["variant", ...columns.map((metric) => headlineOf(metric)), "ms", "size"];
    const body = rows.map((row) => [
      row.name,
      ...columns.map((metric, i) => figureText(row.metrics[metric.name], metric, best[i]!, rows.length > 1, bold)),
      spreadText(row.ms, 1),
      row.bytes > 0 ? sizeText(row.bytes) : "–",
    ]);
    return { input, table: [head, ...body] };
  });
}

function figureText(
  value: Summarized | undefined,
  { unit }: Metric,
  best: number,
  several: boolean,
  bold: (text: string) => string,
): string {
  if (!value) return "–";
  const scale = unit === "share" ? 100 : 1, text = spreadText(value, scale);
  const change = value.change ? ` (${signed(spreadText(value.change, scale))})` : "";
  return `${several && value.mean === best ? bold(text) : text}${change}`;
}

function spreadText({ mean, spread }: Spread, scale: number): string {
  const text = (value: number) => readable(Math.abs(value) < 1000 ? value : Math.round(value));
  if (Number.isNaN(mean)) return "–";
  const half = Number((scale * spread).toPrecision(2));
  return `${text(scale * mean)}${Number.isFinite(spread) ? ` ± ${text(half)}` : ""}`;
}

function signed(text: string): string {
  return text.startsWith("-") || text.startsWith("−") || text === "–" ? text.replace(/^-/, "−") : `+${text}`;
}

/** What failed, and what was not come to. */
function notesOf(ablation: Ablation): string[] {
  const { variants, inputs } = ablation.parts;
  return variants.flatMap(({ name }) =>
    Object.keys(inputs).flatMap((input) => {
      const { missing, errors } = ablation.summary(name, input);
      if (missing === 0) return [];
      return [`${name} on ${input}: ${errors.length > 0 ? errors.join("; ") : `${missing} still to come`}`];
    })
  );
}
