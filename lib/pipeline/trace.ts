/**
 * # A trace: what every step made, how large, how long, and whether its numbers are sane
 *
 * Each tensor that passes through the pipeline leaves one row: name, axes, shape, dtype, bytes, milliseconds of the work
 * that made it, least, mean and largest value, and how many numbers are NaN or infinite. Tensors that were asked for
 * with `record` or `watch` are kept beside their row. A trace prints itself, in a terminal as in a notebook.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { disposeAll } from "../tensor/scope.ts";
import { tensorInfo } from "./steps.ts";

/** Summary of a tensor's numbers; `null` where there is no finite number. */
export interface Statistics {
  /** Least finite number. */
  readonly min: number | null;
  /** Mean of the finite numbers. */
  readonly mean: number | null;
  /** Largest finite number. */
  readonly max: number | null;
  /** How many numbers are NaN or infinite. */
  readonly nonFinite: number;
}

/** One tensor's line. */
export interface TraceRow extends Statistics {
  /** As in `docs/steps.md`. */
  readonly name: string;
  /** Axis names, outermost first. */
  readonly axes: string;
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
  /** Element type. */
  readonly dtype: string;
  /** Size in memory. */
  readonly bytes: number;
  /** Milliseconds of the work that made it, shared by tensors of one call: only the first of them carries it. */
  readonly ms: number;
  /** What a reader must know: `watched`, `replaced`, `untrained`, `not fitted`, `in chunks`. */
  readonly notes: readonly string[];
}

/** Least, mean, largest and count of non-finite values, read asynchronously. */
export async function statisticsOf(tensor: tf.Tensor): Promise<Statistics> {
  const values = await tensor.data();
  let min = Infinity, max = -Infinity, sum = 0, finite = 0;
  for (const value of values as Float32Array) {
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    finite++;
  }
  const nonFinite = values.length - finite;
  return finite > 0 ? { min, mean: sum / finite, max, nonFinite } : { min: null, mean: null, max: null, nonFinite };
}

/** Rows and kept tensors of one run; the owner calls {@linkcode Trace.dispose}. */
export class Trace {
  readonly #rows: TraceRow[] = [];
  readonly #kept = new Map<string, tf.Tensor>();

  /** The rows in the order in which the tensors were made. */
  get rows(): readonly TraceRow[] {
    return this.#rows;
  }

  /** The kept tensors by name. */
  get tensors(): ReadonlyMap<string, tf.Tensor> {
    return this.#kept;
  }

  /**
   * A kept tensor; the trace goes on owning it.
   *
   * @throws {RangeError} if it was not kept, saying how to keep it.
   */
  tensor<T extends tf.Tensor = tf.Tensor>(name: string): T {
    const tensor = this.#kept.get(name);
    if (tensor) return tensor as T;
    const kept = [...this.#kept.keys()].join(", ") || "none";
    const how = tensorInfo(name)?.residence === "chunked" ? "watch" : "record";
    throw new RangeError(`Trace: "${name}" was not kept: pass it in ${how}; kept are ${kept}`);
  }

  /** Adds a row for `tensor`, and a clone of it where `keep` says so. */
  async add(
    name: string,
    tensor: tf.Tensor,
    { ms = 0, notes = [], keep = false }: { ms?: number; notes?: readonly string[]; keep?: boolean } = {},
  ): Promise<void> {
    const statistics = await statisticsOf(tensor);
    const bytes = tensor.size * (tensor.dtype === "bool" ? 1 : 4);
    const axes = tensorInfo(name)?.axes ?? "";
    this.#rows.push({ name, axes, shape: [...tensor.shape], dtype: tensor.dtype, bytes, ms, notes, ...statistics });
    if (keep) {
      this.#kept.get(name)?.dispose();
      this.#kept.set(name, tensor.clone());
    }
  }

  /** Frees the kept tensors; the rows stay. */
  dispose(): void {
    disposeAll([...this.#kept.values()]);
    this.#kept.clear();
  }

  /** The rows, for `JSON.stringify`. */
  toJSON(): readonly TraceRow[] {
    return this.#rows;
  }

  /** A table in plain text. */
  toString(): string {
    const head = ["name", "shape", "dtype", "size", "ms", "min", "mean", "max", "NaN/Inf", "notes"];
    const lines = [
      head,
      ...this.#rows.map((row) => [
        row.name,
        `[${row.shape}]`,
        row.dtype,
        sizeText(row.bytes),
        row.ms ? row.ms.toFixed(row.ms < 10 ? 1 : 0) : "",
        ...[row.min, row.mean, row.max].map(numberText),
        String(row.nonFinite || ""),
        row.notes.join(", "),
      ]),
    ];
    const widths = head.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
    const aligned = (text: string, i: number) => i >= 3 && i <= 8 ? text.padStart(widths[i]!) : text.padEnd(widths[i]!);
    return lines.map((line) => line.map(aligned).join("  ").trimEnd()).join("\n");
  }

  /** The table as a notebook shows it. */
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "text/plain": this.toString() };
  }

  /** The table as `console.log` shows it. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }
}

/** A size in bytes for people. */
export function sizeText(bytes: number): string {
  if (bytes < 1e3) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function numberText(value: number | null): string {
  if (value === null) return "–";
  return value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5)
    ? String(Number(value.toPrecision(4)))
    : value.toExponential(2);
}
