/**
 * # Sweep: every variant on every input for every seed
 *
 * ```
 * for each seed, variant:   prepared = variant.prepare(seed)
 *   for each input:         cell = stored, or prepared.measure(input), then stored
 * ```
 *
 * Seeds are the outer loop, so that a sweep that is cut short has comparable rows. A cell that fails is noted with its error and
 * the others go on; it is tried again next time. When `signal` is aborted the sweep ends with the cells there are.
 *
 * @example Which way of adding is nearer?
 * ```ts
 * import { ablate } from "./sweep.ts";
 *
 * const table = await ablate({
 *   variants: [
 *     { name: "as it is", definition: { digits: 16 }, prepare: () => ({ measure: (x) => ({ figures: { error: x / 1e16 } }) }) },
 *     { name: "rounded", definition: { digits: 2 }, prepare: () => ({ measure: (x) => ({ figures: { error: x / 100 } }) }) },
 *   ],
 *   inputs: { one: 1, two: 2 },
 *   metrics: [{ name: "error", better: "less" }],
 *   progress: { to: "silent" },
 * });
 * console.log(table.summary("rounded", "two").metrics["error"]?.mean); // 0.02
 * ```
 *
 * @module
 */
import { join } from "node:path";
import { Progress, type ProgressOptions } from "../plot/progress.ts";
import { expectInteger, resolveOptions } from "../tensor/options.ts";
import { type CellKey, CellStore, type StoredOutcome } from "./cells.ts";
import { Ablation, type Cell } from "./table.ts";
import type { Conditions, Metric, Prepared, Variant } from "./variant.ts";

/** What is compared on what. */
export interface AblateOptions<I> {
  /** The variants; the first is what the others are held against. */
  readonly variants: readonly Variant<I>[];
  /** Inputs by name: plain JSON. */
  readonly inputs: Readonly<Record<string, I>>;
  /** The table's columns; the first is drawn. */
  readonly metrics: readonly Metric[];
  /** Seeds; [0] by default. */
  readonly seeds?: readonly number[];
  /** Where cells and files are kept; without it nothing is written. */
  readonly out?: string | undefined;
  /** Its files are `NAME.json`, `.csv`, `.md` and `.png`; "ablation". */
  readonly name?: string;
  /** The command that makes the table again, for its files. */
  readonly command?: string;
  /** How progress is shown. */
  readonly progress?: Partial<ProgressOptions>;
  /** Ends the sweep early. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Measures what is not measured yet, and gives the table.
 *
 * @throws {TypeError} if an option is unknown, or a definition or input is no plain data.
 * @throws {RangeError} if there is nothing to compare, or two variants or metrics share a name.
 */
export async function ablate<I>(options: AblateOptions<I>): Promise<Ablation> {
  const { variants, inputs, metrics, seeds, out, name, command, progress: shown, signal } = resolveOptions<
    Required<AblateOptions<I>>
  >("ablate", {
    variants: [],
    inputs: {},
    metrics: [],
    seeds: [0],
    out: undefined,
    name: "ablation",
    command: "",
    progress: {},
    signal: undefined,
  }, options);
  expectNames("variants", variants.map(({ name }) => name));
  expectNames("inputs", Object.keys(inputs));
  expectNames("metrics", metrics.map(({ name }) => name));
  expectNames("seeds", seeds.map(String));
  for (const seed of seeds) expectInteger("ablate", "a seed", seed, 0);

  const store = new CellStore(out === undefined ? undefined : join(out, "cells"));
  const cells = await planned(variants, inputs, seeds, store);
  const missing = cells.filter(({ outcome }) => outcome === undefined);
  await using progress = new Progress("Ablation", missing.length, { unit: "cells", ...shown });
  const stop = signal ?? new AbortController().signal;
  const measureAll = async (prepared: Prepared<I>, due: readonly PlannedCell[], conditions: Conditions) => {
    try {
      for (const cell of due) {
        if (stop.aborted) break;
        const outcome = await orErrors([cell], stop, () => measured(prepared, inputs[cell.input]!, conditions));
        if (outcome) await store.write(cell.key, cell.outcome = outcome);
        await progress.advance(1, `${cell.variant}, ${cell.input}, seed ${cell.seed}`);
      }
    } finally {
      prepared.dispose?.();
    }
  };
  for (const seed of seeds) {
    for (const variant of variants) {
      const due = missing.filter((cell) => cell.variant === variant.name && cell.seed === seed);
      if (due.length === 0 || stop.aborted) continue;
      const say = (note: string) => progress.advance(0, `${variant.name}, seed ${seed}: ${note}`);
      const conditions = { seed, say, signal: stop };
      await say("preparing");
      const prepared = await orErrors(due, stop, () => variant.prepare(conditions));
      if (prepared) await measureAll(prepared, due, conditions);
      else await progress.advance(due.length, `${variant.name}, seed ${seed}: failed`);
    }
  }
  const ablation = new Ablation({ variants, inputs, metrics, seeds, command, cells });
  if (out !== undefined) await ablation.save(out, name);
  return ablation;
}

interface PlannedCell extends Cell {
  readonly key: CellKey;
  outcome?: StoredOutcome;
  error?: string;
}

/** All cells, with what is stored of them. */
async function planned<I>(
  variants: readonly Variant<I>[],
  inputs: Readonly<Record<string, I>>,
  seeds: readonly number[],
  store: CellStore,
): Promise<PlannedCell[]> {
  const cells: PlannedCell[] = [];
  for (const variant of variants) {
    for (const [name, input] of Object.entries(inputs)) {
      const seedless = variant.seedless?.(input) ?? false;
      for (const seed of seedless ? seeds.slice(0, 1) : seeds) {
        const key = { variant: variant.definition, input, seed: seedless ? null : seed };
        const outcome = await store.read(key);
        cells.push({ variant: variant.name, input: name, seed, key, ...(outcome && { outcome }) });
      }
    }
  }
  return cells;
}

/** Measures one cell; the figures become what JSON can hold. */
async function measured<I>(prepared: Prepared<I>, input: I, conditions: Conditions): Promise<StoredOutcome> {
  const begun = performance.now(), { figures, ms } = await prepared.measure(input, conditions);
  conditions.signal.throwIfAborted(); // what was cut short is no outcome
  return {
    figures: JSON.parse(JSON.stringify(figures)),
    ms: ms ?? performance.now() - begun,
    bytes: prepared.bytes ?? 0,
    measured: new Date().toISOString(),
  };
}

/** What `make` gives; if it fails, its error is noted in the cells, unless the sweep was stopped. */
async function orErrors<T>(cells: readonly PlannedCell[], stop: AbortSignal, make: () => T | Promise<T>) {
  try {
    return await make();
  } catch (error) {
    if (stop.aborted) return undefined;
    for (const cell of cells) cell.error = error instanceof Error ? error.message : String(error);
    return undefined;
  }
}

function expectNames(what: string, names: readonly string[]): void {
  if (names.length === 0) throw new RangeError(`ablate: ${what} must name at least one: got none`);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new RangeError(`ablate: ${what} must differ: "${twice}" comes twice`);
}
