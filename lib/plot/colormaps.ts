/**
 * # Colours that tell the truth about numbers
 *
 * | map | for | ends |
 * |---|---|---|
 * | `sequential` (viridis) | sizes, counts, errors | dark = least, yellow = most; even steps look even, in grey as well |
 * | `heat` (inferno) | probability | black = 0 |
 * | `diverging` (ColorBrewer RdBu) | signed numbers | blue < 0, white = 0, red > 0 |
 *
 * Signed data are always centred: the same strength of blue and red means the same distance from zero.
 *
 * @module
 */

/** A colour as bytes. */
export type Rgb = readonly [red: number, green: number, blue: number];

const STOPS = {
  sequential: "440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725",
  heat: "000004 1b0c41 4a0c6b 781c6d a52c60 cf4446 ed6925 fb9b06 f7d13d fcffa4",
  diverging: "053061 2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b 67001f",
} as const;

/** The name of a colour map. */
export type ColourMap = keyof typeof STOPS;

function stops(map: ColourMap): Rgb[] {
  return STOPS[map].split(" ").map((hex) => {
    const value = Number.parseInt(hex, 16);
    return [value >> 16, (value >> 8) & 255, value & 255];
  });
}

/** The colour at t, clamped to 0..1. */
export function colourAt(map: ColourMap, t: number): Rgb {
  const colours = stops(map);
  const place = Math.min(1, Math.max(0, t)) * (colours.length - 1);
  const below = Math.min(Math.floor(place), colours.length - 2);
  const [low, high] = [colours[below]!, colours[below + 1]!];
  const mix = (channel: 0 | 1 | 2) => Math.round(low[channel] + (place - below) * (high[channel] - low[channel]));
  return [mix(0), mix(1), mix(2)];
}

/** A colour map in plotly's form. */
export type ColourScale = (readonly [place: number, colour: string])[];

/** The map for plotly, opaque. */
export function colourScale(map: ColourMap): ColourScale {
  const colours = stops(map);
  return colours.map((colour, i) => [i / (colours.length - 1), `rgb(${colour.join(",")})`]);
}

/** The map for plotly over a photo: nothing at 0, nearly opaque at 1. */
export function overlayScale(map: ColourMap): ColourScale {
  const steps = 16;
  return Array.from({ length: steps + 1 }, (_, i) => {
    const t = i / steps;
    const alpha = 0.9 * Math.sqrt(t); // the root lets weak responses be seen
    return [t, `rgba(${colourAt(map, 0.25 + 0.75 * t).join(",")},${alpha.toFixed(3)})`];
  });
}

/** One colour for each line or bar of a figure, told apart by colour-blind readers too (Okabe and Ito, 2008). */
export const SERIES_COLOURS: readonly string[] = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#5a5a5a",
];
