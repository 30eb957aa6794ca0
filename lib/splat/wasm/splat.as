// # The rasteriser's fast path: what TypeScript calls
//
// `../projection.ts`, `../tiles.ts`, `../rasterize.ts` and their gradients, on one memory for all threads. A phase's items (Gaussians or
// tiles) are taken in small numbers from a counter that all threads share, so that who comes late costs nothing.
import { NEXT } from "./layout";
import { paint } from "./paint";
import { project } from "./project";
import { unpaint, unproject } from "./gradient";

export { countPairs, fillTiles, sortByDepth } from "./sort";
export { sumSlots } from "./gradient";

/** Takes items of a phase until there are none: 0 project, 1 paint, 2 gradient of painting, 3 gradient of projection. */
export function work(thread: i32, phase: i32, items: i32): void {
  const some = phase == 0 || phase == 3 ? 512 : 1;
  for (;;) {
    const first = atomic.add<i32>(NEXT, some);
    if (first >= items) return;
    const end = min(items, first + some);
    if (phase == 0) project(first, end);
    else if (phase == 1) paint(thread, first, end);
    else if (phase == 2) unpaint(thread, first, end);
    else unproject(first, end);
  }
}
