/**
 * # From an array of any rank to tiles of rows and columns
 *
 * One axis may become tiles; of the others the last runs across, and all before it run down together, in order. Axes
 * longer than the limit are thinned: every k-th entry is shown.
 *
 * @module
 */

/** One shown axis: how many entries of it, and every which one. */
export interface ShownAxis {
  readonly name: string;
  readonly shown: number;
  readonly step: number;
}

/** How a tensor of any rank is laid out in tiles. */
export interface TilePlan {
  /** What runs down and what runs across each tile. */
  readonly rows: ShownAxis;
  readonly columns: ShownAxis;
  readonly count: number;
  /** A heading for each tile; none where there is one tile. */
  readonly tileNames: readonly string[];
  /** What is left out, ready to follow other text; empty where all is shown. */
  readonly note: string;
  /** The flat indices of a tile's cells, row by row. */
  cells(tile: number): number[];
}

/** How much of a tensor is shown. */
export interface TileOptions {
  /** The axis that becomes tiles, or −1 for one tile. */
  readonly tileAxis: number;
  readonly mostTiles: number;
  readonly mostCells: number;
}

/** Plans which entry goes where. */
export function planTiles(
  shape: readonly number[],
  names: readonly string[],
  { tileAxis, mostTiles, mostCells }: TileOptions,
): TilePlan {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const others = shape.map((_, axis) => axis).filter((axis) => axis !== tileAxis);
  const across = others.at(-1);
  const down = others.slice(0, -1);
  const downSize = down.reduce((size, axis) => size * shape[axis]!, 1);
  const axisOf = (name: string, size: number): ShownAxis => {
    const step = Math.ceil(size / mostCells);
    return { name, step, shown: Math.ceil(size / step) };
  };
  const rows = axisOf(down.map((axis) => names[axis]).join(" × ") || "row", downSize);
  const columns = axisOf(across === undefined ? "value" : names[across]!, across === undefined ? 1 : shape[across]!);
  const tileCount = tileAxis < 0 ? 1 : shape[tileAxis]!;
  const count = Math.min(tileCount, mostTiles);
  /** The flat index of the row-th combination of the axes that go down. */
  const rowStart = (row: number): number => {
    let [rest, index] = [row, 0];
    for (const axis of down.toReversed()) {
      index += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return index;
  };
  return {
    rows,
    columns,
    count,
    tileNames: tileAxis < 0 ? [] : Array.from({ length: count }, (_, i) => `${names[tileAxis]} = ${i}`),
    note: [
      ...(count < tileCount ? [`first ${count} of ${tileCount} along ${names[tileAxis]}`] : []),
      ...[rows, columns].filter((axis) => axis.step > 1).map((axis) => `every ${ordinal(axis.step)} of ${axis.name}`),
    ].map((part) => ` · ${part}`).join(""),
    cells: (tile) => {
      const start = tileAxis < 0 ? 0 : tile * strides[tileAxis]!;
      return Array.from({ length: rows.shown * columns.shown }, (_, i) => {
        const [row, column] = [Math.floor(i / columns.shown), i % columns.shown];
        return start + rowStart(row * rows.step) +
          column * columns.step * (across === undefined ? 0 : strides[across]!);
      });
    },
  };
}

function ordinal(n: number): string {
  return n === 2 ? "2nd" : n === 3 ? "3rd" : `${n}th`;
}
