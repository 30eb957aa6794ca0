/**
 * # Running a notebook
 *
 * Every code cell is run in order in one fresh kernel, and what it prints and shows is collected as Jupyter's own front
 * ends would: streams are joined, updates replace what they name, `clear_output` clears. The first error ends the run.
 *
 * @module
 */
import { KernelClient, type KernelMessage } from "./kernel_client.ts";
import { type Cell, type Notebook, type Output, sourceOf } from "./notebook.ts";

/** What happened. */
export interface Execution {
  /** The notebook with its new outputs; the given one is untouched. */
  readonly notebook: Notebook;
  /** The first error, as `cell 3: TypeError: …`, or undefined. */
  readonly error: string | undefined;
}

/** How a notebook is run. */
export interface ExecuteOptions {
  /** Most milliseconds for one cell. */
  readonly timeoutMs?: number;
  /** Called before each code cell. */
  readonly onCell?: (index: number, count: number) => void | Promise<void>;
}

/** Runs a notebook in a fresh kernel whose working folder is `folder`. */
export async function executeNotebook(
  given: Notebook,
  folder: string,
  { timeoutMs = 600_000, onCell }: ExecuteOptions = {},
): Promise<Execution> {
  const notebook = structuredClone(given);
  const cells = notebook.cells.filter((cell) => cell.cell_type === "code");
  for (const cell of cells) Object.assign(cell, { outputs: [], execution_count: null });
  const kernel = await KernelClient.start(folder);
  const displays = new Map<string, Output[]>(); // outputs that may be updated, by display id
  try {
    let count = 0;
    for (const [index, cell] of cells.entries()) {
      await onCell?.(index, cells.length);
      if (sourceOf(cell).trim() === "") continue;
      cell.execution_count = ++count;
      const error = await runCell(kernel, cell, displays, timeoutMs);
      if (error !== undefined) return { notebook, error: `cell ${notebook.cells.indexOf(cell)}: ${error}` };
    }
    return { notebook, error: undefined };
  } finally {
    await kernel.stop();
  }
}

async function runCell(
  kernel: KernelClient,
  cell: Cell,
  displays: Map<string, Output[]>,
  timeoutMs: number,
): Promise<string | undefined> {
  const collect = outputCollector(cell, displays);
  let reply;
  try {
    reply = await kernel.execute(sourceOf(cell), collect, timeoutMs);
  } catch (error) {
    return (error as Error).message;
  }
  if (reply.status !== "error") return undefined;
  const { ename, evalue, traceback = [] } = reply;
  const shown = cell.outputs!.some((output) => output.output_type === "error");
  if (!shown) cell.outputs!.push({ output_type: "error", ename, evalue, traceback }); // not sent for a syntax error
  return `${ename}: ${evalue}`;
}

/** Turns the kernel's messages into a cell's outputs. */
function outputCollector(cell: Cell, displays: Map<string, Output[]>): (message: KernelMessage) => void {
  let clearNext = false;
  const add = (output: Output) => {
    if (clearNext) cell.outputs = [];
    clearNext = false;
    cell.outputs!.push(output);
  };
  return ({ type, content }) => {
    const id: string | undefined = content.transient?.display_id;
    if (type === "stream") {
      const last = cell.outputs!.at(-1);
      const text = plain(content.text);
      if (!clearNext && last?.output_type === "stream" && last["name"] === content.name) last["text"] += text;
      else add({ output_type: "stream", name: content.name, text });
    } else if (type === "display_data" || type === "execute_result") {
      const output: Output = {
        output_type: type,
        data: content.data,
        ...(type === "execute_result" && { execution_count: cell.execution_count }),
        metadata: content.metadata ?? {},
      };
      add(output);
      if (id !== undefined) displays.set(id, [...(displays.get(id) ?? []), output]);
    } else if (type === "update_display_data") {
      for (const output of displays.get(id ?? "") ?? []) output["data"] = content.data;
    } else if (type === "error") {
      add({ output_type: "error", ename: content.ename, evalue: content.evalue, traceback: content.traceback });
    } else if (type === "clear_output") {
      if (content.wait) clearNext = true;
      else cell.outputs = [];
    }
  };
}

/** Text without terminal colours. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex -- the escape character is what is looked for
  return text.replaceAll(/\x1b\[[0-9;]*m/g, "");
}
