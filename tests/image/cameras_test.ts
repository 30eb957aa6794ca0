import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "../property.ts";
import * as tf from "@tensorflow/tfjs";
import {
  type Camera,
  cameraToWorld,
  cropCamera,
  defaultCropCamera,
  fromOpenGL,
  intrinsics,
  lookAt,
  type Matrix,
  orbitCamera,
  projectPoints,
  scaleCamera,
  toOpenGL,
} from "../../lib/image/cameras.ts";
import { imageToCrop } from "../../lib/image/crop.ts";
import { everyBackend, failsCleanly, leaves, maxAbsDiff, scoped } from "../harness.ts";

/** Where a camera sees one point: x, y, depth. */
async function seen(camera: Camera, point: number[]): Promise<number[]> {
  const { position, depth } = projectPoints(tf.tensor2d([point]), camera);
  return [...await position.data(), ...await depth.data()];
}

function assertClose(found: readonly number[], wanted: readonly number[], tolerance = 1e-3): void {
  assertEquals(found.length, wanted.length);
  wanted.forEach((value, i) => assertAlmostEquals(found[i]!, value, tolerance, `${found} is not ${wanted}`));
}

const product = (a: Matrix, b: Matrix) =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)));
const degrees = Math.PI / 180;

everyBackend("projectPoints() projects by the pinhole equation", async () => {
  const camera: Camera = {
    K: [[100, 0, 50], [0, 200, 60], [0, 0, 1]],
    worldToCamera: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 3], [0, 0, 0, 1]],
  };
  assertClose(await seen(camera, [0.5, -0.25, 2]), [50 + 100 * 0.5 / 5, 60 - 200 * 0.25 / 5, 5], 1e-4);
});

Deno.test("A lens sees half its field of view at the edge of the longer side", () => {
  const K = intrinsics({ fieldOfView: 90 * degrees, width: 640, height: 480 });
  assertClose(K.flat(), [320, 0, 320, 0, 320, 240, 0, 0, 1], 1e-9);
});

everyBackend(
  "orbitCamera() in the body's world sees the person upright, their left on the picture's right",
  async () => {
    const camera = orbitCamera({ target: [0, 1, 0], distance: 3, width: 400, height: 400 });
    assertClose(await seen(camera, [0, 1, 0]), [200, 200, 3]);
    const [headX, headY] = await seen(camera, [0, 1.5, 0]);
    assertAlmostEquals(headX!, 200, 1e-3);
    assertEquals(headY! < 200, true, "up in the world is up in the picture");
    const [leftX, , front] = await seen(camera, [0.3, 1, 0.2]); // the body faces +Z, its left is +X
    assertEquals(leftX! > 200, true);
    assertAlmostEquals(front!, 2.8, 1e-4);
  },
);

everyBackend("orbitCamera() in the photo's world sees the same person the same", async () => {
  // the half turn about x leads from one world to the other
  for (const [yaw, pitch] of [[0, 0], [0.7, 0.3], [-2, -0.5]] as const) {
    const body = orbitCamera({ target: [0.1, 1, 0.2], distance: 2, yaw, pitch });
    const photo = orbitCamera({ target: [0.1, -1, -0.2], distance: 2, yaw, pitch, world: "photo" });
    for (const [x, y, z] of [[0.3, 0.5, 0.1], [-0.2, 1.7, -0.3]] as const) {
      assertClose(await seen(photo, [x, -y, -z]), await seen(body, [x, y, z]));
    }
  }
});

Deno.test("orbitCamera() with yaw moves to the person's left, with pitch upwards", () => {
  const eyeOf = (camera: Camera) => cameraToWorld(camera).slice(0, 3).map((row) => row[3]!);
  assertClose(eyeOf(orbitCamera({ distance: 2, yaw: Math.PI / 2 })), [2, 0, 0], 1e-9);
  assertClose(eyeOf(orbitCamera({ distance: 2, pitch: Math.PI / 6 })), [0, 1, Math.sqrt(3)], 1e-9);
});

