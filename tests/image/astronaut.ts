/** The photo that the tests of images and encoders share. */
import type * as tf from "@tensorflow/tfjs";
import { readImage } from "../../lib/image/read.ts";

const PATH = new URL("../../data/astronaut.png", import.meta.url);

/** [512, 512, 3], 0..1: Eileen Collins in front of a flag and a model of the shuttle. */
export function astronaut(): Promise<tf.Tensor3D> {
  return readImage(PATH);
}

/** [256, 256, 3]: means of 2 × 2 pixels rounded down to whole numbers 0..255, the same on every backend. */
export async function halfAstronaut(): Promise<tf.Tensor3D> {
  const whole = await astronaut();
  const half = whole.mul<tf.Tensor3D>(255).avgPool<tf.Tensor3D>(2, 2, "valid").add<tf.Tensor3D>(0.125).floor<
    tf.Tensor3D
  >();
  whole.dispose();
  return half;
}
