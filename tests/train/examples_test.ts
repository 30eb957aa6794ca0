import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { MIRRORED_JOINTS } from "../../lib/body/joints.ts";
import { coveringMap, type Encoder } from "../../lib/encoder/encoder.ts";
import { intoView } from "../../lib/localize/crop_views.ts";
import { exampleArrays, makeExample, projectPoint, truthOf } from "../../lib/train/examples.ts";
import type { Person } from "../../lib/train/people/person.ts";
import { leaves, maxAbsDiff } from "../harness.ts";

/** Sees the mean colour of each of 2 × 2 cells. */
const encoder: Encoder = {
  name: "mean",
  channels: 3,
  grid: [2, 2],
  levels: { rgb: 3 },
  encode: (crop) =>
    Promise.resolve({
      features: coveringMap(tf.tidy(() => tf.avgPool(crop, 256, 256, "valid"))),
      pyramid: { rgb: coveringMap(crop.clone()) },
    }),
  dispose: () => {},
};

const V = 2, mirror = Int32Array.of(1, 0);
/** Two vertices and 55 joints before a camera, on a picture whose left half is red. */
const person = {
  size: 4,
  image: Uint8Array.from({ length: 48 }, (_, i) => i % 12 === 0 || i % 12 === 3 ? 255 : 0),
  vertices: Float32Array.of(-0.5, 0, 3, 0.7, 0, 3),
  joints: Float32Array.from({ length: 165 }, (_, i) => [0.1 * Math.floor(i / 3), 0.2, 3][i % 3]!),
  jointSeen: Uint8Array.from({ length: 55 }, (_, j) => j === 20 ? 1 : 0),
  camera: { K: [[600, 0, 200], [0, 600, 250], [0, 0, 1]], worldToCamera: [] },
} as unknown as Person;

