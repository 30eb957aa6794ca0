import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { decodeSplat, encodeSplat, readSplat, writeSplat } from "../../lib/format/splat.ts";
import { normalizeQuaternion } from "../../lib/gaussian/quaternion.ts";
import { SH_0 } from "../../lib/gaussian/spherical_harmonics.ts";
import { disposeAll } from "../../lib/tensor/scope.ts";
import { everyBackend, failsCleanly, leaves, maxAbsDiff } from "../harness.ts";

/** Seeded Gaussians with harmonics of degree 1. */
function some(n: number) {
  return tf.tidy(() => {
    const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);
    return {
      means: normal([n, 3], 1) as tf.Tensor2D,
      rotations: normalizeQuaternion(normal([n, 4], 2) as tf.Tensor2D),
      scales: normal([n, 3], 3).exp() as tf.Tensor2D,
      opacity: normal([n], 4).sigmoid() as tf.Tensor1D,
      sh: normal([n, 4, 3], 5).mul<tf.Tensor3D>(0.3),
    };
  });
}

Deno.test("encodeSplat() writes the 32 bytes that viewers expect", async () => {
  const gaussians = {
    means: tf.tensor2d([[1, -2, 3]]),
    rotations: tf.tensor2d([[0, 2, 0, 0]]), // written as a unit
    scales: tf.tensor2d([[0.5, 0.25, 2]]),
    opacity: tf.tensor1d([0.4]),
    sh: tf.tensor3d([[[0.5 / SH_0, -0.3 / SH_0, 9]]]),
  };
  const bytes = await encodeSplat(gaussians);
  assertEquals([...new Float32Array(bytes.buffer, 0, 6)], [1, -2, 3, 0.5, 0.25, 2]);
  assertEquals([...bytes.subarray(24)], [255, 51, 255, 102, 128, 255, 128, 128]);
  const turned = await encodeSplat(gaussians, { world: "y-up" });
  assertEquals([...new Float32Array(turned.buffer, 0, 3)], [1, 2, -3]);
  disposeAll(gaussians);
});

everyBackend("decodeSplat() reads back what encodeSplat() wrote, to the steps of a byte", async () => {
  const gaussians = some(40);
  const read = decodeSplat(await encodeSplat(gaussians));
  assert(await maxAbsDiff(read.means, gaussians.means) === 0);
  assert(await maxAbsDiff(read.scales, gaussians.scales) === 0);
  assert(await maxAbsDiff(read.opacity, gaussians.opacity) <= 0.5 / 255 + 1e-6);
  const shown = gaussians.sh.slice([0, 0, 0], [-1, 1, 3]).clipByValue(-0.5 / SH_0, 0.5 / SH_0); // colours 0..1
  assert(await maxAbsDiff(read.sh, shown) <= 0.5 / 255 / SH_0 + 1e-5);
  assert(await maxAbsDiff(read.rotations, gaussians.rotations) < 0.012); // 1/128 in four numbers, made a unit again
});

Deno.test("writeSplat() and readSplat() go through a file, and never over another one unless told", async () => {
  const folder = await Deno.makeTempDir(), path = `${folder}/avatar.splat`;
  const [three, two] = [some(3), some(2)];
  await writeSplat(path, three);
  const error = await failsCleanly(() => writeSplat(path, two));
  assertEquals(error.message, `writeSplat: ${path} exists: choose another name, or replace it with { force }`);
  assert(error instanceof Deno.errors.AlreadyExists);
  await leaves(0, {}, async () => {
    const read = await readSplat(path);
    assertEquals(read.means.shape, [3, 3]);
    disposeAll({ ...read });
  });
  await writeSplat(path, two, { force: true });
  assertEquals((await Deno.stat(path)).size, 64);
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["avatar.splat"], "nothing else is left");
  await Deno.remove(folder, { recursive: true });
  disposeAll(three, two);
});

Deno.test("encodeSplat() and decodeSplat() refuse what makes no splat", async () => {
  const gaussians = { ...some(2), rotations: tf.tensor2d([[1, 0, 0, 0], [0, 0, 0, 0]]) };
  const zero = await failsCleanly(() => encodeSplat(gaussians));
  assertEquals(zero.message, "encodeSplat: Gaussian 1 has NaN for its rotation: leave it out or repair it");
  const up = await failsCleanly(() => encodeSplat(gaussians, { world: "z-up" as "y-up" }));
  assertEquals(up.message, 'encodeSplat: world must be one of y-down, y-up: got "z-up"');
  const short = await failsCleanly(() => decodeSplat(new Uint8Array(33), "a.splat"));
  assertEquals(
    short.message,
    "decodeSplat: a.splat is no .splat file: its 33 bytes are not rows of 32: truncated?",
  );
  assert(short instanceof SyntaxError);
  const noise = await failsCleanly(() => decodeSplat(new Uint8Array(96).fill(255, 64), "a.splat"));
  assertEquals(noise.message, "decodeSplat: a.splat is no .splat file: row 2 has no place or size");
  disposeAll(gaussians);
});

Deno.test("encodeSplat() leaves nothing behind, decodeSplat() its five tensors", async () => {
  await leaves(0, some(3), (gaussians) => encodeSplat(gaussians).then(() => undefined));
  await leaves(5, {}, () => ({ ...decodeSplat(new Uint8Array(64)) }));
});
