import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { type Keypoint, KEYPOINTS, loadPersonDetector, wholeSquare } from "../../lib/image/keypoints.ts";
import { resampleSquare } from "../../lib/image/resample.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, scoped } from "../harness.ts";
import { astronaut, halfAstronaut } from "./astronaut.ts";

const seen = new Map<string, Keypoint[]>(); // backend → key points
const named = (points: Keypoint[], name: string) => points.find((point) => point.name === name)!;

everyBackend(
  "The detector's key points on the photo equal the package's own graph, on each backend",
  async (backend) => {
    const detector = await loadPersonDetector();
    const points = await detector.keypoints((await halfAstronaut()).div(255));
    const { keypoints } = await golden("movenet"); // [17, 3]: row and column in 0..1, score
    await assertParity(tf.tensor2d(points.map(({ x, y, score }) => [y / 256, x / 256, score])), keypoints!, {
      step: "image.crop (key points)",
      reference: "the package's graph in tfjs-converter",
      version: "4.22.0",
      command: "deno run -A tests/golden/graph_models.ts package/models",
      tolerance: 1e-4, // of the picture: a fortieth of a pixel
    });
    seen.set(backend, points);
  },
);

Deno.test("The detector's key points agree between backends to a hundredth of a pixel", () => {
  const all = [...seen.values()];
  assert(all.length >= 2, `only ${[...seen.keys()]} ran`);
  for (const other of all.slice(1)) {
    for (const [k, { x, y, score }] of other.entries()) {
      assertAlmostEquals(Math.hypot(x - all[0]![k]!.x, y - all[0]![k]!.y), 0, 0.01, KEYPOINTS[k]);
      assertAlmostEquals(score, all[0]![k]!.score, 1e-4, KEYPOINTS[k]);
    }
  }
});

everyBackend("The detector tells the person's own left from right and finds the face", async () => {
  const detector = await loadPersonDetector();
  const points = await detector.keypoints(await astronaut());
  assertEquals(points.map(({ name }) => name), [...KEYPOINTS]);
  assert(named(points, "left_shoulder").x > named(points, "right_shoulder").x + 100);
  for (const [name, x, y] of [["nose", 224, 123], ["left_eye", 246, 103], ["right_eye", 205, 102]] as const) {
    const { x: foundX, y: foundY, score } = named(points, name); // places read off the photo by eye
    assert(Math.hypot(foundX - x, foundY - y) < 10 && score > 0.5, `${name} at ${foundX}, ${foundY}, score ${score}`);
  }
}, { size: "large" });

everyBackend("The detector's key points move with the picture", async () => {
  const detector = await loadPersonDetector();
  const shifted = resampleSquare(await astronaut(), { x: -100, y: -50, size: 612 }, 612);
  const [here, there] = [await detector.keypoints(await astronaut()), await detector.keypoints(shifted)];
  for (const name of ["nose", "left_eye", "right_eye", "left_shoulder"]) {
    const [a, b] = [named(here, name), named(there, name)];
    assert(Math.hypot(b.x - 100 - a.x, b.y - 50 - a.y) < 15, `${name} moved from ${a.x}, ${a.y} to ${b.x}, ${b.y}`);
  }
}, { size: "large" });

Deno.test("wholeSquare() is the smallest square about the whole picture", () => {
  assertEquals(wholeSquare(600, 400), { x: 0, y: -100, size: 600 });
  assertEquals(wholeSquare(300, 500), { x: -100, y: 0, size: 500 });
});

Deno.test("The detector leaves no tensor behind, nor when it fails or is disposed of", async () => {
  const before = tf.memory().numTensors;
  const detector = await loadPersonDetector();
  await leaves(0, { image: tf.zeros([64, 48, 3]) }, ({ image }) => detector.keypoints(image as tf.Tensor3D));
  const error = await failsCleanly(() => scoped(() => detector.keypoints(tf.zeros([64, 48, 4]))));
  assertEquals(error.message, 'keypoints: image must be "h w 3": got [64, 48, 4]');
  detector.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("The detector refuses weights of another network", async () => {
  const weights = fileURLToPath(new URL("../../weights/selfie.safetensors", import.meta.url));
  const error = await failsCleanly(() => loadPersonDetector({ weights }));
  assertEquals(error.name, "TypeError");
  assert(error.message.includes('lacks "backbone.stem.weight" [3, 3, 3, 56]: are these weights of another network?'));
});
