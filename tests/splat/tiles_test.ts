import { assert, assertEquals } from "@std/assert";
import fc from "../property.ts";
import { type Ellipses, STATE } from "../../lib/splat/projection.ts";
import { sortIntoTiles, TILE } from "../../lib/splat/tiles.ts";

interface Blob {
  readonly x: number;
  readonly y: number;
  readonly extent: number;
  readonly depth: number;
  readonly drawn: boolean;
}

function ellipsesOf(blobs: readonly Blob[]): Ellipses {
  return {
    state: Uint8Array.from(blobs, ({ drawn }) => drawn ? STATE.drawn : STATE.unseen),
    depth: Float32Array.from(blobs, ({ depth }) => depth),
    center: Float64Array.from(blobs.flatMap(({ x, y }) => [x, y])),
    extent: Float64Array.from(blobs.flatMap(({ extent }) => [extent, extent])),
    conic: new Float64Array(3 * blobs.length),
    reach: new Float64Array(blobs.length),
  };
}

const blob = fc.record({
  x: fc.double({ min: -10, max: 60, noNaN: true }),
  y: fc.double({ min: -10, max: 50, noNaN: true }),
  extent: fc.double({ min: 11, max: 40, noNaN: true }), // large enough to touch the picture
  depth: fc.constantFrom(0.01, 0.5, 1, 1.5, 2, 1000, 1e7),
  drawn: fc.boolean(),
});
const size = { width: 50, height: 40 };

Deno.test("sortIntoTiles() lists in each tile the Gaussians that touch it, nearest first, ties in order", () =>
  fc.assert(fc.property(fc.array(blob, { maxLength: 30 }), (blobs) => {
    const { columns, rows, start, list } = sortIntoTiles(ellipsesOf(blobs), size);
    assertEquals([columns, rows], [4, 3]);
    for (let tile = 0; tile < columns * rows; tile++) {
      const [left, top] = [tile % columns * TILE, Math.floor(tile / columns) * TILE];
      const touches = ({ x, y, extent, drawn }: Blob) =>
        drawn && x + extent >= left && x - extent < left + TILE && y + extent >= top && y - extent < top + TILE;
      const expected = blobs.map((blob, i) => ({ ...blob, i })).filter(touches)
        .sort((a, b) => a.depth - b.depth || a.i - b.i).map(({ i }) => i);
      assertEquals([...list.subarray(start[tile], start[tile + 1])], expected);
    }
  })));

Deno.test("sortIntoTiles() of nothing gives empty tiles", () => {
  const { start, list } = sortIntoTiles(ellipsesOf([]), size);
  assertEquals(list.length, 0);
  assert(start.every((place) => place === 0));
});
