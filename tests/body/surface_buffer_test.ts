import { assert, assertEquals } from "@std/assert";
import { createSurfaceBuffer, NOTHING, rasterize } from "../../lib/body/surface_buffer.ts";

const square = Float32Array.from([2, 2, 5, 8, 2, 5, 8, 8, 5, 2, 8, 5]); // x, y, z of four corners
const faces = Uint32Array.from([0, 2, 1, 0, 3, 2]); // anticlockwise on the screen: seen from outside
const covered = (buffer: { surface: Uint8Array }) => buffer.surface.reduce((sum, s) => sum + Number(s !== NOTHING), 0);

Deno.test("rasterize() covers exactly the pixels whose centres are inside", () => {
  const buffer = createSurfaceBuffer(10, 10);
  rasterize(buffer, 3, { projected: square, faces });
  assertEquals(covered(buffer), 36);
  assertEquals(buffer.surface[2 * 10 + 2], 3);
  assertEquals(buffer.surface[1 * 10 + 2], NOTHING);
  assertEquals(buffer.depth[5 * 10 + 5], 5);
});

Deno.test("rasterize() gives weights that interpolate places", () => {
  const buffer = createSurfaceBuffer(10, 10);
  rasterize(buffer, 0, { projected: square, faces });
  for (let i = 0; i < 100; i++) {
    if (buffer.surface[i] === NOTHING) continue;
    const f = 3 * buffer.face[i]!, u = buffer.u[i]!, v = buffer.v[i]!, w = 1 - u - v;
    const x = [u, v, w].reduce((sum, weight, k) => sum + weight * square[3 * faces[f + k]!]!, 0);
    assert(Math.abs(x - (i % 10 + 0.5)) < 1e-5);
  }
});

Deno.test("rasterize() leaves out backs unless told, keeps the nearest, cuts where keep is negative", () => {
  const back = Uint32Array.from([0, 1, 2, 0, 2, 3]), buffer = createSurfaceBuffer(10, 10);
  rasterize(buffer, 1, { projected: square, faces: back });
  assertEquals(covered(buffer), 0);
  rasterize(buffer, 1, { projected: square, faces: back, twoSided: true });
  assertEquals(covered(buffer), 36);
  rasterize(buffer, 2, { projected: square.map((value, i) => i % 3 === 2 ? 6 : value), faces });
  assertEquals(buffer.surface[55], 1); // what is behind stays hidden
  const cut = createSurfaceBuffer(10, 10);
  rasterize(cut, 0, { projected: square, faces, keep: Float32Array.from([-1, 1, 1, -1]) }); // zero halfway across
  assertEquals(covered(cut), 18);
});

Deno.test("rasterize() leaves out faces that reach behind the camera", () => {
  const buffer = createSurfaceBuffer(10, 10);
  rasterize(buffer, 0, { projected: square.map((value, i) => i === 2 ? -1 : value), faces });
  assertEquals(covered(buffer), 0);
});
