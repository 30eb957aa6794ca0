// # Tiles, as in ../tiles.ts: a radix sort by depth, then a counting sort into tiles
import * as at from "./layout";

const DIGIT: u32 = 11, BUCKETS: u32 = 1 << 11;

// @ts-ignore: AssemblyScript's decorator
@inline function key(i: u32): u32 { return load<u32>(at.records() + (<usize>i << 6) + at.Z); } // bits of c_z > 0
// @ts-ignore: AssemblyScript's decorator
@inline function add(p: usize, amount: u32): u32 {
  const before = load<u32>(p);
  store<u32>(p, before + amount);
  return before;
}

/** Orders the drawn Gaussians nearest first (in the first half of `orders`); returns how many there are. */
export function sortByDepth(): i32 {
  const n = at.count(), half = <usize>n << 2, buckets = at.cursors();
  let from = at.orders() + half, to = at.orders(), drawn: u32 = 0;
  memory.fill(buckets, 0, <usize>(3 * BUCKETS) << 2);
  for (let i = 0; i < n; i++) {
    if (load<u8>(at.state() + <usize>i) != 0) continue;
    store<u32>(from + (<usize>drawn << 2), i);
    drawn++;
    for (let pass: u32 = 0; pass < 3; pass++) add(buckets + (<usize>(pass * BUCKETS + ((key(i) >>> (pass * DIGIT)) & (BUCKETS - 1))) << 2), 1);
  }
  for (let pass: u32 = 0; pass < 3; pass++) {
    const counts = buckets + (<usize>(pass * BUCKETS) << 2);
    let sum: u32 = 0;
    for (let bucket: u32 = 0; bucket < BUCKETS; bucket++) {
      const size = load<u32>(counts + (<usize>bucket << 2));
      store<u32>(counts + (<usize>bucket << 2), sum);
      sum += size;
    }
    for (let j: u32 = 0; j < drawn; j++) {
      const i = load<u32>(from + (<usize>j << 2));
      const next = add(counts + (<usize>((key(i) >>> (pass * DIGIT)) & (BUCKETS - 1)) << 2), 1);
      store<u32>(to + (<usize>next << 2), i);
    }
    const swap = from;
    from = to;
    to = swap;
  }
  return drawn;
}

/** Counts each tile's Gaussians into `starts`; returns how many pairs there are, or −1 if more than 2³⁰. */
export function countPairs(drawn: i32): i32 {
  const columns = at.columns(), tiles = columns * at.rows(), starts = at.starts();
  memory.fill(starts, 0, <usize>(tiles + 1) << 2);
  let pairs: u64 = 0;
  for (let j = 0; j < drawn; j++) {
    const rect = at.rects() + (<usize>load<u32>(at.orders() + (<usize>j << 2)) << 3);
    const left = <i32>load<u16>(rect), right = <i32>load<u16>(rect, 2), top = <i32>load<u16>(rect, 4), bottom = <i32>load<u16>(rect, 6);
    if (right >= left && bottom >= top) pairs += <u64>((right - left + 1) * (bottom - top + 1));
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) add(starts + (<usize>(row * columns + column + 1) << 2), 1);
    }
  }
  if (pairs > 1 << 30) return -1;
  for (let tile = 0; tile < tiles; tile++) add(starts + (<usize>(tile + 1) << 2), load<u32>(starts + (<usize>tile << 2)));
  return <i32>pairs;
}

/** Writes each tile's list. */
export function fillTiles(drawn: i32): void {
  const columns = at.columns(), tiles = columns * at.rows(), cursors = at.cursors();
  memory.copy(cursors, at.starts(), <usize>tiles << 2);
  for (let j = 0; j < drawn; j++) {
    const i = load<u32>(at.orders() + (<usize>j << 2)), rect = at.rects() + (<usize>i << 3);
    const left = <i32>load<u16>(rect), right = <i32>load<u16>(rect, 2), top = <i32>load<u16>(rect, 4), bottom = <i32>load<u16>(rect, 6);
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        store<u32>(at.list() + (<usize>add(cursors + (<usize>(row * columns + column) << 2), 1) << 2), i);
      }
    }
  }
}
