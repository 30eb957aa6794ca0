/**
 * Fixture for lib/splat: a picture by another program's renderer, PlayCanvas' splat-transform (MIT), on the GPU.
 *
 * Command:  deno run -A --config tests/peers/deno.json tests/golden/splat_transform.ts
 * Versions: @playcanvas/splat-transform 3.7.0, playcanvas 2.23.3
 * Written:  tests/golden/splat_transform.ply, splat_transform.webp (lossless, 8 bits a channel)
 * One change: it subtracts e^(-9/2) from each Gaussian, so that it ends smoothly at three sigma; here it ends there as it is, as in the
 * paper.
 * Compared: the picture of 160 seeded Gaussians of harmonic degree 3, read from the .ply by both sides: projection, order, reach,
 * opacity, view-dependent colour, the .ply's conventions. Not compared: depth, background (black), gradients.
 *
 * @module
 */
// deno-lint-ignore-file
// @ts-nocheck: splat-transform expects a browser's window around navigator.gpu
globalThis.window ??= globalThis;
if (!navigator.gpu.wgslLanguageFeatures) {
  Object.defineProperty(navigator.gpu, "wgslLanguageFeatures", { value: new Set() });
}
globalThis.document = {
  createElement: () => ({
    getContext: () => null,
    getBoundingClientRect: () => ({ left: 0, top: 0, width: 300, height: 150, right: 300, bottom: 150 }),
    width: 300,
    height: 150,
  }),
};
const original = new URL(import.meta.resolve("@playcanvas/splat-transform")), text = await Deno.readTextFile(original);
const fall = "max(0.0, exp(power) - GAUSSIAN_FLOOR)";
if (!text.includes(fall)) throw new Error("splat-transform has changed: look for what it subtracts from a Gaussian");
const plain = new URL("plain_gaussian.mjs", original); // beside the original, whose own imports are relative
await Deno.writeTextFile(plain, text.replaceAll(fall, "select(0.0, exp(power), exp(power) >= GAUSSIAN_FLOOR)"));
const ST = await import(plain.href).finally(() => Deno.remove(plain));
const engine = "npm:playcanvas@2.23.3"; // not written in the import, where it would become a dependency of this project
const { WebgpuGraphicsDevice } = await import(engine);

/** The scene as the original code writes it. */
function scene(n) {
  const names = ["x", "y", "z", ...["f_dc_0", "f_dc_1", "f_dc_2"], ...Array.from({ length: 45 }, (_, i) => `f_rest_${i}`)];
  names.push("opacity", "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3");
  let state = 5;
  const uniform = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const between = (least, most) => least + (most - least) * uniform();
  const values = new Float32Array(n * names.length);
  for (let row = 0; row < n; row++) {
    names.forEach((name, i) => {
      const value = name.length === 1
        ? between(-1, 1)
        : name.startsWith("f_dc")
        ? between(-1.2, 1.2)
        : name.startsWith("f_rest")
        ? between(-0.2, 0.2)
        : name === "opacity"
        ? between(-2, 4)
        : name.startsWith("scale")
        ? between(-4.5, -1.5)
        : between(-1, 1);
      values[row * names.length + i] = value;
    });
  }
  const header = `ply\nformat binary_little_endian 1.0\nelement vertex ${n}\n` +
    names.map((name) => `property float ${name}\n`).join("") + "end_header\n";
  return new Uint8Array([...new TextEncoder().encode(header), ...new Uint8Array(values.buffer)]);
}

const createDevice = async () => {
  const device = new WebgpuGraphicsDevice(document.createElement("canvas"), { antialias: false, depth: false, stencil: false });
  await device.createDevice();
  return device;
};
const here = new URL(".", import.meta.url), ply = scene(160);
await Deno.writeFile(new URL("splat_transform.ply", here), ply);
const files = new ST.MemoryReadFileSystem(), pool = ST.createChunkDataPool(), out = new ST.MemoryFileSystem();
files.set("scene.ply", ply);
const source = await ST.readPly(await files.createSource("scene.ply"), pool);
const at = { cameraPosition: { x: 0.6, y: 0.4, z: -3.5 }, lookAt: { x: 0, y: 0, z: 0 }, fov: 45, width: 128, height: 96 };
await ST.writeImage({ filename: "splat_transform.webp", source, pool, createDevice, ...at }, out);
await Deno.writeFile(new URL("splat_transform.webp", here), out.results.get("splat_transform.webp"));
Deno.exit(0); // the device would wait for ever
