/**
 * # Variants: one change each, and the name of what they depend on
 *
 * An ablation holds a thing beside itself with one part changed. A {@linkcode Variant} is that thing: it is prepared for a seed,
 * then measured on inputs, and each outcome is a record of plain figures.
 *
 * ```
 * variant --prepare(seed)--> prepared --measure(input)--> { figures, ms }
 * ```
 *
 * Inputs are plain JSON, and so is a variant's `definition`: together with the seed they are all that an outcome depends on.
 * Their canonical text (keys sorted, functions as their source) names the outcome in the store, so a changed definition is
 * another outcome and never mistaken for the old one. What a function closes over does not show in its source: put numbers
 * that matter into the definition, too.
 *
 * @module
 */

/** What a variant is told beside its input. */
export interface Conditions {
  /** Draws all that is drawn. */
  readonly seed: number;
  /** Says how far a long piece of work is. */
  readonly say: (note: string) => Promise<void>;
  /** Aborted when the sweep is to end. */
  readonly signal: AbortSignal;
}

/** What measuring gave: plain JSON. */
export interface Outcome {
  /** Figures by name. */
  readonly figures: Readonly<Record<string, unknown>>;
  /** Milliseconds of one unit of work; of the whole measurement unless told. */
  readonly ms?: number;
}

/** A variant ready to be measured. */
export interface Prepared<I> {
  /** What its parameters occupy when stored. */
  readonly bytes?: number;
  /** Measures it on an input. */
  measure(input: I, conditions: Conditions): Outcome | Promise<Outcome>;
  /** Frees what preparing made. */
  dispose?(): void;
}

/** One way of doing it; inputs are of type I. */
export interface Variant<I> {
  /** Its name in the table. */
  readonly name: string;
  /** What is changed, in one line. */
  readonly about?: string;
  /** All that its outcomes depend on beside input and seed: plain JSON, functions too. */
  readonly definition: unknown;
  /** True for inputs on which nothing is drawn: they are measured once, for the first seed. */
  seedless?(input: I): boolean;
  /** Makes what is measured. */
  prepare(conditions: Conditions): Prepared<I> | Promise<Prepared<I>>;
}

/** A figure of the table. */
export interface Metric {
  /** Its name in the table, and in the outcome unless `of` says otherwise. */
  readonly name: string;
  /** Such as "mm", where the name does not say it; a "share" is shown in per cent. */
  readonly unit?: string;
  /** Which direction is better. */
  readonly better: "less" | "more";
  /** Reads it from an outcome's figures; `undefined` where the input has no such figure. */
  readonly of?: (figures: Readonly<Record<string, unknown>>) => number | undefined;
}

/** A metric's value; `undefined` if there is none, NaN where it could not be measured. */
export function readMetric(metric: Metric, figures: Readonly<Record<string, unknown>>): number | undefined {
  if (metric.of) return metric.of(figures);
  if (!Object.hasOwn(figures, metric.name)) return undefined;
  const value = figures[metric.name];
  return typeof value === "number" ? value : NaN; // JSON has no NaN: it was stored as null
}

/**
 * The canonical text of plain data: equal data, equal text.
 *
 * @throws {TypeError} naming the place of something that is no plain data.
 */
export function canonicalText(value: unknown, at = "definition"): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`;
  if (typeof value === "function") return JSON.stringify({ function: String(value) });
  if (value instanceof RegExp) return JSON.stringify({ pattern: String(value) });
  if (value instanceof URL) return JSON.stringify(value.href);
  if (Array.isArray(value)) return `[${value.map((item, i) => canonicalText(item, `${at}[${i}]`)).join(",")}]`;
  if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined).sort(([a], [b]) => a < b ? -1 : 1);
    return `{${
      entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalText(item, `${at}.${key}`)}`).join(",")
    }}`;
  }
  throw new TypeError(`ablate: ${at} must be plain data: got ${Object.prototype.toString.call(value)}`);
}
