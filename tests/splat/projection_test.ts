import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { clampedFrame, FRAME, projectSplats, type Splats, STATE } from "../../lib/splat/projection.ts";
import { cameraCenter, type View } from "../../lib/splat/view.ts";
import { VIEW_WGSL } from "../../lib/splat/webgpu/view_uniform.ts";

const view: View = {
  width: 200,
  height: 100,
  fx: 100,
  fy: 80,
  cx: 90,
  cy: 60,
  rotation: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
  translation: Float64Array.of(0, 0, 0),
};

function one(mean: number[], scale: number[], rotation = [1, 0, 0, 0], opacity = 1): Splats {
  const [means, scales, rotations] = [mean, scale, rotation].map((numbers) => new Float32Array(numbers));
  return {
    count: 1,
    means: means!,
    scales: scales!,
    rotations: rotations!,
    opacity: Float32Array.of(opacity),
    colors: new Float32Array(3),
  };
}

Deno.test("clampedFrame() is the picture and FRAME of its size on every side, on the device too", () => {
  const { left, right, top, bottom } = clampedFrame(view), { width, height, fx, fy, cx, cy } = view;
  assertAlmostEquals(fx * left + cx, -FRAME * width, 1e-9);
  assertAlmostEquals(fx * right + cx, (1 + FRAME) * width, 1e-9);
  assertAlmostEquals(fy * top + cy, -FRAME * height, 1e-9);
  assertAlmostEquals(fy * bottom + cy, (1 + FRAME) * height, 1e-9);
  assertEquals(/const FRAME = (.*?);/.exec(VIEW_WGSL)?.[1], String(FRAME));
});

Deno.test("projectSplats() of a Gaussian on the axis scales it by focal length over depth", () => {
  const { state, center, conic, depth, extent } = projectSplats(one([0, 0, 2], [0.1, 0.2, 0.3]), view);
  assertEquals([state[0], depth[0], ...center], [STATE.drawn, 2, 90, 60]);
  const [xx, yy] = [(0.1 * 100 / 2) ** 2 + 0.3, (0.2 * 80 / 2) ** 2 + 0.3];
  assertAlmostEquals(conic[0]!, 1 / xx, 1e-7);
  assertAlmostEquals(conic[1]!, 0, 1e-12);
  assertAlmostEquals(conic[2]!, 1 / yy, 1e-7);
  assertAlmostEquals(extent[0]!, 3 * Math.sqrt(xx), 1e-5); // 3σ, as ln 255 is beyond it
});

Deno.test("projectSplats() reaches less far where a Gaussian is faint", () => {
  const { reach } = projectSplats(one([0, 0, 2], [0.1, 0.1, 0.1], [1, 0, 0, 0], 2 / 255), view);
  assertAlmostEquals(reach[0]!, 2 * Math.LN2, 1e-6); // α falls from 2/255 to 1/255
});

Deno.test("projectSplats() says which Gaussians are unseen and which are invalid", () => {
  const stateOf = (...splat: Parameters<typeof one>) => projectSplats(one(...splat), view).state[0];
  const size = [0.1, 0.1, 0.1];
  assertEquals(stateOf([0, 0, -1], size), STATE.unseen); // behind
  assertEquals(stateOf([0, 0, 0.005], size), STATE.unseen); // nearer than a centimetre
  assertEquals(stateOf([9, 0, 2], size), STATE.unseen); // beside
  assertEquals(stateOf([0, 0, 2], size, [1, 0, 0, 0], 0.003), STATE.unseen); // fainter than 1/255
  assertEquals(stateOf([NaN, 0, 2], size), STATE.invalid);
  assertEquals(stateOf([0, 0, 2], [Infinity, 1, 1]), STATE.invalid);
  assertEquals(stateOf([0, 0, 2], size, [0, 0, 0, 0]), STATE.invalid);
});

Deno.test("projectSplats() inverts needles that float32 could not", () => {
  const s = Math.SQRT1_2;
  const { conic } = projectSplats(one([0, 0, 2], [1e5, 1e-9, 1e-9], [s, 0, 0, s * 0.7]), view);
  const [a, b, c] = [conic[0]!, conic[1]!, conic[2]!];
  assert(a > 0 && c > 0 && a * c - b * b >= 0, `${a} ${b} ${c}`);
});

Deno.test("cameraCenter() is where the camera's own coordinates are zero", () => {
  const turned = {
    ...view,
    rotation: Float64Array.of(0, 1, 0, 0, 0, 1, 1, 0, 0),
    translation: Float64Array.of(1, 2, 3),
  };
  assertEquals(cameraCenter(turned), [-3, -1, -2]);
});
