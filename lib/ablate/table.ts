/**
 * # The table of an ablation
 *
 * Over the seeds s of a variant v on an input:
 *
 * ```
 * value   m_v = mean_s x_v(s)                    ± sd_s x_v(s)
 * change  c_v = mean_s (x_v(s) − x_first(s))     ± sd_s (x_v(s) − x_first(s))        seeds that both have
 * ```
 *
 * The change is paired: seed s draws the same people for all variants, so that what is hard about them cancels. Its spread, not
 * that of the values, says whether a difference is one. With one seed there is no spread.
 *
 * An {@linkcode Ablation} prints itself, as text and as Markdown in a notebook, draws itself and writes its files.
 *
 * @module
 */
import { join } from "node:path";
import { writeFileAtomic } from "../format/file.ts";
import { bars } from "../plot/curves.ts";
import type { Figure } from "../plot/figure.ts";
import type { StoredOutcome } from "./cells.ts";
import { alignedText, commaSeparated, headlineOf, markdown } from "./report.ts";
import { type Metric, readMetric, type Variant } from "./variant.ts";

/** One measurement of a sweep, done or not. */
export interface Cell {
  /** The variant's name. */
  readonly variant: string;
  /** The input's name. */
  readonly input: string;
  /** The seed. */
  readonly seed: number;
  /** What it gave. */
  readonly outcome?: StoredOutcome;
  /** Why it gave nothing. */
  readonly error?: string;
}

/** A mean and how far the seeds lie around it. */
export interface Spread {
  /** Mean over the seeds. */
  readonly mean: number;
  /** Standard deviation over the seeds; NaN with fewer than two. */
  readonly spread: number;
  /** How many seeds there are. */
  readonly count: number;
}

/** A metric of a variant on an input. */
export interface Summarized extends Spread {
  /** Against the first variant, seed by seed; not for the first itself. */
  readonly change?: Spread;
}

/** A variant on an input. */
export interface Summary {
  /** The metrics that the input has, by name. */
  readonly metrics: Readonly<Record<string, Summarized>>;
  /** Milliseconds of one unit of work. */
  readonly ms: Spread;
  /** What the parameters occupy. */
  readonly bytes: number;
  /** Seeds that were not measured. */
  readonly missing: number;
  /** What went wrong, each once. */
  readonly errors: readonly string[];
}

/** What an {@linkcode Ablation} is made of. */
export interface AblationParts {
  /** Names and descriptions, in the table's order. */
  readonly variants: readonly Pick<Variant<never>, "name" | "about" | "definition">[];
  /** Inputs by name. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The columns. */
  readonly metrics: readonly Metric[];
  /** The seeds. */
  readonly seeds: readonly number[];
  /** The command that makes the table again; "" if there is none. */
  readonly command: string;
  /** The measurements. */
  readonly cells: readonly Cell[];
}

/** Measurements as a table, a figure and files. */
export class Ablation {
  /**
   * Wraps measurements.
   *
   * @param parts What it is made of.
   */
  constructor(readonly parts: AblationParts) {}

  /**
   * A variant on an input.
   *
   * @throws {RangeError} if there is no such variant or input.
   */
  summary(variant: string, input: string): Summary {
    const { cells, metrics, variants } = this.parts;
    const of = (name: string) => cells.filter((cell) => cell.variant === name && cell.input === input);
    const own = of(variant), first = variants[0]!.name;
    if (own.length === 0) throw new RangeError(`Ablation: "${variant}" was not measured on "${input}"`);
    const measured = own.flatMap(({ outcome }) => outcome ?? []);
    const read = (cell: Cell, metric: Metric) => cell.outcome && readMetric(metric, cell.outcome.figures);
    const summarized = metrics.flatMap((metric) => {
      const values = own.flatMap((cell) => read(cell, metric) ?? []);
      if (values.length === 0) return [];
      const changes = variant === first ? [] : own.flatMap((cell) => {
        const base = of(first).find(({ seed }) => seed === cell.seed), value = read(cell, metric);
        const from = base && read(base, metric);
        return value === undefined || from === undefined ? [] : value - from;
      });
      const change = changes.length > 0 && { change: spreadOf(changes) };
      return [[metric.name, { ...spreadOf(values), ...change }] as const];
    });
    return {
      metrics: Object.fromEntries(summarized),
      ms: spreadOf(measured.map(({ ms }) => ms)),
      bytes: measured.at(-1)?.bytes ?? NaN,
      missing: own.length - measured.length,
      errors: [...new Set(own.flatMap(({ error }) => error ?? []))],
    };
  }

