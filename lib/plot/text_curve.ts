/**
 * # A curve in letters, for terminals
 *
 * Braille letters have 2 × 4 dots each, so that ten rows of sixty letters draw 120 × 40 dots:
 *
 * ```
 *  2.31 ┤⠑⢄
 *       ┤  ⠑⠢⢄⡀
 *  0.26 ┤     ⠈⠉⠒⠤⠤⣀⣀
 *        50       400
 * ```
 *
 * Between points the curve is straight. A first fall would flatten all that follows, so once there are twenty points the
 * first tenth of them may leave at the top.
 *
 * @module
 */
import { readable } from "./round.ts";

/** A point of a curve. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

/** The size of a curve in letters, without its labels. */
export interface TextCurveSize {
  /** Letters across. */
  readonly columns: number;
  /** Lines. */
  readonly rows: number;
}

const LABEL = 9; // letters, for the numbers at the left
const DOTS = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]; // of a braille letter, by column and row
const SETTLED = 20; // points from which on the first tenth may leave at the top

/**
 * Draws points, in the order of rising x, as a curve: `rows` lines and one for the ends of x; none of fewer than two points.
 * Points that are not finite are left out.
 */
export function textCurve(points: readonly CurvePoint[], { columns, rows }: TextCurveSize): string[] {
  const there = points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  if (there.length < 2) return [];
  const late = there.slice(there.length < SETTLED ? 0 : Math.floor(there.length / 10)).map(({ y }) => y);
  const low = Math.min(...late), high = Math.max(...late), [first, last] = [there[0]!.x, there.at(-1)!.x];
  const across = 2 * columns, up = 4 * rows, cells = Array.from({ length: rows }, () => new Uint8Array(columns));
  let before: number | undefined;
  for (let dot = 0, next = 1; dot < across; dot++) {
    const x = first + (last - first) * dot / (across - 1);
    while (next < there.length - 1 && there[next]!.x < x) next++;
    const [a, b] = [there[next - 1]!, there[next]!], along = b.x > a.x ? (x - a.x) / (b.x - a.x) : 1;
    const share = high > low ? (high - a.y - (b.y - a.y) * along) / (high - low) : 0.5; // 0 at the top
    const at = share < 0 ? -1 : Math.round(share * (up - 1)), from = before ?? at; // −1: above the curve's top
    for (let row = Math.max(0, Math.min(at, from)); row <= Math.max(at, from); row++) {
      cells[row >> 2]![dot >> 1]! |= DOTS[dot & 1]![row & 3]!;
    }
    before = at;
  }
  const ends = [readable(first), readable(last)] as const;
  return [
    ...cells.map((cell, row) => {
      const label = row === 0 ? readable(high) : row === rows - 1 ? readable(low) : "";
      return `${label.padStart(LABEL)} ┤${String.fromCodePoint(...[...cell].map((dots) => 0x2800 + dots))}`;
    }),
    `${" ".repeat(LABEL + 2)}${ends[0]}${ends[1].padStart(Math.max(1 + ends[1].length, columns - ends[0].length))}`,
  ];
}
