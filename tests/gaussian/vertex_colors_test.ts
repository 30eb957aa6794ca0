import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { Avatar } from "../../lib/gaussian/assemble.ts";
import { SH_0 } from "../../lib/gaussian/spherical_harmonics.ts";
import { vertexColors } from "../../lib/gaussian/vertex_colors.ts";
import { smallAvatar } from "../format/small_avatar.ts";
import { leaves } from "../harness.ts";

/** Gaussians on a strip of triangles 012, 123, 234, and a triangle 567 apart from it. */
function strip(gaussians: readonly { face: number; at: number[]; opacity: number; color: number }[]): Avatar {
  const tensors = {
    barycentric: tf.tensor2d(gaussians.map(({ at }) => at)),
    opacity: tf.tensor1d(gaussians.map(({ opacity }) => opacity)),
    sh: tf.tensor3d(gaussians.map(({ color }) => [[(color - 0.5) / SH_0, 0, 0]])),
  };
  const body = { vertexCount: 8, faces: Int32Array.of(0, 1, 2, 1, 2, 3, 2, 3, 4, 5, 6, 7) };
  const faceOf = Int32Array.from(gaussians, ({ face }) => face);
  const template = { body, faceOf, count: faceOf.length, share: new Float32Array(faceOf.length).fill(1), ...tensors };
  return { template, ...tensors } as unknown as Avatar;
}

Deno.test("vertexColors() weighs by opacity and nearness, and spreads to vertices without Gaussians", async () => {
  const avatar = strip([
    { face: 0, at: [0.5, 0.25, 0.25], opacity: 0.5, color: 1 },
    { face: 1, at: [0.5, 0.5, 0], opacity: 0.25, color: 0 },
  ]);
  const red = (await vertexColors(avatar)).filter((_, i) => i % 3 === 0);
  const near = 0.5 * 0.25 / (0.5 * 0.25 + 0.25 * 0.5); // vertices 1 and 2 hear both Gaussians
  // 0 hears the first alone; 3 is between 1 and 2; 4 next to 2 and 3; nobody is near 5, 6, 7
  [1, near, near, near, near, 0.5, 0.5, 0.5].forEach((wanted, v) =>
    assert(Math.abs(red[v]! - wanted) < 1e-5, `${v}: ${red}`)
  );
});

Deno.test("vertexColors() gives colours everywhere when few faces carry Gaussians, and leaves nothing behind", async () => {
  const { avatar, dispose } = await smallAvatar(100);
  await leaves(0, {}, async () => {
    const colors = await vertexColors(avatar);
    assertEquals(colors.length, 3 * avatar.template.body.vertexCount);
    assert(colors.every((value) => value >= 0 && value <= 1));
    const x = await avatar.template.body.template.data();
    let right = 0, far = 0;
    for (let v = 0; v < colors.length; v += 3) {
      if (Math.abs(x[v]!) < 0.15) continue;
      far++;
      if ((colors[v]! > 0.5) === (x[v]! > 0)) right++;
    }
    assert(right / far > 0.97, `${right} of ${far} have their side's colour`);
  });
  dispose();
});
