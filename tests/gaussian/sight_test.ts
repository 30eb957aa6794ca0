import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { attachGaussians } from "../../lib/body/gaussians.ts";
import { aPose } from "../../lib/body/poses.ts";
import { skin } from "../../lib/body/skinning.ts";
import { loadBody, SMALL_BODY } from "../../lib/body/template.ts";
import { slotOrigins } from "../../lib/body/face_frame.ts";
import { onlyOnPerson, sightOf } from "../../lib/gaussian/sight.ts";
import { disposeAll } from "../../lib/tensor/scope.ts";
import { failsCleanly, leaves, maxAbsDiff, scoped } from "../harness.ts";

const K = [[600, 0, 256], [0, 600, 256], [0, 0, 1]];
const body = await loadBody(SMALL_BODY), template = attachGaussians(body, { perFace: 1 });

/** The body in A-pose, turned about y and put three metres before the camera, y down. */
function standing(yaw: number): tf.Tensor2D {
  return tf.tidy(() => {
    const { vertices } = skin(body, aPose(body)), c = Math.cos(yaw), s = Math.sin(yaw);
    const turn = tf.tensor2d([[c, 0, s], [0, -1, 0], [s, 0, -c]]); // of row vectors
    return tf.matMul(vertices, turn).add<tf.Tensor2D>(tf.tensor2d([[0, -0.35, 3]]));
  });
}

/** Whether a face lies between the camera and a point, by rays and all faces. */
function hiddenByAFace(v: Float32Array, p: readonly number[], own: number): boolean {
  for (let f = 0; f < body.faceCount; f++) {
    if (f === own) continue;
    const [a, b, c] = [0, 1, 2].map((k) =>
      [0, 1, 2].map((axis) => v[3 * body.faces[3 * f + k]! + axis]!)
    ) as number[][];
    const cross = (x: number[], y: number[]) => [
      x[1]! * y[2]! - x[2]! * y[1]!,
      x[2]! * y[0]! - x[0]! * y[2]!,
      x[0]! * y[1]! - x[1]! * y[0]!,
    ];
    const dot = (x: readonly number[], y: readonly number[]) => x[0]! * y[0]! + x[1]! * y[1]! + x[2]! * y[2]!;
    const minus = (x: number[], y: number[]) => x.map((value, i) => value - y[i]!);
    const e1 = minus(b!, a!), e2 = minus(c!, a!), h = cross([...p], e2), det = dot(e1, h);
    if (Math.abs(det) < 1e-12) continue;
    const s = a!.map((value) => -value), u = dot(s, h) / det, q = cross(s, e1), w = dot(p, q) / det;
    const t = dot(e2, q) / det; // along the ray from the camera, 1 at the point
    if (u >= 0 && w >= 0 && u + w <= 1 && t > 0 && t < 1 - 0.06 / p[2]!) return true; // by more than the slack
  }
  return false;
}

Deno.test("sightOf() agrees with rays through all faces", () =>
  scoped(async () => {
    for (const yaw of [0, 0.9, 2.5]) {
      const vertices = standing(yaw), { sight } = await sightOf(template, vertices, K);
      const [v, s, o] = await Promise.all(
        [vertices, sight, slotOrigins(vertices, template)].map((t) => t.data()),
      ) as F[];
      let checked = 0;
      for (let i = 0; i < template.count; i += 7) {
        const facing = s![2 * i + 1]!;
        if (Math.abs(facing) < 0.2) continue; // soft there
        const hidden = facing < 0 || hiddenByAFace(v!, [...o!.subarray(3 * i, 3 * i + 3)], template.faceOf[i]!);
        if (hidden) assertEquals(s![2 * i], 0, `Gaussian ${i} at yaw ${yaw} is hidden`);
        checked++;
      }
      assert(checked > 150);
      const seen = s!.filter((_, i) => i % 2 === 0 && s![i]! > 0.5).length / template.count;
      assert(seen > 0.2 && seen < 0.55, `${seen} of all is seen`);
    }
  }));
type F = Float32Array;

Deno.test("sightOf(): what the front shows, the back hides; beyond the crop nothing is seen", () =>
  scoped(async () => {
    const [front, back, aside] = await Promise.all(
      [[0, K], [Math.PI, K], [0, [[600, 0, 2000], [0, 600, 256], [0, 0, 1]]]].map(async ([yaw, matrix]) => {
        return await (await sightOf(template, standing(yaw as number), matrix as number[][])).sight.data();
      }),
    ) as [F, F, F];
    let both = 0, either = 0;
    for (let i = 0; i < template.count; i++) {
      if (front[2 * i]! > 0.5 && back[2 * i]! > 0.5) both++;
      if (front[2 * i]! > 0.5 || back[2 * i]! > 0.5) either++;
    }
    assert(both < 0.01 * template.count, `${both} are seen from both sides`); // those that face up, close to the cameras' height
    assert(either > 0.6 * template.count);
    assert(aside.every((value, i) => i % 2 === 1 || value === 0));
  }));

Deno.test("sightOf() projects slots as a pinhole camera does", () =>
  scoped(async () => {
    const vertices = standing(0.4), { position2d } = await sightOf(template, vertices, K);
    const expected = tf.tidy(() => {
      const [x, y, z] = tf.split(slotOrigins(vertices, template), 3, 1) as tf.Tensor2D[];
      return tf.concat2d([x!.div<tf.Tensor2D>(z!).mul(600).add(256), y!.div<tf.Tensor2D>(z!).mul(600).add(256)], 1);
    });
    assert(await maxAbsDiff(position2d, expected) < 1e-3);
  }));

Deno.test("onlyOnPerson() takes away what is seen off the mask and leaves facing alone", () =>
  scoped(async () => {
    const sight = tf.tensor2d([[1, 0.5], [0.8, -0.2], [1, 1]]), mask = tf.tensor2d([[1], [0.5], [0]]);
    assert(await maxAbsDiff(onlyOnPerson(sight, mask), tf.tensor2d([[1, 0.5], [0.4, -0.2], [0, 1]])) < 1e-6);
  }));

Deno.test("sightOf() leaves two tensors behind, and none when it fails", async () => {
  await leaves(2, { vertices: standing(0) }, ({ vertices }) => sightOf(template, vertices, K));
  const short = tf.zeros<tf.Rank.R2>([5, 3]);
  const error = await failsCleanly(() => sightOf(template, short, K));
  assertEquals(error.message, `sightOf: vertices must be "${body.vertexCount} 3": got [5, 3]`);
  disposeAll(short);
});
