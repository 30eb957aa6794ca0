/**
 * # `deno task lab [-- JUPYTERLAB OPTIONS…]`
 *
 * Opens JupyterLab on the notebooks, with this Deno as their kernel and live plotly figures. The first time it sets up
 * `.venv` (about 400 MB, under a minute); after that everything runs offline. Python 3.9 or newer is needed for
 * JupyterLab itself and for nothing else.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { writeFileAtomic } from "../../lib/format/file.ts";
import { writeKernelspec } from "./kernelspec.ts";

const ROOT = resolve(import.meta.dirname!, "../..");
const VENV = join(ROOT, ".venv");
/** JupyterLab, and the package that draws plotly figures in it. */
const REQUIREMENTS = ["jupyterlab==4.6.6", "plotly==7.1.0"];

/** Makes the environment where it is missing or of other versions. */
async function setUp(): Promise<void> {
  const stamp = join(VENV, "nlf-gs-requirements.txt"), wanted = REQUIREMENTS.join("\n") + "\n";
  if (await Deno.readTextFile(stamp).catch(() => "") === wanted) return;
  console.error("Setting up JupyterLab in .venv, once (about 400 MB)");
  await must(await findPython(), ["-m", "venv", VENV], "make a virtual environment: on Debian install python3-venv");
  await must(
    program("python"),
    ["-m", "pip", "install", "--quiet", ...REQUIREMENTS],
    "install JupyterLab: check the network",
  );
  const settings = { "@jupyterlab/apputils-extension:notification": { checkForUpdates: false, fetchNews: "false" } };
  await writeFileAtomic(join(VENV, "share/jupyter/lab/settings/overrides.json"), JSON.stringify(settings)); // no network
  await Deno.writeTextFile(stamp, wanted);
}

async function findPython(): Promise<string> {
  for (const name of ["python3", "python"]) {
    const found = await new Deno.Command(name, { args: ["--version"], stdout: "null", stderr: "null" }).output()
      .then(({ success }) => success, () => false);
    if (found) return name;
  }
  throw new Error("Python is needed for JupyterLab: install Python 3, or run the notebooks by `deno task notebooks`");
}

function program(name: string): string {
  return Deno.build.os === "windows" ? join(VENV, "Scripts", `${name}.exe`) : join(VENV, "bin", name);
}

async function must(command: string, args: string[], whatFor: string): Promise<void> {
  const { success } = await new Deno.Command(command, { args, stdout: "inherit", stderr: "inherit" }).output();
  if (!success) throw new Error(`Could not ${whatFor}`);
}

if (import.meta.main) {
  await setUp();
  await writeKernelspec(VENV);
  const lab = new Deno.Command(program("jupyter"), {
    args: ["lab", join(ROOT, "notebooks"), ...Deno.args.filter((arg) => arg !== "--")],
    cwd: ROOT,
  }).spawn();
  const stop = () => lab.kill("SIGTERM"); // JupyterLab then stops its kernels, which would outlive it otherwise
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    if (Deno.build.os !== "windows" || signal === "SIGINT") Deno.addSignalListener(signal, stop);
  }
  Deno.exit((await lab.status).code);
}
