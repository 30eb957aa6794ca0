/**
 * # Learning curves: what more pictures and more steps would bring
 *
 * Short runs that differ in the number of pictures alone, or of steps alone, each measured on the same held-out people:
 *
 * ```
 * N pictures, S steps → train → error e(N, S)
 * e ≈ b·N^−c                          least squares of log e on log N
 * N(e′) = N_last·(e_last/e′)^(1/c)    where the line would reach e′, if it went on as it does
 * ```
 *
 * A power law without a floor is the hopeful reading: an error that features, width or steps hold up bends away from it, so
 * N(e′) is a lower bound. Two pictures of three are of the run's usual people, the third of its unusual ones.
 *
 * Source: Hestness et al., *Deep Learning Scaling is Predictable, Empirically*, 2017.
 *
 * @module
 */
import { lines } from "../plot/curves.ts";
import type { Figure } from "../plot/figure.ts";
import { readable } from "../plot/round.ts";
import type { LocalizerBench, LocalizerInput } from "./bench.ts";
import { localizerVariant } from "./localizer_variant.ts";
import type { Ablation } from "./table.ts";
import { trainedLocalizer, type TrainedOptions } from "./trained_localizer.ts";
import type { Variant } from "./variant.ts";

/** One run of a curve. */
export interface CurvePoint {
  /** N. */
  readonly pictures: number;
  /** S. */
  readonly steps: number;
}

const USUAL = 2 / 3; // of the pictures

/** The name of a point's row. */
export function pointName({ pictures, steps }: CurvePoint): string {
  return `${pictures} pictures, ${steps} steps`;
}

/** A curve's runs as variants of `ablate`. */
export function curveVariants(
  bench: LocalizerBench,
  points: readonly CurvePoint[],
  options: TrainedOptions,
): Variant<LocalizerInput>[] {
  return points.map((point) => {
    const usual = Math.ceil(USUAL * point.pictures), unusual = point.pictures - usual;
    const own = [`examples.count=${usual}`, `unusual.count=${unusual}`, "turned.count=0", `loop.steps=${point.steps}`];
    const source = trainedLocalizer(bench, { ...options, entries: [...options.entries, ...own] });
    return localizerVariant(bench, { name: pointName(point), source });
  });
}

/** e ≈ b·x^−c. */
export interface PowerLaw {
  /** c: the share by which e falls when x grows by a small share. */
  readonly exponent: number;
  /** The fitted e at x. */
  at(x: number): number;
  /** Where e would be reached, going on from the last point; Infinity if e does not fall. */
  reaches(e: number): number;
}

/**
 * Fits a power law.
 *
 * @param x Positive, ascending; at least two.
 * @param y Positive, as many.
 * @throws {RangeError} if there are fewer than two points, or one is not positive.
 */
export function powerLaw(x: readonly number[], y: readonly number[]): PowerLaw {
  if (x.length < 2 || x.length !== y.length || ![...x, ...y].every((value) => value > 0 && value < Infinity)) {
    throw new RangeError(`powerLaw: needs two or more positive x and as many y: got [${x}] and [${y}]`);
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const u = x.map(Math.log), v = y.map(Math.log), mu = mean(u), mv = mean(v);
  const slope = mean(u.map((value, i) => (value - mu) * (v[i]! - mv))) / mean(u.map((value) => (value - mu) ** 2));
  const exponent = -slope;
  return {
    exponent,
    at: (at) => Math.exp(mv + slope * (Math.log(at) - mu)),
    reaches: (e) => {
      const last = y.at(-1)!;
      if (e >= last) return x.at(-1)!;
      return exponent > 0 ? x.at(-1)! * (last / e) ** (1 / exponent) : Infinity;
    },
  };
}

/** A measured curve: everyday errors along one axis. */
export interface Curve {
  /** What grows. */
  readonly axis: keyof CurvePoint;
  /** Its values, ascending. */
  readonly x: readonly number[];
  /** Errors by metric, millimetres. */
  readonly errors: Readonly<Record<"mpjpe_mm" | "pve_mm", readonly number[]>>;
}

/** Reads a curve from the table of its runs; runs that were not measured are left out. */
export function readCurve(table: Ablation, points: readonly CurvePoint[], axis: keyof CurvePoint): Curve {
  const measured = points.toSorted((a, b) => a[axis] - b[axis]).flatMap((point) => {
    const { metrics: { mpjpe_mm, pve_mm } } = table.summary(pointName(point), "everyday");
    return mpjpe_mm && pve_mm ? [{ x: point[axis], mpjpe: mpjpe_mm.mean, pve: pve_mm.mean }] : [];
  });
  return {
    axis,
    x: measured.map(({ x }) => x),
    errors: { mpjpe_mm: measured.map(({ mpjpe }) => mpjpe), pve_mm: measured.map(({ pve }) => pve) },
  };
}

/** The curve with the lines of its power laws, both axes logarithmic. */
export function curveFigure({ axis, x, errors }: Curve, held: string): Figure {
  const drawn = (["pve_mm", "mpjpe_mm"] as const).flatMap((metric) => {
    const name = metric.replace("_mm", "").toUpperCase(), y = errors[metric], law = powerLaw(x, y);
    return [{ name, x, y }, { name: `${name} ∝ ${axis}^${readable(0 - law.exponent)}`, x, y: x.map(law.at) }];
  });
  return lines({
    title: `Error on everyday people against ${axis} (mm)`,
    subtitle: held,
    x: { title: axis, log: true },
    y: { title: "mm", log: true },
    lines: drawn,
  });
}
