/**
 * # Settling each cell in Deno's Jupyter kernel
 *
 * The kernel of Deno 2.8 and 2.9 may report a cell as finished before it has published the cell's last outputs; front
 * ends stop listening at that report and lose them. Importing this module makes every later cell wait a moment after
 * its result, which gives the outputs time to leave. The cell that imports it is not covered yet, so the first cell of
 * a notebook should import and do nothing else.
 *
 * @module
 */

const SETTLE_MS = 30;
const SETTLED: unique symbol = Symbol.for("nlf-gs.settled") as never; // survives a second copy of this module

interface KernelSide {
  broadcastResult?: (executionCount: number, result: unknown) => Promise<void>;
  [SETTLED]?: true;
}

// Deno's own hook object is untyped and exists in the kernel alone
const internals = Deno as unknown as Record<symbol | "internal", unknown>;
const kernel = (internals[internals["internal"] as symbol] as { jupyter?: KernelSide } | undefined)?.jupyter;

/** Whether this code runs in the Jupyter kernel. */
export const inKernel: boolean = typeof kernel?.broadcastResult === "function";

if (kernel?.broadcastResult !== undefined && !kernel[SETTLED]) {
  kernel[SETTLED] = true;
  const broadcast = kernel.broadcastResult;
  kernel.broadcastResult = async (executionCount, result) => {
    await broadcast(executionCount, result);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  };
}