Deno.test("lookAt() turns without mirroring or scaling, and cameraToWorld() undoes it", () => {
  const coordinate = fc.double({ min: -5, max: 5, noNaN: true });
  fc.assert(
    fc.property(fc.tuple(coordinate, coordinate, coordinate), (eye) => {
      fc.pre(Math.hypot(eye[0], eye[2]) > 0.1);
      const camera = lookAt({ eye, target: [0, 0.5, 0] });
      assertClose(product(camera.worldToCamera, cameraToWorld(camera)).flat(), [
        1,
        0,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        0,
        1,
      ], 1e-9);
      const [a, b, c] = camera.worldToCamera as number[][];
      const determinant = a![0]! * (b![1]! * c![2]! - b![2]! * c![1]!) - a![1]! * (b![0]! * c![2]! - b![2]! * c![0]!) +
        a![2]! * (b![0]! * c![1]! - b![1]! * c![0]!);
      assertAlmostEquals(determinant, 1, 1e-9);
    }),
    { numRuns: 100, seed: 7 },
  );
});

everyBackend("cropCamera() sees in the crop what the photo's camera sees in the photo", async () => {
  const photo = { width: 1200, height: 800 }, square = { x: 300, y: -50, size: 640 };
  const whole: Camera = { ...defaultCropCamera(), K: intrinsics({ ...photo, fieldOfView: 55 * degrees }) };
  const points = tf.tensor2d([[0.1, -0.3, 2.5], [-0.4, 0.6, 3], [0, 0, 1]]);
  const onPhoto = projectPoints(points, whole).position;
  const onCrop = projectPoints(points, cropCamera(square, photo)).position;
  assertAlmostEquals(await maxAbsDiff(imageToCrop(onPhoto, square), onCrop), 0, 2e-3);
});

Deno.test("defaultCropCamera() sees 29° in the middle of the crop", () => {
  const { K, worldToCamera } = defaultCropCamera();
  assertAlmostEquals(2 * Math.atan(256 / K[0]![0]!) / degrees, 29.2, 0.1);
  assertEquals([K[0]![2], K[1]![2]], [256, 256]);
  assertEquals(worldToCamera.flat(), [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
});

Deno.test("toOpenGL() looks along −z with y up, and fromOpenGL() undoes it", () => {
  const camera = orbitCamera({ target: [0, 1, 0], distance: 3, yaw: 0.4, pitch: 0.2 });
  const openGL = toOpenGL(camera);
  const target = openGL.map((row) => row[0]! * 0 + row[1]! * 1 + row[2]! * 0 + row[3]!);
  assertClose(target, [0, 0, -3, 1], 1e-9);
  const above = openGL.map((row) => row[1]! * 1.2 + row[3]!);
  assertEquals(above[1]! > 0, true);
  assertClose(fromOpenGL(openGL).flat(), camera.worldToCamera.flat(), 1e-12);
});

Deno.test("Cameras refuse views that are undefined", async () => {
  assertThrows(() => lookAt({ eye: [1, 2, 3], target: [1, 2, 3] }), RangeError, "leave the view undefined");
  assertThrows(() => lookAt({ eye: [0, 5, 0], target: [0, 0, 0] }), RangeError, "leave the view undefined");
  assertThrows(() => orbitCamera({ pitch: 1.6 }), RangeError, "pitch must lie between −π/2 and π/2");
  assertThrows(() => orbitCamera({ distance: 0 }), RangeError, "distance must be above 0 metres: got 0");
  assertThrows(
    () => orbitCamera({ fieldOfView: 60 }),
    RangeError,
    "fieldOfView must be above 0 and below π radians: got 60",
  );
  assertThrows(() => orbitCamera({ yawn: 1 } as object), TypeError, 'unknown option "yawn"');
  const error = await failsCleanly(() => scoped(() => projectPoints(tf.zeros([4, 2]), defaultCropCamera())));
  assertEquals(error.message, 'projectPoints: points must be "n 3": got [4, 2]');
});

Deno.test("projectPoints() leaves two tensors behind", () =>
  leaves(2, { points: tf.ones([5, 3]) }, ({ points }) => projectPoints(points as tf.Tensor2D, defaultCropCamera())));

Deno.test("scaleCamera() sees the same view in a picture of another size", () =>
  scoped(async () => {
    const camera = orbitCamera({ distance: 2, yaw: 0.4 }), points = tf.tensor2d([[0.1, 0.2, 0.3], [-0.4, 0, 0.1]]);
    const large = projectPoints(points, camera), small = projectPoints(points, scaleCamera(camera, 0.25));
    assertAlmostEquals(await maxAbsDiff(small.position, large.position.div(4)), 0, 1e-4);
    assertThrows(() => scaleCamera(camera, 0), RangeError, "factor must be above 0");
  }));