Deno.test("makeExample() keeps features, anchors less the pelvis and the camera", async () => {
  const { features, anchors, jointSeen, camera } = await makeExample(person, encoder);
  assertEquals([...features!], [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
  assertEquals([...camera!], [...Float32Array.of(0, 0.2, 3, 600, 200, 250)]);
  assertAlmostEquals(anchors![0]!, -0.5, 1e-6);
  assertAlmostEquals(anchors![1]!, -0.2, 1e-6);
  assertEquals(jointSeen![20], 1);
  for (const { name, shape } of exampleArrays(encoder, V)) {
    const size = { features, anchors, jointSeen, camera }[name]!.length;
    assertEquals(size, shape.reduce((product, axis) => product * axis, 1));
  }
});

Deno.test("makeExample(): a flipped example shows the mirrored picture, person and camera", async () => {
  const mirrored = { turns: 0, mirrored: true } as const;
  const [plain, flipped] = [await makeExample(person, encoder), await makeExample(person, encoder, mirrored, mirror)];
  assertEquals([...flipped.features!.subarray(0, 6)], [0, 0, 0, 1, 0, 0]);
  assertEquals(flipped.jointSeen![MIRRORED_JOINTS[20]!], 1);
  const at = (example: typeof plain, anchor: number) =>
    projectPoint(example.anchors!.subarray(3 * anchor, 3 * anchor + 3), example.camera!);
  for (const [anchor, other] of [[0, 1], [V + 20, V + MIRRORED_JOINTS[20]!], [V, V]] as const) {
    const [x, y] = at(plain, anchor), [mx, my] = at(flipped, other);
    assertAlmostEquals(x + mx, 1, 1e-5);
    assertAlmostEquals(y, my, 1e-5);
  }
});

Deno.test("makeExample(): a turned example's places turn with its picture, and keep their depth", async () => {
  const plain = await makeExample(person, encoder);
  for (const turns of [1, 2, 3] as const) {
    const turned = await makeExample(person, encoder, { turns, mirrored: false });
    assertEquals([...turned.jointSeen!], [...plain.jointSeen!]);
    for (const anchor of [0, 1, V, V + 20]) {
      const at = ({ anchors, camera }: typeof plain) =>
        projectPoint(anchors!.subarray(3 * anchor, 3 * anchor + 3), camera!);
      const [x, y] = intoView(Float32Array.from(at(plain)), 2, { turns, mirrored: false }, 0.5);
      const [tx, ty] = at(turned);
      assertAlmostEquals(tx, x!, 1e-5);
      assertAlmostEquals(ty, y!, 1e-5);
      assertAlmostEquals(turned.anchors![3 * anchor + 2]!, plain.anchors![3 * anchor + 2]!, 1e-6);
    }
  }
  const upsideDown = await makeExample(person, encoder, { turns: 2, mirrored: false });
  assertEquals([...upsideDown.features!], [0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0]); // red on the right
});

Deno.test("makeExample(): an example that is turned and mirrored shows the person where the picture shows them", async () => {
  const plain = await makeExample(person, encoder);
  for (const turns of [1, 2, 3] as const) {
    const view = { turns, mirrored: true }, seen = await makeExample(person, encoder, view, mirror);
    for (const [anchor, other] of [[0, 1], [V + 20, V + MIRRORED_JOINTS[20]!]] as const) {
      const at = ({ anchors, camera }: typeof plain, i: number) =>
        projectPoint(anchors!.subarray(3 * i, 3 * i + 3), camera!);
      const [x, y] = intoView(Float32Array.from(at(plain, anchor)), 2, view, 0.5), [sx, sy] = at(seen, other);
      assertAlmostEquals(sx, x!, 1e-5);
      assertAlmostEquals(sy, y!, 1e-5);
    }
    const red = intoView(Float32Array.of(0.25, 0.5), 2, view, 0.5); // the middle of the red half
    const redness = (x: number, y: number) => seen.features![3 * (2 * Math.floor(2 * y) + Math.floor(2 * x))]!;
    assertEquals(redness(0.9 * red[0]! + 0.05, 0.9 * red[1]! + 0.05), 1);
  }
});

Deno.test("makeExample(): a mirrored example needs to know the other sides", async () => {
  await assertRejects(() => makeExample(person, encoder, { turns: 0, mirrored: true }), TypeError, "mirror");
});

Deno.test("makeExample() leaves no tensor behind", () =>
  leaves(0, {}, () => makeExample(person, encoder, { turns: 1, mirrored: true }, mirror).then(() => {})));

Deno.test("projectPoint() says nothing of what is behind the camera", () => {
  assertEquals(projectPoint([0, 0, -4], Float32Array.of(0, 0, 3, 600, 200, 250)), [NaN, NaN]);
});

Deno.test("truthOf() puts points into metres, cells that sum to one, and leaves out what is outside", async () => {
  const points = { count: 3, anchors: new Int32Array(12), weights: new Float32Array(12) };
  points.anchors.set([0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]);
  points.weights.set([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
  const example = {
    features: new Float32Array(0),
    anchors: Float32Array.of(0, 0, 0, 0.256, 0.128, 0, 9, 0, 0.3), // the pelvis in the middle; a point; one outside
    jointSeen: new Float32Array(55),
    camera: Float32Array.of(0, 0, 1, 500, 256, 256),
  };
  const truth = truthOf([example], points, [4, 8], 2.2, 8);
  assertEquals([...await truth.inside.data()], [1, 1, 0]);
  const expected = tf.tensor2d([[0, 0], [0.25 * 2.2, 0.125 * 2.2], [0, 0]]);
  assertAlmostEquals(await maxAbsDiff(truth.position2d, expected), 0, 1e-5);
  assertAlmostEquals(await maxAbsDiff(truth.cells.sum(1), truth.inside), 0, 1e-6);
  const places = tf.tensor2d(Array.from({ length: 32 }, (_, i) => [(i % 8 + 0.5) / 8, (Math.floor(i / 8) + 0.5) / 4]));
  const mean = tf.matMul(truth.cells, places).sub(0.5).mul(2.2).slice([0, 0], [2, 2]); // bilinear shares keep the place
  assertAlmostEquals(await maxAbsDiff(mean, expected.slice([0, 0], [2, 2])), 0, 1e-5);
  const depths = tf.linspace(-1.1, 1.1, 8).reshape([8, 1]), depth = tf.matMul(truth.bins, depths);
  assertAlmostEquals(await maxAbsDiff(depth, tf.tensor2d([[0], [0], [0.3]])), 0, 1e-5); // shares keep the depth too
  tf.dispose([truth as never, expected, places, mean, depths, depth]);
});
