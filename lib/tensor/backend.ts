/**
 * # Where the tensors are computed
 *
 * | backend | what it is | when |
 * |---|---|---|
 * | `webgpu` | compute shaders on a GPU | `"auto"` takes it where a hardware adapter answers |
 * | `wasm` | SIMD on one CPU core | `"auto"` everywhere else; the reference for all timings without a GPU |
 * | `cpu` | plain JavaScript | debugging, and a second opinion in tests |
 *
 * A software Vulkan driver (Mesa's llvmpipe) proves the `webgpu` path right but is 10–25 times slower than `wasm`, so
 * `"auto"` passes it over; ask for `"webgpu"` by name to use it. Results must be read with `await tensor.data()`:
 * `dataSync()` does not exist on WebGPU in Deno.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { expectOneOf } from "./options.ts";
import { shareClones } from "./shared_clones.ts";

/** The backends that this library is tested on. */
export const BACKENDS = ["webgpu", "wasm", "cpu"] as const;
/** The name of a backend. */
export type BackendName = typeof BACKENDS[number];

tf.enableProdMode(); // silences tfjs's banner; shape checks are ours
shareClones();

/**
 * Chooses the backend on which tensors are computed from now on.
 *
 * @param name A backend's name, or `"auto"`: WebGPU on real hardware, else wasm.
 * @returns the name of the backend now in use.
 * @throws {RangeError} if the name is unknown.
 * @throws {Error} if the backend cannot start here (for `webgpu`: no adapter), saying what to install or choose.
 */
export async function useBackend(name: BackendName | "auto" = "auto"): Promise<BackendName> {
  const wanted = expectOneOf("useBackend", "name", name, ["auto", ...BACKENDS]);
  const chosen = wanted === "auto" ? (await hasHardwareAdapter() ? "webgpu" : "wasm") : wanted;
  if (chosen === "wasm") setWasmPaths(wasmFolder());
  if (chosen === "webgpu") {
    await import("@tensorflow/tfjs-backend-webgpu"); // registers itself; loaded only here because it is large
    if (!await webgpuAdapter()) {
      throw new Error(
        "useBackend: no WebGPU adapter answers here: install a Vulkan driver (Debian: mesa-vulkan-drivers), or choose wasm",
      );
    }
  }
  if (!await tf.setBackend(chosen)) throw new Error(`useBackend: tfjs could not start its ${chosen} backend`);
  await tf.ready();
  return chosen;
}

async function webgpuAdapter(): Promise<
  { readonly info?: { readonly description?: string; readonly vendor?: string } } | null
> {
  avoidOpenGl();
  // deno-lint-ignore no-explicit-any -- WebGPU's types differ between Deno, the DOM and tfjs
  const gpu = (globalThis.navigator as any)?.gpu;
  return await gpu?.requestAdapter().catch(() => null) ?? null;
}

/**
 * Keeps Deno from trying OpenGL beside Vulkan on Linux: the OpenGL loader it would pull in races with the end of the
 * process, which then now and then dies of a double free after all work is done.
 */
function avoidOpenGl(): void {
  if (Deno.build.os !== "linux") return;
  try {
    if (!Deno.env.get("DENO_WEBGPU_BACKEND")) Deno.env.set("DENO_WEBGPU_BACKEND", "vulkan");
  } catch {
    // without the permission to set variables the adapter is asked for as it is
  }
}

async function hasHardwareAdapter(): Promise<boolean> {
  const info = (await webgpuAdapter())?.info;
  return info !== undefined && !/llvmpipe|lavapipe|swiftshader|software/i.test(`${info.description} ${info.vendor}`);
}

function wasmFolder(): string {
  const resolve = createRequire(import.meta.url).resolve;
  return dirname(resolve("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm")) + "/";
}
