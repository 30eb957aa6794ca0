import { assertEquals } from "@std/assert";
import { BLANK, DEVELOP, PAINT } from "../../../lib/splat/webgpu/paint.ts";
import { PAINT_GRADIENT, SEED } from "../../../lib/splat/webgpu/paint_gradient.ts";
import { EMIT, GATHER, RESOLVE } from "../../../lib/splat/webgpu/pairs.ts";
import { SCAN, TALLY } from "../../../lib/splat/webgpu/prefix_sum.ts";
import { PROJECT } from "../../../lib/splat/webgpu/project.ts";
import { PROJECT_GRADIENT } from "../../../lib/splat/webgpu/project_gradient.ts";
import { HISTOGRAM, SCATTER } from "../../../lib/splat/webgpu/radix_sort.ts";
import { PLAN } from "../../../lib/splat/webgpu/rounds.ts";
import { inBrowser } from "../../viewer/browser.ts";

const SHADERS = [
  ...[PROJECT, HISTOGRAM, SCAN, SCATTER, TALLY, PLAN, EMIT, RESOLVE, BLANK, PAINT, DEVELOP],
  ...[SEED, PAINT_GRADIENT, GATHER, PROJECT_GRADIENT],
];

/** What of WebGPU is used in the page; Deno's types and the DOM's differ. */
interface Gpu {
  requestAdapter(): Promise<{ requestDevice(): Promise<Device> } | null>;
}
interface Device {
  pushErrorScope(filter: "validation"): void;
  popErrorScope(): Promise<{ readonly message: string } | null>;
  createShaderModule(of: { code: string }): { getCompilationInfo(): Promise<{ messages: { message: string }[] }> };
  createComputePipeline(of: { layout: "auto"; compute: { module: unknown } }): unknown;
}

// Deno's compiler (naga) lets barriers in diverging control flow pass; Chromium's (Tint) does not. The device has WebGPU's
// least limits: 8 storage buffers, 16 KiB of shared memory, 256 threads.
inBrowser("Every shader is accepted by Chromium within WebGPU's least limits", async (browser) => {
  const page = await browser.newPage();
  await page.goto(import.meta.resolve("./shaders_test.ts")); // a file is a secure context, a blank page is not
  const complaints = await page.evaluate(async (shaders) => {
    const adapter = await (navigator as unknown as { gpu?: Gpu }).gpu?.requestAdapter();
    if (!adapter) return ["no WebGPU adapter"];
    const device = await adapter.requestDevice(), found: string[] = [];
    for (const { name, code } of shaders) {
      device.pushErrorScope("validation");
      const module = device.createShaderModule({ code });
      const { messages } = await module.getCompilationInfo();
      device.createComputePipeline({ layout: "auto", compute: { module } });
      const error = await device.popErrorScope();
      for (const { message } of [...messages, ...(error ? [error] : [])]) found.push(`${name}: ${message}`);
    }
    return found;
  }, SHADERS);
  assertEquals(complaints, []);
}, ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"]);
