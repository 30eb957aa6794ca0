import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "../property.ts";
import * as tf from "@tensorflow/tfjs";
import { faceFrames, slotOrigins } from "../../lib/body/face_frame.ts";
import { attachGaussians } from "../../lib/body/gaussians.ts";
import { poseParameters, restParameters } from "../../lib/body/poses.ts";
import { axisAngleToMatrix } from "../../lib/body/rotation.ts";
import { skin } from "../../lib/body/skinning.ts";
import { loadBody, SMALL_BODY } from "../../lib/body/template.ts";
import { everyBackend, leaves, maxAbsDiff, scoped } from "../harness.ts";

const ONE = Int32Array.of(0, 1, 2);

everyBackend("faceFrames() of a face in the plane z = 0 is the identity", async () => {
  const { rotation, size } = faceFrames(tf.tensor2d([[1, 1, 0], [3, 1, 0], [1, 2, 0]]), ONE);
  assertAlmostEquals(await maxAbsDiff(rotation, tf.eye(3).reshape([1, 3, 3])), 0, 1e-6);
  assertAlmostEquals((await size.data())[0]!, Math.SQRT2, 1e-6); // √(2·area), area 1 m²
});

Deno.test("faceFrames() are rotations: first column along the first edge, third along the normal", () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 9, maxLength: 9 }), (xyz) =>
      scoped(async () => {
        const vertices = tf.tensor2d(xyz, [3, 3]);
        const { rotation, size } = faceFrames(vertices, ONE);
        const [m] = await rotation.array();
        const columns = [0, 1, 2].map((c) =>
          m!.map((row) => row[c]!)
        );
        const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
        columns.forEach((a, i) => columns.forEach((b, j) => assertAlmostEquals(dot(a, b), i === j ? 1 : 0, 1e-5)));
        assert((await size.data())[0]! > 0);
      })),
  ));

everyBackend("faceFrames() of flat faces are finite rotations, with finite gradients", async () => {
  const flat = tf.tensor2d([[0, 0, 0], [0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 0, 1], [0, 0, 2]]);
  const faces = Int32Array.of(0, 0, 0, 0, 1, 2, 0, 2, 3, 0, 4, 5);
  const { rotation, size } = faceFrames(flat, faces);
  const gram = rotation.expandDims(3).mul(rotation.expandDims(2)).sum(1); // RᵀR
  assertAlmostEquals(await maxAbsDiff(gram, tf.eye(3).expandDims(0).tile([4, 1, 1])), 0, 1e-6);
  assert((await size.data()).every((value) => value > 0 && value < 1e-5));
  const gradient = tf.grad((v) => {
    const frames = faceFrames(v as tf.Tensor2D, faces);
    return frames.rotation.sum().add(frames.size.sum());
  })(flat);
  assert((await gradient.data()).every(Number.isFinite));
});

everyBackend("faceFrames() turn with a turned body and keep their size", async () => {
  const body = await loadBody(SMALL_BODY);
  const turn: [number, number, number] = [0.3, -1.1, 0.7];
  const rest = faceFrames(skin(body, restParameters(body)).vertices, body.faces);
  const posed = faceFrames(skin(body, poseParameters(body, { pelvis: turn })).vertices, body.faces);
  const R = axisAngleToMatrix(tf.tensor2d([turn])); // [1, 3, 3]
  const turned = R.expandDims(3).mul(rest.rotation.expandDims(1)).sum(2);
  assertAlmostEquals(await maxAbsDiff(posed.rotation, turned), 0, 2e-4); // small faces in single precision
  assertAlmostEquals(await maxAbsDiff(posed.size, rest.size), 0, 1e-6);
  body.dispose();
});

everyBackend("slotOrigins() of the template are the canonical places, and move with the body", async () => {
  const body = await loadBody(SMALL_BODY);
  const template = attachGaussians(body, { total: 700 });
  assertAlmostEquals(await maxAbsDiff(slotOrigins(body.template, template), template.canonical), 0, 0);
  const moved = slotOrigins(body.template.add<tf.Tensor2D>([1, 2, 3]), template);
  assertAlmostEquals(await maxAbsDiff(moved, template.canonical.add([1, 2, 3])), 0, 1e-6);
  body.dispose();
});

everyBackend("slotOrigins() sends gradients back to the vertices", async () => {
  const body = await loadBody(SMALL_BODY);
  const template = attachGaussians(body, { perFace: 2 });
  const gradient = tf.grad((v) => slotOrigins(v as tf.Tensor2D, template).sum())(body.template);
  const touching = new Float32Array(body.vertexCount); // every Gaussian's three coordinates sum to one each axis
  const places = await template.barycentric.array();
  template.faceOf.forEach((face, i) => {
    for (let c = 0; c < 3; c++) touching[body.faces[3 * face + c]!]! += places[i]![c]!;
  });
  const wanted = tf.tensor2d(touching, [body.vertexCount, 1]).tile([1, 3]);
  assertAlmostEquals(await maxAbsDiff(gradient, wanted), 0, 1e-4);
  body.dispose();
});

Deno.test("faceFrames() and slotOrigins() say what is wrong", async () => {
  const body = await loadBody(SMALL_BODY), template = attachGaussians(body, { total: 5 });
  assertThrows(() => faceFrames(tf.ones([3, 2]), ONE), TypeError, 'faceFrames: vertices must be "V 3": got [3, 2]');
  assertThrows(() => faceFrames(tf.ones([3, 3]), Int32Array.of(0, 1)), TypeError, "three indices each: got 2");
  assertThrows(() => slotOrigins(tf.ones([7, 3]), template), TypeError, 'slotOrigins: vertices must be "1013 3"');
  template.dispose();
  body.dispose();
  assertEquals(body.template.isDisposed, true);
});

Deno.test("faceFrames() leaves two tensors, slotOrigins() one", async () => {
  const body = await loadBody(SMALL_BODY), template = attachGaussians(body, { total: 5 });
  await leaves(2, { vertices: body.template.clone() }, ({ vertices }) => faceFrames(vertices, body.faces));
  await leaves(1, { vertices: body.template.clone() }, ({ vertices }) => slotOrigins(vertices, template));
  template.dispose();
  body.dispose();
});