  /**
   * One metric of all variants as bars, a colour for each input.
   *
   * @param name The metric; the first unless told.
   * @throws {RangeError} if there is no such metric.
   */
  figure(name: string = this.parts.metrics[0]!.name): Figure {
    const { variants, inputs, seeds } = this.parts, metric = this.#metric(name);
    const scale = metric.unit === "share" ? 100 : 1;
    const series = Object.keys(inputs).map((input) => {
      const found = variants.map(({ name }) => this.summary(name, input).metrics[metric.name]);
      return {
        name: input,
        values: found.map((value) => scale * (value?.mean ?? NaN)),
        ...(seeds.length > 1 && { spread: found.map((value) => scale * (value?.spread ?? NaN)) }),
      };
    }).filter(({ values }) => values.some(Number.isFinite));
    const subtitle = `${metric.better} is better` +
      (seeds.length > 1 ? `; whiskers: standard deviation over ${seeds.length} seeds` : "");
    return bars({
      title: headlineOf(metric, ""),
      subtitle,
      y: { title: headlineOf(metric, "") },
      categories: variants.map(({ name }) => name),
      series,
    });
  }

  #metric(name: string): Metric {
    const { metrics } = this.parts, metric = metrics.find((metric) => metric.name === name);
    if (metric) return metric;
    throw new RangeError(`Ablation: there is no metric "${name}": known are ${metrics.map(({ name }) => name)}`);
  }

  /** Each cell on a line, metrics in columns. */
  toCsv(): string {
    return commaSeparated(this.parts);
  }

  /** One table for each input, notes and the command. */
  toMarkdown(): string {
    return markdown(this);
  }

  /** One table for each input, aligned. */
  toString(): string {
    return alignedText(this);
  }

  /** Everything: summaries and cells. */
  toJSON(): Record<string, unknown> {
    const { variants, inputs, metrics, seeds, command, cells } = this.parts;
    const rows = variants.flatMap(({ name }) =>
      Object.keys(inputs).map((input) => ({ variant: name, input, ...this.summary(name, input) }))
    );
    const about = variants.map(({ name, about }) => ({ name, about }));
    return { command, variants: about, inputs, metrics, seeds, rows, cells };
  }

  /**
   * The variants that did best, best first; the first variant is what they are held against and not among them.
   *
   * @param metric By which.
   * @param input On which.
   * @param count How many at most: those that were not measured do not count.
   * @throws {RangeError} if there is no such metric or input.
   */
  best(metric: string, input: string, count: number): string[] {
    const sign = this.#metric(metric).better === "less" ? 1 : -1;
    const means = this.parts.variants.slice(1).map(({ name }) =>
      [name, sign * (this.summary(name, input).metrics[metric]?.mean ?? NaN)] as const
    );
    return means.filter(([, mean]) => Number.isFinite(mean)).sort(([, a], [, b]) => a - b).slice(0, count)
      .map(([name]) => name);
  }

  /** Writes `NAME.json`, `.csv`, `.md` and `.png` into a folder, each whole or not at all. */
  async save(folder: string, name = "ablation"): Promise<void> {
    const rounded = (_key: string, value: unknown) => typeof value === "number" ? Number(value.toPrecision(6)) : value;
    await writeFileAtomic(join(folder, `${name}.json`), `${JSON.stringify(this, rounded, 1)}\n`);
    await writeFileAtomic(join(folder, `${name}.csv`), this.toCsv());
    await writeFileAtomic(join(folder, `${name}.md`), this.toMarkdown());
    if (this.parts.cells.some(({ outcome }) => outcome)) await this.figure().save(join(folder, `${name}.png`));
  }

  /** The table as a notebook shows it. */
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "text/markdown": this.toMarkdown(), "text/plain": this.toString() };
  }

  /** The table as `console.log` shows it. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }
}

/** Mean and standard deviation. */
export function spreadOf(values: readonly number[]): Spread {
  const count = values.length, mean = values.reduce((sum, x) => sum + x, 0) / count;
  const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return { mean, spread: count > 1 ? Math.sqrt(squares / (count - 1)) : NaN, count };
}
