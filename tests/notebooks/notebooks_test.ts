import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { PLOTLY } from "../../lib/plot/figure.ts";
import { checkNotebooks } from "../../tools/notebooks/check.ts";
import { executeNotebook } from "../../tools/notebooks/execute.ts";
import { writeKernelspec } from "../../tools/notebooks/kernelspec.ts";
import { type Cell, MOST_BYTES, type Notebook, readNotebook, saveNotebook } from "../../tools/notebooks/notebook.ts";
import { inFolder } from "../harness.ts";

const NOTEBOOKS = join(import.meta.dirname!, "../../notebooks");

/** A notebook of code cells. */
function notebookOf(...sources: string[]): Notebook {
  const cells: Cell[] = sources.map((source) => ({ cell_type: "code", metadata: {}, source, outputs: [] }));
  return { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

Deno.test("executeNotebook() collects what cells print and show, in order", async () => {
  const { notebook, error } = await executeNotebook(
    notebookOf(
      `import { bars, display, DISPLAY, Progress } from "../lib/plot/mod.ts";`,
      `console.log("one"); console.error("two"); console.log("three");`,
      `bars({ title: "Counts", y: { title: "count" }, categories: ["a"], series: [{ name: "s", values: [1] }] })`,
      `await using progress = new Progress("Working", 2); await progress.advance(); await progress.advance();`,
      `await progress.finish(); 6 * 7`,
    ),
    NOTEBOOKS,
  );
  assertEquals(error, undefined);
  const outputs = notebook.cells.map((cell) => cell.outputs!);
  const streams = outputs[1]!.map((output) => [output["name"], output["text"]]);
  assertEquals(streams.filter(([name]) => name === "stdout").map(([, text]) => text).join(""), "one\nthree\n");
  assertEquals(streams.filter(([name]) => name === "stderr").map(([, text]) => text).join(""), "two\n");
  const figure = outputs[2]![0]!["data"] as Record<string, unknown>;
  assertEquals(Object.keys(figure).toSorted(), [PLOTLY, "image/png", "text/plain"].toSorted());
  assertEquals(outputs[3]!.length, 1, "progress is one output, updated in place");
  assertStringIncludes((outputs[3]![0]!["data"] as { "text/plain": string })["text/plain"], "Working 2/2 · 100 %");
  assertStringIncludes((outputs[4]!.at(-1)!["data"] as { "text/plain": string })["text/plain"], "42");
});

Deno.test("executeNotebook() loses no output in sixty cells of large ones", async () => {
  const large = `({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": "x".repeat(400_000) }) })`;
  const cells = Array.from({ length: 60 }, () => large);
  const { notebook, error } = await executeNotebook(notebookOf(`import "../lib/plot/kernel.ts";`, ...cells), NOTEBOOKS);
  assertEquals(error, undefined);
  const kept = notebook.cells.slice(1).filter((cell) => cell.outputs!.length === 1).length;
  assertEquals(kept, 60);
});

Deno.test("executeNotebook() stops at the first error, thrown or of syntax, and shows it", async () => {
  const thrown = await executeNotebook(notebookOf(`throw new RangeError("too far")`, `1`), NOTEBOOKS);
  assertEquals(thrown.error, "cell 0: RangeError: too far");
  assertEquals(thrown.notebook.cells.map((cell) => cell.outputs!.length), [1, 0]);
  const unparsable = await executeNotebook(notebookOf(`const = 3`), NOTEBOOKS);
  assertStringIncludes(unparsable.error!, "cell 0: ");
  assertEquals(unparsable.notebook.cells[0]!.outputs![0]!.output_type, "error");
});

Deno.test("executeNotebook() ends cells that take too long and kernels that die", async () => {
  const slow = await executeNotebook(notebookOf(`await new Promise(() => setInterval(() => {}, 1e3))`), NOTEBOOKS, {
    timeoutMs: 1000,
  });
  assertEquals(slow.error, "cell 0: The cell did not end within 1 s");
  const dead = await executeNotebook(notebookOf(`Deno.exit(3)`), NOTEBOOKS);
  assertStringIncludes(dead.error!, "The kernel died");
});

Deno.test("saveNotebook() writes one normal form and refuses what is too large", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.ipynb");
    const notebook = notebookOf("1 + 1");
    notebook.metadata = { kernelspec: { name: "deno-of-someone" }, widgets: {} };
    notebook.cells[0]!.metadata = { tags: ["setup"], execution: { started: "today" } };
    await saveNotebook(path, notebook);
    const saved = await readNotebook(path);
    assertEquals(saved.cells[0], {
      cell_type: "code",
      execution_count: null,
      id: "cell-00",
      metadata: { tags: ["setup"] },
      outputs: [],
      source: ["1 + 1"],
    });
    assertEquals((saved.metadata["kernelspec"] as { name: string }).name, "deno");
    const before = await Deno.readFile(path);
    notebook.cells[0]!.outputs = [{ output_type: "stream", name: "stdout", text: "x".repeat(MOST_BYTES) }];
    await assertRejects(() => saveNotebook(path, notebook), RangeError, "largest outputs (cell 0: 100");
    assertEquals(await Deno.readFile(path), before, "the old file is untouched");
  }));

Deno.test("readNotebook() says what is wrong with a file", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.ipynb");
    for (
      const [text, what] of [["{", "is no JSON"], ["{}", "has no cells"], [`{"cells":[],"nbformat":3}`, "has format 3"]]
    ) {
      await Deno.writeTextFile(path, text!);
      await assertRejects(() => readNotebook(path), SyntaxError, what);
    }
  }));

Deno.test("checkNotebooks() finds type errors and lint, by cell and line, and leaves no file", () =>
  inFolder(async (folder) => {
    const path = join(folder, "wrong.ipynb");
    await saveNotebook(
      path,
      notebookOf(`const good: number = 1;`, `console.log(good);\nconst bad: number = "two";\nconsole.log(bad);`),
    );
    assertStringIncludes(await checkNotebooks([path]), "wrong.ipynb, cell 1, line 2:7");
    await saveNotebook(path, notebookOf(`let never = 1;\nconsole.log(never);`));
    assertStringIncludes(await checkNotebooks([path]), "prefer-const");
    await saveNotebook(path, notebookOf(`const good: number = 1;`, `good`));
    assertEquals(await checkNotebooks([path]), "");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["wrong.ipynb"]);
  }));

Deno.test("writeKernelspec() asks for interrupts as messages", () =>
  inFolder(async (prefix) => {
    const folder = await writeKernelspec(prefix);
    const spec = JSON.parse(await Deno.readTextFile(join(folder, "kernel.json")));
    assertEquals([folder, spec.interrupt_mode], [join(prefix, "share", "jupyter", "kernels", "deno"), "message"]);
    assert(spec.argv.includes("{connection_file}"));
  }));
