import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { Gaussians } from "../../lib/gaussian/gaussians.ts";
import { orbitCamera } from "../../lib/image/cameras.ts";
import { type CameraMotion, moveAgainstCamera, movedCamera } from "../../lib/splat/camera_motion.ts";
import { splatGaussians } from "../../lib/splat/splat_gaussians.ts";
import { disposeAll } from "../../lib/tensor/scope.ts";
import { everyBackend, failsCleanly, maxAbsDiff } from "../harness.ts";

const size = { width: 32, height: 32 };
const camera = { ...orbitCamera({ yaw: 0.5, pitch: 0.2 }), K: [[40, 0, 16], [0, 40, 16], [0, 0, 1]] };

/** Soft Gaussians where the camera looks, with harmonics in the world's axes. */
function cloud(n: number): Gaussians {
  return {
    means: tf.randomNormal<tf.Rank.R2>([n, 3], 0, 0.3, "float32", 1),
    rotations: tf.randomNormal([n, 4], 0, 1, "float32", 2),
    scales: tf.randomUniform([n, 3], 0.1, 0.3, "float32", 3),
    opacity: tf.randomUniform([n], 0.2, 0.8, "float32", 4),
    sh: tf.randomNormal([n, 9, 3], 0, 0.3, "float32", 5),
  };
}

const moved = (): CameraMotion => ({
  rotation: tf.tensor1d([2, 0.06, -0.1, 0.08]),
  translation: tf.tensor1d([0.05, -0.08, 0.2]),
});

everyBackend("moveAgainstCamera() shows the camera at rest what the moved camera sees", async () => {
  const turned = tf.tensor2d([[0.8, 0, 0.6, 0]]).tile<tf.Tensor2D>([20, 1]);
  for (
    const gaussians of [cloud(20), { ...cloud(20), frames: turned }, {
      ...cloud(20),
      sh: tf.zeros<tf.Rank.R3>([20, 1, 3]),
    }]
  ) {
    const there = splatGaussians(gaussians, await movedCamera(camera, moved()), size);
    const here = splatGaussians(moveAgainstCamera(gaussians, camera, moved()), camera, size);
    assert(await maxAbsDiff(there.image, splatGaussians(gaussians, camera, size).image) > 0.05, "it moved");
    // means are moved in float32, and a Gaussian's edge of 1/255 may fall on the next pixel
    assert(await maxAbsDiff(here.image, there.image) < 8e-3);
    assert((await here.image.sub(there.image).abs().mean().data())[0]! < 2e-5);
  }
});

everyBackend("moveAgainstCamera() has the gradient by the camera that finite differences find", async () => {
  // Far away in depth and large, so that no edge lies in the picture.
  const gaussians = { ...cloud(5), scales: tf.randomUniform<tf.Rank.R2>([5, 3], 1.2, 2, "float32", 3) };
  const weights = tf.randomNormal([32, 32, 4], 0, 1, "float32", 9);
  const loss = (rotation: tf.Tensor, translation: tf.Tensor) => {
    const motion = { rotation: rotation as tf.Tensor1D, translation: translation as tf.Tensor1D };
    return splatGaussians(moveAgainstCamera(gaussians, camera, motion), camera, size).image.mul(weights).sum();
  };
  const { rotation, translation } = moved(), [byRotation, byTranslation] = tf.grads(loss)([rotation, translation]);
  const at = async (rotation: number[], translation: number[]) => {
    const camera_ = await movedCamera(camera, {
      rotation: tf.tensor1d(rotation),
      translation: tf.tensor1d(translation),
    });
    return (await splatGaussians(gaussians, camera_, size).image.mul(weights).sum().data())[0]!;
  };
  const [q, τ] = [[...await rotation.data()], [...await translation.data()]];
  const gradient = [...await byRotation!.data(), ...await byTranslation!.data()];
  const most = Math.max(...gradient.map(Math.abs));
  for (let i = 0; i < 7; i++) {
    const step = (h: number) => {
      const numbers = [...q, ...τ];
      numbers[i]! += h;
      return at(numbers.slice(0, 4), numbers.slice(4));
    };
    const slope = (await step(4e-3) - await step(-4e-3)) / 8e-3;
    assertAlmostEquals(slope / most, gradient[i]! / most, 1e-2, `${i}: ${slope} ${gradient[i]}`); // float32 sums over 4e-3
  }
});

Deno.test("moveAgainstCamera() finds the way back to where a picture was taken from", async () => {
  const gaussians = cloud(60), target = splatGaussians(gaussians, await movedCamera(camera, moved()), size).image;
  const rotation = tf.variable(tf.tensor1d([1, 0, 0, 0])), translation = tf.variable(tf.zeros<tf.Rank.R1>([3]));
  const motion = { rotation, translation };
  for (const rate of [0.01, 0.002]) {
    const optimizer = tf.train.adam(rate);
    for (let step = 0; step < 120; step++) {
      optimizer.minimize(() => {
        const { image } = splatGaussians(moveAgainstCamera(gaussians, camera, motion), camera, size);
        return image.sub(target).square().mean().asScalar();
      });
    }
    optimizer.dispose();
  }
  const [found, wanted] = [await movedCamera(camera, motion), await movedCamera(camera, moved())];
  found.worldToCamera.flat().forEach((value, i) => assertAlmostEquals(value, wanted.worldToCamera.flat()[i]!, 0.015) // of 0.2 at the start; turning and moving aside look alike
  );
  disposeAll({ ...gaussians }, target, rotation, translation);
});

Deno.test("moveAgainstCamera() says what is wrong with its input, and leaves only what it returns", async () => {
  const gaussians = cloud(3), bad = { rotation: tf.zeros<tf.Rank.R1>([3]), translation: tf.zeros<tf.Rank.R1>([3]) };
  const error = await failsCleanly(() => moveAgainstCamera(gaussians, camera, bad));
  assert(error instanceof TypeError && error.message.startsWith("moveAgainstCamera: rotation must be"), error.message);
  const motion = moved(), before = tf.memory().numTensors;
  const { means, rotations, frames } = moveAgainstCamera(gaussians, camera, motion);
  assertEquals(tf.memory().numTensors - before, 3);
  disposeAll({ ...gaussians }, { ...bad }, { ...motion }, means, rotations, frames);
});
