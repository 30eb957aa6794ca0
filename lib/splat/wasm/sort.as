// # Tiles, as in ../tiles.ts: a radix sort by depth, then a counting sort into tiles
//
// What is sorted are words of 64 bits, depth above and index below, so that no pass looks anything up; only the digits in which the
// depths differ are sorted by. How many boxes cover each tile is a sum over differences at the boxes' four corners, whatever their size.
import * as at from "./layout";

const DIGIT: u32 = 11, BUCKETS: u32 = 1 << 11;

/** Where the sorted words lie: in one half of `orders` or the other. */
let sorted: usize = 0;

// @ts-ignore: AssemblyScript's decorator
@inline function add(p: usize, amount: u32): u32 {
  const before = load<u32>(p);
  store<u32>(p, before + amount);
  return before;
}

/** Orders the drawn Gaussians nearest first; returns how many there are. */
export function sortByDepth(): i32 {
  const n = at.count(), buckets = at.cursors();
  let from = at.orders(), to = from + (<usize>n << 3), nearest: u32 = -1, farthest: u32 = 0, end = from;
  for (let i = 0; i < n; i++) {
    if (load<u8>(at.state() + <usize>i) != 0) continue;
    const key = load<u32>(at.records() + (<usize>i << 6) + at.Z); // bits of c_z > 0
    store<u64>(end, <u64>key << 32 | <u64>i);
    nearest = min(nearest, key);
    farthest = max(farthest, key);
    end += 8;
  }
  const size = end - from;
  for (let difference = size > 0 ? farthest - nearest : 0, shift: u32 = 0; difference >> shift != 0; shift += DIGIT) {
    memory.fill(buckets, 0, <usize>BUCKETS << 2);
    for (let p = from; p < from + size; p += 8) add(buckets + (<usize>digit(p, nearest, shift) << 2), 1);
    let sum: u32 = 0;
    for (let bucket = buckets; bucket < buckets + (<usize>BUCKETS << 2); bucket += 4) sum += add(bucket, sum - load<u32>(bucket));
    for (let p = from; p < from + size; p += 8) {
      store<u64>(to + (<usize>add(buckets + (<usize>digit(p, nearest, shift) << 2), 1) << 3), load<u64>(p));
    }
    const swap = from;
    from = to;
    to = swap;
    if (shift + DIGIT > 31) break;
  }
  sorted = from;
  return <i32>(size >> 3);
}

// @ts-ignore: AssemblyScript's decorator
@inline function digit(p: usize, nearest: u32, shift: u32): u32 { return ((load<u32>(p, 4) - nearest) >> shift) & (BUCKETS - 1); }

/** Counts each tile's Gaussians into `starts`; returns how many pairs there are, or −1 if more than 2³⁰. */
export function countPairs(): i32 {
  const n = at.count(), columns = at.columns(), rows = at.rows(), stride = columns + 1 << 2, changes = at.cursors(), starts = at.starts();
  memory.fill(changes, 0, <usize>(stride * (rows + 1)));
  for (let i = 0; i < n; i++) {
    if (load<u8>(at.state() + <usize>i) != 0) continue;
    const box = at.boxes() + (<usize>i << 3);
    const left = <i32>load<i16>(box) >> 4 << 2, right = (<i32>load<i16>(box, 2) >> 4) + 1 << 2;
    const top = changes + (<i32>load<i16>(box, 4) >> 4) * stride, bottom = changes + ((<i32>load<i16>(box, 6) >> 4) + 1) * stride;
    add(top + left, 1);
    add(top + right, -1);
    add(bottom + left, -1);
    add(bottom + right, 1);
  }
  let pairs: u64 = 0, start = starts;
  store<u32>(start, 0);
  for (let row = 0; row < rows; row++) {
    let sum: u32 = 0; // of the changes so far in this row; what the rows above came to is added column by column
    for (let column = 0; column < columns; column++, start += 4) {
      const here = changes + row * stride + (column << 2);
      sum += load<u32>(here);
      const covering = sum + (row > 0 ? load<u32>(here - stride) : 0);
      store<u32>(here, covering);
      pairs += covering;
      store<u32>(start, <u32>pairs, 4);
    }
  }
  return pairs > 1 << 30 ? -1 : <i32>pairs;
}

/** Writes each tile's list. */
export function fillTiles(drawn: i32): void {
  const columns = at.columns(), tiles = columns * at.rows(), cursors = at.cursors(), list = at.list(), boxes = at.boxes();
  memory.copy(cursors, at.starts(), <usize>tiles << 2);
  for (let p = sorted; p < sorted + (<usize>drawn << 3); p += 8) {
    const i = load<u32>(p), box = boxes + (<usize>i << 3), left = <i32>load<i16>(box) >> 4, right = <i32>load<i16>(box, 2) >> 4;
    const bottom = <i32>load<i16>(box, 6) >> 4;
    for (let row = <i32>load<i16>(box, 4) >> 4; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        store<u32>(list + (<usize>add(cursors + (<usize>(row * columns + column) << 2), 1) << 2), i);
      }
    }
  }
}
