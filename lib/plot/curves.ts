/**
 * # Lines and bars, for losses, timings and comparisons
 *
 * @module
 */
import { SERIES_COLOURS } from "./colormaps.ts";
import { Figure } from "./figure.ts";
import { baseLayout, headingHeight } from "./layout.ts";
import { readable, rounded } from "./round.ts";

/** One axis of a chart. */
export interface ChartAxis {
  /** What it measures, with its unit, such as "time (s)". */
  readonly title: string;
  /** Logarithmic. */
  readonly log?: boolean;
  /** The least value shown; bars should start at 0 and do. */
  readonly from?: number;
}

/** One line. */
export interface Line {
  /** Its name in the legend. */
  readonly name: string;
  /** Where its points lie across. */
  readonly x: ArrayLike<number>;
  /** Where its points lie upwards, as many. */
  readonly y: ArrayLike<number>;
  /** Half the height of the band around the line, such as a standard deviation. */
  readonly spread?: ArrayLike<number>;
}

/** What a line chart shows. */
export interface Lines {
  /** What is shown, with its unit. */
  readonly title: string;
  /** The quieter second line. */
  readonly subtitle?: string;
  /** The axis across. */
  readonly x: ChartAxis;
  /** The axis upwards. */
  readonly y: ChartAxis;
  /** One or more lines, in the order of the legend. */
  readonly lines: readonly Line[];
}

/** One colour of bars. */
export interface BarSeries {
  /** Its name in the legend. */
  readonly name: string;
  /** One value for each category; NaN leaves a gap. */
  readonly values: readonly number[];
  /** Half the length of each bar's whisker, such as a standard deviation; NaN draws none. */
  readonly spread?: readonly number[];
}

/** What a bar chart shows: one group for each category, one bar in it for each series. */
export interface Bars {
  /** What is shown, with its unit. */
  readonly title: string;
  /** The quieter second line. */
  readonly subtitle?: string;
  /** The axis upwards. */
  readonly y: ChartAxis;
  /** The groups, from left to right. */
  readonly categories: readonly string[];
  /** The bars of each group. */
  readonly series: readonly BarSeries[];
}

const MOST_POINTS = 1000; // a line of more is thinned: a screen has no more columns

/**
 * Draws lines over one pair of axes.
 *
 * @throws {TypeError} if a line's x and y differ in length.
 */
export function lines({ title, subtitle, x, y, lines }: Lines): Figure {
  const data = lines.flatMap((line, i) => {
    if (line.x.length !== line.y.length || (line.spread !== undefined && line.spread.length !== line.y.length)) {
      throw new TypeError(
        `lines: "${line.name}" must have as many y as x: got ${line.x.length} x and ${line.y.length} y`,
      );
    }
    const step = Math.ceil(line.x.length / MOST_POINTS) || 1;
    const kept = Array.from({ length: Math.ceil(line.x.length / step) }, (_, k) => k * step);
    const across = kept.map((k) => rounded(line.x[k]!));
    const colour = SERIES_COLOURS[i % SERIES_COLOURS.length]!;
    const band = line.spread === undefined ? [] : [{
      type: "scatter",
      x: [...across, ...across.toReversed()],
      y: [
        ...kept.map((k) => rounded(line.y[k]! + line.spread![k]!)),
        ...kept.toReversed().map((k) => rounded(line.y[k]! - line.spread![k]!)),
      ],
      fill: "toself",
      fillcolor: `${colour}30`,
      line: { width: 0 },
      hoverinfo: "skip",
      showlegend: false,
    }];
    const trace = {
      type: "scatter",
      mode: across.length > 40 ? "lines" : "lines+markers",
      name: line.name,
      x: across,
      y: kept.map((k) => rounded(line.y[k]!)),
      line: { color: colour, width: 2 },
      marker: { size: 6 },
    };
    return [...band, trace];
  });
  return chart({ title, subtitle, x, y, data, legend: lines.length > 1 });
}

/**
 * Draws bars from zero.
 *
 * @throws {TypeError} if a series has not one value for each category.
 */
export function bars({ title, subtitle, y, categories, series }: Bars): Figure {
  const data = series.map(({ name, values, spread }, i) => {
    for (const given of [values, spread ?? values]) {
      if (given.length === categories.length) continue;
      throw new TypeError(`bars: "${name}" must have ${categories.length} values: got ${given.length}`);
    }
    return {
      type: "bar",
      name,
      x: categories,
      y: values.map(rounded),
      marker: { color: SERIES_COLOURS[i % SERIES_COLOURS.length] },
      text: values.map((value) => Number.isFinite(value) ? readable(value) : ""),
      ...(spread && { error_y: { type: "data", array: spread.map(rounded), color: "#444", thickness: 1, width: 3 } }),
      textposition: spread ? "inside" : "outside", // where no whisker crosses it
      insidetextanchor: "start",
      cliponaxis: false,
      textfont: { size: 10 },
    };
  });
  return chart({ title, subtitle, y, data, legend: series.length > 1, categories });
}

const LETTER = 7; // pixels across, about
const SLANT = 40; // degrees, of names that do not fit side by side

function chart({ title, subtitle, x, y, data, legend, categories = [] }: {
  readonly title: string;
  readonly subtitle: string | undefined;
  readonly x?: ChartAxis;
  readonly y: ChartAxis;
  readonly data: readonly Record<string, unknown>[];
  readonly legend: boolean;
  readonly categories?: readonly string[];
}): Figure {
  const heading = { title, subtitle: subtitle ?? "" };
  const beside = data.filter((trace) => trace["name"] !== undefined).length > 4; // more names than fit into one row
  const longest = LETTER * Math.max(0, ...categories.map(({ length }) => length)), width = 640;
  const slanted = longest * categories.length > width - 100;
  const below = slanted ? Math.round(longest * Math.sin(SLANT * Math.PI / 180)) - 20 : 0;
  const margin = {
    l: 70,
    r: legend && beside ? 150 : 20,
    t: headingHeight(heading) + (legend && !beside ? 26 : 6),
    b: 50 + below,
  };
  const axis = (given: ChartAxis | undefined) => ({
    title: { text: given?.title ?? "", standoff: 8 },
    type: given?.log ? "log" : given === undefined ? "category" : "linear",
    ...(given?.from !== undefined && { range: [given.log ? Math.log10(given.from) : given.from, null] }),
    gridcolor: "#e8e8e8",
    zerolinecolor: "#999",
    linecolor: "#999",
    ticks: "outside",
    tickcolor: "#999",
  });
  return new Figure({
    data,
    layout: {
      ...baseLayout(heading, { width, height: 400 + below }, margin),
      xaxis: { ...axis(x), ...(slanted && { tickangle: -SLANT }) },
      yaxis: axis(y),
      showlegend: legend,
      legend: beside
        ? { orientation: "v", x: 1.02, y: 1, xanchor: "left", yanchor: "top" }
        : { orientation: "h", x: 0, y: 1, xanchor: "left", yanchor: "bottom" },
    },
  });
}
