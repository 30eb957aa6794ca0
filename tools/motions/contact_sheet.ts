/**
 * # A motion at a glance: a row of pictures from the front, a row from the left
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { type Motion, motionSeconds, sampleMotion } from "../../lib/body/motion/motion.ts";
import { restParameters } from "../../lib/body/poses.ts";
import { skin } from "../../lib/body/skinning.ts";
import type { Body } from "../../lib/body/template.ts";
import { encodeImage } from "../../lib/image/write.ts";
import { shadeMesh } from "../../lib/plot/shade_mesh.ts";
import { TensorScope } from "../../lib/tensor/scope.ts";

const HEIGHT = 300, WINDOW = { left: -0.85, right: 0.85, bottom: -1.4, top: 0.75 };

/** The bytes of a PNG with `columns` moments of a motion. */
export async function contactSheet(body: Body, motion: Motion, columns = 8): Promise<Uint8Array> {
  using scope = new TensorScope();
  const rest = scope.own({ ...restParameters(body) });
  const pictures: tf.Tensor3D[][] = [[], []];
  for (let i = 0; i < columns; i++) {
    const sample = scope.own({ ...sampleMotion(motion, motionSeconds(motion) * i / columns) });
    const { vertices } = scope.own({ ...skin(body, { ...rest, ...sample }) });
    const front = await vertices.data() as Float32Array;
    const fromLeft = front.map((_, k) => k % 3 === 0 ? -front[k + 2]! : k % 3 === 2 ? front[k - 2]! : front[k]!);
    for (const [row, turned] of [front, fromLeft].entries()) {
      const { width, height, rgb } = shadeMesh({ vertices: turned, faces: body.faces }, WINDOW, "front", HEIGHT);
      pictures[row]!.push(scope.tidy(() => tf.tensor3d(Float32Array.from(rgb), [height, width, 3]).div(255)));
    }
  }
  return await encodeImage(scope.tidy(() => tf.concat(pictures.map((row) => tf.concat(row, 1)), 0) as tf.Tensor3D));
}
